import ICAL from 'ical.js';
import { DateTime, IANAZone } from 'luxon';
import { MdrError } from '../errors.js';

/** Longest calendar, in characters. */
export const MAX_CALENDAR = 512 * 1024;
const MAX_EVENTS = 5000;
/** Most repetitions that are looked at, of all events together. */
const MAX_REPEATS = 20_000;
const DAY_MS = 24 * 3600_000;
/** What a repeated duty needs. More than this can be written so that no occurrence is ever found. */
const RULE_PARTS: ReadonlySet<string> = new Set(['freq', 'interval', 'byday', 'count', 'until', 'wkst']);

/** Somebody's duty in a calendar. */
export interface Slot {
  /** Epoch ms. */
  from: number;
  until: number;
  /** What the calendar calls them: the event's title, then its attendees. */
  names: string[];
}

/**
 * The duties of a calendar (RFC 5545) that overlap a span of time, by beginning.
 * @param zone IANA zone of times that name none
 * @throws MdrError MDR_ROTA
 */
export function slotsIn(text: string, zone: string, from: number, until: number): Slot[] {
  const root = parsed(text);
  const components = root.getAllSubcomponents('vevent');
  if (components.length > MAX_EVENTS)
    throw new MdrError(
      'MDR_ROTA',
      `the calendar has more than ${MAX_EVENTS} events.`,
      'Publish a calendar of the rota alone.',
    );
  const events = components.map((component) => new ICAL.Event(component));
  const main = new Map(events.filter((event) => !event.isRecurrenceException()).map((event) => [event.uid, event]));
  for (const event of events) if (event.isRecurrenceException()) main.get(event.uid)?.relateException(event);
  const slots: Slot[] = [];
  let left = MAX_REPEATS;
  const add = (event: ICAL.Event, start: ICAL.Time, end: ICAL.Time) => {
    if (event.component.getFirstPropertyValue('status') === 'CANCELLED') return;
    const slot = { from: msOf(event, start, zone), until: msOf(event, end, zone), names: namesOf(event) };
    if (slot.until > from && slot.from < until) slots.push(slot);
  };
  for (const event of main.values()) {
    if (!event.startDate) continue;
    if (!event.isRecurring()) {
      add(event, event.startDate, event.endDate);
      continue;
    }
    checkRule(event);
    const occurrences = event.iterator(startNear(event, from));
    while (true) {
      const next = occurrences.next();
      // Without its zone a time is at most a day off: good enough to know when to stop.
      if (!next || next.toUnixTime() * 1000 >= until + DAY_MS) break;
      if (left-- === 0)
        throw new MdrError(
          'MDR_ROTA',
          'the calendar repeats its events too often.',
          'Let each duty begin when it begins, without a count.',
        );
      const { item, startDate, endDate } = event.getOccurrenceDetails(next);
      add(item, startDate, endDate);
    }
  }
  return slots.sort((a, b) => a.from - b.from);
}

function parsed(text: string): ICAL.Component {
  if (text.length > MAX_CALENDAR)
    throw new MdrError(
      'MDR_ROTA',
      'the calendar is too large.',
      `At most ${MAX_CALENDAR / 1024} KiB: publish the rota alone.`,
    );
  try {
    const root = new ICAL.Component(ICAL.parse(text) as never);
    if (root.name === 'vcalendar') return root;
  } catch {
    // What it stumbled over may be anything, also somebody's secret.
  }
  throw new MdrError(
    'MDR_ROTA',
    'this is not an iCalendar file.',
    'It begins with BEGIN:VCALENDAR: give the address of the calendar itself.',
  );
}

/** Only rules of which every step finds a day: nobody's calendar may keep the engine searching for ever. @throws MdrError MDR_ROTA */
function checkRule(event: ICAL.Event): void {
  for (const rule of event.component.getAllProperties('rrule')) {
    const parts = (rule.getFirstValue() as unknown as { toJSON(): Record<string, unknown> }).toJSON();
    const isSimple = Object.keys(parts).every((part) => RULE_PARTS.has(part));
    const isDaily = parts.freq === 'DAILY' && (parts.byday === undefined || (parts.interval ?? 1) === 1);
    if (isSimple && (isDaily || parts.freq === 'WEEKLY')) continue;
    throw new MdrError(
      'MDR_ROTA',
      `the calendar repeats "${event.summary?.slice(0, 60)}" in a way that is not read.`,
      'Duties repeat daily or weekly, on days of the week: FREQ=WEEKLY;INTERVAL=3.',
    );
  }
}

/** A beginning of the same rhythm shortly before a moment, so that nobody has to count from many years ago; the real one with a count. */
function startNear(event: ICAL.Event, from: number): ICAL.Time {
  const start = event.startDate.clone();
  const rules = event.component.getAllProperties('rrule').map((rule) => rule.getFirstValue() as unknown as ICAL.Recur);
  const [rule] = rules;
  if (!rule || rules.length > 1 || rule.count) return start;
  const step = rule.interval * (rule.freq === 'WEEKLY' ? 7 : 1);
  const days = (from - event.endDate.toUnixTime() * 1000) / DAY_MS - 2;
  const steps = Math.floor(days / step);
  if (steps > 0) start.adjust(steps * step, 0, 0, 0);
  return start;
}

/** By the clock of the zone that the calendar names; the names of the IANA need no description in the file. */
function msOf(event: ICAL.Event, time: ICAL.Time, zone: string): number {
  if (time.zone === ICAL.Timezone.utcTimezone) return time.toUnixTime() * 1000;
  const named = event.component.getFirstProperty('dtstart')?.getFirstParameter('tzid');
  const known = named && IANAZone.isValidZone(named) ? named : null;
  if (!known && time.zone && time.zone !== ICAL.Timezone.localTimezone) return time.toUnixTime() * 1000;
  const { year, month, day, hour, minute, second } = time;
  return DateTime.fromObject({ year, month, day, hour, minute, second }, { zone: known ?? zone }).toMillis();
}

function namesOf(event: ICAL.Event): string[] {
  const attendees = event.attendees.slice(0, 10).flatMap((attendee) => {
    const name = attendee.getFirstParameter('cn');
    return [...(name ? [name] : []), String(attendee.getFirstValue() ?? '').replace(/^mailto:/i, '')];
  });
  return [event.summary ?? '', ...attendees].map((name) => name.slice(0, 200).trim()).filter(Boolean);
}
