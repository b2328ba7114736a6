import { describe, expect, it } from 'vitest';
import { apply } from '../../../engine/respond/case/change.js';
import { MOVES } from '../../../engine/respond/case/states.js';
import { caseCsv } from '../../../engine/respond/numbers/csv.js';
import { CaseTally } from '../../../engine/respond/numbers/tally.js';
import { CASE_STATES, type Case } from '../../../engine/store/cases.js';
import { random } from '../../support/random.js';
import { aCase, ana, cause } from '../case/world.js';
import { MINUTE, worked } from '../learn/world.js';

const record = aCase({ severity: 'critical' });
const start = record.created;
const of = { tenant: { id: 'acme', name: 'Acme' }, published: false, truncated: false };
const numbers = (cases: readonly Case[], from: number, until: number) => {
  const tally = new CaseTally(from, until);
  for (const each of cases) tally.add(each);
  return tally.numbers(of);
};
const to = (state: 'triage' | 'contain' | 'eradicate') => ({ kind: 'state' as const, to: state, reason: 'r' });
const task = (due: number | null) => ({
  ...{ kind: 'task-add' as const, title: 'T', lane: 'provider' as const, owner: ana, due, after: [], checklist: [] },
});

describe('numbers of cases', () => {
  // Of critical severity: acknowledged in 15 minutes, contained in 4 hours.
  const lived = worked(
    record,
    [20, to('triage')],
    [50, to('contain')],
    [60, task(start + 70 * MINUTE)],
    [61, task(start + 70 * MINUTE)],
    [62, task(null)],
    [80, { kind: 'task-state', task: 'T1', to: 'done', reason: '' }],
    [110, to('eradicate')],
  );

  it('are by hand what the log says', () => {
    const { all, severities, overdue } = numbers([lived, lived], start, start + 120 * MINUTE);
    expect(all).toMatchObject({
      ...{ opened: 1, closed: 0, open: 1 },
      clocks: { acknowledge: { met: 0, missed: 1 }, contain: { met: 1, missed: 0 }, resolve: { met: 0, missed: 0 } },
      tasks: { done: 1, late: 1, open: 2, overdue: 1 },
    });
    expect(all.states.new).toEqual({
      now: 0,
      stays: { count: 1, mean: 20 * MINUTE, median: 20 * MINUTE, p90: 20 * MINUTE },
    });
    expect(all.states.triage.stays.mean).toBe(30 * MINUTE);
    expect(all.states.contain.stays.mean).toBe(60 * MINUTE);
    expect(all.states.eradicate).toMatchObject({ now: 1, stays: { count: 0 } });
    expect(severities).toEqual({ critical: all });
    expect(overdue).toEqual([{ number: 4, tasks: ['T2'] }]);
  });

  it('count in a period what ended in it, and what had run out by its end', () => {
    const early = numbers([lived], start, start + 18 * MINUTE).all;
    expect(early).toMatchObject({
      open: 1,
      states: { new: { now: 1, stays: { count: 0 } } },
      clocks: { acknowledge: { met: 0, missed: 1 } },
    });
    const later = numbers([lived], start + 100 * MINUTE, start + 120 * MINUTE).all;
    expect(later).toMatchObject({
      opened: 0,
      tasks: { done: 0 },
      states: { contain: { stays: { count: 1 } }, triage: { stays: { count: 0 } } },
    });
  });

  it('leave out exercises, duplicates and what went into another', () => {
    const closed = worked(aCase({}, 5), [5, { kind: 'close', outcome: 'duplicate', reason: 'r' }]);
    expect(numbers([{ ...lived, simulated: true }, closed], start, start + 120 * MINUTE)).toMatchObject({
      ...{ simulated: 1, uncounted: 1, all: { opened: 0, open: 0 } },
    });
  });

  it('add up, whatever way cases go: open before + opened + reopened = open after + closed', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const dice = random(seed);
      const cases = Array.from({ length: 8 }, (_, i) => {
        let at = aCase({}, i + 1);
        for (let minute = 1 + dice.int(50); minute < 600; minute += 1 + dice.int(90)) {
          const next = dice.pick(MOVES[at.state]);
          const change =
            at.state === 'closed'
              ? { kind: 'reopen' as const, reason: 'r' }
              : next === 'closed'
                ? { kind: 'close' as const, outcome: 'benign' as const, reason: 'r' }
                : { kind: 'state' as const, to: next, reason: 'r' };
          at = apply(at, change, cause({ now: start + minute * MINUTE })).record;
        }
        return at;
      });
      const cut = start + dice.int(600) * MINUTE + 1;
      const [first, second, whole] = [
        numbers(cases, start, cut),
        numbers(cases, cut, start + 700 * MINUTE),
        numbers(cases, start, start + 700 * MINUTE),
      ];
      expect(second.all.open).toBe(cases.filter(({ state }) => state !== 'closed').length);
      expect(first.all.closed + second.all.closed).toBe(whole.all.closed);
      for (const state of CASE_STATES) {
        if (state === 'closed') continue;
        expect(first.all.states[state].stays.count + second.all.states[state].stays.count).toBe(
          whole.all.states[state].stays.count,
        );
      }
      expect(Object.values(first.all.states).reduce((sum, { now }) => sum + now, 0)).toBe(first.all.open);
    }
  });

  it('are a table for other programs', () => {
    const [head, all, critical, end] = caseCsv([numbers([lived], start, start + 120 * MINUTE)]).split('\r\n');
    const at = (line: string, name: string) => line.split(',')[head!.split(',').indexOf(name)];
    expect([at(all!, 'severity'), at(critical!, 'severity'), end]).toEqual(['all', 'critical', '']);
    expect([at(all!, 'contain mean s'), at(all!, 'acknowledge missed'), at(all!, 'tasks overdue')]).toEqual([
      '3600',
      '1',
      '1',
    ]);
  });
});
