import { DateTime } from 'luxon';
import { lastClock, lastWeekday, timeWord, weekdayOf } from '../words/time.js';

/** A time that was said: words that `alerts` takes after `since` and `until`, and the days it covers. */
export interface Period {
  since: string;
  until?: string;
  /** First and last day, `2026-11-23`, and how many days a plain span of days has. */
  days: { first: string; last: string; span?: number };
  /** How many words it takes. */
  length: number;
}

const NUMBERS: Record<string, number> = {
  ...{ a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10 },
  ...{ twelve: 12, few: 3, couple: 2, 'couple of': 2, 'a couple of': 2, 'a few': 3 },
};
const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july'].concat([
  'august',
  'september',
  'october',
  'november',
  'december',
]);
const COUNT = '\\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|(?:a )?few|(?:a )?couple(?: of)?';
const UNIT = 'minutes?|mins?|min|hours?|hrs?|hr|days?|weeks?|wks?|months?|[mhdw]';
const WEEKDAY = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday';
const MONTH = `${MONTHS.join('|')}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec`;
const DATE = `\\d{4}-\\d{2}-\\d{2}(?:t\\d{2}:\\d{2})?|\\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:${MONTH})(?: \\d{4})?|(?:${MONTH}) \\d{1,2}(?:st|nd|rd|th)?(?: \\d{4})?`;
const CLOCK = '\\d{1,2}:\\d{2}(?: ?[ap]m)?|\\d{1,2} ?[ap]m|noon|midnight';
const PART = 'morning|afternoon|evening|night';
const DAY = `yesterday|today|(?:last )?(?:${WEEKDAY})|${DATE}`;
const MOMENT = `(?:(?:${COUNT}) ?(?:${UNIT}) ago)|last night|this (?:${PART}|week|month)|(?:${DAY})(?: (?:at )?(?:${CLOCK}|${PART}))?|${CLOCK}|(?:${MONTH})|now|the weekend|last (?:week|month)`;

const at = (pattern: string): RegExp => new RegExp(`^(?:${pattern})(?= |$)`);
const LEAD = '(?:(?:in|within|over|during|for|from|of|on|at|by) )?(?:(?:the|these|those) )?';

const PATTERNS = {
  between: at(`(?:between|from) (?<a>${MOMENT}) (?:and|to|till|until|through) (?<b>${MOMENT})`),
  since: at(`(?:since|after|from|starting) (?<a>${MOMENT})`),
  span: at(`${LEAD}(?:last|past|previous|latest)(?: (?<count>${COUNT}))? ?(?<unit>${UNIT})`),
  night: at('(?:from )?(?:last night|overnight|over night|(?:during|over|in|through) the night)'),
  ago: at(`(?:about |around )?(?<count>${COUNT}) ?(?<unit>${UNIT}) ago`),
  weekend: at(`${LEAD}(?:(?:this|last) )?weekend`),
  day: at(`${LEAD}(?<a>${DAY})(?: (?<part>${PART}))?`),
  part: at(`(?:so far )?this (?<part>${PART})`),
  calendar: at(`${LEAD}(?<which>this|last|previous|current) (?<unit>week|month|quarter|year)`),
  month: at(`(?:in|for|from|of|during) (?<month>${MONTH})(?: (?<year>\\d{4}))?`),
};

const PARTS: Record<string, [number, number]> = {
  morning: [6, 12],
  afternoon: [12, 18],
  evening: [18, 24],
  night: [18, 32],
};

/** The first word of anything that is a time; others need no look. */
const STARTS =
  /^(?:\d|in$|within$|over|during$|for$|from$|of$|on$|at$|by$|the$|these$|those$|last$|past$|previous$|latest$|between$|since$|after$|starting$|about$|around$|an?$|few$|couple$|one$|two$|three$|four$|five$|six$|seven$|eight$|nine$|ten$|twelve$|this$|so$|current$|yesterday|today|weekend|overnight|through$|(?:mon|tues|wednes|thurs|fri|satur|sun)day)/;

/**
 * The time that is said from a word on: `since yesterday`, `in the last 4 hours`, `last night`, `between 22:00 and 02:00`, `on Friday`,
 * `in October`. Days are those of `now`'s zone, so a night in which the clocks change ends at eight all the same.
 * @param words in lower case
 * @returns null when no time begins there
 */
