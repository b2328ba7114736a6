import { DateTime } from 'luxon';
import { wallTime } from '../../engine/notify/times.js';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000, w: 7 * 24 * 3_600_000 };
const SPAN = /^(?:\d{1,4}(?:m|min|minutes?|h|hours?|d|days?|w|weeks?))+$/i;
const PART = /(\d{1,4})([mhdw])/gi;
const TIME = /^([01]?\d|2[0-3]):([0-5]\d)$/;
const MORNING = '09:00';

/**
 * A time at the beginning of some words: `in 2h`, `2h30m`, `in 3 days`, `at 14:30`, `tomorrow`, `tomorrow 08:00`, `friday 17:00`. Days
 * without a time mean nine in the morning; a time that is over today means tomorrow's.
 * @param zone IANA zone whose clock is meant
 * @param now epoch ms
 * @returns epoch ms and the words after it; null when they do not begin with a time
 */
export function takeWhen(
  words: readonly string[],
  zone: string,
  now: number,
): { due: number; rest: readonly string[] } | null {
  const [first = '', second = '', third = ''] = words.map((word) => word.toLowerCase());
  const today = DateTime.fromMillis(now, { zone });
  const on = (day: DateTime, time: string) => wallTime(day, time).toMillis();
  if (first === 'in') {
    // `in 2 hours` is written apart.
    const apart = /^\d{1,4}$/.test(second) ? span(second + third) : null;
    if (apart !== null) return { due: now + apart, rest: words.slice(3) };
    const found = span(second);
    return found === null ? null : { due: now + found, rest: words.slice(2) };
  }
  const found = span(first);
  if (found !== null) return { due: now + found, rest: words.slice(1) };
  if (first === 'at' || TIME.test(first)) {
    const time = first === 'at' ? second : first;
    if (!TIME.test(time)) return null;
    const at = on(today, time);
    return { due: at > now ? at : on(today.plus({ days: 1 }), time), rest: words.slice(first === 'at' ? 2 : 1) };
  }
  const weekday = DAYS.findIndex((day) => first.length >= 3 && day.startsWith(first)) + 1;
  if (first !== 'tomorrow' && weekday === 0) return null;
  const ahead = first === 'tomorrow' ? 1 : (weekday - today.weekday + 7) % 7 || 7;
  const skip = second === 'at' ? 2 : 1;
  const time = words[skip] ?? '';
  const isTimed = TIME.test(time);
  return { due: on(today.plus({ days: ahead }), isTimed ? time : MORNING), rest: words.slice(isTimed ? skip + 1 : 1) };
}

/** Milliseconds of `2h30m`, `3days`; null when it is none. */
function span(text: string): number | null {
  if (!SPAN.test(text)) return null;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(PART)) sum += Number(count) * UNITS[unit!.toLowerCase()]!;
  return sum > 0 ? sum : null;
}
