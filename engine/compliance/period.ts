import { ACTIVITY_DAYS, DAY_MS } from '../activity.js';
import { MdrError } from '../errors.js';
import { dayOf } from './coverage.js';
import type { Period } from './types.js';

const DEFAULT_DAYS = 30;
const DAY = /^(\d{4}-\d{2}-\d{2})$/;
const RANGE = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;
const MONTH = /^(\d{4})-(\d{2})$/;
const LAST = /^(\d{1,3})\s*(d|days?|w|weeks?|m|months?)$/;
const UNIT_DAYS: Record<string, number> = { d: 1, w: 7, m: 30 };

/**
 * A period in whole days, UTC: `last 30d` (today included), `2026-10`, `2026-10-14`, `2026-10-01..2026-10-31`.
 * @param words empty: the last 30 days
 * @param now epoch ms; a period ends by then
 * @throws MdrError MDR_PERIOD_BAD
 */
export function readPeriod(words: readonly string[], now: number): Period {
  const text = words
    .join(' ')
    .trim()
    .toLowerCase()
    .replace(/^last\s*/, '');
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const [from, end] = boundsOf(text, today);
  if (!(from < end)) throw bad(text, 'it ends before it begins');
  if (from > now) throw bad(text, 'it lies in the future');
  const until = Math.min(end, now);
  const days = Math.ceil((until - from) / DAY_MS);
  if (days > ACTIVITY_DAYS) throw bad(text, `it is longer than ${ACTIVITY_DAYS} days`);
  const last = dayOf(until - 1);
  return { from, until, text: `${dayOf(from)} to ${last} (${days} ${days === 1 ? 'day' : 'days'}, UTC)` };
}

function boundsOf(text: string, today: number): [number, number] {
  if (text === '') return [today - (DEFAULT_DAYS - 1) * DAY_MS, today + DAY_MS];
  const last = LAST.exec(text);
  if (last) return [today - (Number(last[1]) * UNIT_DAYS[last[2]![0]!]! - 1) * DAY_MS, today + DAY_MS];
  const month = MONTH.exec(text);
  if (month && Number(month[2]) >= 1 && Number(month[2]) <= 12)
    return [Date.UTC(Number(month[1]), Number(month[2]) - 1), Date.UTC(Number(month[1]), Number(month[2]))];
  const range = RANGE.exec(text) ?? DAY.exec(text);
  if (range) return [readDay(range[1]!), readDay(range[2] ?? range[1]!) + DAY_MS];
  throw bad(text, 'it cannot be read');
}

function readDay(text: string): number {
  const time = Date.parse(`${text}T00:00:00Z`);
  // A day that the month does not have rolls over: it is not the day that was meant.
  if (Number.isNaN(time) || dayOf(time) !== text) throw bad(text, 'there is no such day');
  return time;
}

const bad = (text: string, why: string): MdrError =>
  new MdrError(
    'MDR_PERIOD_BAD',
    `"${text.slice(0, 60)}" is not a period: ${why}.`,
    'Write last 30d, 2026-10, or 2026-10-01..2026-10-31.',
  );
