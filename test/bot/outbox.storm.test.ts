import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import { slackSurface } from '../../bot/surfaces/slack/index.js';
import storm from '../../commands/storm.js';
import type { Context } from '../../commands/types.js';
import { systemClock } from '../../engine/clock.js';
import { readConfig } from '../../engine/config.js';
import { LEVELS, type Level } from '../../engine/detect/types.js';
import { policySchema } from '../../engine/notify/policy.js';
import { endStorms, heldBy } from '../../engine/notify/storms.js';
import { addTenant, alertRecord } from '../commands/world.js';
import { SlackDouble } from '../doubles/slack.js';
import { testQueues, testStore } from '../support/services.js';
import { words } from './surfaces/slack.harness.js';

const log = pino({ level: 'silent' });
const BOUND = 20;
const toStop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

/** A tenant with the default policy, its outbox, and a Slack. */
async function world() {
  const [{ store }, { queues }, slack] = await Promise.all([testStore(), testQueues(), new SlackDouble().start()]);
  toStop.push(() => slack.stop());
  await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C0ALERTS', lane: 'provider' }]);
  const rules = [{ levels: [...LEVELS], send: 'at once' }];
  const policy = policySchema.parse({ rules, storm: { posts: BOUND, minutes: 10 } });
  await store.tenants.updateOne({ _id: 'acme' }, { $set: { notify: { policy, changed: 0, by: 'test' } } });
  const tenant = await store.forTenant('acme');
  const config = readConfig({ SLACK_BOT_TOKEN: slack.botToken, SLACK_API_URL: slack.apiUrl });
  const answer = async () => ({ title: '', tone: 'neutral' as const, blocks: [] });
  const surface = slackSurface({ config, answer, redis: queues.redis, prefix: queues.prefix, log });
  const start = (): Outbox => {
    const outbox = startOutbox({ store, queues, surfaces: [surface], clock: systemClock, log });
    toStop.push(() => outbox.stop());
    return outbox;
  };
  return { store, queues, slack, tenant, start };
}

const levelOf = (number: number): Level => (number % 100 === 0 ? 'critical' : number % 10 === 0 ? 'high' : 'low');
const hostOf = (number: number): string => (number % 3 === 0 ? 'dc01' : `ws${number % 50}`);
const record = (number: number) =>
  alertRecord(number, {
    level: levelOf(number),
    score: { critical: 90, high: 70, low: 20 }[levelOf(number) as 'critical' | 'high' | 'low'],
    title: `Something on ${hostOf(number)}`,
    entity: { kind: 'host', value: hostOf(number) },
    rules: [
      { ...alertRecord(number).rules[0]!, title: number % 2 ? 'Failed log-ons' : 'Port scan', level: levelOf(number) },
    ],
    updated: Date.now(),
  });

/** Send so many alerts down the road and wait until their threads, and the storm's message, show them all. */
async function blow(count: number, ms: number) {
  const { queues, slack, tenant, start } = await world();
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  await tenant.alerts.insertNew(numbers.map(record));
  start();
  await queues.addBulk(
    'changes',
    numbers.map((number) => ({ data: { tenant: 'acme', kind: 'alert' as const, number } })),
  );
  const critical = numbers.filter((number) => levelOf(number) === 'critical').length;
  const held = count - critical - BOUND;
  const stormOf = () => slack.workspace.roots('C0ALERTS').find((message) => words(message.blocks).includes('Storm '));
  await vi.waitFor(async () => expect(words(stormOf()?.blocks)).toContain(`${held.toLocaleString('en-US')} alerts`), {
    timeout: ms,
    interval: 250,
  });
  await vi.waitFor(() => expect(slack.workspace.roots('C0ALERTS')).toHaveLength(BOUND + critical + 1), {
    timeout: ms,
    interval: 250,
  });
  return { queues, slack, tenant, critical, held, stormOf };
}

it('a storm becomes one message that counts it; the gravest still get through; it says when it is over', {
  timeout: 120_000,
}, async () => {
  const { queues, slack, tenant, critical, held, stormOf } = await blow(250, 60_000);
  const text = words(stormOf()!.blocks);
  for (const part of ['Failed log-ons', 'Port scan', 'dc01', 'high, ', ' low', 'The gravest', '/mdr alert '])
    expect(text).toContain(part);
  const titles = slack.workspace.roots('C0ALERTS').map(({ blocks }) => words(blocks));
  expect(titles.filter((title) => title.includes('· Critical ·'))).toHaveLength(critical);

  // Its button lists what it held back, the gravest first.
  const button = stormOf()!.blocks.flatMap((block) =>
    block.type === 'actions' ? (block.elements as { value: string }[]) : [],
  )[0]!;
  const record = JSON.parse(button.value).record as string;
  const context = { tenant, internal: true } as Context;
  const list = await storm.run(context, [record]);
  expect(list.title).toContain(`${held} alerts, page 1 of ${Math.ceil(held / 20)}`);
  const table = list.blocks.find((block) => block.kind === 'table');
  expect(table?.kind === 'table' && table.rows[0]?.[1]).toBe('High');
  await expect(storm.run({ ...context, internal: false }, [record])).rejects.toThrow('provider');

  // Too early, then after the window has gone by without more of them.
  expect(await endStorms(tenant, queues.redis, queues.prefix, Date.now())).toEqual([]);
  const over = await endStorms(tenant, queues.redis, queues.prefix, Date.now() + 601_000);
  expect(over).toContain(Number(record));
  await queues.add('changes', { tenant: 'acme', kind: 'storm', number: Number(record) });
  await vi.waitFor(() => expect(words(stormOf()!.blocks)).toContain('is over'), { timeout: 30_000 });
  expect(await heldBy(tenant, Number(record))).toBe(held);
  const keys = slack.workspace.channels.get('C0ALERTS')!.messages.map(({ metadata }) => metadata?.event_payload.key);
  expect(new Set(keys).size).toBe(keys.length);
});
