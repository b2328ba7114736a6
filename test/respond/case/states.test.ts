import { describe, expect, it } from 'vitest';
import { apply } from '../../../engine/respond/case/change.js';
import { faultsOf } from '../../../engine/respond/case/check.js';
import { clockState } from '../../../engine/respond/case/clocks.js';
import { CaseStateError } from '../../../engine/respond/case/error.js';
import { MOVES } from '../../../engine/respond/case/states.js';
import type { Change } from '../../../engine/respond/case/types.js';
import { CASE_STATES, type Case, type CaseState } from '../../../engine/store/cases.js';
import { NOW } from '../../commands/world.js';
import { aCase, ana, bo, cause, share } from './world.js';

const MINUTE = 60_000;
const reason = 'because';
const make = (record: Case, ...changes: Change[]): Case =>
  changes.reduce((at, change) => apply(at, change, cause()).record, record);
/** A case brought to a state by legal moves only. */
const WAY: Record<CaseState, CaseState[]> = {
  new: [],
  triage: ['triage'],
  contain: ['triage', 'contain'],
  eradicate: ['triage', 'contain', 'eradicate'],
  recover: ['triage', 'contain', 'eradicate', 'recover'],
  review: ['triage', 'contain', 'eradicate', 'recover', 'review'],
  closed: ['closed'],
};
const move = (to: CaseState): Change =>
  to === 'closed' ? { kind: 'close', outcome: 'benign', reason } : { kind: 'state', to, reason };
const inState = (state: CaseState) => make(aCase(), ...WAY[state].map(move));

describe('the table of states', () => {
  it('says for every pair of states whether there is a way, and refuses the others naming both', () => {
    for (const from of CASE_STATES)
      for (const to of CASE_STATES) {
        if (from === to || from === 'closed') continue;
        const before = inState(from);
        expect(before.state).toBe(from);
        const change = move(to);
        if (MOVES[from].includes(to)) {
          const { record, entries } = apply(before, change, cause());
          expect(record.state).toBe(to);
          expect(entries.at(-1)).toMatchObject({
            field: 'state',
            before: from,
            after: to,
            reason,
            actor: 'ana',
            at: NOW,
          });
          expect(faultsOf(record)).toEqual([]);
        } else {
          expect(() => apply(before, change, cause())).toThrow(CaseStateError);
          expect(() => apply(before, change, cause())).toThrow(new RegExp(`${from}.*${to}`));
        }
      }
  });

  it('leads from every state to closed, and out of closed only by reopening', () => {
    for (const state of CASE_STATES) {
      const reached = new Set<CaseState>([state]);
      for (const each of reached) for (const next of MOVES[each]) reached.add(next);
      expect([...reached]).toContain('closed');
    }
    const closed = inState('closed');
    for (const to of CASE_STATES)
      if (to !== 'closed') expect(() => apply(closed, move(to), cause())).toThrow(CaseStateError);
    const { record } = apply(closed, { kind: 'reopen', reason }, cause());
    expect(record).toMatchObject({ state: 'triage' });
    expect(record.outcome).toBeUndefined();
    expect(apply(record, { kind: 'reopen', reason }, cause()).changed).toBe(false);
  });

  it('closes nothing with open tasks, and lets them be done in their order', () => {
    const add = (title: string, after: string[] = []): Change => ({
      ...{ kind: 'task-add', title, lane: 'provider', owner: null, due: null, after, checklist: [] },
    });
    const record = make(inState('triage'), add('one'), add('two', ['t1']));
    expect(() => apply(record, move('closed'), cause())).toThrow(/2 open tasks: T1, T2/);
    const done = (task: string): Change => ({ kind: 'task-state', task, to: 'done', reason: '' });
    expect(() => apply(record, done('T2'), cause())).toThrow(/waits for T1/);
    const after = make(record, done('t1'), done('T2'), move('closed'));
    expect(after.state).toBe('closed');
    expect(faultsOf(after)).toEqual([]);
    expect(() => apply(record, { kind: 'task-after', task: 'T1', after: ['T2'], reason: '' }, cause())).toThrow(
      /wait for itself/,
    );
  });
});

