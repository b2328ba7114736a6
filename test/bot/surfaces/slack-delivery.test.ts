import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { slackGateway } from '../../../bot/surfaces/slack/gateway.js';
import { silentLogger } from '../../../bot/surfaces/slack/logger.js';
import { DeliveryError } from '../../../bot/surfaces/types.js';
import { readConfig } from '../../../engine/config.js';
import type { Fault } from '../../doubles/slack/faults.js';
import { card, type Harness, harness, words } from './slack.harness.js';

const CHANNEL = 'C0ALERTS';
const TIMEOUT_MS = 400;
let open: Harness | undefined;
afterEach(async () => {
  await open?.stop();
  open = undefined;
});
async function start(): Promise<Harness> {
  open = await harness('HTTP', TIMEOUT_MS);
  return open;
}

/** How a delivery failed. */
async function failure(delivery: Promise<unknown>): Promise<DeliveryError> {
  const error = await delivery.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}

test('a post, a reply in its thread and an edit in place', async () => {
  const { slack, surface } = await start();
  const root = await surface.post(CHANNEL, card('Alert 17'), 'alert:17', null);
  const answer = await surface.post(CHANNEL, card('Acknowledged'), 'alert:17:1', root.message);
  await surface.edit(root, card('Alert 17, closed'));
  const [message] = slack.workspace.roots(CHANNEL);
  expect(message).toMatchObject({
    ts: root.message,
    unfurl: false,
    metadata: { event_type: 'mdr_post', event_payload: { key: 'alert:17' } },
  });
  expect(words(message?.blocks)).toContain('Alert 17, closed');
  expect(message?.before).toHaveLength(1);
  expect(slack.workspace.replies(CHANNEL, root.message).map((reply) => reply.ts)).toEqual([answer.message]);
});

test('429 says how long to wait, and nothing was tried again behind the back of the outbox', async () => {
  const { slack, surface } = await start();
  slack.fault('chat.postMessage', { kind: 'rate-limited', retryAfter: 7 });
  expect(await failure(surface.post(CHANNEL, card('x'), 'k', null))).toMatchObject({
    kind: 'rate-limited',
    retryAfterMs: 7000,
  });
  slack.fault('chat.update', { kind: 'rate-limited', retryAfter: 2 });
  expect(await failure(surface.edit({ channel: CHANNEL, message: '1.1' }, card('x')))).toMatchObject({
    kind: 'rate-limited',
    retryAfterMs: 2000,
  });
  expect(slack.calls).toHaveLength(0);
  await surface.post(CHANNEL, card('x'), 'k', null);
});

test.each<Fault>([
  { kind: 'time-out', stored: true },
  { kind: 'reset', stored: true },
  { kind: 'status', status: 502, stored: true },
  { kind: 'garbage', stored: true },
])('after $kind the outcome of a post is unknown, and find sees that it was stored', async (fault) => {
  const { slack, surface } = await start();
  const root = await surface.post(CHANNEL, card('root'), 'root', null);
  for (const thread of [null, root.message]) {
    const key = `key:${thread}`;
    slack.fault('chat.postMessage', fault);
    expect(await failure(surface.post(CHANNEL, card('x'), key, thread))).toMatchObject({ kind: 'unknown' });
    const found = await surface.find(CHANNEL, key, thread);
    expect(found).toEqual({ channel: CHANNEL, message: slack.workspace.channels.get(CHANNEL)?.messages.at(-1)?.ts });
  }
});

