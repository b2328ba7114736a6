import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../engine/detect/index.js';
import { ANY_SOURCE } from './helpers.js';

const RULES = `title: One
id: one-id
name: one
logsource: { product: test, category: test }
detection: { s: { A: 1 }, condition: s }
---
title: Two
id: two-id
name: two
logsource: { product: test }
detection: { s: { A: 1 }, condition: s or s }
`;
const filter = (rules: string, body: string, logsource = '{ product: test }') =>
  `---\ntitle: Filter\nid: f\nlogsource: ${logsource}\nfilter:\n  rules: ${rules}\n${body
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;
const NOT_ADMIN = "selection: { User|startswith: 'adm_' }\ncondition: not selection";

function hitsOf(text: string, fields: Record<string, string | number>) {
  const { matcher, problems } = compileRules([{ file: 'r.yml', content: RULES + text }]);
  const event = { time: 0, logsource: ANY_SOURCE, fields, ecs: () => ({ '@timestamp': '' }) };
  return { hits: matcher.match(event).map(({ title }) => title), problems: problems.map(({ reason }) => reason) };
}
const admin = { A: 1, User: 'ADM_bob' };
const other = { A: 1, User: 'bob' };

describe('Sigma filters', () => {
  it.each<[string, string, string[], string[]]>([
    ['by id', filter('[one-id]', NOT_ADMIN), ['Two'], ['One', 'Two']],
    ['by name', filter('[two]', NOT_ADMIN), ['One'], ['One', 'Two']],
    ['one rule without a list', filter('one', NOT_ADMIN), ['Two'], ['One', 'Two']],
    ['several rules', filter('[one, two-id]', NOT_ADMIN), [], ['One', 'Two']],
    ['any', filter('any', NOT_ADMIN), [], ['One', 'Two']],
    ['any, of a narrower logsource', filter('any', NOT_ADMIN, '{ category: test }'), ['Two'], ['One', 'Two']],
    [
      'without "not" the rule fires only there',
      filter('any', "selection: { User|startswith: 'adm_' }\ncondition: selection"),
      ['One', 'Two'],
      [],
    ],
    [
      'several selections',
      filter('one', "a: { User: bob }\nb: { User: 'adm_*' }\ncondition: not 1 of them"),
      ['Two'],
      ['Two'],
    ],
    [
      'two filters both hold',
      filter('one', NOT_ADMIN) + filter('one', 'x: { User: bob }\ncondition: not x').replace('id: f', 'id: g'),
      ['Two'],
      ['Two'],
    ],
    [
      "selections have the filter's own names",
      filter('one', 's: { User: bob }\ncondition: not s'),
      ['One', 'Two'],
      ['Two'],
    ],
  ])('%s', (_what, text, asAdmin, asOther) => {
    expect(hitsOf(text, admin)).toEqual({ hits: asAdmin, problems: [] });
    expect(hitsOf(text, other)).toEqual({ hits: asOther, problems: [] });
  });

  it.each([
    ['an unknown rule', filter('[nobody, one]', NOT_ADMIN), 'no rule that is loaded'],
    ["a logsource that is not the rule's", filter('one', NOT_ADMIN, '{ product: linux }'), 'does not cover'],
    ['a condition that does not compile', filter('one', "s: { F|re: 'a(?=b)' }\ncondition: not s"), 'look-around'],
    ['no condition', filter('one', 's: { A: 1 }'), 'no condition'],
    ['a list of conditions', filter('one', 's: { A: 1 }\ncondition: [s, s]'), 'one text'],
    ['no rules', filter('', NOT_ADMIN), 'rules'],
  ])('%s is a problem, and the rules run', (_what, text, reason) => {
    const { hits, problems } = hitsOf(text, other);
    expect(hits).toEqual(['One', 'Two']);
    expect(problems).toEqual([expect.stringContaining(reason)]);
  });
});
