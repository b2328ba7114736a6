import type { Alert, AlertEntry } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import type { Period, Response, Violation } from './types.js';

const DAY_MS = 24 * 3600 * 1000;
/** Alerts of a period that a report looks at; more than a team reads, and said when there are more. */
export const MAX_ALERTS = 5000;

/** An alert without what a report does not read. */
export type ReportedAlert = Omit<Alert, 'observables' | 'recent' | 'reasons'>;

/**
 * The alerts that have events in the period, the newest first.
 * @param shown a further filter: which alerts the reader may see
 */
export function alertsIn(
  tenant: TenantStore,
  { from, until }: Period,
  shown: Record<string, unknown>,
): Promise<ReportedAlert[]> {
  return tenant.alerts.aggregate<ReportedAlert>([
    // A record is not older than its events, but for clocks that differ: this lets the index leave out what is older.
    { $match: { updated: { $gte: from - DAY_MS }, last: { $gte: from }, first: { $lt: until } } },
    { $match: shown },
    { $project: { observables: 0, recent: 0, reasons: 0 } },
    { $sort: { number: -1 } },
    { $limit: MAX_ALERTS },
  ]);
}

/** Detections of the period that an exception of the tenant kept from becoming alerts, by rule. */
export async function hiddenIn(tenant: TenantStore, { from, until }: Period): Promise<Map<string, number>> {
  const rows = await tenant.detections.aggregate<{ _id: string; count: number }>([
    { $match: { suppressed: { $exists: true }, 'event.time': { $gte: from, $lt: until } } },
    { $group: { _id: '$rule.id', count: { $sum: 1 } } },
  ]);
  return new Map(rows.map(({ _id, count }) => [_id, count]));
}

const lastOf = (log: readonly AlertEntry[], kind: AlertEntry['kind']): AlertEntry | undefined =>
  log.findLast((entry) => entry.kind === kind);

/** An alert as an assessor reads it: what it is, who took it and when, how it ended. */
export function violationOf(alert: ReportedAlert, detections: number): Violation {
  const acknowledged = alert.log.find((entry) => entry.kind === 'acknowledged');
  const closed = alert.state === 'closed' ? lastOf(alert.log, 'closed') : undefined;
  return {
    number: alert.number,
    title: alert.title,
    level: alert.level,
    state: alert.state,
    first: alert.first,
    created: alert.created,
    detections,
    simulated: alert.simulated,
    acknowledged: acknowledged ? { at: acknowledged.at, by: acknowledged.actorName } : null,
    closed: closed ? { at: closed.at, by: closed.actorName, reason: alert.reason ?? null } : null,
  };
}

/** @param now epoch ms: what nobody has touched by then is late after a day */
export function responseOf(violations: readonly Violation[], now: number): Response {
  const touched = (violation: Violation) => violation.acknowledged?.at ?? violation.closed?.at ?? null;
  const waits = violations.map((violation) => (touched(violation) ?? now) - violation.created);
  const answered = violations
    .flatMap((violation) => (violation.acknowledged ? [violation.acknowledged.at - violation.created] : []))
    .sort((a, b) => a - b);
  return {
    alerts: violations.length,
    acknowledged: answered.length,
    closed: violations.filter(({ state }) => state === 'closed').length,
    open: violations.filter((violation) => touched(violation) === null).length,
    medianMs: answered.length ? answered[Math.floor((answered.length - 1) / 2)]! : null,
    late: waits.filter((wait) => wait > DAY_MS).length,
  };
}

/** When the oldest alert was recorded, epoch ms; its detections and their records are as old. Null without any. */
export async function oldestAlert(tenant: TenantStore): Promise<number | null> {
  const [alert] = await tenant.alerts.find({}, { sort: { number: 1 }, limit: 1 });
  return alert?.created ?? null;
}
