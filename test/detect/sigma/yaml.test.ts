import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { lintMeta } from '../../../engine/detect/rulesets/lint-meta.js';
import { lineOf, readRuleFile } from '../../../engine/detect/sigma/document.js';
import { readYaml } from '../../../engine/detect/sigma/yaml.js';
import { took } from '../../support/spent.js';
import { eventOf, ruleText } from './helpers.js';

const many = (n: number, make: (i: number) => string, between = '\n') =>
  Array.from({ length: n }, (_, i) => make(i)).join(between);
describe('YAML that nobody vouches for', () => {
  // What grows with the square of its size takes half a minute and more.
  it.each([
    ['keys, one below the other', `a:\n${many(40_000, (i) => `  k${i}: 1`)}\n`, null],
    ['keys in a row', `a: {${many(40_000, (i) => `k${i}: 1`, ', ')}}\n`, null],
    ['anchors, each with its alias', many(20_000, (i) => `- &a${i} v\n- *a${i}`), /more than 1000 aliases/],
    ['merge keys', `%YAML 1.1\n---\na: &a {b: 1}\nc:\n${'  <<: *a\n'.repeat(40_000)}`, /more than 1000 aliases/],
    ['merge lists', `%YAML 1.1\n---\na: &a {b: 1}\nc:\n  <<: [${many(40_000, () => '*a', ', ')}]\n`, /aliases/],
    ['nested lists', '['.repeat(200_000), /stack|Maximum/],
    ['documents', '---\na: 1\n'.repeat(40_000), /more than 200 documents/],
  ])('%s: read or refused in a time that grows with the length', (_what, content, reason) => {
    expect(content.length).toBeLessThanOrEqual(1 << 20);
    let faults: string[] = [];
    const ms = took(() => {
      try {
        faults = [...readYaml(content)].flatMap(({ fault }) => (fault ? [fault.reason] : []));
      } catch (error) {
        faults = [(error as Error).message];
      }
    });
    if (reason) expect(faults.join()).toMatch(reason);
    else expect(faults).toEqual([]);
    expect(ms).toBeLessThan(10_000);
  });

  it('a rule with as many keys as a file can hold is compiled, and checked, in seconds', () => {
    const content = ruleText(`s:\n${many(40_000, (i) => `  k${i}: 1`)}\ncondition: s`);
    const ms = took(() => {
      const { matcher, problems } = compileRules([{ file: 'many.yml', content }]);
      expect(matcher.rules.length + problems.length).toBe(1);
      lintMeta('many.yml', content);
    });
    expect(ms).toBeLessThan(10_000);
  });

  it('a key that is there twice is refused with the line of the second', () => {
    const content = ruleText('s:\n  A: 1\n  A: 2\ncondition: s');
    const { rules, problems } = readRuleFile('twice.yml', content);
    expect(rules).toEqual([]);
    expect(problems[0]).toMatchObject({ file: 'twice.yml', code: 'MDR_RULE_SYNTAX' });
    expect(problems[0]!.reason).toContain('unique');
    expect(content.split('\n')[problems[0]!.line - 1]).toContain('A: 2');
  });

  it('a key of __proto__ is a key like others', () => {
    const content = ruleText('s:\n  __proto__: x\n  B: 1\ncondition: s');
    const { matcher, problems } = compileRules([{ file: 'proto.yml', content }]);
    expect(problems).toEqual([]);
    const match = (fields: string) => matcher.match(eventOf(JSON.parse(fields))).length;
    expect(match('{"__proto__": "x", "B": 1}')).toBe(1);
    expect(match('{"B": 1}')).toBe(0);
    const { problems: inherited } = readRuleFile(
      'p.yml',
      'action: global\n__proto__: {title: x}\n---\ndetection: {}\n',
    );
    expect(inherited[0]!.reason).toContain('title');
    expect(({} as { title?: string }).title).toBeUndefined();
  });

  it('tells the lines of what stands in a document, and the line of the document for what does not', () => {
    const [, second] = readRuleFile(
      'two.yml',
      `${ruleText('a: {A: 1}\ncondition: a')}---\n${ruleText('b: {B: 1}\ncondition: b')}`,
    ).rules;
    expect(lineOf(second!, 'b')).toBe(16);
    expect(lineOf(second!, 'constructor')).toBe(second!.line);
  });
});
