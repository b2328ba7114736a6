import { describe, expect, it } from 'vitest';
import type { RuleInfo } from '../../../engine/detect/types.js';
import type { MdrError } from '../../../engine/errors.js';
import type { Condition, Exception } from '../../../engine/store/exceptions.js';
import { checkConditions } from '../../../engine/triage/tune/conditions.js';
import { mark, Tuning } from '../../../engine/triage/tune/tuning.js';
import { spending } from '../../support/spent.js';

const rule = (id: string): RuleInfo => ({
  id,
  title: `Rule ${id}`,
  level: 'high',
  techniques: [],
  tactics: [],
  file: `${id}.yml`,
  description: '',
  falsepositives: [],
});
const exception = (
  id: string,
  rules: string[],
  conditions: Condition[],
  state: Exception['state'] = 'active',
): Exception => ({
  _id: id,
  tenant: 'acme',
  number: 1,
  state,
  rules: rules.map((each) => ({ id: each, title: each, level: 'high' })),
  conditions,
  reason: '',
  alert: null,
  author: { id: 'ana', name: 'Ana' },
  created: 0,
  updated: 0,
  expires: 1,
  log: [],
  revision: 1,
});
const backup: Condition[] = [
  { key: 'ParentImage|endswith', values: ['\\backup.exe'] },
  { key: 'User', values: ['CORP\\svc'] },
];

describe('a tenant without tuning', () => {
  it('leaves the hits as they are, the same array', () => {
    const tuning = new Tuning([], []);
    const hits = [rule('a')];
    expect(tuning.empty).toBe(true);
    expect(tuning.judge(hits[0]!, {})).toBeUndefined();
    const sifted = tuning.sift(hits, {});
    expect(sifted.kept).toBe(hits);
    expect(sifted.heard).toBe(hits);
    expect(sifted.marks).toBeNull();
  });
});

describe('rules that a tenant tuned', () => {
  it('drops what is disabled and changes the level of others, without touching the rule itself', () => {
    const tuning = new Tuning(
      [
        { rule: 'a', disabled: true, level: null },
        { rule: 'b', disabled: false, level: 'low' },
      ],
      [],
    );
    const hits = [rule('a'), rule('b'), rule('c')];
    const { kept, heard } = tuning.sift(hits, {});
    expect(kept.map(({ id, level }) => [id, level])).toEqual([
      ['b', 'low'],
      ['c', 'high'],
    ]);
    expect(heard).toEqual(kept);
    expect(hits[1]!.level).toBe('high');
  });
});

