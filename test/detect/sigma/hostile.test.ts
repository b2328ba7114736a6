import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { compileRegex, neededLiterals } from '../../../engine/detect/sigma/regex.js';
import { took } from '../../support/spent.js';
import { eventOf, matcherOf, ruleText } from './helpers.js';

const GOOD = { file: 'good.yml', content: ruleText('s:\n  A: 1\ncondition: s') };
const many = (n: number, make: (i: number) => string) => Array.from({ length: n }, (_, i) => make(i)).join('\n');

describe('a hostile rule file', () => {
  it.each([
    ['a detection that holds itself', ruleText('sel: &a [*a, x]\ncondition: sel')],
    ['documents that hold themselves', 'action: global\nx: &a {b: *a}\n---\nx: &c {b: *c}\n'],
    [
      'a condition that names everything many times',
      ruleText(`${many(1000, (i) => `s${i}: {F${i}: 1}`)}\ncondition: ${Array(130).fill('1 of them').join(' or ')}`),
    ],
    ['very many documents', `action: global\n${many(600, (i) => `k${i}: 1`)}\n${many(600, () => '---\nx: 1')}\n`],
    ['a pattern made of wildcards', ruleText(`s:\n  F: '*${'a?'.repeat(3000)}*b'\ncondition: s`)],
    [
      'values that multiply',
      ruleText(`s:\n  F|windash|contains:\n${many(200, (i) => `    - ' -a${i} -b -c -d'`)}\ncondition: s`),
    ],
  ])('%s is a problem of its own at worst: the others run', (_what, content) => {
    const ms = took(() => {
      const { matcher } = compileRules([
        { file: 'bad.yml', content: content.replace('11111111-1111-4111-8111-111111111111', 'bad') },
        GOOD,
      ]);
      expect(matcher.rules.map((rule) => rule.file)).toContain('good.yml');
      expect(matcher.match(eventOf({ A: 1 })).map((rule) => rule.file)).toContain('good.yml');
    });
    expect(ms).toBeLessThan(5000);
  });
});

describe('modifiers that do not belong together are refused, not ignored', () => {
  it.each([
    'F|re|contains: a',
    'F|gt|lt: 1',
    'F|fieldref|gt: G',
    'F|cidr|endswith: 10.0.0.0/8',
    'F|i: a',
    'F|cidr: 10.0.0.0/8/9',
    "F|cidr: '10.0.0.0/ '",
  ])('%s', (item) => {
    expect(() => matcherOf(`s:\n  ${item}\ncondition: s`)).toThrow(/MDR_RULE_/);
  });
});

describe('neq turns every kind of test around', () => {
  it.each([
    ["F|re|neq: '^a'", 'ab', 'b'],
    ['F|cidr|neq: 10.0.0.0/8', '10.1.1.1', '11.1.1.1'],
    ['F|gt|neq: 5', 6, 5],
    ['F|contains|neq: a', 'xax', 'b'],
    ['F|fieldref|neq: G', 'g', 'other'],
  ])('%s', (item, without, within) => {
    const matches = matcherOf(`s:\n  ${item}\ncondition: s`);
    expect(matches({ F: without, G: 'g' })).toBe(false);
    expect(matches({ F: within, G: 'g' })).toBe(true);
  });
});

describe('what is looked for first never hides a match', () => {
  it.each([
    ['\\pNabc', '5abc'],
    ['\\pLab', 'éab'],
    ['\\123xyz', 'Sxyz'],
    ['abc\\Q|\\E|zz', 'zz'],
    ['(?i)µxx', 'Μxx'],
    ['(?i)ςab', 'Σab'],
    [`abc(?P<${'x'.repeat(70)}>x)|zz`, 'zz'],
    [`abc${'('.repeat(55)}x${')'.repeat(55)}|zz`, 'zz'],
  ])('%s on %s', (pattern, text) => {
    expect(compileRegex(pattern, '')(text)).toBe(true);
    const needed = neededLiterals(pattern);
    expect(needed === null || needed.some((literal) => text.toLowerCase().includes(literal))).toBe(true);
  });

  it.each([
    ["EventID: ''", { EventID: '' }, true],
    ['EventID|cased: Ab', { EventID: 'Ab' }, true],
    ['EventID|cased: Ab', { EventID: 'ab' }, false],
    ['EventID: "\\0"', { EventID: 7 }, false],
    ['EventID: 7', { EventID: '7' }, true],
  ])('%s on %j', (item, fields, expected) => {
    expect(matcherOf(`s:\n  ${item}\ncondition: s`)(fields)).toBe(expected);
  });

  it('a time without a zone is UTC', () => {
    const zone = process.env.TZ;
    process.env.TZ = 'America/New_York';
    try {
      expect(matcherOf('s:\n  F|hour: 8\ncondition: s')({ F: '2026-03-04 08:00:00.123' })).toBe(true);
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });
});