describe('a change', () => {
  const changes: Change[] = [
    { kind: 'state', to: 'triage', reason },
    { kind: 'severity', to: 'critical', reason },
    { kind: 'priority', to: 'P1', reason },
    { kind: 'title', to: 'Another title', reason },
    { kind: 'type', to: 'phishing', reason },
    { kind: 'person', role: 'legal', person: bo, reason },
    { kind: 'handover', person: bo, reason },
    { kind: 'task-add', title: 'do', lane: 'customer', owner: bo, due: NOW, after: [], checklist: ['a', 'b'] },
    { kind: 'note', text: 'words', lane: 'provider' },
    { kind: 'pin', text: 'it began', when: NOW - 1, lane: 'provider' },
    { kind: 'alert', alert: share(13), reason },
    { kind: 'observable', observable: { kind: 'ip', value: '203.0.113.9' }, reason },
    { kind: 'relate', to: 2, reason },
    { kind: 'merge-into', to: 2, reason },
    { kind: 'close', outcome: 'test', reason },
    { kind: 'publish' },
  ];

  it.each(changes)(
    '$kind has actor and time, changes the case it was given in no way, and twice by one request once',
    (change) => {
      const before = Object.freeze(aCase());
      const copy = structuredClone(before);
      const by = cause({ by: bo, now: NOW + 5 });
      const first = apply(before, change, by);
      expect(before).toEqual(copy);
      expect(first.changed).toBe(true);
      expect(first.record.revision).toBe(2);
      for (const entry of first.entries)
        expect(entry).toMatchObject({ actor: 'bo', actorName: 'Bo Anders', at: NOW + 5 });
      expect(first.record.log.slice(0, before.log.length)).toEqual(before.log);
      expect(faultsOf(first.record)).toEqual([]);
      expect(apply(before, change, by)).toEqual(first);
      const again = apply(first.record, change, by);
      expect(again).toMatchObject({ changed: false, record: first.record });
      expect(again.entries).toEqual(first.entries);
    },
  );

  it('keeps the previous value, and its reason', () => {
    const { entries } = apply(aCase(), { kind: 'severity', to: 'low', reason: 'one host only' }, cause());
    expect(entries[0]).toMatchObject({ before: 'high', after: 'low', reason: 'one host only' });
  });

  it('corrects words and keeps what they said', () => {
    const noted = apply(aCase(), { kind: 'note', text: 'ws01', lane: 'provider' }, cause());
    const { id } = noted.entries[0]!;
    const once = apply(noted.record, { kind: 'correct', entry: id, text: 'ws02', reason: 'typed wrong' }, cause());
    const twice = apply(once.record, { kind: 'correct', entry: id, text: 'ws03', reason: '' }, cause());
    expect(twice.record.log.map(({ text }) => text)).toEqual(expect.arrayContaining(['ws01', 'ws02', 'ws03']));
    expect(twice.entries[0]).toMatchObject({ kind: 'corrected', text: 'ws03', of: id });
    // The words stand there once: what they replace is in the log as it is.
    expect(twice.entries[0]).not.toHaveProperty('before');
    expect(faultsOf(twice.record)).toEqual([]);
    const opened = twice.record.log[0]!.id;
    expect(() => apply(twice.record, { kind: 'correct', entry: opened, text: 'x', reason }, cause())).toThrow(
      /no such words/,
    );
  });

  it('is seen by the check when the log does not tell it', () => {
    const record = make(aCase(), { kind: 'severity', to: 'low', reason });
    expect(faultsOf({ ...record, severity: 'critical' })).toEqual([expect.stringContaining('severity is "critical"')]);
    expect(
      faultsOf({
        ...record,
        state: 'recover',
        log: [...record.log, { ...record.log[0]!, id: 'x', field: 'state', before: 'new', after: 'recover' }],
      }),
    ).toEqual(['there is no way from new to recover']);
    expect(faultsOf({ ...record, alerts: [12, 99] })).toEqual(['alert 99 is not in the log']);
    expect(faultsOf({ ...record, log: record.log.slice(0, -1) })).toEqual([]);
    const twice = make(record, { kind: 'severity', to: 'medium', reason });
    expect(faultsOf({ ...twice, log: twice.log.filter((_, i) => i !== twice.log.length - 2) })).toEqual([]);
    const three = make(twice, { kind: 'severity', to: 'high', reason });
    expect(faultsOf({ ...three, log: three.log.filter((_, i) => i !== three.log.length - 2) })).toEqual([
      expect.stringContaining('severity was "low"'),
    ]);
  });

  it('bounds what hostile people write', () => {
    const huge = `${'\u202e<@U1> *b* \ud800'.repeat(10)}${'A'.repeat(10 * 1024 * 1024)}`;
    const began = performance.now();
    const record = make(
      aCase({ title: huge }),
      { kind: 'title', to: `x${huge}`, reason: huge },
      { kind: 'note', text: huge, lane: 'provider' },
      {
        kind: 'task-add',
        title: huge,
        lane: 'provider',
        owner: { id: 'x', name: huge },
        due: null,
        after: [],
        checklist: [huge],
      },
      { kind: 'observable', observable: { kind: 'host', value: huge }, reason: huge },
      { kind: 'person', role: 'legal', person: { id: 'y', name: huge }, reason: huge },
    );
    expect(performance.now() - began).toBeLessThan(1000);
    expect(JSON.stringify(record).length).toBeLessThan(20_000);
    expect(JSON.stringify(record)).not.toMatch(/\\ud800/);
    expect(record.title.length).toBeLessThanOrEqual(200);
    expect(faultsOf(record)).toEqual([]);
  });
});

