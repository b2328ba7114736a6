import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MdrError } from '../../../engine/errors.js';
import { loadModels } from '../../../engine/hunt/models/index.js';
import type { Model } from '../../../engine/hunt/models/types.js';
import { ruleIdOf, ruleOfModel } from '../../../engine/hunt/runner/found.js';
import { HELD_MS, horizonOf, LATE_MS } from '../../../engine/hunt/runner/horizon.js';
import { kept, packState } from '../../../engine/hunt/runner/keep.js';
import { gridOf } from '../../../engine/hunt/runner/one.js';
import { type HuntParts, step } from '../../../engine/hunt/runner/step.js';
import { eventsJob } from '../../../engine/ingest/batch.js';
import { writeParquet } from '../../../engine/lake/bulk.js';
import type { TenantLake } from '../../../engine/lake/index.js';
import { placesOf } from '../../../engine/lake/places.js';
import { log } from '../../../engine/log.js';
import type { TenantStore } from '../../../engine/store/index.js';
import { triage } from '../../../engine/triage/stage.js';
import { liveVerdicts } from '../../../engine/triage/trust.js';
import { liveTunings } from '../../../engine/triage/tune/live.js';
import { tuneRule } from '../../../engine/triage/tune/rules.js';
import { addTenant } from '../../commands/world.js';
import { formats, spoolLines, testLake } from '../../lake/world.js';
import { beaconLines, bruteForceLines, ecsLine, lakeEvents, officeLines, signInLine } from '../../support/office.js';
import { testQueues, testStore } from '../../support/services.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 2);
const ATTACK = START + 9 * DAY + 13 * HOUR;
const LINES = [...officeLines(START, 10), ...bruteForceLines(ATTACK, 'user3'), ...beaconLines(ATTACK, '10.1.0.14')];

let all: Model[];
beforeAll(async () => {
  all = (await loadModels()).filter(({ name }) => ['beacons', 'brute-force', 'password-spray'].includes(name));
});
let acme: TenantStore;
let parts: HuntParts;
let root: string;
let now: number;
beforeEach(async () => {
  const [{ store }, { queues }, lake] = await Promise.all([testStore(), testQueues(), testLake()]);
  acme = await addTenant(store, 'acme', 'Acme');
  await addTenant(store, 'zeta', 'Zeta');
  root = lake.root;
  now = START + 10 * DAY;
  const clock = () => now;
  const shared = { redis: queues.redis, prefix: queues.prefix, clock, log };
  parts = {
    ...{ store, queues, formats, clock, log, lake: lake.lake },
    models: all,
    tunings: liveTunings(shared),
    verdicts: liveVerdicts(clock),
  };
});

const land = (lines: readonly string[], simulated = false) =>
  writeParquet(root, 'acme', lakeEvents(lines, 'acme', simulated));
async function run(more: Partial<HuntParts> = {}) {
  for (let steps = 0; await step({ ...parts, ...more }, 'acme'); steps++) expect(steps).toBeLessThan(100);
}
const found = () => acme.detections.find({}, { sort: { _id: 1 } });
const own = () => kept(parts.queues.redis, parts.queues.prefix, 'acme');

