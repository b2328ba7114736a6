import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Action } from '../../../commands/cards/card.js';
import { ANA, CHANNEL, COMMANDS, type DiscordHarness, discordHarness } from './discord.harness.js';
import { card } from './slack.harness.js';

/** Discord gives three seconds. What it takes on a machine at rest is measured by the bench `ack`. */
const ACK_MS = 2500;
const DIRECT = `6${ANA.slice(1)}`;
let open: DiscordHarness | undefined;
afterEach(async () => {
  await open?.stop();
  open = undefined;
});
async function start(...options: Parameters<typeof discordHarness>): Promise<DiscordHarness> {
  await open?.stop();
  open = await discordHarness(...options);
  return open;
}
const title = (message: { embeds: { title?: string }[] } | undefined) => message?.embeds[0]?.title;
const action = (rest: Partial<Action> = {}): Action => ({
  id: 'one',
  label: 'Acknowledge',
  command: 'ack',
  tenant: 'acme',
  record: '17',
  ...rest,
});

test('/mdr is registered once, and again only when Discord has another', async () => {
  const { discord, another } = await start();
  expect(discord.workspace.commands).toMatchObject([
    { name: 'mdr', options: [{ name: 'command' }, { name: 'arguments' }] },
  ]);
  const registrations = () =>
    discord.calls.filter((call) => call === 'POST /applications/:application/commands').length;
  await another();
  expect(registrations()).toBe(1);
  discord.workspace.commands[0]!.description = 'what an older version said';
  discord.workspace.commands.push({ name: 'somebody-elses' });
  await another();
  expect(registrations()).toBe(2);
  expect(discord.workspace.commands.map(({ name }) => name)).toEqual(['mdr', 'somebody-elses']);
});

test('/mdr alerts is deferred at once and answered to that person only', async () => {
  const { discord, asks } = await start();
  const ack = await discord.slash('alerts', '--open');
  expect(ack).toMatchObject({ type: 5, data: { flags: 64 } });
  expect(ack.ms).toBeLessThan(ACK_MS);
  const answer = await discord.until(() => discord.workspace.ephemerals[0]);
  expect(answer).toMatchObject({ user: ANA, channel: CHANNEL });
  expect(title(answer)).toBe('you said\\: alerts \\-\\-open');
  expect(asks).toEqual([
    {
      surface: 'discord',
      user: ANA,
      channel: CHANNEL,
      thread: null,
      direct: false,
      text: 'alerts --open',
      tenant: null,
      request: expect.any(String),
    },
  ]);
  expect(discord.workspace.messages(CHANNEL)).toEqual([]);
});

test('an acknowledgement does not wait for an answer that takes 4 seconds, and the answer still arrives', async () => {
  const { discord, answerWith } = await start();
  answerWith(async () => {
    await sleep(4000);
    return card('here at last');
  });
  expect((await discord.slash('alerts')).ms).toBeLessThan(ACK_MS);
  expect(title(await discord.until(() => discord.workspace.ephemerals[0], 30_000))).toBe('here at last');
});

test('commands are suggested from the registry while they are typed, then examples of the one that was chosen', async () => {
  const { discord } = await start();
  const suggest = async (values: Record<string, string>, focused: string) =>
    (await discord.type(values, focused)).data.choices as { name: string; value: string }[];
  expect((await suggest({ command: '' }, 'command')).map(({ value }) => value)).toEqual(
    COMMANDS.map(({ name }) => name),
  );
  expect(await suggest({ command: 'al' }, 'command')).toEqual([{ name: 'alerts — List alerts', value: 'alerts' }]);
  expect((await suggest({ command: 'alerts h' }, 'command')).map(({ value }) => value)).toEqual(['alerts high+ mine']);
  const examples = await suggest({ command: 'ack', arguments: '' }, 'arguments');
  expect(examples.map(({ value }) => value)).toEqual(['12', '#12']);
  expect(await suggest({ command: 'nothing', arguments: 'x' }, 'arguments')).toEqual([]);
});

test('a command that wants words of one’s own opens a form; what is written there is the command', async () => {
  const { discord, asks } = await start();
  const opened = await discord.slash('note');
  expect(opened).toMatchObject({ type: 9, data: { title: 'Write down what you found' } });
  expect(asks).toEqual([]);
  expect((await discord.submit(opened.data, '12 two\nlines')).type).toBe(5);
  await discord.until(() => discord.workspace.ephemerals[0]);
  expect(asks[0]).toMatchObject({ text: 'note 12 two\nlines', user: ANA, channel: CHANNEL });
  await discord.slash('note', '12 short');
  await discord.until(() => asks.length === 2);
  expect(asks[1]?.text).toBe('note 12 short');
});

