import { TACTICS } from '../detect/types.js';
import type { AlertRule, ScoreReason } from '../store/alerts.js';
import type { Weights } from './weights.js';

/** Newer rules name parts of defense evasion by their own tactics. */
const RANKS: ReadonlyMap<string, number> = new Map([
  ...TACTICS.map((tactic, rank) => [tactic, rank] as const),
  ['stealth', TACTICS.indexOf('defense-evasion')],
  ['defense-impairment', TACTICS.indexOf('defense-evasion')],
]);

/** A way along the kill chain in time. */
interface Way {
  /** Tactics on it, and the ranks of the first and the last. */
  steps: number;
  from: number;
  to: number;
}

const further = (a: Way, b: Way): boolean =>
  a.steps > b.steps || (a.steps === b.steps && a.to - a.from > b.to - b.from);

/**
 * The longest way along the kill chain: tactics of rules of which each began after the one before it, in the order of the chain; of
 * equally long ones the one that covers most. One rule is one step, however many tactics it names. Any order of rules gives the same.
 */
export function wayOf(rules: readonly Pick<AlertRule, 'tactics' | 'first'>[]): Way | null {
  /** The furthest way that ends at a tactic. */
  const best: (Way | undefined)[] = [];
  const sorted = [...rules].sort((a, b) => a.first - b.first);
  for (let i = 0; i < sorted.length; ) {
    // What began at the same moment did not begin one after the other.
    const ways: Way[] = [];
    const { first } = sorted[i]!;
    for (; i < sorted.length && sorted[i]!.first === first; i++)
      for (const tactic of sorted[i]!.tactics) {
        const to = RANKS.get(tactic);
        if (to === undefined) continue;
        let way: Way = { steps: 1, from: to, to };
        for (let rank = 0; rank < to; rank++) {
          const before = best[rank];
          if (!before) continue;
          const next = { steps: before.steps + 1, from: before.from, to };
          if (further(next, way)) way = next;
        }
        ways.push(way);
      }
    for (const way of ways) {
      const known = best[way.to];
      if (!known || further(way, known)) best[way.to] = way;
    }
  }
  return best.reduce<Way | null>((found, way) => (way && (!found || further(way, found)) ? way : found), null);
}

/** What it brings that tactics followed each other in the order of the kill chain. */
export function progressReasons(
  rules: readonly Pick<AlertRule, 'tactics' | 'first'>[],
  { progress }: Pick<Weights, 'progress'>,
): ScoreReason[] {
  const way = wayOf(rules);
  if (!way || way.steps < 2) return [];
  const { steps, from, to } = way;
  const far = steps >= progress.from ? progress.distance * ((to - from) / (TACTICS.length - 1)) : 0;
  const points = Math.round(Math.min(progress.most, (steps - 1) * progress.each + far));
  if (points === 0) return [];
  return [{ points, text: `${steps} tactics in the order of an attack, from ${TACTICS[from]} to ${TACTICS[to]}` }];
}
