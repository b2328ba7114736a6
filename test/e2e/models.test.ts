import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadModels } from '../../engine/hunt/models/index.js';
import { kept } from '../../engine/hunt/runner/keep.js';
import { step } from '../../engine/hunt/runner/step.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { openLake } from '../../engine/lake/index.js';
import { log } from '../../engine/log.js';
import { liveVerdicts } from '../../engine/triage/trust.js';
import { liveTunings } from '../../engine/triage/tune/live.js';
import { addTenant } from '../commands/world.js';
import { beaconLines, bruteForceLines, officeLines } from '../support/office.js';
import { testLakeOf } from '../support/parts.js';
import { testQueues, testStore } from '../support/services.js';
import { CHANNEL, openRoad, type Road, TENANT, until } from './harness.js';

const DAY = 86_400_000;
let road: Road;
beforeAll(async () => {
  road = await openRoad();
}, 90_000);
afterAll(async () => {
  await road?.stop();
}, 60_000);

const words = (value: unknown) => JSON.stringify(value);

/** What the models find in the same lake when nobody is killed. */
async function undisturbed(): Promise<string[]> {
  const [{ store }, { queues }] = await Promise.all([testStore(), testQueues()]);
  const scope = await addTenant(store, TENANT, 'Acme');
  const lake = openLake(testLakeOf(road.env));
  const clock = Date.now;
  const shared = { redis: queues.redis, prefix: queues.prefix, clock, log };
  const parts = { store, queues, lake, clock, log, formats: await loadFormats(), models: await loadModels() };
  while (await step({ ...parts, tunings: liveTunings(shared), verdicts: liveVerdicts(clock) }, TENANT));
  lake.close();
  return (await scope.detections.find({})).map(({ _id }) => _id).sort();
}

it('from log lines through the lake and a model to a thread with its explanation; killed in the middle, each finding once', {
  timeout: 240_000,
}, async () => {
  // Whole days, over for a day: also when it becomes midnight meanwhile, models may go on to their end at once.
  const end = Math.floor(Date.now() / DAY) * DAY - DAY;
  const start = end - 12 * DAY;
  const attack = start + 11 * DAY + 13 * 3_600_000;
  const lines = [
    ...officeLines(start, 12, 30),
    ...bruteForceLines(attack, 'user3'),
    ...beaconLines(attack, '10.1.0.14'),
  ];
  for (let from = 0; from < lines.length; from += 500)
    expect((await road.send(lines.slice(from, from + 500).join('\n'))).status).toBe(202);

  const lake = openLake(testLakeOf(road.env));
  await until('all in the lake', async () => (await lake.forTenant(TENANT).status()).events >= lines.length);
  lake.close();
  const own = kept(road.queues.redis, road.queues.prefix, TENANT);
  const models = await loadModels();
  const over = async () => {
    const { models: records } = await own.records();
    return records.size === models.length && [...records.values()].every(({ position }) => position >= end);
  };
  Object.assign(road.env, { MDR_MODELS: 'true', MDR_MODELS_EVERY: '1' });
  await road.parts.worker.stop();
  await road.restart('worker');
  let inTheMiddle = 0;
  for (let deaths = 0; deaths < 3; deaths++) {
    const lock = `${road.queues.prefix}:{${TENANT}}:lock:models`;
    await until('models at work', async () => (await road.queues.redis.exists(lock)) === 1 || (await over()));
    await new Promise((resolve) => setTimeout(resolve, 300 + 400 * deaths));
    if (!(await over())) inTheMiddle++;
    await road.parts.worker.kill();
    await road.queues.redis.del(lock);
    await road.restart('worker');
  }
  expect(inTheMiddle).toBeGreaterThan(0);
  await until('all models past the attack', over, 120_000);
  const scope = await road.store.forTenant(TENANT);
  const found = await scope.detections.find({ 'rule.id': { $regex: '^model:' } });
  expect(found.map(({ _id }) => _id).sort()).toEqual(await undisturbed());
  expect(found.map(({ finding }) => finding!.model)).toEqual(expect.arrayContaining(['beacons', 'brute-force']));

  const alert = await until('the alert', async () => scope.alerts.findOne({ 'rules.id': 'model:brute-force' }));
  await until('its thread', async () =>
    road.slack.workspace.roots(CHANNEL).some((root) => /60 failed sign-ins of user3/.test(words(root.blocks))),
  );
  await road.slack.slash(`alert ${alert.number}`);
  await until('the whole card', async () =>
    road.slack.ephemerals.some((shown) => /60 failed sign-ins of user3 .*then it succeeded/.test(words(shown.blocks))),
  );
  await road.slack.slash('models brute-force');
  await until('the model', async () =>
    road.slack.ephemerals.some(
      (shown) => /T1110\.001/.test(words(shown.blocks)) && /Speaks from/.test(words(shown.blocks)),
    ),
  );
});
