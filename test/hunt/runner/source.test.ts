import { expect, it } from 'vitest';
import { MdrError } from '../../../engine/errors.js';
import type { Seen } from '../../../engine/hunt/models/types.js';
import { firstFrom, type Page, type Place, readPage, UNREADABLE } from '../../../engine/hunt/runner/source.js';
import { writeParquet } from '../../../engine/lake/bulk.js';
import type { QueryOptions, TenantLake } from '../../../engine/lake/index.js';
import { land } from '../../../engine/lake/land.js';
import { formats, NOON, processLine, range, spoolLines, testLake } from '../../lake/world.js';
import { ecsLine, lakeEvents } from '../../support/office.js';

async function readAll(
  lake: Parameters<typeof readPage>[0],
  from: number,
  until: number,
  most: number,
): Promise<Seen[]> {
  const events: Seen[] = [];
  let at: Place | null = { time: from, id: '' };
  for (let pages = 0; at; pages++) {
    expect(pages).toBeLessThan(100);
    const page: Page = await readPage(lake, formats, at, until, most);
    events.push(...page.events);
    at = page.next;
  }
  return events;
}

it('reads every event once, in the order of time, however many stand at one moment and however often they came', async () => {
  const { root, lake } = await testLake();
  const lines = range(0, 40).map((n) => ecsLine(NOON + Math.floor(n / 15) * 1000, { 'user.name': `u${n}` }));
  await writeParquet(root, 'acme', lakeEvents(lines));
  await writeParquet(root, 'acme', lakeEvents(lines.slice(0, 20)));
  const acme = lake.forTenant('acme');
  for (const most of [3, 7, 1000]) {
    const events = await readAll(acme, NOON, NOON + 60_000, most);
    expect(events.map(({ ecs }) => ecs['user.name']).sort()).toEqual(
      range(0, 40)
        .map((n) => `u${n}`)
        .sort(),
    );
    expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).sort((a, b) => a - b));
  }
  expect(await readAll(acme, NOON + 1000, NOON + 2000, 7)).toHaveLength(15);
  expect(await firstFrom(acme, NOON + 1, NOON + 60_000)).toBe(NOON + 1000);
  expect(await firstFrom(acme, NOON + 10_000, NOON + 60_000)).toBeNull();
});

it('gives models what the columns of the lake do not have, and tells simulated events and unreadable records', async () => {
  const { root, lake, places, journal } = await testLake();
  const access = processLine(1, NOON, {
    EventID: 10,
    Image: undefined,
    SourceImage: 'C:\\tools\\x.exe',
    TargetImage: 'C:\\Windows\\System32\\lsass.exe',
    GrantedAccess: '0x1410',
  });
  await spoolLines(places, [access]);
  await land(places, journal, formats, () => NOON);
  const where = { 'source.geo.country_iso_code': 'DE', 'tls.client.ja3': 'abc' };
  await writeParquet(root, 'acme', lakeEvents([ecsLine(NOON + 1, { 'user.name': 'ann', ...where })], 'acme', true));
  const [broken] = lakeEvents([ecsLine(NOON + 2, { 'user.name': 'bob' })]);
  await writeParquet(root, 'acme', [{ ...broken!, original: '{"cut off' }]);
  const events = await readAll(lake.forTenant('acme'), NOON - 1000, NOON + 60_000, 10);
  const found = (what: string) => events.find(({ ecs }) => JSON.stringify(ecs).includes(what))!;
  expect(found('lsass').ecs).toMatchObject({
    'process.granted_access': '0x1410',
    'process.executable': 'C:\\tools\\x.exe',
  });
  expect(found('ann')).toMatchObject({ id: expect.stringMatching(/^~/), ecs: where });
  expect(events.filter(({ ecs }) => ecs === UNREADABLE)).toHaveLength(1);
});

/** A lake that cannot answer for more than so many ms at once, and notes what it was asked. */
function narrow(lake: TenantLake, most: number, code: 'MDR_LAKE_MEMORY' | 'MDR_LAKE_TIMEOUT'): [TenantLake, number[]] {
  const asked: number[] = [];
  const query: TenantLake['query'] = async (sql, params, options: QueryOptions = {}) => {
    if (!sql.includes('original')) return lake.query(sql, params, options);
    asked.push(options.until! - options.from!);
    if (asked.at(-1)! > most) throw new MdrError(code, 'too much', 'ask for less');
    return lake.query(sql, params, options);
  };
  return [{ ...lake, query }, asked];
}

it('asks for an hour at most where it knows nothing, for less when that is too much, and goes on', async () => {
  const { root, lake } = await testLake();
  const DAY = 86_400_000;
  const at = (n: number) => NOON + Math.floor(n / 10) * 10 * DAY + (n % 10) * 60_000;
  await writeParquet(root, 'acme', lakeEvents(range(0, 40).map((n) => ecsLine(at(n), { 'user.name': `u${n}` }))));
  for (const code of ['MDR_LAKE_MEMORY', 'MDR_LAKE_TIMEOUT'] as const) {
    const [slow, asked] = narrow(lake.forTenant('acme'), 5 * 60_000, code);
    const events = await readAll(slow, NOON, NOON + 35 * DAY, 1000);
    expect(events.map(({ time }) => time)).toEqual(range(0, 40).map(at));
    expect(asked[0]).toBe(3_600_000);
    // What is empty is stepped over at once.
    expect(asked.length).toBeLessThan(60);
  }
  const [dead, asked] = narrow(lake.forTenant('acme'), 0, 'MDR_LAKE_MEMORY');
  await expect(readAll(dead, NOON, NOON + 35 * DAY, 1000)).rejects.toMatchObject({ code: 'MDR_LAKE_MEMORY' });
  expect(asked).toEqual([3_600_000, 900_000, 225_000, 60_000]);
});
