import { DateTime } from 'luxon';
import { DAYS, type PolicyRule, type Quiet } from './policy.js';

const MOST_SPANS = 16;

/** A time of day on a day, as an instant. Where the clock jumps over it, the moment after the jump; where it comes twice, the first. */
export function wallTime(day: DateTime, time: string): DateTime {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const found = DateTime.fromObject(
    { year: day.year, month: day.month, day: day.day, hour, minute },
    { zone: day.zone },
  );
  return DateTime.min(...found.getPossibleOffsets()) ?? found;
}

/** The end of the span that holds `now`; null outside of it. A span belongs to the day on which it begins. */
function endOf(span: Quiet, zone: string, now: number): number | null {
  const today = DateTime.fromMillis(now, { zone });
  for (const day of [today.minus({ days: 1 }), today]) {
    if (span.days && !span.days.includes(DAYS[day.weekday - 1]!)) continue;
    const start = wallTime(day, span.from).toMillis();
    const end = wallTime(span.to <= span.from ? day.plus({ days: 1 }) : day, span.to).toMillis();
    if (now >= start && now < end) return end;
  }
  return null;
}

/**
 * Whether these hours are quiet, and until when; spans that meet count as one.
 * @param zone IANA time zone whose clock counts, with its changes of daylight saving time
 * @returns epoch ms of their end, or null when it is not quiet now
 */
export function quietUntil(spans: readonly Quiet[], zone: string, now: number): number | null {
  let until: number | null = null;
  for (let i = 0; i < MOST_SPANS; i++) {
    const ends = spans.map((span) => endOf(span, zone, until ?? now)).filter((end) => end !== null);
    if (ends.length === 0) break;
    until = Math.max(...ends);
  }
  return until;
}

/** Epoch ms of the first digest after `now`, by the zone's own clock. */
export function nextDigest(times: NonNullable<PolicyRule['digest']>, zone: string, now: number): number {
  const list = Array.isArray(times)
    ? times
    : Array.from({ length: 24 / times.every }, (_, i) => `${String(i * times.every).padStart(2, '0')}:00`);
  const today = DateTime.fromMillis(now, { zone });
  const found = [0, 1, 2]
    .flatMap((days) => list.map((time) => wallTime(today.plus({ days }), time).toMillis()))
    .filter((instant) => instant > now);
  return Math.min(...found);
}
