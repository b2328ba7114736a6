import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { deliveries, lateness, outboxMetrics } from '../engine/lateness.js';
import { testQueues } from './support/services.js';

const { queues } = await testQueues();
const { redis, prefix } = queues;
const NOW = Date.UTC(2026, 10, 25);
const place = { tenant: 'acme', surface: 'slack', channel: 'C1' };

it('counts what waits for each channel, since when and why, once however often it is tried, and shows it as metrics', async () => {
  const late = lateness(redis, prefix);
  await late.note(place, 'alert 1', NOW - 240_000, 'rate limit');
  await late.note(place, 'alert 1', NOW - 1000, 'rate limit');
  await late.note(place, 'alert 2', NOW - 60_000, 'no answer');
  await late.note({ ...place, tenant: 'zeta' }, 'alert 1', NOW - 5000, 'rate limit');
  expect(await late.read('acme', NOW)).toEqual([
    { surface: 'slack', channel: 'C1', since: NOW - 240_000, waiting: 2, why: 'no answer' },
  ]);
  const { count } = deliveries(redis, prefix);
  for (const outcome of ['sent', 'sent', 'rate-limited']) await count('slack', outcome);
  const registry = new Registry();
  outboxMetrics(registry, redis, prefix, () => NOW);
  const text = await registry.metrics();
  for (const line of [
    'mdr_outbox_oldest_seconds{tenant="acme",surface="slack"} 240',
    'mdr_outbox_oldest_seconds{tenant="zeta",surface="slack"} 5',
    'mdr_outbox_waiting{tenant="acme",surface="slack"} 2',
    'mdr_outbox_deliveries{surface="slack",outcome="sent"} 2',
  ])
    expect(text).toContain(line);
  await late.done(place, 'alert 1');
  await late.done(place, 'alert 2');
  expect(await late.read('acme', NOW)).toEqual([]);
  // What nobody came back for in a week is let go.
  expect(await late.read('zeta', NOW + 8 * 24 * 3600_000)).toEqual([]);
});
