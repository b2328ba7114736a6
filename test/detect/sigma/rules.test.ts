import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { readRuleFile, readRuleText } from '../../../engine/detect/sigma/document.js';
import { spending } from '../../support/spent.js';
import { matcherOf, ruleText } from './helpers.js';

const sel = (name: string, field: string) => `${name}:\n  ${field}: 1\n`;

describe('Sigma conditions', () => {
  const three = sel('a', 'A') + sel('b', 'B') + sel('c', 'C') + sel('_hidden', 'H');
  it.each([
    ['a and b', ['AB', 'ABC'], ['A', 'B', '']],
    ['a or b', ['A', 'B'], ['C', '']],
    ['not a', ['', 'B'], ['A']],
    ['a or b and c', ['A', 'BC'], ['B', 'C']],
    ['(a or b) and c', ['AC', 'BC'], ['A', 'B']],
    ['not a and b', ['B'], ['AB', '']],
    ['not (a or b)', ['C', ''], ['A', 'B']],
    ['1 of them', ['A', 'C'], ['H', '']],
    ['any of them', ['B'], ['H']],
    ['all of them', ['ABC'], ['AB']],
    ['1 of a*', ['A'], ['B']],
    ['all of *', ['ABCH'], ['ABC']],
    ['a and not 1 of b*', ['A', 'AC'], ['AB']],
    ['A_NOT_DEFINED or a', null, null],
  ])('%s', (condition, hits, misses) => {
    const build = () => matcherOf(`${three}condition: ${condition}`);
    if (!hits) {
      expect(build).toThrowError(/MDR_RULE_SYNTAX.*not defined/);
      return;
    }
    const matches = build();
    const event = (letters: string) => Object.fromEntries([...letters].map((letter) => [letter, 1]));
    for (const letters of hits) expect(matches(event(letters)), letters).toBe(true);
    for (const letters of misses!) expect(matches(event(letters)), letters).toBe(false);
  });

  it('a list of conditions is any of them', () => {
    const matches = matcherOf(`${three}condition:\n  - a\n  - b and c`);
    expect([matches({ A: 1 }), matches({ B: 1, C: 1 }), matches({ B: 1 })]).toEqual([true, true, false]);
  });

  it.each([
    ['a and', 'ends too early'],
    ['(a or b', 'not closed'],
    ['a b', '"and" or "or"'],
    ['2 of them', '2 of'],
    ['1 of nothing*', 'no detection'],
    ['a | count() > 5', 'correlations'],
    [`${'('.repeat(5000)}a${')'.repeat(5000)}`, 'too deep'],
  ])('%s is refused', (condition, reason) => {
    expect(() => matcherOf(`${three}condition: ${condition}`)).toThrowError(reason);
  });
});

