import { LEVELS } from '../detect/types.js';
import type { AlertRule, Observable } from '../store/alerts.js';
import { type Commonness, rarityOf } from './commonness.js';
import type { Strand } from './strands.js';
import type { Weights } from './weights.js';

/** The rules of an alert's strands, each once with its share of it, in the order of time; as rare as its rarest strand. */
export function rulesOf(strands: readonly Strand[], common: Commonness, weights: Weights): AlertRule[] {
  const rules = new Map<string, AlertRule>();
  for (const strand of strands) {
    const { links, ...share } = strand;
    const { share: rarity, why } = rarityOf(strand, common, weights);
    const seen = { ...share, ...(rarity < 1 && { rarity, common: why }) };
    const found = rules.get(share.id);
    if (!found) {
      rules.set(share.id, seen);
      continue;
    }
    found.count += share.count;
    if (share.last > found.last) {
      found.last = share.last;
      if (share.text !== undefined) found.text = share.text;
    }
    found.first = Math.min(found.first, share.first);
    if (share.confidence !== undefined) found.confidence = Math.max(found.confidence ?? 0, share.confidence);
    if (rarity > (found.rarity ?? 1) || rarity === 1) {
      delete found.rarity;
      delete found.common;
      if (rarity < 1) Object.assign(found, { rarity, common: why });
    }
  }
  return [...rules.values()];
}

/** What a strand says: the points of its level, as far as it is rare. */
export const pointsOf = (strand: Strand, common: Commonness, weights: Weights): number =>
  weights.levels[strand.level] * rarityOf(strand, common, weights).share;

const LEADS = ['host', 'user', 'ip', 'domain', 'hash'] as const;

/** The entity that an alert is about: of its hosts the one with the most telling strands; without a host its account, address, … */
export function leadOf(strands: readonly Strand[], common: Commonness, weights: Weights): Observable | null {
  for (const kind of LEADS) {
    const told = new Map<string, number>();
    for (const strand of strands) {
      // The host where it happened stands first; others are named in it.
      const link = strand.links.find((each) => each.kind === kind);
      if (!link) continue;
      const points = pointsOf(strand, common, weights) + LEVELS.indexOf(strand.level) / 1000;
      told.set(link.value, (told.get(link.value) ?? 0) + points);
    }
    const [first] = [...told].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    if (first) return { kind, value: first[0] };
  }
  return null;
}
