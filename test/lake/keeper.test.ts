import { afterAll, expect, it } from 'vitest';
import { eventsJob } from '../../engine/ingest/batch.js';
import { openLake } from '../../engine/lake/index.js';
import { type Keeper, startKeeper } from '../../engine/lake/keeper.js';
import { log } from '../../engine/log.js';
import { until } from '../e2e/harness.js';
import { testQueues, testStore } from '../support/services.js';
import { NOON, processLine, range, spoolLines, testLake } from './world.js';

const { root, lake, places } = await testLake();
const { store } = await testStore();
const { queues } = await testQueues();
const keepers: Keeper[] = [];
afterAll(() => Promise.all(keepers.map((keeper) => keeper.stop())));
const start = () => {
  const keeper = startKeeper({ root, store, redis: queues.redis, prefix: queues.prefix, clock: Date.now, log });
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
