import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeAnswer } from '../../../bot/answer.js';
import { renderText } from '../../../bot/cards/text.js';
import { loadCommands } from '../../../commands/index.js';
import { log } from '../../../engine/log.js';
import type { AlertEntry } from '../../../engine/store/alerts.js';
import { NOW } from '../../commands/world.js';
import type { SlackMessage } from '../../doubles/slack/workspace.js';
import { words } from './slack.harness.js';
import { CUSTOMER, MOST_BYTES, PROVIDER, slackWorld, type World } from './slack.world.js';

let world: World;
let internal: SlackMessage;
let shared: SlackMessage;
beforeAll(async () => {
  world = await slackWorld('Socket Mode');
  internal = await world.thread(2, PROVIDER);
  shared = await world.thread(2, CUSTOMER);
});
afterAll(() => world.stop());

const entries = async (...kinds: AlertEntry['kind'][]) =>
  (await world.acme.alerts.findOne({ number: 2 }))!.log.filter(({ kind }) => kinds.includes(kind));
const pins = async (on: SlackMessage) =>
  (await entries('pinned', 'unpinned')).filter(({ said }) => said?.message === on.ts).map(({ kind }) => kind);
const say = (on: SlackMessage, text: string, user = 'U0SOC') =>
  world.slack.workspace.add({ channel: on.channel, thread_ts: on.ts, user, text, blocks: [], unfurl: false });
/** What `/mdr alert 2` says to somebody, somewhere. */
async function shown(user: string, channel: string): Promise<string> {
  const commands = await loadCommands();
  const answer = makeAnswer({ store: world.store, queues: world.queues, commands, clock: () => NOW, log });
  const card = await answer({ surface: 'slack', user, channel, thread: null, tenant: null, text: 'alert 2' });
  return renderText(card, { width: 300 });
}

test('a pinned message stands in the timeline with its author, its own time and its address', async () => {
  const message = say(internal, 'the backup ran at <noon> & failed');
  await world.slack.react(message, 'pushpin');
  await expect.poll(() => pins(message)).toEqual(['pinned']);
  const [entry] = await entries('pinned');
  expect(entry).toMatchObject({
    ...{ actor: 'ana', text: 'Pinned: the backup ran at <noon> & failed' },
    said: {
      author: 'slack:U0SOC',
      authorName: 'soc-in-slack',
      at: Math.floor(Number(message.ts) * 1000),
      internal: true,
    },
  });
  expect(await shown('U0ANA', PROVIDER)).toMatch(/Pinned: the backup ran.*Said by soc-in-slack/);
  const told = (await world.queues.queue('changes').getJobs()).map(({ data }) => data.number);
  expect(told).toContain(2);
});

test('taking the emoji away marks it withdrawn and deletes nothing; putting it back pins again', async () => {
  const message = say(internal, 'a wrong thought');
  await world.slack.react(message, 'pushpin', { at: 100 });
  await expect.poll(() => pins(message)).toEqual(['pinned']);
  await world.slack.react(message, 'pushpin', { removed: true, at: 101 });
  await expect.poll(() => pins(message)).toEqual(['pinned', 'unpinned']);
  expect(await shown('U0ANA', PROVIDER)).toContain('Pinned: a wrong thought (withdrawn)');
  await world.slack.react(message, 'pushpin', { at: 102 });
  await expect.poll(() => pins(message)).toEqual(['pinned', 'unpinned', 'pinned']);
});

test('the same event twice, late and out of order changes nothing', async () => {
  const message = say(internal, 'order');
  await world.slack.react(message, 'pushpin', { removed: true, at: 201 });
  await sleep(300);
  await world.slack.react(message, 'pushpin', { at: 200 });
  await sleep(300);
  expect(await pins(message)).toEqual([]);
  await world.slack.react(message, 'pushpin', { at: 202, id: 'EvPin' });
  await world.slack.react(message, 'pushpin', { at: 202, id: 'EvPin', retry: 1 });
  await world.slack.react(message, 'pushpin', { at: 202 });
  await expect.poll(() => pins(message)).toEqual(['pinned']);
  await world.slack.react(message, 'pushpin', { removed: true, at: 203 });
  await expect.poll(() => pins(message)).toEqual(['pinned', 'unpinned']);
  await world.slack.react(message, 'pushpin', { at: 202 });
  await sleep(300);
  expect(await pins(message)).toEqual(['pinned', 'unpinned']);
});

test('while Slack limits or fails, a pin is not lost', async () => {
  const message = say(internal, 'patience');
  world.slack.fault('reactions.get', { kind: 'rate-limited', retryAfter: 0 });
  world.slack.fault('reactions.get', { kind: 'status', status: 503 });
  await world.slack.react(message, 'pushpin');
  await expect.poll(() => pins(message), { timeout: 30_000 }).toEqual(['pinned']);
});

test('other emoji, other threads and people of other tenants change nothing', async () => {
  const before = (await world.acme.alerts.findOne({ number: 2 }))!.log.length;
  const message = say(internal, 'not to be pinned');
  await world.slack.react(message, 'eyes');
  const elsewhere = world.slack.workspace.add({
    channel: PROVIDER,
    user: 'U0ANA',
    text: 'x',
    blocks: [],
    unfurl: false,
  });
  await world.slack.react(elsewhere, 'pushpin');
  const count = world.slack.ephemerals.length;
  for (const [user, code] of [
    ['U0VIC', 'MDR_FORBIDDEN'],
    ['U0ZED', 'MDR_FORBIDDEN'],
    ['U0EXT', 'MDR_PERSON_UNKNOWN'],
  ] as const) {
    world.slack.workspace.addUser(user, user);
    await world.slack.react(message, 'pushpin', { user });
    const told = await world.slack.until(() => world.slack.ephemerals.slice(count).find((one) => one.user === user));
    expect(words(told.blocks)).toContain(code);
  }
  expect((await world.acme.alerts.findOne({ number: 2 }))!.log.length).toBe(before);
});

