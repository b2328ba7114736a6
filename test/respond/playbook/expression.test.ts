import { describe, expect, it } from 'vitest';
import {
  ExpressionError,
  judge,
  namesIn,
  parseExpression,
  type Value,
} from '../../../engine/respond/playbook/expression.js';
import { fill, fillText } from '../../../engine/respond/playbook/text.js';

const values: Record<string, Value> = {
  'is-server': true,
  user: 'carla',
  hosts: ['a', 'b'],
  none: [],
  'look.verdict': 'bad',
  'look.count': 3,
};
const look = (name: string): Value => values[name] ?? null;
const says = (source: string) => judge(parseExpression(source), look);

describe('guards', () => {
  it.each([
    ['is-server', true],
    ['not is-server', false],
    ['user == "carla" and look.verdict == "bad"', true],
    ['user != "carla" or look.count == 3', true],
    ['"b" in hosts', true],
    ['user in hosts', false],
    ['"x" in user', false],
    ['not ("a" in hosts and not none)', false],
    ['missing', false],
    ['missing == "null"', false],
    ['false or not none', true],
    // and binds before or, not before both.
    ['true or true and false', true],
    ['not false and false', false],
    ['not user == "ben"', true],
  ])('%s is %s', (source, expected) => expect(says(source)).toBe(expected));

  it.each([
    '',
    'a b',
    'a ==',
    '== a',
    '(a',
    'a)',
    'a and',
    'not',
    'a = b',
    'a; b',
    'a.b.c',
    'f(x)',
    '"a',
    "'a'",
    'a == b == c',
    'A',
    '"\\""',
    '1.5',
  ])('refuses %s', (source) => expect(() => parseExpression(source)).toThrow(ExpressionError));

  it('knows the names that it asks for', () => {
    expect([...namesIn(parseExpression('a and (b.c == "x" or not a in d)'))]).toEqual(['a', 'b.c', 'd']);
  });

  it('is bounded in length and depth', () => {
    expect(() => parseExpression(`${'('.repeat(30)}a${')'.repeat(30)}`)).toThrow(/deeper/);
    expect(() => parseExpression(`${'not '.repeat(60)}a`)).toThrow(/deeper/);
    expect(() => parseExpression(`a${' or a'.repeat(100)}`)).toThrow(/longer/);
    expect(says(`is-server${' and is-server'.repeat(30)}`)).toBe(true);
  });

  it('reads a text without going back over it', () => {
    const worst = [`"${'a'.repeat(498)}`, ' '.repeat(499), `${'a-'.repeat(249)}A`, '('.repeat(499)];
    const started = performance.now();
    for (let i = 0; i < 200; i++)
      for (const source of worst) expect(() => parseExpression(source)).toThrow(ExpressionError);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('texts with holes', () => {
  it('keep the type of a value that is all they hold', () => {
    expect(fill('{hosts}', look)).toEqual(['a', 'b']);
    expect(fill('On {hosts}', look)).toBe('On a, b');
    expect(fillText('{user} {missing} {is-server} {none}', look)).toBe('carla (not known) yes (none)');
  });

  it('are filled once: what a value holds is only text', () => {
    expect(fillText('{evil}', () => '{user} {look.verdict}')).toBe('{user} {look.verdict}');
    expect(fillText('{evil}', () => '$& $1')).toBe('$& $1');
  });

  it('show a bounded part of long lists and texts', () => {
    expect(fillText('{x}', () => Array(90).fill('h'))).toMatch(/ and 70 more$/);
    expect(fillText('{x}', () => 'y'.repeat(5000))).toHaveLength(500);
  });
});
