import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { parse } from 'yaml';
import { z } from 'zod';
import { MdrError } from '../errors.js';
import { projectRoot } from '../root.js';

const folder = join(projectRoot, 'engine/breach/calendars');

const name = z.string().min(1).max(100);
const from = z.int().min(1900).max(2200).optional();
const holiday = z.union([
  z.strictObject({ name, from, date: z.string().regex(/^\d\d-\d\d$/) }),
  z.strictObject({
    ...{ name, from, nth: z.int().min(-1).max(5), weekday: z.int().min(1).max(7), month: z.int().min(1).max(12) },
    /** The first of the month itself when it is this weekday. */
    'unless-first-is': z.int().min(1).max(7).optional(),
  }),
  /** Days after Easter Sunday. */
  z.strictObject({ name, from, easter: z.int().min(-60).max(70) }),
]);
const file = z.strictObject({
  name,
  source: z.string().min(1).max(300),
  observed: z.enum(['nearest-weekday', 'never-moved']),
  days: z.array(holiday).min(1),
});
type Holiday = z.infer<typeof holiday>;

/** Which days are free, and how they are called. */
export interface Calendar {
  id: string;
  name: string;
  source: string;
  /** @param day `2026-11-26` @returns the holiday's name; `Saturday`, `Sunday`; null: a working day */
  free(day: string): string | null;
}

/** Saturdays and Sundays alone: where no calendar is known, this gives the earliest time. */
export const WEEKENDS: Calendar = {
  id: 'weekends',
  name: 'Saturdays and Sundays',
  source: 'no holidays are counted: the earliest time that can be meant',
  free: (day) => weekend(DateTime.fromISO(day, { zone: 'utc' })),
};

const weekend = ({ weekday }: DateTime): string | null =>
  weekday === 6 ? 'Saturday' : weekday === 7 ? 'Sunday' : null;

/** Every calendar by its id: one file each in `calendars/`. @throws MdrError MDR_CONFIG naming the file and the fault */
export function loadCalendars(): ReadonlyMap<string, Calendar> {
  const all = new Map([[WEEKENDS.id, WEEKENDS]]);
  for (const entry of readdirSync(folder).filter((each) => each.endsWith('.yaml'))) {
    const parsed = file.safeParse(parse(readFileSync(join(folder, entry), 'utf8')));
    if (!parsed.success) {
      const first = parsed.error.issues[0];
      throw new MdrError(
        'MDR_CONFIG',
        `calendars/${entry} is no calendar: ${first?.path.join('.')}: ${first?.message}.`,
        'Compare it with the others.',
      );
    }
    const id = entry.slice(0, -'.yaml'.length);
    all.set(id, calendarOf(id, parsed.data));
  }
  return all;
}

function calendarOf(id: string, { name: title, source, observed, days }: z.infer<typeof file>): Calendar {
  const years = new Map<number, ReadonlyMap<string, string>>();
  const holidays = (year: number) => {
    let found = years.get(year);
    if (!found) {
      // A New Year's Day on a Saturday is kept on the last day of the year before.
      const each = [year, year + 1].flatMap((of) =>
        days.flatMap((day) => {
          const date = day.from !== undefined && of < day.from ? null : dateOf(day, of);
          return date ? [[observedOn(date, observed), day.name] as const] : [];
        }),
      );
      found = new Map(each.filter(([date]) => date.year === year).map(([date, called]) => [date.toISODate()!, called]));
      years.set(year, found);
    }
    return found;
  };
  return {
    ...{ id, name: title, source },
    free(day) {
      const date = DateTime.fromISO(day, { zone: 'utc' });
      return holidays(date.year).get(day) ?? weekend(date);
    },
  };
}

function dateOf(day: Holiday, year: number): DateTime | null {
  if ('easter' in day) return easter(year).plus({ days: day.easter });
  if ('date' in day) {
    const date = DateTime.fromISO(`${year}-${day.date}`, { zone: 'utc' });
    return date.isValid ? date : null;
  }
  const first = DateTime.utc(year, day.month, 1);
  if (day['unless-first-is'] === first.weekday) return first;
  if (day.nth > 0) return first.plus({ days: ((day.weekday - first.weekday + 7) % 7) + 7 * (day.nth - 1) });
  const last = first.endOf('month').startOf('day');
  return last.minus({ days: (last.weekday - day.weekday + 7) % 7 });
}

function observedOn(date: DateTime, how: z.infer<typeof file>['observed']): DateTime {
  if (how === 'never-moved' || date.weekday < 6) return date;
  return date.weekday === 6 ? date.minus({ days: 1 }) : date.plus({ days: 1 });
}

/** Easter Sunday of the Gregorian calendar, by the anonymous algorithm that Nature printed in 1876. */
export function easter(year: number): DateTime {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  const day = ((h + l - 7 * m + 114) % 31) + 1;
  return DateTime.utc(year, month, day);
}
