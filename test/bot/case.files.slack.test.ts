import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRules, ownRules } from '../../engine/detect/index.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { openCase } from '../../engine/respond/case/open.js';
import { changeCase } from '../../engine/respond/case/save.js';
import { startUploads } from '../../engine/respond/uploads/work.js';
import { NOW } from '../commands/world.js';
import { CUSTOMER, PROVIDER, slackWorld, type World } from './surfaces/slack.world.js';

const ROOM = 'C0ROOM';
const MAIL =
  'From: a@evil.example\r\nMessage-ID: <1@evil.example>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\nSubject: Pay\r\n\r\nhttps://evil.example/x';

describe('a file in the thread or the room of a case in Slack', () => {
  let world: World;
  let uploads: { stop(): Promise<void> };
  beforeAll(async () => {
    world = await slackWorld('Socket Mode');
    const { store, queues, acme, slack } = world;
    const asking = { by: { id: 'ana', name: 'Ana' }, clock: () => NOW, request: 'open' };
    const opening = {
      title: 'Phish',
      type: 'phishing',
      severity: 'high',
      priority: 'P2',
      lead: null,
      reason: '',
    } as const;
    await openCase(acme, asking, opening);
    const room = { surface: 'slack', channel: ROOM, name: 'case-1', opened: NOW, closed: null };
    await changeCase(acme, 1, { ...asking, request: 'room' }, { kind: 'room', room });
    slack.workspace.addChannel(ROOM);
    const [{ matcher }, formats] = await Promise.all([loadRules([ownRules]), loadFormats()]);
    uploads = startUploads({ store, queues, formats, matcher, clock: () => NOW, log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    await uploads.stop();
    await world.stop();
  });

  const entries = async () =>
    (await world.acme.cases.findOne({ number: 1 }))!.log.filter(({ kind }) => ['evidence', 'examined'].includes(kind));
  const message = (channel: string, user = 'U0ANA') =>
    world.slack.workspace.add({ channel, user, text: 'x', blocks: [], unfurl: false });
  const file = (bytes: string) => ({ name: 'phish.eml', mimetype: 'message/rfc822', bytes: Buffer.from(bytes) });

  it('is kept once, looked into by a worker, and told', async () => {
    await world.slack.upload(message(ROOM), file(MAIL), { id: 'EvRoom' });
    await expect
      .poll(async () => (await entries()).map(({ kind }) => kind), { timeout: 20_000 })
      .toEqual(['evidence', 'examined']);
    const [kept, found] = await entries();
    expect(kept).toMatchObject({
      actor: 'ana',
      text: expect.stringContaining(createHash('sha256').update(MAIL).digest('hex')),
    });
    expect(found).toMatchObject({ actor: 'mdr', text: expect.stringContaining('https://evil.example/x') });
  });

  it('is taken in the thread of the case too, and in an alert’s thread as before', async () => {
    const root = message(PROVIDER);
    await world.acme.posts.insert({
      ...{ _id: `acme:slack:${PROVIDER}:case:1:root`, surface: 'slack', channel: PROVIDER, thread: null },
      ...{ message: root.ts, digest: 'd', state: 'sent', revision: 1, updated: NOW },
    });
    await world.slack.upload(root, file(`${MAIL}2`));
    await expect.poll(async () => (await entries()).length, { timeout: 20_000 }).toBe(4);
    const alert = await world.thread(2, PROVIDER);
    await world.slack.upload(alert, file(`${MAIL}3`));
    const kinds = async () => (await world.acme.alerts.findOne({ number: 2 }))!.log.map(({ kind }) => kind);
    await expect.poll(kinds, { timeout: 20_000 }).toContain('examined');
  });

  it('of somebody who may not, or elsewhere, is not', async () => {
    const before = world.slack.ephemerals.length;
    await world.slack.upload(message(ROOM, 'U0VIC'), file(`${MAIL}4`), { user: 'U0VIC' });
    await world.slack.until(() => world.slack.ephemerals[before]);
    await world.slack.upload(message(CUSTOMER), file(`${MAIL}5`));
    // What comes after it has been taken by then.
    await world.slack.upload(message(ROOM), file(`${MAIL}6`));
    await expect.poll(async () => (await entries()).length, { timeout: 20_000 }).toBe(6);
    expect(await world.acme.evidence.count()).toBe(4);
  });
});