describe('the clocks of the contract', () => {
  const clockOf = (record: Case, kind: string) => record.clocks.find((one) => one.kind === kind)!;

  it('begin with the case, stop as it moves on, and say whether that was in time', () => {
    const record = aCase();
    expect(clockOf(record, 'acknowledge')).toMatchObject({ started: NOW, due: NOW + 30 * MINUTE, met: null });
    const early = apply(record, move('triage'), cause({ now: NOW + 10 * MINUTE })).record;
    expect(clockState(clockOf(early, 'acknowledge'), NOW)).toBe('met');
    expect(clockState(clockOf(early, 'contain'), NOW + 481 * MINUTE)).toBe('over');
    const late = apply(record, move('triage'), cause({ now: NOW + 31 * MINUTE })).record;
    expect(clockState(clockOf(late, 'acknowledge'), NOW)).toBe('missed');
  });

  it('follow the severity, run on when a case goes back, and begin anew when it is opened again', () => {
    const critical = make(aCase(), { kind: 'severity', to: 'critical', reason });
    expect(clockOf(critical, 'contain').due).toBe(NOW + 240 * MINUTE);
    const eradicating = inState('eradicate');
    expect(clockOf(eradicating, 'contain').met).toBe(NOW);
    expect(clockOf(make(eradicating, move('contain')), 'contain').met).toBeNull();
    const again = apply(inState('closed'), { kind: 'reopen', reason }, cause({ now: NOW + 60 * MINUTE })).record;
    expect(clockOf(again, 'resolve')).toMatchObject({ run: 2, started: NOW + 60 * MINUTE, met: null });
    expect(clockOf(again, 'acknowledge')).toMatchObject({ run: 1, met: NOW });
  });

  it('are those of the tenant', () => {
    const contract = { ...cause().contract, high: { acknowledge: 1, contain: 2, resolve: 3 } };
    const { record } = apply(aCase({ severity: 'low' }), { kind: 'severity', to: 'high', reason }, cause({ contract }));
    expect(record.clocks.map(({ due }) => (due - NOW) / MINUTE)).toEqual([1, 2, 3]);
  });
});

it('people: one lead at a time, any number of others', () => {
  const record = make(
    aCase(),
    { kind: 'handover', person: bo, reason: 'end of shift' },
    { kind: 'person', role: 'legal', person: ana, reason: '' },
    { kind: 'person', role: 'legal', person: bo, reason: '' },
    { kind: 'person', role: 'legal', person: ana, take: true, reason: '' },
  );
  expect(record.people).toEqual([
    { role: 'lead', ...bo },
    { role: 'legal', ...bo },
  ]);
  expect(record.log.find(({ kind }) => kind === 'handover')).toMatchObject({ before: 'Ana Silva', after: 'Bo Anders' });
  expect(faultsOf(record)).toEqual([]);
});

describe('what a case takes however it is', () => {
  it('is unpublished also when it went into another one', () => {
    const merged = make(aCase({}, 9), { kind: 'publish' }, { kind: 'merge-into', to: 4, reason });
    const { record } = apply(merged, { kind: 'unpublish' }, cause());
    expect(record.published).toBeUndefined();
    expect(faultsOf(record)).toEqual([]);
    expect(() => apply(record, { kind: 'publish' }, cause())).toThrow(/went into case 4/);
  });

  it('takes 500 notes of the customer, and still what the provider says', () => {
    const theirs: Change = { kind: 'note', text: 'hello', lane: 'customer', theirs: true };
    let record = aCase();
    for (let i = 0; i < 500; i++) record = make(record, theirs);
    expect(() => apply(record, theirs, cause())).toThrow(/500 notes/);
    expect(apply(record, { ...theirs, theirs: false }, cause()).changed).toBe(true);
  });

  it('takes no more than 8 MiB of words, and then still how it ends', () => {
    const note: Change = { kind: 'note', text: '\u20ac'.repeat(2000), lane: 'provider' };
    const { log } = apply(aCase(), note, cause()).record;
    const long = (count: number): Case => ({ ...aCase(), log: [...log, ...Array(count).fill(log.at(-1))] });
    expect(apply(long(1000), note, cause()).changed).toBe(true);
    const full = long(1400);
    expect(() => apply(full, note, cause())).toThrow(/takes no more/);
    const { record } = apply(full, move('closed'), cause());
    expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThan(10 * 2 ** 20);
  });

  it('says how it ends even when calls and actions have filled what is kept free', () => {
    const note: Change = { kind: 'note', text: 'x', lane: 'provider' };
    const action: Change = { kind: 'action', action: 1, text: 'done', at: NOW, lane: 'provider', reason: '' };
    let record = aCase();
    record = { ...record, log: [...record.log, ...Array(2000 - record.log.length).fill(record.log[0])] };
    expect(() => apply(record, note, cause())).toThrow(/takes no more/);
    for (let i = 0; i < 100; i++) record = make(record, action);
    expect(() => apply(record, action, cause())).toThrow(/takes no more/);
    expect(make(record, move('closed')).state).toBe('closed');
  });
});
