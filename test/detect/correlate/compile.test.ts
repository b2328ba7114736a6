import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { BASE, baseOf, correlation, run, type Sample, shown } from './helpers.js';

const count = (rules: string, more = '') =>
  `type: event_count\nrules: ${rules}\ntimespan: 1m\ngroup-by: [user]\ncondition: {gte: 2}\n${more}`;
const problemsOf = (text: string) => compileRules([{ file: 'c.yml', content: text }]).problems;

describe('a correlation that cannot be run', () => {
  it.each([
    ['an unknown rule', count('[a, nobody]'), 'refers to "nobody"', 'MDR_RULE_SYNTAX'],
    ['no rule', 'type: event_count\ntimespan: 1m\ncondition: {gte: 2}', 'refers to no rule', 'MDR_RULE_SYNTAX'],
    ['itself', count('[x]'), 'circle', 'MDR_RULE_SYNTAX'],
    [
      'an unknown type',
      count('[a]').replace('event_count', 'event_dance'),
      'correlation type "event_dance"',
      'MDR_RULE_UNSUPPORTED',
    ],
    ['no timespan', count('[a]').replace('1m', 'soon'), 'no timespan', 'MDR_RULE_SYNTAX'],
    ['a timespan of nothing', count('[a]').replace('1m', '0s'), 'no timespan', 'MDR_RULE_SYNTAX'],
    ['two units', count('[a]').replace('1m', '1h30m'), 'no timespan', 'MDR_RULE_SYNTAX'],
    ['a timespan beyond a month', count('[a]').replace('1m', '1y'), '31 days', 'MDR_RULE_UNSUPPORTED'],
    ['no condition', count('[a]').replace('condition: {gte: 2}', ''), 'mapping', 'MDR_RULE_SYNTAX'],
    ['an unknown operator', count('[a]').replace('gte', 'about'), '"about"', 'MDR_RULE_SYNTAX'],
    ['a limit that is no number', count('[a]').replace('gte: 2', 'gte: many'), 'number', 'MDR_RULE_SYNTAX'],
    [
      'a count beyond what windows hold',
      count('[a]').replace('gte: 2', 'gte: 1000000'),
      'more than 10000',
      'MDR_RULE_UNSUPPORTED',
    ],
    ['no field', count('[a]').replace('event_count', 'value_count'), 'field', 'MDR_RULE_SYNTAX'],
    [
      'no percentile',
      count('[a]').replace('event_count', 'value_percentile').replace('gte', 'field: n, gte'),
      'percentile',
      'MDR_RULE_SYNTAX',
    ],
    [
      'an expression with an unknown rule',
      'type: temporal\nrules: [a, b]\ntimespan: 1m\ncondition: a and q',
      'not defined',
      'MDR_RULE_SYNTAX',
    ],
    [
      'an expression that leaves a rule out',
      'type: temporal\nrules: [a, b]\ntimespan: 1m\ncondition: a',
      'leaves out "b"',
      'MDR_RULE_SYNTAX',
    ],
    [
      'an expression that holds of nothing',
      'type: temporal\nrules: [a]\ntimespan: 1m\ncondition: not a',
      'nothing happened',
      'MDR_RULE_SYNTAX',
    ],
    ['an alias of an unknown rule', count('[a]', 'aliases: {who: {nobody: user}}'), 'nobody', 'MDR_RULE_SYNTAX'],
    ['one rule twice', count('[a, id-a]'), 'twice', 'MDR_RULE_SYNTAX'],
  ])('%s: a reason, and the rules below make detections as ever', (_what, block, reason, code) => {
    const { matcher, correlations, problems } = compileRules([{ file: 'c.yml', content: BASE + correlation(block) }]);
    expect(problems).toEqual([
      expect.objectContaining({ code, rule: 'Correlation x', reason: expect.stringContaining(reason) }),
    ]);
    expect(problems[0]!.line).toBeGreaterThan(20);
    expect([matcher.rules.length, correlations.all.length, correlations.silent.size]).toEqual([4, 0, 0]);
  });

  it('takes those over it along, and no others', () => {
    const text =
      BASE +
      correlation(count('[y]'), 'x') +
      correlation(count('[x]'), 'y') +
      correlation(count('[y]'), 'z') +
      correlation(count('[a]'), 'fine');
    const { correlations, problems } = compileRules([{ file: 'c.yml', content: text }]);
    expect(correlations.all.map(({ info }) => info.id)).toEqual(['id-fine']);
    expect(problems.map(({ rule }) => rule).sort()).toEqual(['Correlation x', 'Correlation y', 'Correlation z']);
  });

  it('is one that lies too deep', () => {
    const names = ['a', 'm', 'n', 'o', 'p', 'q', 'r'];
    const text =
      BASE +
      names
        .slice(1)
        .map((name, i) => correlation(count(`[${names[i]}]`), name))
        .join('');
    expect(problemsOf(text).map(({ reason }) => reason)).toEqual([expect.stringContaining('5 levels')]);
  });

  it('costs no time, however hostile', () => {
    const started = performance.now();
    const many = Array.from({ length: 190 }, (_, i) => correlation(count(`[a, c${(i + 1) % 190}]`), `c${i}`)).join('');
    expect(problemsOf(BASE + many).length).toBe(190);
    const or = Array.from({ length: 14 }, () => '(a or b)').join(' and ');
    const blown = correlation(`type: temporal_ordered\nrules: [a, b]\ntimespan: 1m\ncondition: ${or}`);
    expect(problemsOf(BASE + blown).map(({ reason }) => reason)).toEqual([expect.stringContaining('alternatives')]);
    expect(problemsOf(BASE + correlation(count(`[${Array.from({ length: 10_000 }, (_, i) => `r${i}`)}]`))).length).toBe(
      1,
    );
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('rules that correlations refer to', () => {
  it('make no detections of their own, unless one asks for them', () => {
    const { silent } = baseOf(
      BASE + correlation(count('[a, b]')) + correlation(count('[b]', 'generate: true'), 'y'),
    ).correlations;
    expect([...silent]).toEqual(['id-a']);
  });

  it('are found by id and by name, in the same file first', () => {
    const other = 'title: Other a\nid: other\nname: a\nlogsource: {}\ndetection: { s: { k: z }, condition: s }\n';
    const files = [
      { file: '0.yml', content: other },
      { file: 'c.yml', content: BASE + correlation(count('[a, id-b]')) },
    ];
    const { correlations, problems } = compileRules(files);
    expect(problems).toEqual([]);
    expect(correlations.all[0]!.rules).toEqual(['id-a', 'id-b']);
    const apart = compileRules([
      ...files.slice(0, 1),
      { file: 'b.yml', content: BASE },
      { file: 'c.yml', content: correlation(count('[a]')) },
    ]);
    expect(apart.problems[0]!.reason).toContain('2 rules have this name');
  });
});

describe('aliases', () => {
  const text =
    BASE +
    correlation(
      'type: temporal\nrules: [a, b]\ngroup-by: [inner, outer]\ntimespan: 10s\naliases:\n  inner: {a: destination.ip, b: source.ip}\n  outer: {a: source.ip, b: destination.ip}',
    );
  it('take a value from the field that each rule has it in', async () => {
    const first: Sample = [1, { k: 'a', destination: { ip: '10.0.0.1' }, source: { ip: '203.0.113.1' } }];
    const back: Sample = [2, { k: 'b', source: { ip: '10.0.0.1' }, destination: { ip: '203.0.113.1' } }];
    const along: Sample = [2, { k: 'b', source: { ip: '203.0.113.1' }, destination: { ip: '10.0.0.1' } }];
    expect(shown((await run(baseOf(text), [[first, back]])).found)).toEqual(['x@2']);
    expect(shown((await run(baseOf(text), [[first, along]])).found)).toEqual([]);
  });
});

describe('correlations of correlations', () => {
  const text =
    BASE +
    correlation('type: event_count\nrules: [a]\ngroup-by: [user, host]\ntimespan: 1m\ncondition: {gte: 3}', 'many') +
    correlation('type: temporal_ordered\nrules: [many, b]\ngroup-by: [user]\ntimespan: 10m', 'broken');
  const failed = (host: string) => [1, 2, 3].map((at): Sample => [at, { k: 'a', user: 'bob', host }]);

  it('count a firing where their own groups say, as the specification has it', async () => {
    const { found } = await run(baseOf(text), [[...failed('x'), [100, { k: 'b', user: 'bob', host: 'y' }]]]);
    expect(shown(found)).toEqual(['broken@100']);
    expect([...found.values()][0]!.correlated!.events.map(({ rule }) => rule)).toEqual(['id-many', 'id-b']);
  });

  it('do not fire for somebody else, before it, or too late', async () => {
    for (const last of [
      [100, { k: 'b', user: 'eve' }],
      [0, { k: 'b', user: 'bob' }],
      [700, { k: 'b', user: 'bob' }],
    ] as Sample[])
      expect(shown((await run(baseOf(text), [[...failed('x'), last]])).found)).toEqual([]);
  });
});