export function periodAt(words: readonly string[], from: number, now: DateTime): Period | null {
  if (!STARTS.test(words[from] ?? '')) return null;
  const text = words.slice(from, from + 9).join(' ');
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const match = pattern.exec(text);
    const found = match && made(name as keyof typeof PATTERNS, match.groups ?? {}, now, match[0]);
    if (found) return { ...found, length: match[0].split(' ').length };
  }
  return null;
}

type Found = Omit<Period, 'length'>;

function made(name: keyof typeof PATTERNS, said: Record<string, string>, now: DateTime, text: string): Found | null {
  const today = now.startOf('day');
  switch (name) {
    case 'between': {
      const a = moment(said.a!, now);
      const b = moment(said.b!, now);
      if (!a || !b) return null;
      // From 22:00 to 02:00: the evening before.
      const start = a.at >= b.end ? a.at.minus({ days: 1 }) : a.at;
      return start < b.end ? range(start, b.end, now) : null;
    }
    case 'since': {
      const ago = /^(.+?) ?([a-z]+) ago$/.exec(said.a!);
      if (ago) return span(ago[1], ago[2]!, now);
      const start = moment(said.a!, now);
      return start ? range(start.at, null, now) : null;
    }
    case 'span': {
      if (said.count === undefined && /last|previous/.test(text) && /^(?:week|month)$/.test(said.unit!))
        return made('calendar', { which: 'last', unit: said.unit! }, now, text);
      return span(said.count, said.unit!, now);
    }
    case 'night':
      return range(today.minus({ days: 1 }).set({ hour: 18 }), earlier(today.set({ hour: 8 }), now), now);
    case 'ago': {
      const unit = unitOf(said.unit!);
      if (unit === 'hours' || unit === 'minutes') return span(said.count, said.unit!, now);
      const day = today.minus({ [unit]: countOf(said.count) });
      return range(day, day.plus({ days: 1 }), now);
    }
    case 'weekend': {
      const saturday = now.weekday >= 6 ? today.minus({ days: now.weekday - 6 }) : lastWeekday(now, 6);
      return range(saturday, saturday.plus({ days: 2 }), now);
    }
    case 'day': {
      const day = moment(said.a!, now);
      if (!day) return null;
      const [start, end] = PARTS[said.part ?? ''] ?? [];
      if (start === undefined) return range(day.at, day.end > now ? null : day.end, now);
      return partOf(day.at.startOf('day'), start, end!, now);
    }
    case 'part': {
      const [start, end] = PARTS[said.part!]!;
      return partOf(today, start, end, now);
    }
    case 'calendar': {
      const unit = said.unit as 'week' | 'month' | 'quarter' | 'year';
      const start = now.startOf(unit);
      if (/this|current/.test(said.which!)) return range(start, null, now);
      return range(start.minus({ [unit]: 1 }), start, now);
    }
    case 'month': {
      const start = monthStart(said.month!, said.year, now);
      const end = start.plus({ months: 1 });
      return start > now ? null : range(start, end > now ? null : end, now);
    }
  }
}

/** The hours of a part of a day; the night goes on into the next. */
function partOf(day: DateTime, start: number, end: number, now: DateTime): Found | null {
  const from = day.set({ hour: start });
  const until = day.plus({ days: Math.floor(end / 24) }).set({ hour: end % 24 });
  if (from >= now) return null;
  return range(from, until > now ? null : until, now);
}

function range(since: DateTime, until: DateTime | null, now: DateTime): Found {
  const last = (until ?? now).minus({ milliseconds: until ? 1 : 0 });
  return {
    since: timeWord(since, now),
    ...(until && +until < +now && { until: timeWord(until, now) }),
    days: { first: since.toFormat('yyyy-MM-dd'), last: last.toFormat('yyyy-MM-dd') },
  };
}

function span(count: string | undefined, unit: string, now: DateTime): Found {
  const units = unitOf(unit);
  const number = countOf(count) * (units === 'months' ? 30 : 1);
  const letter = units === 'minutes' ? 'm' : units === 'hours' ? 'h' : units === 'weeks' ? 'w' : 'd';
  const first = now.minus({ [units === 'months' ? 'days' : units]: number });
  const days = letter === 'd' ? number : letter === 'w' ? number * 7 : undefined;
  return {
    since: `${number}${letter}`,
    days: {
      first: first.toFormat('yyyy-MM-dd'),
      last: now.toFormat('yyyy-MM-dd'),
      ...(days !== undefined && { span: days }),
    },
  };
}