describe('exceptions', () => {
  const fields = { ParentImage: 'C:\\Tools\\BACKUP.exe', User: 'corp\\SVC' };
  it('hides what meets all conditions, for its rules only', () => {
    const tuning = new Tuning([], [exception('x', ['a'], backup)]);
    const { kept, heard, marks } = tuning.sift([rule('a'), rule('b')], fields);
    expect(kept.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(heard.map(({ id }) => id)).toEqual(['b']);
    expect(mark([{ rule: rule('a') }, { rule: rule('b') }], marks)).toEqual([
      { rule: rule('a'), suppressed: 'x' },
      { rule: rule('b') },
    ]);
    expect(tuning.sift([rule('a')], { ...fields, User: 'CORP\\jane' }).marks).toBeNull();
  });
  it('only marks in monitor mode, and every exception that would have hidden it', () => {
    const tuning = new Tuning(
      [],
      [exception('x', ['a'], backup, 'monitor'), exception('y', ['a'], backup.slice(1), 'monitor')],
    );
    const { heard, marks } = tuning.sift([rule('a')], fields);
    expect(heard).toHaveLength(1);
    expect(marks?.get('a')).toEqual({ monitored: ['x', 'y'] });
  });
  it.each(['proposed', 'expired', 'revoked'] as const)('does nothing when %s', (state) => {
    expect(new Tuning([], [exception('x', ['a'], backup, state)]).empty).toBe(true);
  });
  it('hides nothing when it cannot be compiled, and says so; the others work', () => {
    const tuning = new Tuning(
      [],
      [exception('x', ['a'], [{ key: 'User|re', values: ['(?=a)b'] }]), exception('y', ['a'], backup)],
    );
    expect(tuning.faults).toMatchObject([{ exception: 'x', reason: expect.stringContaining('look-around') }]);
    expect(tuning.sift([rule('a')], fields).marks?.get('a')).toEqual({ suppressed: 'y' });
  });
  it.each([
    ['CommandLine|contains', ['backup'], { CommandLine: 'x BackUp y' }, { CommandLine: 'x' }],
    ['CommandLine|startswith', ['C:\\b'], { CommandLine: 'c:\\b -x' }, { CommandLine: 'x c:\\b' }],
    ['SourceIp|cidr', ['10.1.0.0/16'], { SourceIp: '10.1.2.3' }, { SourceIp: '10.2.0.1' }],
    ['CommandLine|re', ['^job-[0-9]+$'], { CommandLine: 'job-12' }, { CommandLine: 'job-x' }],
    ['userIdentity.type', ['Root'], { userIdentity: { type: 'Root' } }, { userIdentity: { type: 'User' } }],
    ['Port', [445, 139], { Port: 139 }, { Port: 80 }],
  ] as const)('reads Sigma conditions: %s', (key, values, yes, no) => {
    const tuning = new Tuning([], [exception('x', ['a'], [{ key, values: [...values] }])]);
    expect(tuning.judge(rule('a'), yes)?.suppressed).toBe('x');
    expect(tuning.judge(rule('a'), no)?.suppressed).toBeNull();
  });
});

describe('detections of correlations', () => {
  const found = (id: string) => ({
    rule: rule(id),
    correlated: { text: '', group: [{ field: 'User', value: 'CORP\\svc' }], count: 1, first: 0, last: 0, events: [] },
  });
  it('are tuned by their rule and by what they group by', () => {
    const byUser: Condition[] = [{ key: 'User', values: ['CORP\\svc'] }];
    const tuning = new Tuning(
      [
        { rule: 'off', disabled: true, level: null },
        { rule: 'low', disabled: false, level: 'low' },
      ],
      [exception('x', ['a'], byUser), exception('y', ['b'], byUser, 'monitor'), exception('z', ['c'], backup)],
    );
    const sifted = tuning.siftFound(['off', 'low', 'a', 'b', 'c', 'd'].map(found));
    expect(sifted.map(({ rule: { id, level }, suppressed, monitored }) => [id, level, suppressed, monitored])).toEqual([
      ['low', 'low', undefined, undefined],
      ['a', 'high', 'x', undefined],
      ['b', 'high', undefined, ['y']],
      ['c', 'high', undefined, undefined],
      ['d', 'high', undefined, undefined],
    ]);
  });
});

describe('conditions from people', () => {
  const code = (conditions: Condition[]) => {
    try {
      checkConditions(conditions);
      return null;
    } catch (error) {
      return (error as MdrError).code;
    }
  };
  it('refuses what is empty, too much, all-embracing or not Sigma', () => {
    expect(code(backup)).toBeNull();
    for (const bad of [
      [],
      Array.from({ length: 13 }, (_, i) => ({ key: `f${i}`, values: ['x'] })),
      [{ key: 'User', values: [] }],
      [{ key: 'User', values: Array(51).fill('x') }],
      [{ key: 'User', values: ['x'.repeat(2001)] }],
      [{ key: '', values: ['x'] }],
      [{ key: '|contains', values: ['x'] }],
      [{ key: 'User', values: ['*'] }],
      [{ key: 'User|contains', values: [''] }],
      [{ key: 'User|nonsense', values: ['x'] }],
      [{ key: 'User|cidr', values: ['not a network'] }],
      [{ key: 'User|re', values: ['a(?!b)'] }],
    ] as Condition[][])
      expect(code(bad), JSON.stringify(bad).slice(0, 80)).toBe('MDR_EXCEPTION_BAD');
  });
  it('runs an expression that would take for ever elsewhere in linear time', () => {
    const conditions = [{ key: 'CommandLine|re', values: ['^(a+)+$'] }];
    checkConditions(conditions);
    const tuning = new Tuning([], [exception('x', ['a'], conditions)]);
    const spent = spending();
    expect(tuning.judge(rule('a'), { CommandLine: `${'a'.repeat(50_000)}!` })?.suppressed).toBeNull();
    expect(spent()).toBeLessThan(2000);
  });
  it('takes values that would break out of their quotes for what they are', () => {
    const value = '"}\n- x: *alias\n%TAG <!channel>';
    const tuning = new Tuning(
      [],
      [exception('x', ['a'], [{ key: 'CommandLine', values: [value.replace('*', '\\*')] }])],
    );
    expect(tuning.judge(rule('a'), { CommandLine: value })?.suppressed).toBe('x');
  });
});
