import type { Level } from '../detect/types.js';
import type { Alert } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { score } from './score.js';
import { verdictsOf } from './trust.js';
import { WEIGHTS, type Weights } from './weights.js';

const PAGE = 200;

/** One alert as it is, and as it would be scored now. */
export interface Rescored {
  alert: Alert;
  after: ReturnType<typeof score>;
}

/** What a tenant's alerts would score with these weights and its verdicts of now. Changes nothing. */
export async function openRescore(store: TenantStore, weights: Weights = WEIGHTS): Promise<(alert: Alert) => Rescored> {
  const verdicts = await verdictsOf(store);
  const { profile } = store.tenant;
  return (alert) => ({ alert, after: score(alert, { profile, verdicts, weights }) });
}

/** Every alert that was opened in a period (epoch ms, `until` excluded), in the order of their numbers. */
export async function* rescored(
  store: TenantStore,
  period: { from: number; until: number },
  weights?: Weights,
): AsyncGenerator<Rescored> {
  const judge = await openRescore(store, weights);
  for (let last = 0; ; ) {
    const page = await store.alerts.find(
      { created: { $gte: period.from, $lt: period.until }, number: { $gt: last } },
      { sort: { number: 1 }, limit: PAGE },
    );
    for (const alert of page) yield judge(alert);
    if (page.length < PAGE) return;
    last = page.at(-1)!.number;
  }
}

/** How alerts with one outcome spread over the levels, before and after. */
export interface Shift {
  before: Partial<Record<Level, number>>;
  after: Partial<Record<Level, number>>;
}

/** Add one to a sum of shifts by outcome: a close reason, or `open`. */
export function addTo(sum: Map<string, Shift>, { alert, after }: Rescored): void {
  const outcome = alert.state === 'closed' ? (alert.reason ?? 'closed') : 'open';
  const shift = sum.get(outcome) ?? { before: {}, after: {} };
  shift.before[alert.level] = (shift.before[alert.level] ?? 0) + 1;
  shift.after[after.level] = (shift.after[after.level] ?? 0) + 1;
  sum.set(outcome, shift);
}
