import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compileRules, loadRules, ownRules } from '../../../engine/detect/index.js';
import { KINDS_SQL, kindsFor, type LakeKind, prefilterSql } from '../../../engine/hunt/search/prefilter.js';
import { hitsTable } from '../../../engine/hunt/search/result.js';
import { huntSigma } from '../../../engine/hunt/search/sigma.js';
import { sharedData } from '../../support/shared.js';
import { type eventsOf, formats, lakeWith, ruleExamples } from './world.js';

const ALL = { from: 0, until: Date.parse('2100-01-01T00:00:00Z') };
const base = await loadRules([ownRules]);

/** What the whole matcher finds in events, by rule. */
function byMatcher(matcher: typeof base.matcher, events: ReturnType<typeof eventsOf>): Map<string, Set<string>> {
  const recogniser = formats.recogniser();
  const found = new Map<string, Set<string>>();
  for (const { id, original } of events)
    for (const rule of matcher.match(recogniser.read(original, null, ALL.until).parsed))
      found.set(rule.id, (found.get(rule.id) ?? new Set()).add(id));
  return found;
}

describe('a rule back in time', async () => {
  const { lake, events } = await lakeWith(await ruleExamples());
  const acme = lake.forTenant('acme');
  const expected = byMatcher(base.matcher, events);

  it('finds exactly what the matcher finds, for each of our rules over all of their examples', {
    timeout: 240_000,
  }, async () => {
    expect(events.length).toBeGreaterThan(500);
    expect(expected.size).toBeGreaterThan(150);
    let candidates = 0;
    let of = 0;
    const one = async ({ id }: { id: string }): Promise<void> => {
      const hunt = await huntSigma(acme, base.one(id)!, formats, ALL);
      expect({ id, found: hunt.hits.map((hit) => hit.id).sort() }).toEqual({
        id,
        found: [...(expected.get(id) ?? [])].sort(),
      });
      candidates += hunt.candidates;
      of += hunt.of;
    };
    // The lake runs two queries at once.
    const rules = [...base.matcher.rules];
    const both = async (): Promise<void> => {
      for (let rule = rules.pop(); rule; rule = rules.pop()) await one(rule);
    };
    await Promise.all([both(), both()]);
    // The query leaves out most of what the log sources alone would let through.
    expect(candidates).toBeLessThan(of / 2);
  });

  it('says what it asked, and that nothing was logged when there was nothing to look at', async () => {
    const rule = base.matcher.rules.find(({ file }) => file.includes('windows-lsass-memory-read'))!;
    const hunt = await huntSigma(acme, base.one(rule.id)!, formats, ALL);
    expect(hunt.sql).toMatch(/(?:contains|regexp_matches)\(low, /);
    expect(hunt.queries.map(({ sql }) => sql)).toEqual([KINDS_SQL, hunt.sql]);
    const before = await huntSigma(acme, base.one(rule.id)!, formats, { from: 0, until: 1000 });
    expect(before).toMatchObject({ hits: [], of: 0, candidates: 0, sql: null });
  });

  it('is the same twice, and ends when it is told to', async () => {
    const { id } = base.matcher.rules.find(
      ({ file }) => file.includes('windows-password-spray') || file.includes('aws-user-created'),
    )!;
    const one = await huntSigma(acme, base.one(id)!, formats, ALL);
    const two = await huntSigma(acme, base.one(id)!, formats, ALL);
    const plain = ({ hits, candidates, sql }: typeof one) => [hits.map((hit) => hit.id), candidates, sql];
    expect(plain(two)).toEqual(plain(one));
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(huntSigma(acme, base.one(id)!, formats, { ...ALL, signal: stop })).rejects.toThrow();
  });
});

describe('letters that a record writes otherwise', async () => {
  const rule = (detection: string) =>
    compileRules([
      {
        file: 'r.yml',
        content: `title: r\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: windows, category: process_creation}\ndetection:\n  s:\n    ${detection}\n  condition: s\nlevel: low\n`,
      },
    ]);
  const line = (n: number, commandLine: string) =>
    `{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"UtcTime":"2026-11-20 10:00:0${n}.000","Hostname":"ws-${n}","Image":"C:\\\\Windows\\\\k.exe","CommandLine":"${commandLine}","ProcessGuid":"{${n}}"}`;
  const { lake } = await lakeWith([
    line(1, 'say MimiKatz now'),
    line(2, 'say mimi\\u006Batz now'),
    line(3, 'say mimi\u212aatz now'),
    line(4, 'say mimi\\u212Aatz now'),
    line(5, 'nothing of it'),
    line(6, 'say m\u0130mikatz and mimikat\\u007a'),
    line(7, '4711'),
  ]);
  const found = async (detection: string) => {
    const base = rule(detection);
    expect(base.problems).toEqual([]);
    const { hits } = await huntSigma(
      lake.forTenant('acme'),
      base.one('11111111-1111-4111-8111-111111111111')!,
      formats,
      ALL,
    );
    return hits.map(({ cells }) => cells[0]);
  };
  it.each([
    ['CommandLine|contains: mimikatz', ['ws-1', 'ws-2', 'ws-3', 'ws-4', 'ws-6']],
    ["CommandLine|re: '(?i)mimikatz'", ['ws-1', 'ws-2', 'ws-3', 'ws-4', 'ws-6']],
    ['CommandLine: 4711', ['ws-7']],
    ['EventID: 1', ['ws-1', 'ws-2', 'ws-3', 'ws-4', 'ws-5', 'ws-6', 'ws-7']],
    ["Image|endswith: '\\k.exe'", ['ws-1', 'ws-2', 'ws-3', 'ws-4', 'ws-5', 'ws-6', 'ws-7']],
  ])('%s', async (detection, hosts) => expect(await found(detection)).toEqual(hosts));
});

describe('events that are large, or many', async () => {
  const id = '11111111-1111-4111-8111-111111111111';
  const base = compileRules([
    {
      file: 'r.yml',
      content: `title: r\nid: ${id}\nlogsource: {product: windows, category: process_creation}\ndetection:\n  s:\n    EventID: 1\n  condition: s\nlevel: low\n`,
    },
  ]);
  const { lake } = await lakeWith(
    Array.from({ length: 1200 }, (_, n) =>
      JSON.stringify({
        ...{ Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Hostname: `ws-${n}`, ProcessGuid: `{${n}}` },
        ...{ UtcTime: new Date(Date.UTC(2026, 10, 20, 10) + n * 1000).toISOString(), Image: 'C:\\Windows\\k.exe' },
        CommandLine: 'x'.repeat(n % 10 === 0 ? 9000 : 10),
      }),
    ),
  );
  const acme = lake.forTenant('acme');

  it('stay as what is shown of them, cut', async () => {
    const { hits, truncated } = await huntSigma(acme, base.one(id)!, formats, ALL);
    expect([hits.length, truncated]).toEqual([1200, false]);
    expect(Object.keys(hits[0]!).sort()).toEqual(['cells', 'format', 'id', 'source', 'time']);
    const lengths = hits.flatMap(({ cells }) => cells.map((cell) => String(cell ?? '').length));
    expect(Math.max(...lengths)).toBe(2001);
    const { columns, rows } = hitsTable(hits);
    expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['host', 'process', 'command_line']));
    expect(rows[1]).toContain('ws-1');
  });
  it('are kept up to a number and up to a size', async () => {
    const few = await huntSigma(acme, base.one(id)!, formats, { ...ALL, maxHits: 700 });
    expect([few.hits.length, few.truncated]).toEqual([700, true]);
    const small = await huntSigma(acme, base.one(id)!, formats, { ...ALL, maxBytes: 100_000 });
    expect(small.truncated).toBe(true);
    expect(small.hits.length).toBeGreaterThan(50);
    expect(JSON.stringify(small.hits.map(({ cells }) => cells)).length).toBeLessThan(150_000);
    const exact = await huntSigma(acme, base.one(id)!, formats, { ...ALL, maxHits: 1200 });
    expect([exact.hits.length, exact.truncated]).toEqual([1200, false]);
  });
});