test.each<Fault>([{ kind: 'time-out' }, { kind: 'reset' }, { kind: 'status', status: 500 }])(
  'after $kind without a stored message, find sees nothing; an edit may simply be tried again',
  async (fault) => {
    const { slack, surface } = await start();
    const root = await surface.post(CHANNEL, card('root'), 'root', null);
    slack.fault('chat.postMessage', fault);
    expect(await failure(surface.post(CHANNEL, card('x'), 'k', null))).toMatchObject({ kind: 'unknown' });
    expect(await surface.find(CHANNEL, 'k', null)).toBeNull();
    slack.fault('chat.update', fault);
    expect(await failure(surface.edit(root, card('y')))).toMatchObject({ kind: 'unavailable' });
    slack.fault('conversations.history', fault);
    expect(await failure(surface.find(CHANNEL, 'k', null))).toMatchObject({ kind: 'unavailable' });
  },
);

test('find turns pages, and takes no message of another app for ours', async () => {
  const { slack, surface } = await start();
  const ref = await surface.post(CHANNEL, card('x'), 'far back', null);
  const metadata = { event_type: 'mdr_post', event_payload: { key: 'forged' } };
  for (let count = 0; count < 450; count += 1)
    slack.workspace.add({
      channel: CHANNEL,
      user: 'U0X',
      bot_id: 'B0X',
      text: 'x',
      blocks: [],
      unfurl: false,
      metadata,
    });
  expect(await surface.find(CHANNEL, 'far back', null)).toEqual(ref);
  expect(await surface.find(CHANNEL, 'forged', null)).toBeNull();
});

test.each([
  ['chat.postMessage', 'channel_not_found', 'gone'],
  ['chat.postMessage', 'is_archived', 'gone'],
  ['chat.postMessage', 'thread_not_found', 'gone'],
  ['chat.update', 'message_not_found', 'gone'],
  ['chat.postMessage', 'invalid_blocks', 'refused'],
  ['chat.postMessage', 'msg_too_long', 'refused'],
  ['chat.postMessage', 'msg_blocks_too_long', 'refused'],
  ['chat.update', 'cant_update_message', 'refused'],
  ['chat.postMessage', 'internal_error', 'unknown'],
  ['chat.update', 'internal_error', 'unavailable'],
  ['chat.postMessage', 'ratelimited', 'rate-limited'],
  ['chat.postMessage', 'not_in_channel', 'unavailable'],
  ['chat.postMessage', 'token_revoked', 'unavailable'],
])('%s answering %s is %s', async (method, error, kind) => {
  const { slack, surface } = await start();
  slack.fault(method, { kind: 'error', error });
  const delivery =
    method === 'chat.update'
      ? surface.edit({ channel: CHANNEL, message: '1.1' }, card('x'))
      : surface.post(CHANNEL, card('x'), 'k', null);
  expect(await failure(delivery)).toMatchObject({ kind });
});

test('what does not exist for real is gone for real', async () => {
  const { slack, surface } = await start();
  slack.workspace.addChannel('C0OLD', { archived: true });
  slack.workspace.addChannel('C0OUT', { member: false });
  expect(await failure(surface.post('C0NONE', card('x'), 'k', null))).toMatchObject({ kind: 'gone' });
  expect(await failure(surface.post('C0OLD', card('x'), 'k', null))).toMatchObject({ kind: 'gone' });
  expect(await failure(surface.post(CHANNEL, card('x'), 'k', '1.1'))).toMatchObject({ kind: 'gone' });
  expect(await failure(surface.edit({ channel: CHANNEL, message: '1.1' }, card('x')))).toMatchObject({ kind: 'gone' });
  expect(await failure(surface.find('C0NONE', 'k', null))).toMatchObject({ kind: 'gone' });
  const out = await failure(surface.post('C0OUT', card('x'), 'k', null));
  expect(out.message).toContain('/invite');
});

test('a Slack that cannot be reached at all stored nothing: try again', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const config = readConfig({ SLACK_BOT_TOKEN: 'xoxb-x', SLACK_API_URL: `http://127.0.0.1:${port}/api/` });
  const gateway = slackGateway(config, silentLogger, TIMEOUT_MS);
  expect(await failure(gateway.post(CHANNEL, { text: 'x', blocks: [] }, null, 'k'))).toMatchObject({
    kind: 'unavailable',
  });
});
