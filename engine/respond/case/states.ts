import { CASE_STATES, type CaseState, type ClockKind } from '../../store/cases.js';

/**
 * Where a case may go from where it is. Forward one step at a time, save that triage may find it contained already; back to wherever
 * work has to begin again. It ends from where nothing was done yet (it was nothing), or after the review. Only `reopen` leads out of
 * `closed`.
 */
export const MOVES: Readonly<Record<CaseState, readonly CaseState[]>> = {
  new: ['triage', 'contain', 'closed'],
  triage: ['contain', 'eradicate', 'closed'],
  contain: ['triage', 'eradicate'],
  eradicate: ['contain', 'recover'],
  recover: ['contain', 'eradicate', 'review'],
  review: ['contain', 'recover', 'closed'],
  closed: ['triage'],
};

export const mayMove = (from: CaseState, to: CaseState): boolean => MOVES[from].includes(to);

/** The state that ends each time of the contract; every later one ends it too. */
const ENDS: Readonly<Record<ClockKind, CaseState>> = {
  acknowledge: 'triage',
  contain: 'eradicate',
  resolve: 'review',
};

/** Whether what a clock measures is reached in this state. */
export const isReached = (clock: ClockKind, state: CaseState): boolean =>
  CASE_STATES.indexOf(state) >= CASE_STATES.indexOf(ENDS[clock]);

/** The one step forward that is usual; null when the case is closed, or to be closed. */
export function nextState(state: CaseState): CaseState | null {
  const next = CASE_STATES[CASE_STATES.indexOf(state) + 1];
  return next && next !== 'closed' ? next : null;
}