test('a click becomes the command it stands for, with the tenant of the button, answered to whoever clicked', async () => {
  const { discord, surface, asks } = await start();
  const ref = await surface.post(CHANNEL, card('Alert 17', [{ kind: 'actions', actions: [action()] }]), 'k', null);
  const message = discord.workspace.message(CHANNEL, ref.message)!;
  expect(message.components[0]?.components?.[0]?.custom_id).toBe('mdr|ack|acme|17|one');
  const ack = await discord.click(message, 'mdr|ack|');
  expect(ack).toMatchObject({ type: 5, data: { flags: 64 } });
  expect(await discord.until(() => discord.workspace.ephemerals[0])).toMatchObject({ user: ANA });
  expect(asks).toEqual([
    {
      surface: 'discord',
      user: ANA,
      channel: CHANNEL,
      thread: ref.message,
      direct: false,
      text: 'ack 17',
      tenant: 'acme',
      request: expect.any(String),
    },
  ]);
  expect(message.before).toEqual([]);
});

test('a choice in a select is the last word; inside a thread the channel is that of the thread’s first message', async () => {
  const { discord, surface, asks } = await start();
  const root = await surface.post(CHANNEL, card('Alert 17'), 'k1', null);
  const choices = [{ value: 'benign', label: 'Benign' }];
  const select = card('Close', [{ kind: 'actions', actions: [action({ id: 'c', command: 'close', choices })] }]);
  const ref = await surface.post(CHANNEL, select, 'k2', root.message);
  expect(discord.workspace.channels.get(root.message)).toMatchObject({ name: 'Alert 17', parent: CHANNEL, type: 11 });
  await discord.click(discord.workspace.message(root.message, ref.message)!, 'mdr|close|', { choice: 'benign' });
  await discord.until(() => asks[0]);
  expect(asks[0]).toMatchObject({ text: 'close 17 benign', tenant: 'acme', channel: CHANNEL, thread: root.message });
});

test('a button that stands for a choice gives it', async () => {
  const { discord, surface, asks } = await start();
  const actions = [action({ id: 'hour', label: 'Snooze 1 h', command: 'snooze', choice: '1h' })];
  const ref = await surface.post(CHANNEL, card('Later', [{ kind: 'actions', actions }]), 'k1', null);
  await discord.click(discord.workspace.message(CHANNEL, ref.message)!, 'mdr|snooze|');
  await discord.until(() => asks[0]);
  expect(asks[0]).toMatchObject({ text: 'snooze 17 1h', tenant: 'acme' });
});

test('a mention is answered privately, a direct message in the conversation, and who takes none is told so', async () => {
  const { discord, asks } = await start();
  const { workspace } = discord;
  const mention = `well, <@${workspace.bot.id}> alerts high+`;
  discord.say(mention);
  await discord.until(() => workspace.messages(DIRECT)[0]);
  expect(workspace.messages(CHANNEL)).toEqual([]);
  discord.say('look at https://a.example', { channel: DIRECT });
  await discord.until(() => workspace.messages(DIRECT)[1]);
  expect(asks.map(({ text, direct }) => ({ text, direct }))).toEqual([
    { text: 'alerts high+', direct: false },
    { text: 'look at https://a.example', direct: true },
  ]);
  workspace.addUser('800000000000000009', 'shy', true);
  discord.say(mention, { user: '800000000000000009' });
  const told = await discord.until(() => workspace.messages(CHANNEL)[0]);
  expect(title(told)).toContain('could not answer you privately');
});

test('said in a thread, it is about that thread', async () => {
  const { discord, surface, asks } = await start();
  const root = await surface.post(CHANNEL, card('Alert 17'), 'k1', null);
  await surface.post(CHANNEL, card('Opened'), 'k2', root.message);
  discord.say(`<@${discord.workspace.bot.id}> ack`, { channel: root.message });
  await discord.until(() => asks[0]);
  expect(asks[0]).toMatchObject({ channel: CHANNEL, thread: root.message, text: 'ack' });
});

test('what people say to each other is heard with the intent for it, in its thread; without it nothing is', async () => {
  const { discord, surface, said, asks } = await start(5000, { DISCORD_READ_REPLIES: 'true' });
  const root = await surface.post(CHANNEL, card('Alert 17'), 'k1', null);
  await surface.post(CHANNEL, card('Opened'), 'k2', root.message);
  discord.say('it was our backup', { channel: root.message });
  discord.say('hello all');
  discord.say('ours', { user: discord.workspace.bot.id });
  await expect.poll(() => said.length).toBe(2);
  const place = { surface: 'discord', user: ANA, channel: CHANNEL, message: expect.stringMatching(/^\d+$/) };
  expect(said).toEqual([
    { ...place, thread: root.message, text: 'it was our backup' },
    { ...place, thread: null, text: 'hello all' },
  ]);
  const without = await start();
  without.discord.say('it was our backup');
  await without.discord.slash('last');
  await without.discord.until(() => without.discord.workspace.ephemerals[0]);
  expect([asks, without.said]).toEqual([[], []]);
});

