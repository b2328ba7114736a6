import { DateTime } from 'luxon';
import type { Alert } from '../store/alerts.js';
import type { Day, Numbers } from '../store/dispatches.js';
import type { TenantStore } from '../store/index.js';

const MAX_ALERTS = 20_000;
const DAY_MS = 24 * 3_600_000;

type Times = Pick<Alert, 'level' | 'created' | 'first' | 'reason'> & Partial<Pick<Alert, 'acknowledged' | 'closed'>>;

/** Exercises are left out. @param from epoch ms, inclusive @param until epoch ms, exclusive */
export async function numbersOf(store: TenantStore, from: number, until: number): Promise<Numbers> {
  const within = { $gte: from, $lt: until };
  const alerts = await store.alerts.aggregate<Times>([
    {
      $match: { simulated: { $ne: true }, $or: [{ created: within }, { acknowledged: within }, { closed: within }] },
    },
    { $sort: { created: -1 } },
    { $limit: MAX_ALERTS },
    { $project: { level: 1, created: 1, first: 1, reason: 1, acknowledged: 1, closed: 1 } },
  ]);
  const isIn = (at: number | undefined): at is number => at !== undefined && at >= from && at < until;
  const opened = alerts.filter(({ created }) => isIn(created));
  const closed = alerts.filter((alert) => isIn(alert.closed));
  const answered = alerts.flatMap(({ created, acknowledged, closed: end }) => {
    const at = acknowledged ?? end;
    return isIn(at) ? [at - created] : [];
  });
  return {
    opened: opened.length,
    perDay: opened.length / Math.max(1, (until - from) / DAY_MS),
    closed: closed.length,
    falsePositives: closed.filter(({ reason }) => reason === 'false_positive').length,
    mttd: mean(opened.map(({ created, first }) => created - first)),
    mtta: mean(answered),
    mttr: mean(closed.map((alert) => alert.closed! - alert.created)),
  };
}

/** Alerts opened on each day, by level, by the clock of the zone. */
export async function daysOf(store: TenantStore, zone: string, from: number, until: number): Promise<Day[]> {
  const alerts = await store.alerts.aggregate<Pick<Alert, 'level' | 'created'>>([
    { $match: { simulated: { $ne: true }, created: { $gte: from, $lt: until } } },
    { $limit: MAX_ALERTS },
    { $project: { level: 1, created: 1 } },
  ]);
  const dayOf = (at: number) => DateTime.fromMillis(at, { zone }).toISODate() ?? '';
  const days = new Map<string, Day>();
  const last = DateTime.fromMillis(until - 1, { zone });
  for (let day = DateTime.fromMillis(from, { zone }).startOf('day'); day <= last; day = day.plus({ days: 1 }))
    days.set(day.toISODate() ?? '', { day: day.toISODate() ?? '', opened: {} });
  for (const { level, created } of alerts) {
    const opened = days.get(dayOf(created))?.opened;
    if (opened) opened[level] = (opened[level] ?? 0) + 1;
  }
  return [...days.values()];
}

/** Clocks of log sources differ: what seems to come before its cause counts as at once. */
const mean = (spans: number[]): number | null =>
  spans.length === 0 ? null : spans.reduce((sum, span) => sum + Math.max(0, span), 0) / spans.length;
