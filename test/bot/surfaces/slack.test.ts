import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Action } from '../../../commands/cards/card.js';
import { card, type Harness, harness, type Mode, words } from './slack.harness.js';

/** Slack gives three seconds. What it takes on a machine at rest is measured by the bench `ack`. */
const ACK_MS = 2500;
let open: Harness | undefined;
afterEach(async () => {
  await open?.stop();
  open = undefined;
});
async function start(mode: Mode): Promise<Harness> {
  open = await harness(mode);
  return open;
}

const action = (rest: Partial<Action> = {}): Action => ({
  id: 'one',
  label: 'Acknowledge',
  command: 'ack',
  tenant: 'acme',
  record: '17',
  ...rest,
});

describe.each<Mode>(['HTTP', 'Socket Mode'])('over %s', (mode) => {
  test('/mdr alerts is acknowledged without a word and answered to that person only', async () => {
    const { slack, asks } = await start(mode);
    const ack = await slack.slash('alerts --open');
    expect(ack.status).toBe(200);
    expect(['', '{}']).toContain(typeof ack.body === 'string' ? ack.body : JSON.stringify(ack.body));
    const answer = await slack.until(() => slack.ephemerals[0]);
    expect(answer).toMatchObject({ via: 'response_url', user: 'U0ANA', channel: 'C0ALERTS' });
    expect(words(answer.blocks)).toContain('you said: alerts --open');
    expect(asks).toEqual([
      {
        surface: 'slack',
        user: 'U0ANA',
        channel: 'C0ALERTS',
        thread: null,
        direct: false,
        text: 'alerts --open',
        tenant: null,
        request: expect.any(String),
      },
    ]);
  });

  test('/mdr alone asks for the menu', async () => {
    const { slack, asks } = await start(mode);
    await slack.slash('');
    await slack.until(() => slack.ephemerals[0]);
    expect(asks[0]?.text).toBe('menu');
  });

  test('what Slack and its editors did to the words is undone', async () => {
    const { slack, asks } = await start(mode);
    await slack.slash('note 3 “a < b & c” —tenant acme');
    await slack.until(() => slack.ephemerals[0]);
    expect(asks[0]?.text).toBe('note 3 "a < b & c" --tenant acme');
  });

  test('an acknowledgement does not wait for an answer that takes 4 seconds, and the answer still arrives', async () => {
    const { slack, answerWith } = await start(mode);
    answerWith(async () => {
      await sleep(4000);
      return card('here at last');
    });
    const ack = await slack.slash('status');
    expect(ack.ms).toBeLessThan(ACK_MS);
    await slack.until(() => words(slack.ephemerals[0]?.blocks).includes('here at last'), 30_000);
  });

  test('an acknowledgement does not wait for Redis, and without Redis the answer still comes, once', async () => {
    const { slack, asks, loseRedis } = await start(mode);
    loseRedis();
    const envelope = slack.slashEnvelope('status');
    const acks = await Promise.all([slack.deliver(envelope), slack.deliver(envelope)]);
    for (const ack of acks) expect(ack.ms).toBeLessThan(ACK_MS);
    await slack.until(() => slack.ephemerals[0]);
    await sleep(300);
    expect(asks).toHaveLength(1);
  });

  test('a click becomes the command it stands for, with the tenant of the button, answered to whoever clicked', async () => {
    const { slack, surface, asks } = await start(mode);
    const ref = await surface.post('C0ALERTS', card('Alert 17', [{ kind: 'actions', actions: [action()] }]), 'k', null);
    const message = slack.workspace.message(ref.channel, ref.message)!;
    const ack = await slack.click(message, 'mdr:ack:one');
    expect(ack.ms).toBeLessThan(ACK_MS);
    const answer = await slack.until(() => slack.ephemerals[0]);
    expect(answer).toMatchObject({ via: 'response_url', user: 'U0ANA' });
    expect(asks).toEqual([
      {
        surface: 'slack',
        user: 'U0ANA',
        channel: 'C0ALERTS',
        thread: ref.message,
        direct: false,
        text: 'ack 17',
        tenant: 'acme',
        request: expect.any(String),
      },
    ]);
    expect(message.before).toEqual([]);
  });

  test('a choice in a select is the last word; inside a thread the answer comes into the thread', async () => {
    const { slack, surface, asks } = await start(mode);
    const root = await surface.post('C0ALERTS', card('Alert 17'), 'k1', null);
    const choices = [{ value: 'benign', label: 'Benign' }];
    const select = card('Close', [{ kind: 'actions', actions: [action({ id: 'c', command: 'close', choices })] }]);
    const ref = await surface.post('C0ALERTS', select, 'k2', root.message);
    await slack.click(slack.workspace.message(ref.channel, ref.message)!, 'mdr:close:c', { choice: 'benign' });
    const answer = await slack.until(() => slack.ephemerals[0]);
    expect(answer).toMatchObject({ via: 'chat.postEphemeral', thread_ts: root.message, user: 'U0ANA' });
    expect(asks[0]).toMatchObject({ text: 'close 17 benign', tenant: 'acme', thread: root.message });
  });

  test('a mention in a channel is answered there to that person; a direct message in the conversation', async () => {
    const { slack, asks } = await start(mode);
    const channel = 'C0ALERTS';
    await slack.event({ type: 'app_mention', user: 'U0ANA', text: 'well, <@U0BOT> alert 3', channel, ts: '1.1' });
    await slack.until(() => slack.ephemerals[0]);
    expect(slack.ephemerals[0]).toMatchObject({ via: 'chat.postEphemeral', channel: 'C0ALERTS' });
    slack.workspace.addChannel('D0ANA', { kind: 'im' });
    const text = 'look at <http://a.example|a.example>';
    await slack.event({ type: 'message', channel_type: 'im', user: 'U0ANA', text, channel: 'D0ANA', ts: '2.1' });
    const [message] = await slack.until(
      () => slack.workspace.roots('D0ANA').length > 0 && slack.workspace.roots('D0ANA'),
    );
    expect(words(message?.blocks)).toContain('you said: look at a.example');
    expect(asks.map(({ text, direct }) => ({ text, direct }))).toEqual([
      { text: 'alert 3', direct: false },
      { text: 'look at a.example', direct: true },
    ]);
  });

  test('what bots write, this one included, and edits of messages are ignored', async () => {
    const { slack, asks } = await start(mode);
    const base = { type: 'message', channel_type: 'im', channel: 'D0ANA', text: 'alerts', ts: '1.1' };
    await slack.event({ ...base, user: 'U0BOT' });
    await slack.event({ ...base, user: 'U0OTHER', bot_id: 'B0OTHER' });
    await slack.event({ ...base, user: 'U0ANA', subtype: 'message_changed' });
    await slack.event({ ...base, user: 'U0ANA', channel_type: 'channel' });
    await slack.event({ ...base, type: 'app_mention', channel: 'C0ALERTS', user: 'U0OTHER', bot_id: 'B0OTHER' });
    await slack.slash('last');
    await slack.until(() => slack.ephemerals[0]);
    expect(asks.map((ask) => ask.text)).toEqual(['last']);
  });

  test('a repeated envelope and a retried event are handled once, in whichever process they arrive', async () => {
    const { slack, asks, another } = await start(mode);
    const envelope = slack.slashEnvelope('alerts');
    await Promise.all([slack.deliver(envelope), slack.deliver(envelope)]);
    const mention = { type: 'app_mention', user: 'U0ANA', text: '<@U0BOT> status', channel: 'C0ALERTS', ts: '1.1' };
    await slack.event(mention, { id: 'Ev1' });
    await slack.event(mention, { id: 'Ev1', retry: 1 });
    await slack.until(() => slack.ephemerals.length >= 2);
    const second = await another();
    if (mode === 'HTTP') slack.appUrl = second.url();
    else await open?.surface.stop();
    await slack.deliver(envelope);
    await slack.event(mention, { id: 'Ev1', retry: 2 });
    await slack.event(mention, { id: 'Ev2' });
    await slack.until(() => slack.ephemerals.length >= 3);
    await sleep(200);
    expect(asks.map((ask) => ask.text).sort()).toEqual(['alerts', 'status', 'status']);
    expect(slack.ephemerals).toHaveLength(3);
  });

  test('something whose handling failed before it began is handled when Slack sends it again', async () => {
    const { slack, asks, answerWith } = await start(mode);
    answerWith(() => {
      throw new Error('not ready');
    });
    const envelope = slack.slashEnvelope('alerts');
    await slack.deliver(envelope);
    await slack.until(() => asks.length === 1 || undefined, 100).catch(() => {});
    await sleep(200);
    answerWith(async () => card('now'));
    await slack.deliver(envelope, { retry: 1 });
    expect(words((await slack.until(() => slack.ephemerals[0])).blocks)).toContain('now');
  });

  test('an answer survives a rate limit, a used-up address and blocks that Slack refuses', async () => {
    const { slack } = await start(mode);
    slack.fault('response_url', { kind: 'rate-limited', retryAfter: 0 });
    slack.fault('response_url', { kind: 'status', status: 404 });
    slack.fault('chat.postEphemeral', { kind: 'error', error: 'invalid_blocks' });
    await slack.slash('alerts');
    const answer = await slack.until(() => slack.ephemerals[0], 30_000);
    expect(answer).toMatchObject({ via: 'chat.postEphemeral', text: 'you said: alerts', blocks: [] });
  });

  test('stopping waits for an answer in hand', async () => {
    const { slack, surface, answerWith } = await start(mode);
    answerWith(async () => {
      await sleep(600);
      return card('done');
    });
    await slack.slash('status');
    await surface.stop();
    expect(slack.ephemerals).toHaveLength(1);
  });
});

