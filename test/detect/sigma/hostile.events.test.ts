import { beforeAll, describe, expect, it } from 'vitest';
import { compileRules, loadRules, ownRules, type RuleBase } from '../../../engine/detect/index.js';
import { MdrError } from '../../../engine/errors.js';
import type { Fields } from '../../../engine/event.js';
import { type Formats, loadFormats } from '../../../engine/ingest/formats/index.js';
import { took } from '../../support/spent.js';
import { eventOf, matcherOf, ruleText } from './helpers.js';

const TIME = '"time":"2026-03-04T08:00:00Z"';
const nested = (levels: number): string => `{${TIME},"a":${'{"a":'.repeat(levels - 1)}"needle"${'}'.repeat(levels)}`;
const fields = (n: number): string => `{${TIME},${Array.from({ length: n }, (_, i) => `"k${i}":"v${i}"`).join(',')}}`;
const PROTO =
  '{"UtcTime":"2026-03-04 08:00:00.000","__proto__":{"A":1,"EventID":1},"constructor":{"prototype":{"A":1}},"toString":"x","EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\\\x\\\\whoami.exe"}';

describe('a hostile event on the way to the rules', () => {
  let formats: Formats;
  let base: RuleBase;
  beforeAll(async () => {
    [formats, base] = await Promise.all([loadFormats(), loadRules([ownRules])]);
  }, 120_000);

  it.each([
    ['50 levels deep', nested(50), 'MDR_LINE_TOO_DEEP'],
    ['50 levels of lists', `{${TIME},"a":${'['.repeat(50)}1${']'.repeat(50)}}`, 'MDR_LINE_TOO_DEEP'],
    ['100,000 fields', fields(100_000), 'MDR_LINE_TOO_DEEP'],
    ['keys of __proto__', PROTO, null],
    ['30 levels deep', nested(30), null],
    ['4,000 fields', fields(4_000), null],
  ])('%s: refused with a reason or matched, in no time, and the next one is read', (_what, line, code) => {
    const recogniser = formats.recogniser();
    const ms = took(() => {
      const read = () => [...base.matcher.match(recogniser.read(line, null, 0).parsed)];
      if (code) {
        let thrown: unknown = null;
        try {
          read();
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(MdrError);
        expect((thrown as MdrError).code).toBe(code);
      } else read();
      expect(recogniser.read(`{${TIME},"b":1}`, null, 0).parsed.fields).toMatchObject({ b: 1 });
    });
    expect(ms).toBeLessThan(5000);
    expect(({} as { A?: unknown }).A).toBeUndefined();
  });
});

describe('the matcher on events that no door would let in', () => {
  it.each<[string, string, string, string]>([
    ['32 levels deep', "k: ['needle']\ncondition: k", nested(32), nested(32).replace('needle', 'hay')],
    ['100,000 fields', 's:\n  k99999: v99999\ncondition: s', fields(100_000), fields(99_999)],
    ['a field of __proto__', 's:\n  __proto__: x\ncondition: s', '{"__proto__":"x"}', '{"a":"x"}'],
    ['a field below __proto__', 's:\n  __proto__.A: 1\ncondition: s', '{"__proto__":{"A":1}}', '{"a":{"A":1}}'],
    ['what every object has', 's:\n  constructor|exists: true\ncondition: s', '{"constructor":1}', '{"a":1}'],
  ])('%s: matched as any other', (_what, detection, hit, miss) => {
    const matches = matcherOf(detection);
    const ms = took(() => {
      expect(matches(JSON.parse(hit) as Fields)).toBe(true);
      expect(matches(JSON.parse(miss) as Fields)).toBe(false);
    });
    expect(ms).toBeLessThan(5000);
  });
});

describe('a keyword', () => {
  // No door lets in more than 32 levels; 256 KiB of text are searched.
  it.each([
    ['50 levels deep', 'needle', nested(50)],
    ['behind 100,000 fields', 'v99999', fields(100_000)],
  ])('is not looked for without end: %s', (_what, word, event) => {
    const matches = matcherOf(`k: ['${word}', '2026-03-04T08:00:00Z']\ncondition: k`);
    const only = matcherOf(`k: ['${word}']\ncondition: k`);
    const ms = took(() => {
      expect(matches(JSON.parse(event) as Fields)).toBe(true);
      expect(only(JSON.parse(event) as Fields)).toBe(false);
    });
    expect(ms).toBeLessThan(5000);
  });
});

describe('a rule with very many alternatives', () => {
  const values = (n: number) => Array.from({ length: n }, (_, i) => `    - word${i}x`).join('\n');

  it.each(['contains', 'startswith', 'endswith', 're'])('of 10,000 by %s finds each of them, quickly', (modifier) => {
    const ms = took(() => {
      const matches = matcherOf(`s:\n  F|${modifier}:\n${values(10_000)}\ncondition: s`);
      for (const n of [0, 5000, 9999]) expect(matches({ F: `word${n}x` })).toBe(true);
      expect(matches({ F: 'word10000x' })).toBe(false);
    });
    expect(ms).toBeLessThan(15_000);
  });

  it('of more is left out and says so; one expression of 10,000 is bounded too, and the other rules run', () => {
    const good = { file: 'good.yml', content: ruleText('s:\n  A: 1\ncondition: s') };
    const content = (detection: string) => ruleText(detection).replace('11111111-1111-4111-8111-111111111111', 'bad');
    const many = { file: 'many.yml', content: content(`s:\n  F|contains:\n${values(10_001)}\ncondition: s`) };
    const { matcher, problems } = compileRules([many, good]);
    expect(problems).toEqual([expect.objectContaining({ file: 'many.yml', code: 'MDR_RULE_UNSUPPORTED' })]);
    expect(problems[0]!.reason).toContain('more than 10000 values');
    expect(matcher.match(eventOf({ A: 1 }))).toHaveLength(1);

    const words = Array.from({ length: 10_000 }, (_, i) => `word${i}x`).join('|');
    const ms = took(() => {
      const base = compileRules([
        { file: 'long.yml', content: content(`s:\n  F|re: '(${words})+$'\ncondition: s`) },
        good,
      ]);
      for (const problem of base.problems) expect(problem.reason).not.toBe('');
      expect(base.matcher.rules.length + base.problems.length).toBe(2);
      expect(base.matcher.match(eventOf({ A: 1, F: 'word'.repeat(10_000) }))).toHaveLength(1);
    });
    expect(ms).toBeLessThan(20_000);
  });
});
