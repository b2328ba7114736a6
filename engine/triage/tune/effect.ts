import type { Formats } from '../../ingest/formats/index.js';
import type { Condition } from '../../store/exceptions.js';
import type { TenantStore } from '../../store/index.js';
import { newestFirst } from '../../store/pages.js';
import { compileConditions } from './conditions.js';
import { rereader } from './reread.js';
import { DAY_MS } from './work.js';

export const EFFECT_DAYS = 14;
const MAX_LOOKED = 5000;
const MAX_TP_ALERTS = 100;
const MAX_TP_DETECTIONS = 2000;

/** What an exception would have done, measured on stored detections. */
export interface Effect {
  /** Days looked back. */
  days: number;
  /** Detections of its rules in that time; the newest 5,000 are looked at. */
  looked: number;
  /** There were more than were looked at. */
  more: boolean;
  covered: number;
  /** Kept cut off, so that its fields are not known any more. */
  unreadable: number;
  /** Covered ones per day, oldest first; days as `2026-11-24`, UTC. */
  perDay: { day: string; count: number }[];
  /** Alerts that covered detections are in, by what became of them; at most 20 numbers each. */
  alerts: { open: number[]; harmless: number[]; other: number[] };
  /** Covered detections of alerts closed as true_positive, whenever that was, and those alerts. */
  truePositives: { detections: number; alerts: number[] };
}

/** Run conditions over the stored detections of these rules. */
export async function effectOf(
  scope: TenantStore,
  formats: Formats,
  { rules, conditions }: { rules: readonly { id: string }[]; conditions: readonly Condition[] },
  now: number,
  days = EFFECT_DAYS,
): Promise<Effect> {
  const ids = rules.map(({ id }) => id);
  const { match } = compileConditions([{ id: 'x', conditions }]);
  const read = rereader(formats);
  const effect: Effect = {
    days,
    looked: 0,
    more: false,
    covered: 0,
    unreadable: 0,
    perDay: [],
    alerts: { open: [], harmless: [], other: [] },
    truePositives: { detections: 0, alerts: [] },
  };
  const recent = { 'rule.id': { $in: ids }, created: { $gte: now - days * DAY_MS } };
  const perDay = new Map<string, number>();
  const numbers = new Set<number>();
  for await (const page of newestFirst(scope.detections, recent, MAX_LOOKED))
    for (const detection of page) {
      effect.looked++;
      const fields = read(detection);
      if (!fields) effect.unreadable++;
      if (!fields || match(fields).length === 0) continue;
      effect.covered++;
      const day = new Date(detection.created).toISOString().slice(0, 10);
      perDay.set(day, (perDay.get(day) ?? 0) + 1);
      if (detection.alert !== null) numbers.add(detection.alert);
    }
  effect.more = effect.looked === MAX_LOOKED && (await scope.detections.count(recent)) > MAX_LOOKED;
  effect.perDay = [...perDay].map(([day, count]) => ({ day, count })).sort((a, b) => (a.day < b.day ? -1 : 1));
  await sortAlerts(scope, [...numbers], effect);

  for (const { detection, alert } of await truePositives(scope, ids)) {
    const fields = read(detection);
    if (!fields || match(fields).length === 0) continue;
    effect.truePositives.detections++;
    if (!effect.truePositives.alerts.includes(alert)) effect.truePositives.alerts.push(alert);
  }
  return effect;
}

/** Stored detections of these rules in alerts that people closed as true_positive, the latest first. */
export async function truePositives(scope: TenantStore, rules: readonly string[]) {
  const alerts = await scope.alerts.find(
    { 'rules.id': { $in: [...rules] }, state: 'closed', reason: 'true_positive' },
    { sort: { updated: -1 }, limit: MAX_TP_ALERTS },
  );
  if (alerts.length === 0) return [];
  const detections = await scope.detections.find(
    { alert: { $in: alerts.map(({ number }) => number) }, 'rule.id': { $in: [...rules] } },
    { limit: MAX_TP_DETECTIONS },
  );
  return detections.map((detection) => ({ detection, alert: detection.alert! }));
}

async function sortAlerts(scope: TenantStore, numbers: number[], effect: Effect): Promise<void> {
  const most = 20;
  for (let from = 0; from < Math.min(numbers.length, 1000); from += 200) {
    const page = await scope.alerts.find({ number: { $in: numbers.slice(from, from + 200) } }, { limit: 200 });
    for (const { number, state, reason } of page) {
      const harmless = reason === 'benign' || reason === 'false_positive';
      const list = effect.alerts[state !== 'closed' ? 'open' : harmless ? 'harmless' : 'other'];
      if (list.length < most) list.push(number);
    }
  }
}

/** An exception that hides more than this many detections, and more than half of what its rules found, is broad. */
const BROAD_HIDDEN = 50;
const BROAD_RULES = 5;

/** Why an exception may not be made active by the person who proposed it. */
export function broadness(
  exception: { rules: readonly { title: string; level: string }[]; conditions: readonly unknown[] },
  { covered, looked, days }: Pick<Effect, 'covered' | 'looked' | 'days'>,
): string[] {
  const critical = exception.rules.find(({ level }) => level === 'critical');
  return [
    ...(critical ? [`the rule “${critical.title.slice(0, 120)}” is critical`] : []),
    ...(exception.rules.length > BROAD_RULES ? [`it is for ${exception.rules.length} rules`] : []),
    ...(exception.conditions.length < 2 ? ['it has only one condition'] : []),
    ...(covered > BROAD_HIDDEN && covered * 2 > looked
      ? [`it would have hidden ${covered} of ${looked} detections in ${days} days`]
      : []),
  ];
}
