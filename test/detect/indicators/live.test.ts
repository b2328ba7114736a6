import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { allowList } from '../../../engine/detect/indicators/allow.js';
import { announce, importIndicators, KEPT_AFTER_MS } from '../../../engine/detect/indicators/import.js';
import { type LiveIndicators, liveIndicators } from '../../../engine/detect/indicators/live.js';
import { detect } from '../../../engine/detect/stage.js';
import type { Parsed } from '../../../engine/event.js';
import { eventsJob } from '../../../engine/ingest/batch.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { log } from '../../../engine/log.js';
import type { Queues } from '../../../engine/queues.js';
import type { Store } from '../../../engine/store/index.js';
import { liveTunings } from '../../../engine/triage/tune/live.js';
import { addTenant } from '../../commands/world.js';
import { testEnv } from '../../support/services.js';

const NOW = Date.UTC(2026, 10, 24, 9);
const DAY = 86_400_000;
let store: Store;
let queues: Queues;
let env: Record<string, string>;
let live: LiveIndicators | null = null;

beforeAll(async () => {
  ({ store, queues, env } = await testEnv());
  await addTenant(store, 'acme', 'Acme');
  await addTenant(store, 'zeta', 'Zeta');
});
beforeEach(async () => {
  await store.indicators.deleteMany({});
});
afterEach(async () => {
  await live?.stop();
  live = null;
});

async function take(
  lines: string,
  more: { owner?: string; source?: string; confidence?: number; expires?: number | null } = {},
) {
  const file = join(tmpdir(), `mdr-indicators-${process.pid}.txt`);
  await writeFile(file, lines);
  const terms = {
    owner: '*',
    source: 'feed',
    confidence: 80,
    expires: null,
    exact: false,
    allow: allowList([]),
    now: NOW,
    ...more,
  };
  const counts = await importIndicators(store, file, terms);
  await announce(queues.redis, queues.prefix);
  return counts;
}
const start = async (more: Partial<Parameters<typeof liveIndicators>[0]> = {}) => {
  live = await liveIndicators({
    store,
    mongo: { uri: env.MONGODB_URI!, database: env.MDR_DATABASE! },
    redis: queues.redis,
    prefix: queues.prefix,
    max: 1000,
    text: false,
    clock: () => NOW,
    log,
    pollMs: 50,
    ...more,
  });
  return live;
};
const event = (fields: Parsed['fields'], time = NOW): Parsed => ({
  time,
  logsource: { product: '', service: '', categories: [] },
  fields,
  ecs: () => ({ '@timestamp': '' }),
});
const valuesIn = (tenant: string, fields: Parsed['fields'], time = NOW) =>
  live!
    .forTenant(tenant)
    .match(event(fields, time))
    .map((hit) => hit.indicator.value);

