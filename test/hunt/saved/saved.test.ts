import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { paramsOf, readSaved, savedCalled, savedHunts } from '../../../engine/hunt/saved/index.js';
import { draftOf } from '../../../engine/hunt/search/draft.js';
import { tableOf } from '../../../engine/hunt/search/result.js';
import { savedRun } from '../../../engine/hunt/search/saved.js';
import { attack } from '../../../engine/investigate/attack.js';
import { writeParquet } from '../../../engine/lake/bulk.js';
import type { Lake } from '../../../engine/lake/index.js';
import type { HuntRun } from '../../../engine/store/huntruns.js';
import { sharedData } from '../../support/shared.js';
import { eventOf, lakeWith, NOW, ruleExamples } from '../search/world.js';
import { plantedLines } from './planted.js';

const hunts = await savedHunts();
const BY = { id: 'ana', name: 'Ana' };
const at = { words: [], zone: 'UTC', now: NOW };

async function rowsOf(lake: Lake, tenant: string, id: string, said: Record<string, string> = {}, until = NOW) {
  const run = savedRun(savedCalled(hunts, id), said, { ...at, now: until }, BY);
  if (run.request.kind !== 'saved') throw new Error('not a saved hunt');
  const { sql, params } = run.request;
  return tableOf(await lake.forTenant(tenant).query(sql, params, { from: run.from, until: run.until, maxRows: 5000 }));
}

describe('the saved hunts', () => {
  it('are at least 30, each with a name of its own, of many areas', () => {
    expect(hunts.length).toBeGreaterThanOrEqual(30);
    expect(new Set(hunts.map(({ title }) => title)).size).toBe(hunts.length);
    const areas = new Set(hunts.map(({ area }) => area));
    for (const area of [
      'windows',
      'active-directory',
      'linux',
      'dns',
      'web',
      'network',
      'cloud',
      'identity',
      'email',
    ] as const)
      expect(areas).toContain(area);
  });

  it('name techniques that there are', () => {
    const known = attack().techniques;
    for (const { id, techniques } of hunts)
      expect({ id, unknown: techniques.filter((each) => !known[each]) }).toEqual({ id, unknown: [] });
  });

  it('have drafts of rules that compile, and find what the hunt finds', () => {
    const withRule = hunts.filter(({ sigma }) => sigma);
    expect(withRule.length).toBeGreaterThan(4);
    for (const hunt of withRule) {
      const run = { ...savedRun(hunt, {}, at, BY), _id: hunt.id, number: 1, created: NOW } as unknown as HuntRun;
      const base = compileRules([{ file: `${hunt.id}.yml`, content: draftOf(run, hunts) }]);
      expect({ id: hunt.id, problems: base.problems, rules: base.matcher.rules.length }).toEqual({
        id: hunt.id,
        problems: [],
        rules: 1,
      });
      const fired = (list: typeof hunt.examples.finds) =>
        list.filter((each) =>
          plantedLines(each, NOW).some((line) => base.matcher.match(eventOf(line)!.parsed).length > 0),
        ).length;
      expect({ id: hunt.id, fired: fired(hunt.examples.finds) > 0 }).toEqual({ id: hunt.id, fired: true });
      expect({ id: hunt.id, fired: fired(hunt.examples.ignores) }).toEqual({ id: hunt.id, fired: 0 });
    }
  });
});

describe('each saved hunt', async () => {
  const { root, lake } = await lakeWith([]);
  it.each(hunts.map((hunt) => [hunt.id, hunt] as const))(
    '%s lists what is planted for it, and not the ordinary',
    async (id, hunt) => {
      const tenant = id.slice(0, 30).replace(/-+$/, '');
      const { finds, ignores } = hunt.examples;
      const events = [...finds, ...ignores].flatMap((each) =>
        plantedLines(each, NOW).map((line) => {
          const event = eventOf(line, tenant);
          if (!event) throw new Error(`${id}: no format reads ${line.slice(0, 200)}`);
          return event;
        }),
      );
      await writeParquet(root, tenant, events);
      const { columns, rows } = await rowsOf(lake, tenant, id);
      // As people read it: no escapes, one case.
      const words = (value: unknown) => JSON.stringify(value).replaceAll('\\\\', '\\').toLowerCase();
      const listed = words(rows);
      for (const [wanted, each] of [
        ...finds.map((one) => [true, one] as const),
        ...ignores.map((one) => [false, one] as const),
      ]) {
        const shows = each.shows.replaceAll('\\\\', '\\').toLowerCase();
        // What is looked for does stand in the record: otherwise its absence would say nothing.
        expect({
          what: each.what,
          planted: words(plantedLines(each, NOW).map((line) => line.replaceAll('\\\\', '\\'))).includes(shows),
        }).toEqual({ what: each.what, planted: true });
        expect({ what: each.what, listed: listed.includes(shows), rows: listed.slice(0, 500) }).toMatchObject({
          what: each.what,
          listed: wanted,
        });
      }
      if (hunt.chart)
        expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining([hunt.chart.x, hunt.chart.y]));
      // The same again is the same answer.
      expect(await rowsOf(lake, tenant, id)).toEqual({ columns, rows });
      // The data that it asks for is the data it needs.
      const kinds = new Set(
        (await lake.forTenant(tenant).query('SELECT DISTINCT dataset FROM events')).rows.map(({ dataset }) => dataset),
      );
      expect(hunt.data.some((dataset) => kinds.has(dataset))).toBe(true);
    },
  );
});

