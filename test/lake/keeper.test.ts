import { afterAll, expect, it } from 'vitest';
import { eventsJob } from '../../engine/ingest/batch.js';
import { openLake } from '../../engine/lake/index.js';
import { type Keeper, startKeeper } from '../../engine/lake/keeper.js';
import { land } from '../../engine/lake/land.js';
import { spooled } from '../../engine/lake/spool.js';
import { log } from '../../engine/log.js';
import { until } from '../e2e/harness.js';
import { testQueues, testStore } from '../support/services.js';
import { formats, NOON, processLine, range, spoolLines, testLake } from './world.js';

const { root, lake, places } = await testLake();
const { store } = await testStore();
const { queues } = await testQueues();
const keepers: Keeper[] = [];
afterAll(() => Promise.all(keepers.map((keeper) => keeper.stop())));
const start = (most = 1000, folder = root) => {
  const parts = { root: folder, store, redis: queues.redis, prefix: queues.prefix, most, clock: Date.now, log };
  const keeper = startKeeper(parts);
  keepers.push(keeper);
  return keeper;
};

it('several workers on one lake bring every batch in once, also what a worker that is gone has left', {
  timeout: 60_000,
}, async () => {
  await spoolLines(
    places,
    range(0, 10).map((n) => processLine(n)),
    'left behind',
  );
  const [one, two] = [start(), start()];
  await Promise.all(
    range(1, 20).map(async (n) => {
      const origin = { tenant: n % 4 === 0 ? 'beta' : 'acme', source: 's', format: null, simulated: false };
      const { data, options } = await eventsJob(
        origin,
        range(0, 10).map((i) => processLine(n * 10 + i)),
        NOON,
        String(n),
      );
      await one!.keep(options.jobId, data);
      await two!.keep(options.jobId, data);
    }),
  );
  const total = async (tenant: string) => {
    const { events, waiting } = await openLake(root).forTenant(tenant).status();
    return waiting > 0 ? -1 : events;
  };
  await until('all is there', async () => (await total('acme')) >= 160 && (await total('beta')) >= 40, 40_000);
  const { rows } = await lake
    .forTenant('acme')
    .query('SELECT count(*) AS n, count(DISTINCT original) AS lines FROM events');
  expect(rows).toEqual([{ n: 160, lines: 160 }]);
  expect(await total('beta')).toBe(40);
  // Keeping goes on while a worker stops: the batch waits on disk for the next one.
  await one!.stop();
  const { data, options } = await eventsJob(
    { tenant: 'acme', source: 's', format: null, simulated: false },
    [processLine(999)],
    NOON,
    'last',
  );
  await one!.keep(options.jobId, data);
  await two!.stop();
  start();
  await until('what waited is there', async () => (await total('acme')) === 161, 40_000);
});

it('holds batches back while too many wait, until there is room or the worker stops', { timeout: 60_000 }, async () => {
  const other = await testLake('gamma');
  const keeper = start(5, other.root);
  const origin = { tenant: 'gamma', source: 's', format: null, simulated: false };
  const keep = async (n: number) => {
    const { data, options } = await eventsJob(origin, [processLine(n)], NOON, String(n));
    await keeper.keep(options.jobId, data);
  };
  for (const n of range(0, 17)) {
    await keep(n);
    expect((await spooled(other.places)).length).toBeLessThanOrEqual(5);
  }
  const status = () => other.lake.forTenant('gamma').status();
  await until('all is there', async () => (await status()).events === 17, 40_000);
  await until('none waits', async () => (await status()).waiting === 0, 10_000);
  const left = Promise.all(range(17, 30).map(async (n) => keep(n)));
  await keeper.stop();
  await left;
  while ((await land(other.places, other.journal, formats, Date.now)) !== null);
  expect((await status()).events).toBe(30);
});
