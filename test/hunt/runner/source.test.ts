import { expect, it } from 'vitest';
import type { Seen } from '../../../engine/hunt/models/types.js';
import { firstFrom, type Page, type Place, readPage, UNREADABLE } from '../../../engine/hunt/runner/source.js';
import { writeParquet } from '../../../engine/lake/bulk.js';
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
