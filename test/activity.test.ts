import { beforeAll, describe, expect, it } from 'vitest';
import { ACTIVITY_DAYS, activity, BatchActivity, DAY_MS } from '../engine/activity.js';
import type { LogSource } from '../engine/event.js';
import type { Queues } from '../engine/queues.js';
import { testQueues } from './support/services.js';

const NOW = Date.UTC(2026, 10, 24, 9);
const SYSMON: LogSource = Object.freeze({ product: 'windows', service: 'sysmon', categories: ['process_creation'] });
const ANTIVIRUS: LogSource = Object.freeze({ product: '', service: '', categories: ['antivirus'] });

let queues: Queues;
beforeAll(async () => {
  ({ queues } = await testQueues());
});
const of = (tenant: string) => activity(queues.redis, queues.prefix, tenant);
const batch = (...events: [LogSource, number][]) => {
  const counted = new BatchActivity(NOW);
  for (const [logsource, time] of events) counted.note({ logsource, time });
  return counted;
};

describe('the activity of log sources', () => {
  it('counts events by day, kind and source, once for each batch', async () => {
    const events = batch([SYSMON, NOW], [SYSMON, NOW], [ANTIVIRUS, NOW], [SYSMON, NOW - DAY_MS], [SYSMON, NOW]);
    expect(await of('acme').add('b1', 'edr', events)).toBe(true);
    expect(await of('acme').add('b1', 'edr', events)).toBe(false);
    expect(await of('acme').add('b2', 'edr', batch([SYSMON, NOW]))).toBe(true);
    const read = await of('acme').read(NOW - 3 * DAY_MS, NOW + 1);
    expect(read.map(({ day, service, events }) => [day, service, events])).toEqual(
      expect.arrayContaining([
        ['2026-11-23', 'sysmon', 1],
        ['2026-11-24', 'sysmon', 4],
        ['2026-11-24', '', 1],
      ]),
    );
    expect(read).toHaveLength(3);
    const antivirus = read.find(({ categories }) => categories.includes('antivirus'));
    expect(antivirus).toMatchObject({ product: '', service: '', source: 'edr', events: 1 });
  });

  it('keeps tenants apart, and days outside of the period out', async () => {
    await of('beta').add('b1', 'x', batch([SYSMON, NOW - 5 * DAY_MS]));
    expect(await of('beta').read(NOW - 4 * DAY_MS, NOW)).toEqual([]);
    expect(await of('beta').read(NOW - 5 * DAY_MS, NOW)).toHaveLength(1);
    expect(await of('gamma').read(NOW - 9 * DAY_MS, NOW)).toEqual([]);
  });

  it('believes no date after tomorrow or of long ago', async () => {
    const events = batch(
      [SYSMON, NOW + 3 * DAY_MS],
      [SYSMON, NOW - (ACTIVITY_DAYS + 1) * DAY_MS],
      [SYSMON, Number.NaN],
    );
    expect([...events.counts()]).toEqual([]);
    expect(await of('delta').add('b1', 'x', events)).toBe(false);
  });

  it('is bounded when a sender makes up names of sources', async () => {
    const adding = Array.from({ length: 1010 }, (_, i) => of('flood').add(`b${i}`, `s${i}`, batch([SYSMON, NOW])));
    await Promise.all(adding);
    const read = await of('flood').read(NOW, NOW + 1);
    expect(read).toHaveLength(1001);
    expect(read.reduce((sum, { events }) => sum + events, 0)).toBe(1010);
    expect(read.find(({ product, source }) => product === '' && source === '')?.events).toBe(10);
  });
});