describe('all saved hunts', async () => {
  const otrf = sharedData('otrf');
  const recorded = otrf
    ? readdirSync(otrf)
        .filter((name) => name.endsWith('.gz'))
        .flatMap((name) =>
          gunzipSync(readFileSync(join(otrf, name)))
            .toString('utf8')
            .split('\n')
            .filter(Boolean),
        )
    : [];
  const { lake } = await lakeWith([...(await ruleExamples()), ...recorded], 'mixed');

  it('run over everything that our rules have examples of', { timeout: 120_000 }, async () => {
    const found: string[] = [];
    for (const { id } of hunts) if ((await rowsOf(lake, 'mixed', id)).rows.length > 0) found.push(id);
    expect(found.length).toBeGreaterThan(hunts.length / 3);
  });

  it.skipIf(!otrf)(
    'find something in recorded attacks, whenever they were (shared data)',
    { timeout: 240_000 },
    async () => {
      const found: string[] = [];
      for (const hunt of hunts) {
        const params = paramsOf(hunt, {}, 0);
        const { rows } = await lake
          .forTenant('mixed')
          .query(hunt.query, params, { until: Date.UTC(2025, 0), maxRows: 5000 });
        if (rows.length > 0) found.push(hunt.id);
      }
      console.info(
        `  ${found.length} of ${hunts.length} hunts find something in ${recorded.length} recorded events: ${found.join(', ')}`,
      );
      expect(found.length).toBeGreaterThan(8);
    },
  );
});

describe('parameters', () => {
  const kerberoasting = savedCalled(hunts, 'kerberoasting');
  it('are bound, whatever stands in them', async () => {
    const params = paramsOf(kerberoasting, { cipher: "x' OR 1=1 --" }, 0);
    expect(params).toMatchObject({ cipher: "x' OR 1=1 --", least: 8 });
    expect(savedRun(kerberoasting, { cipher: "x' OR 1=1 --" }, at, BY).request).toMatchObject({
      sql: kerberoasting.query,
    });
  });

  it('are refused when they are none, or not of their type', () => {
    expect(() => paramsOf(kerberoasting, { most: '1' }, 0)).toThrow(expect.objectContaining({ code: 'MDR_HUNT_BAD' }));
    expect(() => paramsOf(kerberoasting, { least: 'many' }, 0)).toThrow(
      expect.objectContaining({ code: 'MDR_HUNT_BAD' }),
    );
    expect(() => paramsOf(kerberoasting, { least: '' }, 0)).toThrow(expect.objectContaining({ code: 'MDR_HUNT_BAD' }));
    expect(() => paramsOf(kerberoasting, { cipher: 'x'.repeat(501) }, 0)).toThrow(
      expect.objectContaining({ code: 'MDR_HUNT_BAD' }),
    );
    expect(() => paramsOf(kerberoasting, { constructor: '1' }, 0)).toThrow(
      expect.objectContaining({ code: 'MDR_HUNT_BAD' }),
    );
  });

  it('of a file are those of its query, and the file says what is wrong with it', () => {
    const text = readFileSync(new URL('../../../engine/hunt/saved/kerberoasting.yaml', import.meta.url), 'utf8');
    expect(readSaved(text, 'kerberoasting.yaml').id).toBe('kerberoasting');
    expect(() => readSaved(text.replaceAll('$least', '8'), 'k.yaml')).toThrow('k.yaml: its query does not use $least');
    expect(() => readSaved(text.replaceAll('$least', '$leastt'), 'k.yaml')).toThrow('$leastt is no parameter of it');
    expect(() => readSaved(text.replace('area:', 'aria:'), 'k.yaml')).toThrow(/^k\.yaml: /);
  });

  it('names are matched exactly, or by their beginning when only one has it', () => {
    expect(savedCalled(hunts, 'kerbero').id).toBe('kerberoasting');
    expect(() => savedCalled(hunts, 'cloud-')).toThrow(/several saved hunts/);
    expect(() => savedCalled(hunts, 'nothing')).toThrow(expect.objectContaining({ code: 'MDR_HUNT_UNKNOWN' }));
  });
});
