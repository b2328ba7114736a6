import type { Alert } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { type Judged, type JudgeParts, judge } from './judge.js';

/** How far back a fresh engine looks for alerts that nobody judged. */
const WINDOW_MS = 24 * 3600_000;
/** Clocks of several machines may differ, and a write may take its time. */
const OVERLAP_MS = 60_000;
const PAGE = 200;

const FIELDS = Object.fromEntries(
  ['number', 'level', 'score', 'state', 'entity', 'title', 'rules', 'updated', 'revision'].map((name) => [
    name,
    1 as const,
  ]),
);

interface Seen {
  /** Latest change seen, epoch ms. */
  until: number;
  /** Revisions by alert number. */
  revisions: Map<number, number>;
}

/**
 * Judge alerts as they change. The bot does so too, as it is told of them; this is for when there is no bot, or it was killed.
 * @returns a function that looks at one tenant's changes since the last look, and gives the numbers of alerts whose log it added to
 */
export function lookout(parts: Omit<JudgeParts, 'store'>): (store: TenantStore) => Promise<number[]> {
  const seen = new Map<string, Seen>();
  return async (store) => {
    const last = seen.get(store.id);
    const from = last ? last.until - OVERLAP_MS : parts.clock() - WINDOW_MS;
    const next: Seen = { until: last?.until ?? from, revisions: new Map() };
    const touched: number[] = [];
    let after = { updated: from - 1, number: 0 };
    while (true) {
      const { updated, number } = after;
      // Without logs and ids of detections: an alert in a storm can hold hundreds of kilobytes of them.
      const alerts = await store.alerts.aggregate<Judged & Pick<Alert, 'updated' | 'revision'>>([
        { $match: { $or: [{ updated: { $gt: updated } }, { updated, number: { $gt: number } }] } },
        { $sort: { updated: 1, number: 1 } },
        { $limit: PAGE },
        { $project: FIELDS },
      ]);
      for (const alert of alerts) {
        next.until = Math.max(next.until, alert.updated);
        next.revisions.set(alert.number, alert.revision);
        if (last?.revisions.get(alert.number) === alert.revision) continue;
        touched.push(...(await judge({ ...parts, store }, alert)).touched);
      }
      const end = alerts.at(-1);
      if (!end || alerts.length < PAGE) break;
      after = { updated: end.updated, number: end.number };
    }
    seen.set(store.id, next);
    return touched;
  };
}