describe('rule files', () => {
  it('names the line of broken YAML and still compiles the other rules', () => {
    const { matcher, problems } = compileRules([
      { file: 'bad.yml', content: 'title: x\nlogsource:\n  product: [unclosed\n' },
      { file: 'good.yml', content: ruleText('s:\n  A: 1\ncondition: s') },
    ]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ file: 'bad.yml', code: 'MDR_RULE_SYNTAX', line: expect.any(Number) });
    expect(problems[0]!.line).toBeGreaterThanOrEqual(3);
    expect(matcher.rules).toHaveLength(1);
  });

  it('names the line of the detection that does not compile', () => {
    const content = ruleText("s:\n  A: 1\nother:\n  B|re: 'x(?!y)'\ncondition: s and other");
    const { problems } = compileRules([{ file: 'r.yml', content }]);
    expect(content.split('\n')[problems[0]!.line - 1]).toContain('B|re');
  });

  it('refuses a second rule with the same id', () => {
    const content = ruleText('s:\n  A: 1\ncondition: s');
    const { problems, matcher } = compileRules([
      { file: '1.yml', content },
      { file: '2.yml', content },
    ]);
    expect(matcher.rules).toHaveLength(1);
    expect(problems[0]!.reason).toContain('1.yml');
  });

  it('repeats the rule before with other values, and forgets the global part where it is reset', () => {
    const content = [
      'title: First\nid: one\nlevel: low\nlogsource:\n  product: test\ndetection:\n  s:\n    A: 1\n  condition: s\n',
      'action: repeat\nid: two\ndetection:\n  s:\n    A: 2\n',
      'action: global\nlevel: high\nlogsource:\n  product: other\n',
      'title: Third\nid: three\ndetection:\n  s:\n    C: 1\n  condition: s\n',
      'action: reset\n',
      'title: Fourth\nid: four\ndetection:\n  s:\n    D: 1\n  condition: s\n',
    ].join('---\n');
    const { documents, problems } = readRuleText(content);
    expect(documents.map(({ data }) => [data.id, data.title, (data as { level?: string }).level])).toEqual([
      ['one', 'First', 'low'],
      ['two', 'First', 'low'],
      ['three', 'Third', 'high'],
    ]);
    expect(documents[1]!.data).toMatchObject({
      logsource: { product: 'test' },
      detection: { s: { A: 2 }, condition: 's' },
    });
    // The fourth has no log source of its own, and none is left to it.
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ rule: 'Fourth' });
  });

  it('reads collections with action: global', () => {
    const content = `action: global\ntitle: Both\nlogsource:\n  product: test\nlevel: low\n---\nid: one\ndetection:\n  s:\n    A: 1\n  condition: s\n---\nid: two\ndetection:\n  s:\n    B: 1\n  condition: s\n`;
    const { rules, problems } = readRuleFile('c.yml', content);
    expect(problems).toEqual([]);
    expect(rules.map((rule) => [rule.id, rule.title, rule.level])).toEqual([
      ['one', 'Both', 'low'],
      ['two', 'Both', 'low'],
    ]);
  });

  it('bounds YAML aliases that explode', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
    );
    const spent = spending();
    const { rules, problems } = readRuleFile('bomb.yml', `l0: &l0 [x]\n${levels.join('\n')}\n`);
    expect(rules).toEqual([]);
    expect(problems[0]!.code).toBe('MDR_RULE_SYNTAX');
    expect(spent()).toBeLessThan(1000);
  });

  it.each([
    ['', 'holds no rule'],
    ['- a\n- b\n', 'mapping'],
    ['title: x\n', 'logsource'],
    ['title: x\nlogsource: {}\ndetection:\n  a: 1\n', 'condition'],
    ['title: x\ncorrelation:\n  type: event_count\n', 'correlation'],
  ])('%j is a problem, not a crash', (content, reason) => {
    const { problems } = readRuleFile('x.yml', content);
    expect(problems[0]!.reason).toContain(reason);
  });
});

describe('routing', () => {
  const source = (product: string, service: string, ...categories: string[]) =>
    Object.freeze({ product, service, categories });
  const rule = (id: string, logsource: string, detection: string) =>
    `title: ${id}\nid: ${id}\nlogsource: ${logsource}\ndetection:\n  s: ${detection}\n  condition: s\n`;
  const { matcher } = compileRules([
    { file: 'p.yml', content: rule('process', '{product: windows, category: process_creation}', '{A: x}') },
    { file: 's.yml', content: rule('security', '{product: windows, service: security}', '{EventID: 4625, A: x}') },
    { file: 'w.yml', content: rule('any-windows', '{product: windows}', '{A: x}') },
    { file: 'n.yml', content: rule('not-4625', '{product: windows, service: security}', '{EventID|neq: 4625, A: x}') },
    { file: 'e.yml', content: rule('everything', '{}', '{A: x}') },
  ]);
  const ids = (logsource: ReturnType<typeof source>, fields: Record<string, string | number>) =>
    matcher
      .match({ time: 0, logsource, fields, ecs: () => ({ '@timestamp': '' }) })
      .map((hit) => hit.id)
      .sort();
  const security = source('windows', 'security');

  it('a rule applies where product, service and category fit', () => {
    expect(ids(source('windows', 'sysmon', 'process_creation'), { EventID: 1, A: 'x' })).toEqual([
      'any-windows',
      'everything',
      'process',
    ]);
    expect(ids(source('linux', 'auth'), { A: 'x' })).toEqual(['everything']);
  });

  it('the event id decides, as number or text, known to rules or not', () => {
    expect(ids(security, { EventID: 4625, A: 'x' })).toEqual(['any-windows', 'everything', 'security']);
    expect(ids(security, { EventID: '4625', A: 'x' })).toEqual(['any-windows', 'everything', 'security']);
    expect(ids(security, { EventID: 1, A: 'x' })).toEqual(['any-windows', 'everything', 'not-4625']);
    expect(ids(security, { A: 'x' })).toEqual(['any-windows', 'everything', 'not-4625']);
  });
});
