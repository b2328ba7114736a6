import type { Alert } from '../../store/alerts.js';
import { CASE_STATES, type Case, type CaseState } from '../../store/cases.js';
import type { Times } from './types.js';

/** A change of state, in the order of the log. */
export interface Move {
  at: number;
  to: CaseState;
  /** How far work is then. What is closed is as far as it came before; what was closed at once has at least been looked at. */
  rank: number;
  /** Its place in the log, counted from 1. */
  entry: number;
}

export const rankOf = (state: CaseState): number => CASE_STATES.indexOf(state);
const TRIAGE = rankOf('triage');

export function movesOf({ log }: Pick<Case, 'log'>): Move[] {
  const moves: Move[] = [];
  let rank = 0;
  for (const [i, { field, after, at }] of log.entries()) {
    if (field !== 'state' || !CASE_STATES.includes(after as CaseState)) continue;
    const to = after as CaseState;
    rank = to === 'closed' ? Math.max(rank, TRIAGE) : rankOf(to);
    moves.push({ at, to, rank, entry: i + 1 });
  }
  return moves;
}

/** How far work was at a time. */
export const rankAt = (moves: readonly Move[], time: number): number =>
  moves.findLast(({ at }) => at <= time)?.rank ?? 0;

/**
 * How long each part took, by the case's own log. What had to be done over counts until it was done for good: a case that came back to
 * `contain` was not contained before.
 */
export function timesOf(record: Case, alerts: readonly Pick<Alert, 'first'>[] = []): Times {
  const moves = movesOf(record);
  const { created } = record;
  /** When it came to be so far and stayed. */
  const reached = (rank: number): number | null => {
    let at: number | null = null;
    for (const move of moves) {
      if (move.rank < rank) at = null;
      else at ??= move.at;
    }
    return at === null ? null : Math.max(0, at - created);
  };
  const first = alerts.length > 0 ? Math.min(...alerts.map((alert) => alert.first)) : null;
  return {
    detect: first === null ? null : Math.max(0, created - first),
    acknowledge: reached(TRIAGE),
    contain: reached(rankOf('eradicate')),
    eradicate: reached(rankOf('recover')),
    recover: reached(rankOf('review')),
    close: record.state === 'closed' && record.closed !== undefined ? Math.max(0, record.closed - created) : null,
  };
}
