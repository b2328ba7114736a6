import { describe, expect, it } from 'vitest';
import { and, atLeast, inState, need, or, type Precondition, unless } from '../../commands/words/preconditions.js';
import { MdrError } from '../../engine/errors.js';
import { ROLES, type Role } from '../../engine/store/people.js';

const no = (word: string) => () => new MdrError('MDR_FORBIDDEN', word, 'Ask.');
const yes: Precondition<unknown> = unless(() => true, no('never'));
const never = (word: string): Precondition<unknown> => unless(() => false, no(word));
const wordOf = (precondition: Precondition<unknown>) => {
  const result = precondition({});
  return result.ok ? 'yes' : result.error.message;
};

describe('preconditions', () => {
  it('answer with a result and throw nothing', () => {
    expect(yes({})).toEqual({ ok: true });
    expect(never('a')({})).toMatchObject({ ok: false, error: { code: 'MDR_FORBIDDEN', message: 'a' } });
  });

  it.each([
    ['and: none', and(), 'yes'],
    ['and: all hold', and(yes, yes), 'yes'],
    ['and: the first that does not', and(yes, never('a'), never('b')), 'a'],
    ['or: the first holds', or(yes, never('b')), 'yes'],
    ['or: another holds', or(never('a'), yes), 'yes'],
    ['or: none holds, the first is told', or(never('a'), never('b')), 'a'],
    ['together', and(or(never('a'), yes), or(never('c'), and(yes, never('d')))), 'c'],
  ])('compose: %s', (_, precondition, expected) => {
    expect(wordOf(precondition)).toBe(expected);
  });

  it('do not ask further once the answer is known', () => {
    const asked: string[] = [];
    const asks = (name: string, answer: boolean) =>
      unless(() => {
        asked.push(name);
        return answer;
      }, no(name));
    and(asks('a', false), asks('b', true))({});
    or(asks('c', true), asks('d', true))({});
    expect(asked).toEqual(['a', 'c']);
  });

  it('know roles in their order', () => {
    const may = (role: Role, needed: Role) => atLeast<{ role: Role }>(needed, no('no'))({ role }).ok;
    for (const [i, role] of ROLES.entries())
      for (const [j, needed] of ROLES.entries()) expect(may(role, needed)).toBe(i >= j);
  });

  it('know the state of a record, and name it when they refuse', () => {
    const open = inState(
      ['new', 'acknowledged'],
      ({ record }: { record: { state: string } }) =>
        new MdrError('MDR_ALERT_STATE', `it is ${record.state}.`, 'Reopen it.'),
    );
    expect(open({ record: { state: 'new' } }).ok).toBe(true);
    expect(() => need(open, { record: { state: 'closed' } })).toThrow('it is closed.');
  });
});