test('what was pinned in the provider lane is not shown where the customer reads; what the customer pinned is', async () => {
  const secret = say(internal, 'SECRET of the provider');
  const open = say(shared, 'words of the customer', 'U0CUS');
  await world.slack.react(secret, 'pushpin');
  await world.slack.react(open, 'pushpin', { user: 'U0CUS' });
  await expect.poll(() => pins(secret)).toEqual(['pinned']);
  await expect.poll(() => pins(open)).toEqual(['pinned']);
  for (const [user, channel] of [
    ['U0CUS', CUSTOMER],
    ['U0ANA', CUSTOMER],
  ] as const) {
    const text = await shown(user, channel);
    expect(text).not.toContain('SECRET');
    expect(text).toContain('words of the customer');
  }
  expect(await shown('U0ANA', PROVIDER)).toContain('SECRET');
});

test('a renamed or deactivated author changes nothing: ids decide', async () => {
  const message = say(internal, 'by somebody who left', 'U0LEFT');
  await world.slack.react(message, 'pushpin');
  await expect.poll(() => pins(message)).toEqual(['pinned']);
  expect((await entries('pinned')).at(-1)?.said).toMatchObject({ author: 'slack:U0LEFT', authorName: 'U0LEFT' });
  world.slack.workspace.addUser('U0ZED', 'Ana Silva');
  const before = (await entries('pinned')).length;
  await world.slack.react(say(internal, 'I call myself Ana'), 'pushpin', { user: 'U0ZED' });
  await sleep(300);
  expect((await entries('pinned')).length).toBe(before);
});

const file = (name: string, bytes: Buffer, mimetype = 'text/plain') => ({ name, mimetype, bytes });
const kept = () => world.acme.evidence.find({ alert: 2 }, { sort: { kept: 1 } });

test('a file in the thread is kept with its hash, its giver and its bytes, once', async () => {
  const bytes = Buffer.from(`evidence ${'x'.repeat(5000)}`);
  await world.slack.upload(internal, file('..\\..\\etc/pass\u202ewd\u0000.txt', bytes), { id: 'EvFile' });
  await expect.poll(kept).toHaveLength(1);
  const [evidence] = await kept();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(evidence).toMatchObject({ name: 'passwd.txt', size: bytes.length, sha256, by: 'ana', type: 'text/plain' });
  expect(evidence?.said?.link).toContain(`/archives/${PROVIDER}/p`);
  const chunks: Buffer[] = [];
  for await (const chunk of (await world.acme.blobs.read(evidence!._id))!) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  const zeta = await world.store.forTenant('zeta');
  expect(await zeta.blobs.read(evidence!._id)).toBeNull();
  expect(await zeta.evidence.find({})).toEqual([]);
  await expect.poll(async () => (await entries('evidence')).length).toBe(1);
  expect((await entries('evidence'))[0]?.text).toContain(sha256);
});

test('too large, whatever Slack says of it, keeps nothing and says so', async () => {
  const count = (await kept()).length;
  const before = world.slack.ephemerals.length;
  await world.slack.upload(internal, file('big.bin', Buffer.alloc(MOST_BYTES + 1)));
  const told = await world.slack.until(() => world.slack.ephemerals[before]);
  expect(words(told.blocks)).toContain('MDR_BODY_TOO_LARGE');
  const blobs = world.acme.blobs;
  async function* endless() {
    for (;;) yield Buffer.alloc(4000);
  }
  await expect(blobs.put('endless', endless(), MOST_BYTES)).rejects.toMatchObject({ code: 'MDR_BODY_TOO_LARGE' });
  expect(await blobs.read('endless')).toBeNull();
  expect(
    await world.store.connection.db!.collection('blobs.chunks').countDocuments({ files_id: 'acme/endless' as never }),
  ).toBe(0);
  expect(await kept()).toHaveLength(count);
});

test('a broken download is tried again; a file of nobody, or of no thread, is not kept', async () => {
  const count = (await kept()).length;
  world.slack.fault('files', { kind: 'status', status: 503 });
  world.slack.fault('files', { kind: 'reset' });
  await world.slack.upload(internal, file('again.txt', Buffer.from('again')));
  await expect.poll(kept, { timeout: 30_000 }).toHaveLength(count + 1);
  const before = world.slack.ephemerals.length;
  await world.slack.upload(internal, file('x.txt', Buffer.from('x')), { user: 'U0EXT' });
  await world.slack.until(() => world.slack.ephemerals[before]);
  const elsewhere = world.slack.workspace.add({
    channel: PROVIDER,
    user: 'U0ANA',
    text: 'x',
    blocks: [],
    unfurl: false,
  });
  await world.slack.upload(elsewhere, file('y.txt', Buffer.from('y')));
  await sleep(300);
  expect(await kept()).toHaveLength(count + 1);
});

test("the bot's token goes to Slack's own servers only", async () => {
  const before = (await kept()).length;
  const message = say(internal, 'see file', 'U0ANA');
  await world.slack.event({
    ...{ type: 'message', subtype: 'file_share', channel_type: 'channel', user: 'U0ANA', text: '', channel: PROVIDER },
    ...{ ts: message.ts, thread_ts: internal.ts },
    files: [{ id: 'FX', name: 'x', size: 1, url_private_download: 'https://evil.example/slack.com/x' }],
  });
  await sleep(400);
  expect(await kept()).toHaveLength(before);
});
