import { describe, expect, it } from 'vitest';
import { writeParquet } from '../../engine/lake/bulk.js';
import { keepFor, placeHold, releaseHold } from '../../engine/lake/holds.js';
import { retain } from '../../engine/lake/keeper.js';
import type { LakeEvent } from '../../engine/lake/pack.js';
import { deleteBefore, keptFrom } from '../../engine/lake/retain.js';
import { log } from '../../engine/log.js';
import { addTenant } from '../commands/world.js';
import { testStore } from '../support/services.js';
import { DAY_MS, formats, NOON, processLine, range, testLake } from './world.js';

const recogniser = formats.recogniser();
const { store } = await testStore();

/** A tenant with ten events on each of ten days, the last of them that of NOON. */
async function tenDays(tenant: string, landed?: number) {
  const world = await testLake(tenant);
  await addTenant(store, tenant, tenant);
  for (const day of range(0, 10)) {
    const time = NOON - day * DAY_MS;
    const events = range(0, 10).map((n): LakeEvent => {
      const line = processLine(n, time);
      const { format, parsed } = recogniser.read(line, null, time);
      return { id: `${day}-${n}`, source: 's', format: format.name, simulated: false, parsed, original: line };
    });
    await writeParquet(world.root, tenant, events, { clock: () => landed ?? time });
  }
  const days = async () =>
    (
      await world.lake.forTenant(tenant).query("SELECT DISTINCT strftime(time, '%d') AS day FROM events ORDER BY 1")
    ).rows.map(({ day }) => day);
  const sweep = () => retain({ root: world.root, store, clock: () => NOON, log });
  return { ...world, days, sweep };
}

describe('retention', () => {
  it('keeps everything until somebody sets it, then whole days', async () => {
    const { days, sweep } = await tenDays('keeps');
    await sweep();
    expect(await days()).toHaveLength(10);
    await keepFor(store, 'keeps', 3);
    await sweep();
    expect(await days()).toEqual(['01', '02', '03', '04']);
    await sweep();
    expect(await days()).toEqual(['01', '02', '03', '04']);
    await keepFor(store, 'keeps', null);
    expect(keptFrom((await store.forTenant('keeps')).tenant, NOON)).toBe(null);
  });

  it('counts from when old records came in', async () => {
    const { days, sweep } = await tenDays('imports', NOON - DAY_MS);
    await keepFor(store, 'imports', 3);
    await sweep();
    expect(await days()).toHaveLength(10);
  });

  it('of one tenant touches no other', async () => {
    const one = await tenDays('one');
    const two = await tenDays('two');
    await keepFor(store, 'one', 1);
    await one.sweep();
    expect(await one.days()).toHaveLength(2);
    expect(await two.days()).toHaveLength(10);
  });
});

describe('legal hold', () => {
  it('beats retention, for the time it is about, until it is released', async () => {
    const { days, sweep } = await tenDays('held');
    await keepFor(store, 'held', 1);
    const scope = await store.forTenant('held');
    const hold = await placeHold(
      scope,
      { why: 'Smith v. Acme', by: 'ana', from: NOON - 5.2 * DAY_MS, until: NOON - 4.2 * DAY_MS },
      () => NOON,
    );
    expect(hold.id).toBe('h1');
    await sweep();
    expect(await days()).toEqual(['03', '04', '27']);
    const [ana, bo] = ['ana', 'bo'].map((by) => ({ by, name: by, why: 'settled' }));
    await releaseHold(scope, 'h1', ana!, () => NOON);
    // One person is not enough, however often.
    await expect(releaseHold(scope, 'h1', ana!, () => NOON)).rejects.toMatchObject({ code: 'MDR_LAKE_HELD' });
    await sweep();
    expect(await days()).toEqual(['03', '04', '27']);
    await releaseHold(scope, 'h1', bo!, () => NOON);
    await sweep();
    expect(await days()).toEqual(['03', '04']);
    const { tenant } = await store.forTenant('held');
    expect(tenant.holds).toEqual([
      { ...hold, asked: { at: NOON, ...ana }, released: { at: NOON, by: 'bo', name: 'bo' } },
    ]);
    for (const id of ['h1', 'h9'])
      await expect(releaseHold(scope, id, bo!, () => NOON)).rejects.toMatchObject({ code: 'MDR_LAKE_HELD' });
  });

  it('refuses a deletion that somebody asks for, whole', async () => {
    const { days, journal } = await tenDays('asked');
    await placeHold(await store.forTenant('asked'), { why: 'regulator', by: 'ana' }, () => NOON);
    const ask = () =>
      deleteBefore(journal, NOON - 2 * DAY_MS, {
        tenant: async () => (await store.forTenant('asked')).tenant,
        strict: true,
        clock: () => NOON,
      });
    await expect(ask()).rejects.toMatchObject({ code: 'MDR_LAKE_HELD', message: expect.stringContaining('regulator') });
    expect(await days()).toHaveLength(10);
    for (const by of ['ana', 'bo'])
      await releaseHold(await store.forTenant('asked'), 'h1', { by, name: by, why: 'over' }, () => NOON);
    expect(await ask()).toEqual({ files: 7, events: 70, held: 0 });
    expect(await days()).toHaveLength(3);
  });

  it('gets a name of its own when several are placed at once', async () => {
    await addTenant(store, 'busy', 'busy');
    const busy = await store.forTenant('busy');
    const holds = await Promise.all(
      range(0, 5).map((n) => placeHold(busy, { why: `case ${n}`, by: 'ana' }, () => NOON)),
    );
    expect(holds.map(({ id }) => id).sort()).toEqual(['h1', 'h2', 'h3', 'h4', 'h5']);
    expect((await store.forTenant('busy')).tenant.holds).toHaveLength(5);
  });
});
