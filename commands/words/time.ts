import { DateTime } from 'luxon';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const SPAN = /^(\d{1,4})([mhdw])$/;
const UNITS = { m: 'minutes', h: 'hours', d: 'days', w: 'weeks' } as const;
const DATE = /^\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2})?$/;
const CLOCK = /^(\d{1,2}):(\d{2})$/;

export const TIME_HELP = 'yesterday, monday, 14:30, 4h, 2d, 2026-11-23 or 2026-11-23T18:00';

/** Which weekday a name or the beginning of one means, 1 (Monday) to 7; null when it is none. */
export function weekdayOf(word: string): number | null {
  const at = word.length < 3 ? -1 : DAYS.findIndex((day) => day.startsWith(word));
  return at < 0 ? null : at + 1;
}

/** The latest day of this weekday before today, at its beginning. */
export function lastWeekday(now: DateTime, weekday: number): DateTime {
  const today = now.startOf('day');
  return today.minus({ days: (now.weekday - weekday + 7) % 7 || 7 });
}

/** A wall-clock time of today; of yesterday when it is still to come. */
export function lastClock(now: DateTime, hour: number, minute: number): DateTime {
  const today = now.set({ hour, minute, second: 0, millisecond: 0 });
  return today > now ? today.minus({ days: 1 }) : today;
}

/**
 * A moment as it is typed after `since` or `until`: `today`, `yesterday`, a weekday (the last one), `14:30` (the last one), `4h` and `2d`
 * (so long ago), a date, a date and a time; by the wall clock of `zone`, so a day that the clocks change on has its own length.
 * @param now epoch ms
 * @returns epoch ms; null when it is no time
 */
export function readTime(text: string, now: number, zone: string): number | null {
  const word = text.trim().toLowerCase();
  const here = DateTime.fromMillis(now, { zone });
  const today = here.startOf('day');
  if (word === 'now') return now;
  if (word === 'today') return today.toMillis();
  if (word === 'yesterday') return today.minus({ days: 1 }).toMillis();
  const weekday = weekdayOf(word);
  if (weekday !== null) return lastWeekday(here, weekday).toMillis();
  const span = SPAN.exec(word);
  if (span) return here.minus({ [UNITS[span[2] as keyof typeof UNITS]]: Number(span[1]) }).toMillis();
  const clock = CLOCK.exec(word);
  if (clock && Number(clock[1]) < 24 && Number(clock[2]) < 60)
    return lastClock(here, Number(clock[1]), Number(clock[2])).toMillis();
  if (!DATE.test(word)) return null;
  const date = DateTime.fromISO(word.toUpperCase().replace(' ', 'T'), { zone });
  return date.isValid ? date.toMillis() : null;
}

/** A moment in words that `readTime` reads as the same: `today`, `yesterday`, `2026-11-23`, `2026-11-23T18:00`. */
export function timeWord(moment: DateTime, now: DateTime): string {
  const today = now.startOf('day');
  if (+moment === +today) return 'today';
  if (+moment === +today.minus({ days: 1 })) return 'yesterday';
  return moment.toFormat(+moment === +moment.startOf('day') ? 'yyyy-MM-dd' : "yyyy-MM-dd'T'HH:mm");
}