/** A moment, and where what it names ends: a day ends a day later, a time of day at once. */
function moment(text: string, now: DateTime): { at: DateTime; end: DateTime } | null {
  const today = now.startOf('day');
  const exactly = (time: DateTime) => ({ at: time, end: time });
  if (text === 'now') return exactly(now);
  if (text === 'last night') return exactly(today.minus({ days: 1 }).set({ hour: 18 }));
  if (text === 'the weekend') {
    const saturday = lastWeekday(now, 6);
    return { at: saturday, end: saturday.plus({ days: 2 }) };
  }
  const calendar = /^(this|last) (week|month)$/.exec(text);
  if (calendar) {
    const unit = calendar[2] as 'week' | 'month';
    const start = now.startOf(unit).minus({ [unit]: calendar[1] === 'last' ? 1 : 0 });
    return { at: start, end: start.plus({ [unit]: 1 }) };
  }
  const part = /^this (\w+)$/.exec(text);
  if (part) return exactly(today.set({ hour: PARTS[part[1]!]![0] }));
  const ago = new RegExp(`^(${COUNT}) ?(${UNIT}) ago$`).exec(text);
  if (ago) return exactly(now.minus({ [unitOf(ago[2]!)]: countOf(ago[1]) }));
  const clock = clockOf(text);
  if (clock) return exactly(lastClock(now, ...clock));
  const split = new RegExp(`^(.+?)(?: (?:at )?(${CLOCK}|${PART}))?$`).exec(text)!;
  const day = dayOf(split[1]!, now);
  if (!day) return null;
  if (split[2] === undefined) return day;
  const hour = PARTS[split[2]]?.[0];
  const time = hour === undefined ? clockOf(split[2]) : ([hour, 0] as const);
  return time ? exactly(day.at.set({ hour: time[0], minute: time[1] })) : null;
}

function dayOf(text: string, now: DateTime): { at: DateTime; end: DateTime } | null {
  const today = now.startOf('day');
  const whole = (day: DateTime) => ({ at: day, end: day.plus({ days: 1 }) });
  if (text === 'today') return whole(today);
  if (text === 'yesterday') return whole(today.minus({ days: 1 }));
  const weekday = weekdayOf(text.replace(/^last /, ''));
  if (weekday !== null) return whole(lastWeekday(now, weekday));
  if (/^\d{4}-/.test(text)) {
    const date = DateTime.fromISO(text.toUpperCase(), { zone: now.zoneName ?? 'UTC' });
    if (!date.isValid) return null;
    return text.includes('t') ? { at: date, end: date } : whole(date);
  }
  const name = new RegExp(`(?:${MONTH})`).exec(text)?.[0];
  if (!name) return null;
  const number = /\b(\d{1,2})(?:st|nd|rd|th)?\b/.exec(text.replace(/\d{4}/, ''))?.[1];
  const start = monthStart(name, /\d{4}/.exec(text)?.[0], now);
  if (number === undefined) return { at: start, end: start.plus({ months: 1 }) };
  const date = start.set({ day: Number(number) });
  const past = date > now ? date.minus({ years: 1 }) : date;
  return Number(number) >= 1 && past.day === Number(number) ? whole(past) : null;
}

/** The latest month of that name that has begun, unless a year is said. */
function monthStart(name: string, year: string | undefined, now: DateTime): DateTime {
  const month = MONTHS.findIndex((known) => known.startsWith(name.slice(0, 3))) + 1;
  const start = now.startOf('month').set({ month });
  if (year !== undefined) return start.set({ year: Number(year) });
  return start > now ? start.minus({ years: 1 }) : start;
}

function clockOf(text: string): readonly [number, number] | null {
  if (text === 'noon') return [12, 0];
  if (text === 'midnight') return [0, 0];
  const [, hour, minute = '0', half] = /^(\d{1,2})(?::(\d{2}))? ?([ap]m)?$/.exec(text) ?? [];
  if (hour === undefined || (half === undefined && !text.includes(':'))) return null;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  return hours < 24 && Number(minute) < 60 ? [hours, Number(minute)] : null;
}

const countOf = (count = '1'): number => NUMBERS[count] ?? Number(count);
const earlier = (a: DateTime, b: DateTime): DateTime => (a < b ? a : b);

function unitOf(unit: string): 'minutes' | 'hours' | 'days' | 'weeks' | 'months' {
  if (unit.startsWith('mo')) return 'months';
  return ({ m: 'minutes', h: 'hours', d: 'days', w: 'weeks' } as const)[unit[0] as 'm' | 'h' | 'd' | 'w'];
}