describe('indicators of a worker', () => {
  it('are looked for within moments of an import, and no more after they are removed', async () => {
    await start();
    expect(valuesIn('acme', { dst_host: 'a.evil.example' })).toEqual([]);
    await take('evil.example\n');
    await expect.poll(() => valuesIn('acme', { dst_host: 'a.evil.example' })).toEqual(['evil.example']);
    await store.indicators.deleteMany({});
    await announce(queues.redis, queues.prefix);
    await expect.poll(() => valuesIn('acme', { dst_host: 'a.evil.example' })).toEqual([]);
  });

  it('of one tenant are never looked for in events of another', async () => {
    await take('evil.example\n', { owner: 'acme' });
    await take('198.51.100.9\n');
    await start();
    expect(valuesIn('acme', { dst_host: 'evil.example', dst_ip: '198.51.100.9' })).toEqual([
      '198.51.100.9',
      'evil.example',
    ]);
    expect(valuesIn('zeta', { dst_host: 'evil.example', dst_ip: '198.51.100.9' })).toEqual(['198.51.100.9']);
  });

  it('are imported once, however often the file is', async () => {
    expect(await take('evil.example\nevil.example\ncom\n10.0.0.1\n')).toMatchObject({
      added: 1,
      updated: 0,
      refused: { 'single label': 1, 'reserved address': 1 },
    });
    expect(await take('evil.example\n', { confidence: 20 })).toMatchObject({ added: 0, updated: 1 });
    expect(await take('evil.example\n', { source: 'other' })).toMatchObject({ added: 1 });
    expect(await store.indicators.countDocuments()).toBe(2);
    await start();
    const [hit] = live!.forTenant('acme').match(event({ dst_host: 'evil.example' }));
    expect(hit).toMatchObject({
      level: 'high',
      sources: ['other', 'feed'],
      indicator: { source: 'other', confidence: 80 },
    });
  });

  it('hold until they expire, by the time of the event', async () => {
    await take('evil.example\n', { expires: NOW + DAY });
    await start({ clock: () => NOW + 2 * DAY });
    expect(valuesIn('acme', { dst_host: 'evil.example' }, NOW)).toEqual(['evil.example']);
    expect(valuesIn('acme', { dst_host: 'evil.example' }, NOW + 2 * DAY)).toEqual([]);
  });

  it('hold for an event from the future only as long as they hold now', async () => {
    await take('evil.example\n', { expires: NOW + DAY });
    await start();
    expect(valuesIn('acme', { dst_host: 'evil.example' }, NOW + 9 * DAY)).toEqual(['evil.example']);
  });

  it('are purged when they expired long ago', async () => {
    await take('evil.example\n', { expires: NOW + 1 });
    await start({ clock: () => NOW + KEPT_AFTER_MS + 2 });
    expect(await store.indicators.countDocuments()).toBe(0);
  });

  it('leave out the least confident when there are too many', async () => {
    await take('indicator,confidence\nlow.example,10\nhigh.example,90\nmiddle.example,50\n');
    await start({ max: 2 });
    expect(live!.size.count).toBe(2);
    expect(valuesIn('acme', { dst_host: 'low.example' })).toEqual([]);
    expect(valuesIn('acme', { dst_host: 'middle.example' })).toEqual(['middle.example']);
  });

  it('are built in a thread of their own when there are many', async () => {
    await take(Array.from({ length: 300 }, (_, n) => `h${n}.evil.example`).join('\n'));
    await take('198.51.100.0/24\n2001:db8:5::/48\n');
    await start({ small: 10 });
    expect(live!.size.count).toBe(302);
    expect(valuesIn('acme', { dst_host: 'x.h299.evil.example' })).toEqual(['h299.evil.example']);
    expect(valuesIn('acme', { dst_ip: '198.51.100.200' })).toEqual(['198.51.100.0/24']);
    expect(valuesIn('acme', { dst_ip: '2001:db8:5::7' })).toEqual(['2001:db8:5::/48']);
  });
});

describe('a batch', () => {
  it('makes one detection for an indicator, host and hour, and a second batch makes none', async () => {
    await take('evil.example\n');
    await start();
    const scope = await store.forTenant('acme');
    const parts = {
      ...{ store, queues, log, clock: () => NOW, formats: await loadFormats(), matcher: compileRules([]).matcher },
      tunings: liveTunings({ redis: queues.redis, prefix: queues.prefix, clock: () => NOW, log }),
      indicators: live!,
    };
    const line = (host: string, n: number, more = {}) =>
      JSON.stringify({ time: new Date(NOW + n).toISOString(), host, dst_host: 'c2.evil.example', n, ...more });
    const run = async (lines: string[], id: string) => {
      const { data } = await eventsJob({ tenant: 'acme', source: 's', format: null, simulated: false }, lines, NOW, id);
      await detect(parts, data, id);
    };
    await run([1, 2, 3].map((n) => line('ws1', n)).concat(line('ws2', 4)), 'one');
    await run([line('ws1', 5), line('ws1', 6, { action: 'deny' })], 'two');
    const found = await scope.detections.find({}, { sort: { 'event.time': 1 } });
    expect(found.map(({ rule, event }) => [rule.id, rule.level, event.ecs['host.name']])).toEqual([
      ['indicator:domain:evil.example', 'high', 'ws1'],
      ['indicator:domain:evil.example', 'high', 'ws2'],
      // Blocked is another thing than let through, and must not hide it.
      ['indicator:domain:evil.example', 'medium', 'ws1'],
    ]);
    expect(found[0]!.rule.title).toBe('Known bad domain evil.example (source feed, confidence 80)');
    expect(found[0]!.observables).toContainEqual({ kind: 'domain', value: 'evil.example' });
  });
});
