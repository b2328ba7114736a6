import type { Clock } from '../clock.js';
import type { Level } from '../detect/types.js';
import type { CloseReason } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { mondayOf } from './numbers/weeks.js';
import type { Weights } from './weights.js';

/** What became of a tenant's alerts with one rule in them. Duplicates and tests say nothing about a rule. */
export interface Verdicts {
  real: number;
  benign: number;
  false: number;
}

const COUNTED = {
  true_positive: 'real',
  benign: 'benign',
  false_positive: 'false',
} as const satisfies Partial<Record<CloseReason, keyof Verdicts>>;
/** Most rules of one tenant that are told apart. */
const MAX_RULES = 5000;
/** Most judged alerts of one rule that are looked at, the latest. */
const MAX_JUDGED = 2000;
/** Verdicts come from people: they are read again after this long. */
const READ_AGAIN_MS = 30_000;
const MAX_TENANTS = 500;

const judged = { state: 'closed', reason: { $in: Object.keys(COUNTED) as CloseReason[] }, simulated: { $ne: true } };

/**
 * Verdicts by rule id, from the alerts as they stand: to reopen an alert takes its verdict back.
 * @param since epoch ms: only what was closed from then on @param rule only alerts with this rule
 */
export async function verdictsOf(store: TenantStore, since = 0, rule?: string): Promise<Map<string, Verdicts>> {
  const rows = await store.alerts.aggregate<{ _id: { rule: string; reason: keyof typeof COUNTED }; count: number }>([
    { $match: { ...judged, ...(since > 0 && { closed: { $gte: since } }), ...(rule && { 'rules.id': rule }) } },
    { $unwind: '$rules' },
    { $group: { _id: { rule: '$rules.id', reason: '$reason' }, count: { $sum: 1 } } },
    { $sort: { count: -1 } },
    { $limit: MAX_RULES * Object.keys(COUNTED).length },
  ]);
  const found = new Map<string, Verdicts>();
  for (const { _id, count } of rows) {
    const verdicts = found.get(_id.rule) ?? none();
    verdicts[COUNTED[_id.reason]] += count;
    found.set(_id.rule, verdicts);
  }
  return found;
}

/** What became of a rule's alerts that were closed in one month. */
export interface MonthOfVerdicts extends Verdicts {
  /** `2026-11`, UTC. */
  month: string;
}

/** What became of a rule's alerts that were closed in one week. */
export interface WeekOfVerdicts extends Verdicts {
  /** Its Monday, `2026-11-23`, UTC. */
  monday: string;
}

/** Verdicts on one rule by the time in which its alerts were closed, oldest first, of its latest 2,000. */
export async function verdictsOver(
  store: TenantStore,
  rule: string,
): Promise<{ months: MonthOfVerdicts[]; weeks: WeekOfVerdicts[] }> {
  const closed = await store.alerts.aggregate<{ closed?: number; updated: number; reason: keyof typeof COUNTED }>([
    { $match: { ...judged, 'rules.id': rule } },
    { $sort: { updated: -1 } },
    { $limit: MAX_JUDGED },
    { $project: { closed: 1, updated: 1, reason: 1 } },
  ]);
  const months = new Map<string, Verdicts>();
  const weeks = new Map<string, Verdicts>();
  const count = (parts: Map<string, Verdicts>, key: string, kind: keyof Verdicts) => {
    const of = parts.get(key) ?? none();
    of[kind] += 1;
    parts.set(key, of);
  };
  for (const { closed: at, updated, reason } of closed) {
    count(months, dayOf(at ?? updated).slice(0, 7), COUNTED[reason]);
    count(weeks, dayOf(mondayOf(at ?? updated)), COUNTED[reason]);
  }
  const sorted = (parts: Map<string, Verdicts>) => [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    months: sorted(months).map(([month, of]) => ({ month, ...of })),
    weeks: sorted(weeks).map(([monday, of]) => ({ monday, ...of })),
  };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

const none = (): Verdicts => ({ real: 0, benign: 0, false: 0 });

/** Of several spans of time, together. */
export const together = (parts: readonly Verdicts[]): Verdicts =>
  parts.reduce((sum, part) => {
    for (const kind of Object.values(COUNTED)) sum[kind] += part[kind];
    return sum;
  }, none());

/**
 * The mean of the Beta distribution over how often a rule is right: the prior's alerts and the judged ones together.
 * @returns 0 to 1
 */
export function confidence(verdicts: Verdicts | undefined, { trust }: Pick<Weights, 'trust'>): number {
  const real = trust.real + (verdicts?.real ?? 0);
  const wrong = trust.false + (verdicts?.false ?? 0) + (verdicts?.benign ?? 0) * trust.benign;
  return real / (real + wrong);
}

/** What a rule's points are multiplied with: 1 before any verdict. */
export function trustIn(level: Level, verdicts: Verdicts | undefined, weights: Pick<Weights, 'trust'>): number {
  if (!verdicts) return 1;
  const { least, most, always } = weights.trust;
  const share = confidence(verdicts, weights) / confidence(undefined, weights);
  return Math.min(most, Math.max(always.includes(level) ? 1 : least, share));
}

/** The verdicts of each tenant, at most 30 s old. */
export interface LiveVerdicts {
  forTenant(store: TenantStore): Promise<ReadonlyMap<string, Verdicts>>;
}

export function liveVerdicts(clock: Clock): LiveVerdicts {
  const held = new Map<string, { verdicts: Map<string, Verdicts>; until: number }>();
  return {
    async forTenant(store) {
      const known = held.get(store.id);
      if (known && clock() < known.until) return known.verdicts;
      const verdicts = await verdictsOf(store);
      held.delete(store.id);
      held.set(store.id, { verdicts, until: clock() + READ_AGAIN_MS });
      if (held.size > MAX_TENANTS) held.delete(held.keys().next().value!);
      return verdicts;
    },
  };
}
