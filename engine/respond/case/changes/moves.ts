import type { Case, CaseState } from '../../../store/cases.js';
import { clocksIn, restartClocks } from '../clocks.js';
import { CaseStateError } from '../error.js';
import { MOVES, mayMove } from '../states.js';
import type { Apply } from '../types.js';

type Kinds = 'state' | 'close' | 'reopen';

/** From state to state, as the table allows. */
export const moves: { readonly [K in Kinds]: Apply<K> } = {
  state(record, { to }, { now }) {
    if (record.state === to) return null;
    const { state: before } = record;
    need(record, to);
    return {
      set: { state: to, clocks: clocksIn(record.clocks, to, now) },
      said: [{ kind: 'state', lane: 'customer', field: 'state', before, after: to, text: `${before} → ${to}` }],
    };
  },

  close(record, { outcome, reason }, { now }) {
    if (record.state === 'closed') {
      if (record.outcome === outcome && !reason.trim()) return null;
      throw new CaseStateError(
        record,
        `case ${record.number} is closed as ${record.outcome} already.`,
        'Reopen it first, or add what you know as a note.',
      );
    }
    need(record, 'closed');
    const open = record.tasks.filter(({ state }) => state === 'open');
    if (open.length > 0)
      throw new CaseStateError(
        record,
        `case ${record.number} has ${open.length} open ${open.length === 1 ? 'task' : 'tasks'}: ${open
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', ')}.`,
        'Do them, or drop what nobody needs: /mdr case task <n> drop T1.',
      );
    return { set: closing(record, outcome, now), said: [closed(record.state, outcome)] };
  },

  reopen(record, _change, { now, contract }) {
    if (record.state !== 'closed') return null;
    const state: CaseState = MOVES.closed[0]!;
    const clocks = restartClocks(record.clocks, contract, { severity: record.severity, state }, now);
    return {
      set: { state, outcome: undefined, closed: undefined, clocks },
      said: [
        {
          kind: 'reopened',
          lane: 'customer',
          field: 'state',
          before: 'closed',
          after: state,
          text: `Reopened: closed → ${state}`,
        },
      ],
    };
  },
};

/** What closing sets. */
export const closing = (record: Case, outcome: NonNullable<Case['outcome']>, now: number): Partial<Case> => ({
  state: 'closed',
  outcome,
  closed: now,
  clocks: clocksIn(record.clocks, 'closed', now),
});

export const closed = (before: CaseState, outcome: NonNullable<Case['outcome']>) => ({
  kind: 'closed' as const,
  lane: 'customer' as const,
  field: 'state',
  before,
  after: 'closed',
  text: `Closed as ${outcome}`,
});

/** @throws CaseStateError naming both states, and where the case may go */
function need(record: Case, to: CaseState): void {
  if (mayMove(record.state, to)) return;
  const allowed = MOVES[record.state].map((state) => (state === 'closed' ? 'closed (with a reason)' : state));
  throw new CaseStateError(
    record,
    `case ${record.number} is in ${record.state}; it cannot go to ${to}.`,
    `From ${record.state} it goes to ${allowed.join(', ')}.`,
  );
}
