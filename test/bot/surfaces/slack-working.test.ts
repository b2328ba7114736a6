import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { Pending } from '../../../bot/surfaces/slack/pending.js';
import type { Card } from '../../../commands/cards/card.js';
import { testQueues } from '../../support/services.js';
import { card, type Harness, harness, words } from './slack.harness.js';

let open: Harness | undefined;
afterEach(async () => {
  await open?.stop();
  open = undefined;
});
async function slow(): Promise<Harness> {
  open = await harness('HTTP');
  open.answerWith(async () => {
    await sleep(2500);
    return card('here at last');
  });
  return open;
}

test('a slow command first says that it is worked on, then the answer takes the place of that', async () => {
  const { slack } = await slow();
  const ack = await slack.slash('status');
  expect(ack.ms).toBeLessThan(2500);
  const said = await slack.until(() => slack.ephemerals[0], 30_000);
  expect(words(said.blocks)).toContain('Working on it');
  await slack.until(() => words(slack.ephemerals[0]?.blocks).includes('here at last'), 30_000);
  expect(slack.ephemerals).toHaveLength(1);
});

test('a slow click never replaces the message that was clicked on', async () => {
  const { slack, surface } = await slow();
  const action = { id: 'ack', label: 'Acknowledge', command: 'ack', tenant: 'acme', record: '17' };
  await surface.post('C0ALERTS', card('Alert 17', [{ kind: 'actions', actions: [action] }]), 'k', null);
  const [message] = slack.workspace.roots('C0ALERTS');
  await slack.click(message!, 'mdr:ack:ack');
  await slack.until(() => slack.ephemerals.some(({ blocks }) => words(blocks).includes('here at last')), 30_000);
  expect(words(slack.ephemerals[0]?.blocks)).toContain('Working on it');
  expect(slack.workspace.roots('C0ALERTS')[0]?.before).toEqual([]);
});

test('a slow direct message is answered in one message', async () => {
  const { slack } = await slow();
  slack.workspace.addChannel('D0ANA', { kind: 'im' });
  await slack.event({
    type: 'message',
    channel_type: 'im',
    user: 'U0ANA',
    text: 'status',
    channel: 'D0ANA',
    ts: '1.1',
  });
  await slack.until(() => words(slack.workspace.roots('D0ANA')[0]?.blocks).includes('here at last'), 30_000);
  expect(slack.workspace.roots('D0ANA')).toHaveLength(1);
});

test('who was acknowledged by a bot that then died is told so, once; nothing is done a second time', async () => {
  const { queues } = await testQueues();
  const make = () => new Pending(queues.redis, queues.prefix, pino({ level: 'silent' }));
  const ask = { surface: 'slack', user: 'U0ANA', channel: 'C0ALERTS', thread: null, text: 'ack 12', tenant: null };
  const to = { kind: 'whisper', channel: 'C0ALERTS', user: 'U0ANA', thread: null } as const;
  make().begin({ team: null, trigger: null, id: 'lost', ask, to });
  make().begin({ team: null, trigger: null, id: 'answered', ask, to });
  make().end('answered');
  const told: Card[] = [];
  const tell = (now: number) =>
    make().tell(now, async (where, what) => {
      expect(where).toEqual(to);
      told.push(what);
    });
  await tell(Date.now());
  expect(told).toEqual([]);
  await Promise.all([tell(Date.now() + 61_000), tell(Date.now() + 61_000)]);
  await tell(Date.now() + 120_000);
  expect(told).toHaveLength(1);
  expect(JSON.stringify(told)).toContain('ack 12');
});