test('what bots write, this one included, and what is not for the bot is ignored', async () => {
  const { discord, asks } = await start();
  const { bot } = discord.workspace;
  const mention = `<@${bot.id}> alerts`;
  discord.say(mention, { user: bot.id });
  discord.say(mention, {}, { author: { id: '1', bot: true } });
  discord.say(mention, {}, { webhook_id: '12' });
  discord.say(mention, {}, { type: 7 });
  discord.say('alerts, please');
  await discord.slash('last');
  await discord.until(() => discord.workspace.ephemerals[0]);
  expect(asks.map((ask) => ask.text)).toEqual(['last']);
});

test('a repeated interaction and a repeated message are handled once, in whichever process they arrive', async () => {
  const { discord, asks, another } = await start();
  await another();
  const payload = discord.slashPayload('alerts');
  await discord.deliver(payload);
  discord.gateway.send('INTERACTION_CREATE', payload);
  discord.gateway.send('MESSAGE_CREATE', discord.say(`<@${discord.workspace.bot.id}> status`));
  await discord.until(() => discord.workspace.ephemerals[0]);
  await discord.until(() => discord.workspace.messages(DIRECT)[0]);
  await sleep(200);
  expect(asks.map((ask) => ask.text).sort()).toEqual(['alerts', 'status']);
  expect(discord.workspace.ephemerals).toHaveLength(1);
  expect(discord.workspace.messages(DIRECT)).toHaveLength(1);
});

test('an interaction that comes too late is dropped without running its command', async () => {
  const { discord, asks } = await start();
  const payload = discord.slashPayload('alerts');
  discord.workspace.interactions.get(payload.token)!.acknowledgeBy = 0;
  discord.gateway.send('INTERACTION_CREATE', payload);
  await discord.until(() => discord.calls.includes('POST /interactions/:interaction/:token/callback'));
  await discord.slash('ack', '1');
  await discord.until(() => discord.workspace.ephemerals[0]);
  expect(asks.map(({ text }) => text)).toEqual(['ack 1']);
});

const CALLBACK = 'POST /interactions/:interaction/:token/callback';
const ORIGINAL = 'PATCH /webhooks/:application/:token/messages/@original';

test('an acknowledgement whose answer was lost still leads to one answer', async () => {
  const { discord, asks } = await start();
  discord.fault(CALLBACK, { kind: 'reset', stored: true });
  await discord.slash('alerts');
  await discord.until(() => discord.workspace.ephemerals[0]);
  discord.fault(CALLBACK, { kind: 'status', status: 502 });
  await discord.slash('ack');
  await discord.until(() => discord.workspace.ephemerals[1]);
  expect(asks.map(({ text }) => text)).toEqual(['alerts', 'ack']);
});

test('an answer survives a rate limit, a 502 and embeds that Discord refuses', async () => {
  const { discord, answerWith } = await start();
  answerWith(async () => card('x', [{ kind: 'text', text: 'y' }]));
  discord.fault(ORIGINAL, { kind: 'rate-limited', retryAfter: 0.2 });
  discord.fault(ORIGINAL, { kind: 'status', status: 502 });
  discord.fault(ORIGINAL, { kind: 'error', status: 400, code: 50035 });
  await discord.slash('alerts');
  const answer = await discord.until(() => discord.workspace.ephemerals[0], 30_000);
  expect(answer.embeds).toMatchObject([{ title: 'x' }]);
  expect(answer.embeds[0]?.description).toBeUndefined();
});

test('after a dropped connection and a request to reconnect the session resumes, and what was missed arrives', async () => {
  const { discord, asks } = await start();
  discord.gateway.drop();
  await discord.until(() => discord.gateway.count === 0 || undefined, 200).catch(() => {});
  const missed = discord.slashPayload('one');
  discord.gateway.send('INTERACTION_CREATE', missed);
  await discord.until(() => asks.length === 1);
  discord.gateway.reconnect();
  await sleep(100);
  await discord.slash('two');
  await discord.until(() => asks.length === 2);
  expect(discord.gateway).toMatchObject({ identified: 1, resumed: 2 });
});

test('a session that Discord has forgotten is begun anew', async () => {
  const { discord, asks } = await start();
  discord.gateway.forget();
  // The library lets five seconds pass between two identifications.
  await discord.gateway.connected(12_000);
  await discord.slash('again');
  await discord.until(() => asks.length === 1);
  expect(discord.gateway).toMatchObject({ identified: 2, resumed: 0 });
});

test('a connection that fails at first is tried again in the background', async () => {
  const { discord, another } = await start();
  discord.fault('GET /gateway/bot', { kind: 'status', status: 503 });
  const second = await another();
  expect(second.name).toBe('discord');
  await discord.until(() => discord.gateway.identified === 2);
});

test('stopping waits for an answer in hand', async () => {
  const { discord, surface, answerWith } = await start();
  answerWith(async () => {
    await sleep(600);
    return card('done');
  });
  await discord.slash('alerts');
  await surface.stop();
  expect(discord.workspace.ephemerals).toHaveLength(1);
});
