import type { Chain } from './policy.js';

const MINUTE_MS = 60_000;

/** Where a chain stands: the step that comes next, and in which round of it. */
export interface Place {
  /** Epoch ms when it began. */
  start: number;
  /** 0 for the first time, 1 for the first repetition … */
  round: number;
  /** Index of the next step. */
  step: number;
}

/** Epoch ms of the next step; null when the chain has come to its end. */
export function dueAt(chain: Chain, { start, round, step }: Place): number | null {
  const next = chain.steps[step];
  if (!next || round > (chain.repeat?.times ?? 0)) return null;
  return start + (round * (chain.repeat?.every ?? 0) + next.after) * MINUTE_MS;
}

/** The place after the next step is done. */
export function advance(chain: Chain, place: Place): Place {
  return place.step + 1 < chain.steps.length
    ? { ...place, step: place.step + 1 }
    : { ...place, round: place.round + 1, step: 0 };
}
