import { idOf } from '../ids.js';
import type { Alert, AlertRule, Observable } from '../store/alerts.js';
import type { Detection } from '../store/detections.js';
import type { Quiet } from '../store/quiets.js';
import type { Judged } from './arrange.js';
import type { Commonness } from './commonness.js';
import { hostName, keyOf } from './links.js';
import { bySeverity } from './order.js';
import { type Strand, tiesOf } from './strands.js';

export const MAX_RECENT = 2000;
const MAX_OBSERVABLES = 60;
const MAX_RULES = 200;
/** Strands beyond are counted in those that are kept; a record has to stay well under MongoDB's 16 MiB. */
export const MAX_STRANDS = 400;
const MAX_KEYS = 200;
const MAX_TIES = 20;
const MAX_TOOK = 200;

/** What an alert and a quiet group have in common. */
export type Content = Pick<Quiet, 'strands' | 'keys' | 'observables' | 'recent' | 'first' | 'last' | 'simulated'>;

/** Id of the alert or quiet group that begins with this detection. */
export const beginningId = (kind: 'alert' | 'quiet', tenant: string, strands: readonly Strand[]): string =>
  idOf(kind, tenant, strands[0]!.example);

/** By what further strands find these: their ties, and what is on their links where those are shared by many. */
export function keysOf(strands: readonly Strand[], common: Commonness, most = MAX_KEYS): string[] {
  const keys = new Set<string>();
  for (const strand of strands) {
    for (const link of strand.links) if (link.kind === 'host' || link.kind === 'user') keys.add(keyOf(link));
    for (const { key } of tiesOf(strand, common)) keys.add(key);
  }
  return [...keys].slice(0, most);
}

/**
 * Put together what several groups and new detections hold.
 * @param matters which observables are kept first where not all fit: those that a score depends on
 */
export function contentOf(
  strands: readonly Strand[],
  parts: readonly Pick<Content, 'observables' | 'recent' | 'simulated'>[],
  fresh: readonly Detection[],
  common: Commonness,
  matters: (observable: Observable) => boolean,
): Content {
  const observables = new Map<string, Observable>();
  const note = (o: Observable) => {
    const key = observableKey(o);
    const before = observables.get(key);
    // Of several spellings the shortest, whichever came first.
    if (!before || isPlainer(o.value, before.value)) observables.set(key, o);
  };
  for (const part of parts) for (const o of part.observables) note(o);
  for (const detection of fresh) for (const o of detection.observables) note(o);
  const kept = bounded(strands);
  return {
    strands: kept,
    keys: keysOf(kept, common),
    observables: fitting([...observables.values()], matters),
    recent: [...parts.flatMap(({ recent }) => recent), ...fresh.map(({ _id }) => _id)].slice(-MAX_RECENT),
    first: Math.min(...strands.map(({ first }) => first)),
    last: Math.max(...strands.map(({ last }) => last)),
    simulated: parts.some(({ simulated }) => simulated) || fresh.some(({ simulated }) => simulated),
  };
}

/** A host is one by whichever of its names. */
const observableKey = ({ kind, value }: Observable): string =>
  `${kind}:${kind === 'host' ? hostName(value) : value.toLowerCase()}`;

const isPlainer = (a: string, b: string): boolean => a.length < b.length || (a.length === b.length && a < b);

/**
 * As many as are kept: those that matter, then by their names. Not by who came first: the same detections in another order, or in other
 * batches, leave the same.
 */
function fitting(all: readonly Observable[], matters: (observable: Observable) => boolean): Observable[] {
  if (all.length <= MAX_OBSERVABLES) return [...all];
  const ranked = all.map((o) => ({ o, key: `${matters(o) ? 0 : 1} ${observableKey(o)}` }));
  const kept = new Set(
    ranked
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, MAX_OBSERVABLES)
      .map(({ o }) => o),
  );
  return all.filter((o) => kept.has(o));
}

/** The first strands as they are; the later ones of a rule that has one already are counted there. */
function bounded(strands: readonly Strand[]): Strand[] {
  if (strands.length <= MAX_STRANDS) return [...strands];
  const kept = strands.slice(0, MAX_STRANDS).map((strand) => ({ ...strand }));
  const byRule = new Map(kept.map((strand) => [strand.id, strand]));
  for (const strand of strands.slice(MAX_STRANDS)) {
    const into = byRule.get(strand.id) ?? kept.at(-1)!;
    into.count += strand.count;
    into.last = Math.max(into.last, strand.last);
  }
  return kept;
}

/** The part of an alert's record that follows from its content. */
export function factsOf(judged: Judged, content: Content, fallback: Observable, ties: readonly string[]) {
  const rules = bySeverity(judged.rules).slice(0, MAX_RULES);
  const entity = judged.entity ?? fallback;
  const shown = new Set(rules);
  return {
    ...content,
    title: `${telling(rules).title} on ${entity.value}`,
    entity,
    level: judged.level,
    score: judged.score,
    reasons: judged.reasons,
    rules: judged.rules.filter((rule) => shown.has(rule)),
    ties: ties.slice(0, MAX_TIES),
  };
}

/** The rule that names the alert: the most serious one, unless it is common here and another is not. */
function telling(rules: readonly AlertRule[]): AlertRule {
  return rules.find(({ rarity = 1 }) => rarity >= 0.5) ?? rules[0]!;
}

/** A new alert's record, but for what follows from its content. */
export const newAlert = (tenant: string, number: number, now: number, id: string) => ({
  ...{ _id: id, tenant, number, state: 'new' as const, created: now, updated: now },
  ...{ log: [] as Alert['log'], took: [] as string[], revision: 1 },
});

export const tookWith = (alert: Pick<Alert, 'took'>, more: readonly string[]): string[] =>
  [...new Set([...(alert.took ?? []), ...more])].slice(-MAX_TOOK);
