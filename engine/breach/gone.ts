import type { Breach } from '../store/breaches.js';
import type { Duty } from './types.js';

const OWED: ReadonlySet<string> = new Set(['running', 'missed', 'paused']);

/** Of `told`: people were told that the duty is no longer computed. No time ends then. */
export const GONE = 0;

/**
 * Duties that ran, as far as the breach's own record says, whatever is computed now. A correction never takes such a duty away: only
 * another profile or other rules can. What people were told of, and no entry tells about, counts as well.
 */
export function onceOwed({ log, told }: Pick<Breach, 'log' | 'told'>): ReadonlySet<string> {
  const last = new Map<string, string | null>();
  for (const { moves } of log) for (const { duty, after } of moves) last.set(duty, after?.state ?? null);
  const known = [...last].flatMap(([duty, state]) => (state !== null && OWED.has(state) ? [duty] : []));
  return new Set([...known, ...told.map(({ duty }) => duty).filter((duty) => !last.has(duty))]);
}

/** Duties that ran and are not computed any more, which nobody was told yet. */
export function goneUntold(breach: Pick<Breach, 'log' | 'told'>, computed: readonly Duty[]): string[] {
  const there = new Set(computed.map(({ id }) => id));
  const isTold = (duty: string) => breach.told.some((one) => one.duty === duty && one.end === GONE);
  return [...onceOwed(breach)].filter((duty) => !there.has(duty) && !isTold(duty));
}