describe('hunting models over the lake', () => {
  it('find what is hidden in ordinary days, and it becomes an alert with their words, once', async () => {
    await land(LINES);
    await run();
    const detections = await found();
    expect(detections.map(({ rule, correlated }) => [rule.id, correlated!.text])).toEqual(
      expect.arrayContaining([
        [ruleIdOf('brute-force'), expect.stringMatching(/60 failed sign-ins of user3 .*then it succeeded/)],
        [ruleIdOf('beacons'), expect.stringMatching(/10\.1\.0\.14 calls 198\.51\.100\.66 every/)],
      ]),
    );
    const brute = detections.find(({ finding }) => finding?.model === 'brute-force')!;
    expect(brute.event.ecs).toMatchObject({ 'user.name': 'user3', 'source.ip': '198.51.100.7' });
    expect(brute.correlated!.events.length).toBeGreaterThan(3);
    expect(brute.event.time).toBe(ATTACK + 59 * 2000);
    const ids = detections.map(({ _id }) => _id);
    const numbers = await triage({ ...parts }, 'acme', ids);
    await triage({ ...parts }, 'acme', ids);
    expect(numbers.length).toBeGreaterThan(0);
    const alerts = await acme.alerts.find();
    expect(alerts).toHaveLength(numbers.length);
    expect(JSON.stringify(alerts.map(({ rules }) => rules))).toContain('60 failed sign-ins of user3');
    // Nothing new: nothing more is said, and nothing of another tenant.
    await run();
    now += HOUR;
    await run();
    expect(await acme.detections.count()).toBe(detections.length);
    expect(await (await parts.store.forTenant('zeta')).detections.count()).toBe(0);
  });

  it('say the same whether all was there at once or came bit by bit, and twice the same events are one', async () => {
    await land(LINES);
    await run();
    const once = (await found()).map(({ _id }) => _id);
    await acme.detections.deleteMany({});
    for (const { name } of all) await own().drop(name);
    const sorted = lakeEvents(LINES).sort((a, b) => a.parsed.time - b.parsed.time);
    const lake = await testLake();
    for (let hour = 0; hour < 240; hour += 6) {
      const some = sorted.filter(({ parsed }) => Math.floor((parsed.time - START) / HOUR / 6) * 6 === hour);
      await writeParquet(lake.root, 'acme', some);
      if (hour % 24 === 0) await writeParquet(lake.root, 'acme', some);
      now = START + (hour + 7) * HOUR;
      await run({ lake: lake.lake });
    }
    now = START + 10 * DAY + HOUR;
    await run({ lake: lake.lake });
    expect((await found()).map(({ _id }) => _id)).toEqual(once);
  });

  it('killed after findings were stored and before states were, find the same again, once', async () => {
    await land(LINES);
    await run();
    const once = await found();
    const before = await own().records();
    for (const { name } of all) await own().drop(name);
    await run();
    expect(await found()).toEqual(once);
    expect([...(await own().records()).models].map(([name, { findings, events }]) => [name, findings, events])).toEqual(
      [...before.models].map(([name, { findings, events }]) => [name, findings, events]),
    );
    const jobs = await parts.queues.queue('detections').getJobs(['waiting']);
    expect(new Set(jobs.flatMap(({ data }) => data.ids))).toEqual(new Set(once.map(({ _id }) => _id)));
  });

  it('what fails in one model stops no other, and is told', async () => {
    await land(LINES);
    const broken: Model = {
      ...all[0]!,
      name: 'broken',
      fold: () => {
        throw new Error('no such thing');
      },
    };
    const loud = log.level;
    log.level = 'silent';
    await run({ models: [broken, ...all] }).finally(() => {
      log.level = loud;
    });
    const { models } = await own().records();
    expect(models.get('broken')!.failed).toMatchObject({ why: 'no such thing' });
    expect(models.get('broken')!.position).toBe(models.get('beacons')!.position);
    expect((await found()).length).toBeGreaterThanOrEqual(2);
  });

  it('a state of an older version is given up after three faults in a row', async () => {
    await land(LINES);
    const picky: Model<{ version?: number; seen: number }> = {
      ...(all[0]! as Model<never>),
      name: 'picky',
      start: () => ({ version: 2, seen: 0 }),
      fold(state, events) {
        if (state.version !== 2) throw new Error('an older state');
        return { ...state, seen: state.seen + events.length };
      },
      judge: () => [],
    };
    const models = [picky as Model];
    const loud = log.level;
    log.level = 'silent';
    const ran: unknown[] = [];
    for (let hours = 0; hours < 5; hours++) {
      now = START + 9 * DAY + (11 + hours) * HOUR;
      if (hours === 1) {
        const { models: records } = await own().records();
        await own().save('picky', records.get('picky')!, await packState({ seen: 1 }));
      }
      await run({ models });
      ran.push((await own().records()).models.get('picky')!.failed?.times ?? 0);
    }
    log.level = loud;
    expect(ran).toEqual([0, 1, 2, 3, 3]);
    expect(await own().state('picky')).toMatchObject({ version: 2, seen: expect.any(Number) });
  });

  it('a model that is new learns from what is there, and then goes on with the others', async () => {
    await land(LINES);
    await run({ models: all.slice(0, 1) });
    expect((await own().records()).models.size).toBe(1);
    await run();
    const { models } = await own().records();
    expect(new Set([...models.values()].map(({ position }) => position)).size).toBe(1);
    expect((await found()).map(({ finding }) => finding?.model)).toContain('brute-force');
  });

  it('learns anew when it was asked to, once', async () => {
    await land(LINES);
    await run();
    await own().ask('beacons');
    await land(officeLines(START - 5 * DAY, 2));
    await run();
    const { models } = await own().records();
    expect(models.get('beacons')!.first).toBeLessThan(START - 4 * DAY);
    expect(models.get('brute-force')!.first).toBeGreaterThan(START);
    expect(await own().asked()).toEqual([]);
  });

  it('switched off says nothing, and goes on learning', async () => {
    await land(LINES);
    const model = all.find(({ name }) => name === 'brute-force')!;
    await tuneRule(acme, ruleOfModel(model), { id: 'ana', name: 'Ana' }, parts.clock, 'noisy', (is) => ({
      ...is,
      disabled: true,
    }));
    await run();
    expect((await found()).map(({ finding }) => finding?.model)).not.toContain('brute-force');
    expect((await own().records()).models.get('brute-force')!.events).toBeGreaterThan(100);
  });

  it('what is simulated is found as such, and what a year-old log shows opens nothing', async () => {
    await land(officeLines(START, 10));
    await land(bruteForceLines(ATTACK, 'user3'), true);
    await run();
    expect((await found()).map(({ simulated }) => simulated)).toEqual([true]);
    await acme.detections.deleteMany({});
    for (const { name } of all) await own().drop(name);
    now = START + 25 * DAY;
    await run();
    expect((await found()).map(({ rule }) => rule.level)).toEqual(['low']);
  });

  it('counts what came too late', async () => {
    await land(LINES);
    await run();
    await land([
      signInLine(START + 8 * DAY + HOUR, 'user1', '10.1.0.11', 'success'),
      ecsLine(START + 8 * DAY, { 'user.name': 'late' }),
    ]);
    now += 2 * HOUR;
    await run();
    expect((await own().records()).tenant.late).toBe(2);
  });

  it('a model that cannot be read for holds up no other', async () => {
    await land(LINES);
    await run({ models: all.slice(0, 1) });
    const [first, second] = [all[0]!, all[1]!];
    now += 2 * HOUR;
    await land([signInLine(now - HOUR, 'user1', '10.1.0.11', 'success')]);
    const lake = parts.lake.forTenant('acme');
    const stuck = {
      ...lake,
      query: (async (sql, params, options) => {
        if (sql.includes('original') && options!.from! < START + 5 * DAY)
          throw new MdrError('MDR_LAKE_MEMORY', 'too much', 'ask for less');
        return lake.query(sql, params, options);
      }) as TenantLake['query'],
    };
    const loud = log.level;
    log.level = 'silent';
    const more = { models: [first, second], lake: { ...parts.lake, forTenant: () => stuck } };
    await expect(run(more)).rejects.toMatchObject({ code: 'MDR_LAKE_MEMORY' });
    log.level = loud;
    const { models } = await own().records();
    expect(models.get(first.name)!.position).toBe(gridOf(now - LATE_MS));
    expect(models.has(second.name)).toBe(false);
  });

  it('what Redis cannot answer is no lost state; what cannot be unpacked is', async () => {
    await land(LINES);
    await run({ models: all.slice(0, 1) });
    const { name } = all[0]!;
    const before = (await own().records()).models.get(name)!;
    now += HOUR;
    const { redis, prefix } = parts.queues;
    const failing = new Proxy(redis, {
      get: (target, key) =>
        key === 'getBuffer'
          ? () => Promise.reject(new Error('LOADING Redis is loading the dataset in memory'))
          : Reflect.get(target, key, target),
    });
    const loud = log.level;
    log.level = 'silent';
    const queues = { ...parts.queues, redis: failing };
    await expect(run({ models: all.slice(0, 1), queues })).rejects.toThrow('LOADING');
    expect((await own().records()).models.get(name)).toEqual(before);
    await redis.set(`${prefix}:{acme}:models:${name}`, 'no state');
    expect(await own().state(name)).toBeNull();
    await run({ models: all.slice(0, 1) });
    log.level = loud;
    expect((await own().records()).models.get(name)!.events).toBeGreaterThan(0);
  });

  it('waits for what was accepted and is on its way, but not for ever', async () => {
    const lake = parts.lake.forTenant('acme');
    const at = () => horizonOf(lake, parts.queues, now);
    expect(await at()).toBe(gridOf(now - LATE_MS));
    const origin = { tenant: 'acme', source: 'test', format: null, simulated: false };
    const { data, options } = await eventsJob(origin, ['{}'], now - 2 * HOUR, '0');
    await parts.queues.add('events', data, options);
    expect(await at()).toBe(gridOf(now - 2 * HOUR - LATE_MS));
    const places = placesOf(root, 'acme');
    const batch = await spoolLines(places, ['{}'], '1', now);
    await utimes(join(places.spool, batch), (now - 3 * HOUR) / 1000, (now - 3 * HOUR) / 1000);
    expect(await at()).toBe(gridOf(now - 3 * HOUR - LATE_MS));
    now += 9 * HOUR;
    expect(await at()).toBe(gridOf(now - HELD_MS - LATE_MS));
  });
});