test('HTTP: a request without the right signature, or with an old one, is refused and asks nothing', async () => {
  const { slack, asks } = await start('HTTP');
  expect((await slack.slash('alerts', { sign: 'bad' })).status).toBe(401);
  expect((await slack.slash('alerts', { sign: 'old' })).status).toBe(401);
  const bare = await fetch(slack.appUrl!, { method: 'POST', body: 'text=alerts' });
  expect(bare.status).toBe(401);
  await sleep(100);
  expect(asks).toEqual([]);
});

test('HTTP: the address check of the Events API is answered with its challenge', async () => {
  const { slack } = await start('HTTP');
  const body = JSON.stringify({ type: 'url_verification', challenge: 'c-1', token: 'legacy' });
  expect(await slack.post('application/json', body)).toMatchObject({ status: 200, body: '{"challenge":"c-1"}' });
});

test('HTTP: broken, huge and strange bodies are refused without harm', async () => {
  const { slack } = await start('HTTP');
  expect((await slack.post('application/json', '{"type":')).status).toBe(400);
  expect((await slack.post('application/x-www-form-urlencoded', 'payload=%7Bnope')).status).toBe(400);
  const huge = slack.post('application/json', `{"a":"${'x'.repeat(20_000_000)}"}`);
  expect([413, 'broken']).toContain(
    await huge.then(
      ({ status }) => status,
      () => 'broken',
    ),
  );
  await slack.slash('alerts');
  await slack.until(() => slack.ephemerals[0]);
});

test('Socket Mode: after a dropped socket and after a refresh the next command works', async () => {
  const { slack, asks } = await start('Socket Mode');
  slack.sockets.drop();
  await slack.slash('one');
  await slack.until(() => asks.length === 1);
  slack.sockets.refresh();
  await slack.until(() => slack.sockets.count === 0 || slack.sockets.connections > 2 || undefined, 100).catch(() => {});
  await sleep(400);
  await slack.slash('two');
  await slack.until(() => asks.length === 2);
  expect(slack.sockets.connections).toBe(3);
});

test('Socket Mode: when Slack answers 5xx, 429 and nonsense to a reconnection, it goes on trying', async () => {
  const { slack, asks } = await start('Socket Mode');
  slack.fault('apps.connections.open', { kind: 'status', status: 503 });
  slack.fault('apps.connections.open', { kind: 'rate-limited', retryAfter: 1 });
  slack.fault('apps.connections.open', { kind: 'garbage' });
  slack.sockets.drop();
  await slack.slash('still there?');
  await slack.until(() => asks.length === 1);
});
