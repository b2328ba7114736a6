import { DateTime } from 'luxon';
import { type Calendar, WEEKENDS } from './calendar.js';
import type { Limit, TimeValue } from './types.js';

const HOUR_MS = 3_600_000;

/** What a limit is counted with. */
export interface Counting {
  /** The tenant's zone, where a limit names none. */
  zone: string;
  calendars: ReadonlyMap<string, Calendar>;
  /** The tenant's calendar; null: only Saturdays and Sundays are free. */
  calendar: string | null;
}

/** When a limit ends, and how that was counted. */
export interface Due {
  /** Epoch ms of the last moment in time. */
  due: number;
  /** Epoch ms until when it is in time all the same; null: not later than `due`. */
  relief: number | null;
  zone: string;
  how: string;
  anchor: { name: string; at: number };
}

/** Epoch ms; a day whose hour is not known counts from its first moment, which is the earliest that can be meant. */
export const instantOf = (value: TimeValue, zone: string): number =>
  'at' in value ? value.at : DateTime.fromISO(value.day, { zone }).toMillis();

/**
 * When a limit ends. Hours are counted on the clock that never jumps. Days, business days and months are counted without the day of
 * the anchor and end with the last moment of the last day in the limit's zone; a month ends on the day of the same number, or on the
 * last of a month that has none (as Regulation (EEC, Euratom) No 1182/71, Article 3(2)(c)).
 */
export function dueOf(limit: Limit, anchor: { name: string; value: TimeValue }, counting: Counting): Due {
  const zone = limit.zone ?? counting.zone;
  const began = instantOf(anchor.value, counting.zone);
  const of = { zone, anchor: { name: anchor.name, at: began }, relief: null };
  if (limit.unit === 'hours') {
    const due = began + limit.within * HOUR_MS;
    return { ...of, due, how: `${limit.within} h after ${stamp(began, zone)}: ${stamp(due, zone)}` };
  }
  // Where its zone is another one, the first moment of a day may lie in the day before.
  const day = DateTime.fromMillis(began, { zone }).toISODate()!;
  const calendar = calendarFor(limit, counting);
  const first = DateTime.fromISO(day, { zone });
  const steps: string[] = [];
  let last = first;
  if (limit.unit === 'days') last = first.plus({ days: limit.within });
  else if (limit.unit === 'months') last = first.plus({ months: limit.within });
  else
    for (let counted = 0; counted < limit.within; ) {
      last = last.plus({ days: 1 });
      const free = calendar.free(last.toISODate()!);
      if (free === null) counted++;
      steps.push(`${last.toFormat('ccc d LLL')} ${free === null ? counted : `(${free})`}`);
    }
  const due = (limit.closes ? at(last, limit.closes) : last.endOf('day')).toMillis();
  const unit = limit.unit === 'business-days' ? 'business day' : limit.unit.slice(0, -1);
  const count = `${limit.within} ${unit}${limit.within === 1 ? '' : 's'} after ${first.toFormat('ccc yyyy-LL-dd')}`;
  const how = `${[count, ...steps].join(', ')}: ${stamp(due, zone)}`;
  return { ...of, due, relief: limit.relief ? reliefOf(last, limit.relief, calendar) : null, how };
}

/** Until when a last day that is free is extended; null: it is a working day. */
function reliefOf(last: DateTime, until: string, calendar: Calendar): number | null {
  let day = last;
  while (calendar.free(day.toISODate()!) !== null) day = day.plus({ days: 1 });
  return day === last ? null : at(day, until).toMillis();
}

function at(day: DateTime, clock: string): DateTime {
  const [hour, minute] = clock.split(':').map(Number);
  return day.set({ hour: hour!, minute: minute! });
}

function calendarFor({ calendar }: Limit, counting: Counting): Calendar {
  const id = calendar === 'customer' ? counting.calendar : calendar;
  return (id && counting.calendars.get(id)) || WEEKENDS;
}

/** Of the limits whose anchor is known, the one that ends first; null: none is known. */
export function earliestDue(
  limits: readonly Limit[],
  anchor: (name: string) => TimeValue | null,
  counting: Counting,
): Due | null {
  const all = limits.flatMap((limit): Due[] => {
    const from = oneOf(limit.from, anchor, counting.zone, limit.latest);
    if (!from) return [];
    const { unless } = limit;
    const other = unless ? anchor(unless.anchor) : null;
    if (unless && other) {
      const after = instantOf(other, counting.zone) - instantOf(from.value, counting.zone);
      if (after > unless.later * HOUR_MS) return [];
    }
    return [dueOf(limit, from, counting)];
  });
  return all.toSorted((a, b) => a.due - b.due)[0] ?? null;
}

/** Of several anchors, the earliest that is known, or the latest. */
export function oneOf(
  names: readonly string[],
  anchor: (name: string) => TimeValue | null,
  zone: string,
  latest = false,
): { name: string; value: TimeValue } | null {
  const known = names
    .flatMap((name) => {
      const value = anchor(name);
      return value ? [{ name, value }] : [];
    })
    .toSorted((a, b) => instantOf(a.value, zone) - instantOf(b.value, zone));
  return known.at(latest ? -1 : 0) ?? null;
}

/** The day that ends the calendar year of a time. */
export function yearEnd(value: TimeValue, zone: string): TimeValue {
  const year = 'day' in value ? Number(value.day.slice(0, 4)) : DateTime.fromMillis(value.at, { zone }).year;
  return { day: `${year}-12-31` };
}

/** `Fri 2026-11-27 17:30 -05:00`. */
export const stamp = (at: number, zone: string): string =>
  DateTime.fromMillis(at, { zone, locale: 'en-US' }).toFormat('ccc yyyy-LL-dd HH:mm ZZ');