const otrf = sharedData('otrf');
const publicRules = sharedData('sigmahq/rules');
describe.skipIf(!otrf || !publicRules)('over recorded attacks with public rules (shared data)', async () => {
  if (!otrf || !publicRules) return;
  const lines: string[] = [];
  for (const name of readdirSync(otrf)
    .filter((each) => each.endsWith('.gz'))
    .sort()
    .slice(0, 12))
    lines.push(
      ...gunzipSync(readFileSync(join(otrf, name)))
        .toString('utf8')
        .split('\n')
        .filter(Boolean),
    );
  const { lake, events } = await lakeWith(lines);
  const all = await loadRules([ownRules, publicRules]);
  const expected = byMatcher(all.matcher, events);

  it('finds exactly what the matcher finds, for every rule that finds something and 40 that do not', {
    timeout: 400_000,
  }, async () => {
    const silent = all.matcher.rules.filter(({ id }) => !expected.has(id));
    const some = silent.filter((_, i) => i % Math.ceil(silent.length / 40) === 0);
    const started = performance.now();
    let hunts = 0;
    for (const id of [...expected.keys(), ...some.map((rule) => rule.id)]) {
      const hunt = await huntSigma(lake.forTenant('acme'), all.one(id)!, formats, ALL);
      expect({ id, found: hunt.hits.map((hit) => hit.id).sort() }).toEqual({
        id,
        found: [...(expected.get(id) ?? [])].sort(),
      });
      hunts++;
    }
    const ms = (performance.now() - started) / hunts;
    console.info(`  ${hunts} rules over ${events.length} events: ${ms.toFixed(0)} ms a rule`);
    expect(expected.size).toBeGreaterThan(20);
  });

  it('would let everything of its kinds through only where no text tells', async () => {
    const kinds = (await lake.forTenant('acme').query(KINDS_SQL)).rows as unknown as LakeKind[];
    const sqls = all.matcher.rules.flatMap(({ id }) => {
      const one = all.one(id)!;
      const mine = kindsFor(one.rule.logsource, kinds);
      return mine.length > 0 ? [prefilterSql(one, mine)] : [];
    });
    const narrowed = sqls.filter((sql) => / WHERE .* WHERE /s.test(sql)).length;
    console.info(`  ${narrowed} of ${sqls.length} rules are narrowed by texts or ids`);
    expect(narrowed / sqls.length).toBeGreaterThan(0.8);
    expect(Math.max(...sqls.map((sql) => sql.length))).toBeLessThan(50_000);
  });
});
