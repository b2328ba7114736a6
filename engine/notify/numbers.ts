import { DateTime } from 'luxon';
import type { Alert } from '../store/alerts.js';
import type { Day, Numbers, Week } from '../store/dispatches.js';
import type { TenantStore } from '../store/index.js';
import { numbersOf as countNumbers, type RuleWeeks } from '../triage/numbers/index.js';

const MAX_ALERTS = 20_000;
const DAY_MS = 24 * 3_600_000;
const WEEKS = 8;

/**
 * A stretch of time in short, for a post. Exercises, duplicates and tests are left out; docs/numbers.md says what each number means.
 * @param from epoch ms, inclusive @param until epoch ms, exclusive
 */
export async function numbersOf(store: TenantStore, from: number, until: number): Promise<Numbers> {
  const found = await countNumbers(store, { from, until });
  const { all, outcomes, skewed, oldest } = found;
  const { mttd, mtta, mttr } = all;
  return {
    opened: all.opened,
    perDay: all.opened / Math.max(1, (until - from) / DAY_MS),
    closed: all.closed,
    falsePositives: outcomes.false_positive?.closed ?? 0,
    mttd: mttd.mean,
    mtta: mtta.mean,
    mttr: mttr.mean,
    spreads: { mttd, mtta, mttr },
    open: all.open,
    unanswered: all.unanswered,
    oldest,
    leftOut: skewed.later + skewed.earlier,
  };
}

/** The latest weeks of a tenant for pictures, the last one as far as it has come. @param until epoch ms, exclusive */
export async function weeksOf(store: TenantStore, until: number): Promise<{ weeks: Week[]; precision: RuleWeeks[] }> {
  const { weeks, precision } = await countNumbers(store, { from: until - WEEKS * 7 * DAY_MS, until });
  return {
    weeks: weeks.map(({ monday, opened, closed, open, mtta, mttr }) => ({ monday, opened, closed, open, mtta, mttr })),
    precision,
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
