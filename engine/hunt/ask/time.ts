import { DateTime } from 'luxon';
import { MdrError } from '../../errors.js';
import { Dates, isMonth, type Range, UNITS } from './dates.js';

/** A stretch of time that was said. Epoch ms; `until` is not in it any more. */
export interface Stretch {
  from: number;
  until: number;
  /** In words, with the zone's clock. */
  text: string;
}

/** A stretch at some place of a sentence, and how many words it took. */
export interface TakenStretch extends Stretch {
  used: number;
}

const LEADING = new Set([
  'in',
  'over',
  'during',
  'within',
  'for',
  'on',
  'the',
  'since',
  'from',
  'between',
  'of',
  'at',
  'around',
]);
const MOST_DAYS = 400;

class Reader extends Dates {
  /** `between A and B`, `from A to B`, `A..B`. */
  pair(at: number): { range: Range; used: number } | null {
    const word = this.words[at] ?? '';
    const dots = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(word);
    if (dots) {
      const [a, b] = [dots[1]!, dots[2]!].map((day) => DateTime.fromISO(day, { zone: this.now.zone }));
      return a!.isValid && b!.isValid ? { range: [a!, b!.plus({ days: 1 })], used: 1 } : null;
    }
    if (word !== 'between' && word !== 'from') return null;
    const first = this.moment(at + 1);
    const joint = this.words[at + 1 + (first?.used ?? 0)] ?? '';
    if (!first || !/^(and|to|until|till|-)$/.test(joint)) return null;
    const second = this.moment(at + 2 + first.used);
    if (!second || (first.half === '' && second.half === '')) return null;
    let used = 2 + first.used + second.used;
    let [begin, end] = [first.time, second.end];
    // `between 2 and 4 am`: the half of the day is said once.
    if (first.half === '' && second.half === 'pm' && begin.hour < 12) begin = begin.plus({ hours: 12 });
    const after = this.words[at + used] === 'on' ? 1 : 0;
    const isClock =
      first.time.hasSame(this.now, 'day') && second.time.hasSame(this.now, 'day') && second.time === second.end;
    const on = isClock ? this.date(at + used + after) : null;
    if (on) {
      const move = on.day.diff(this.today, 'days').days;
      [begin, end] = [begin.plus({ days: Math.round(move) }), end.plus({ days: Math.round(move) })];
      used += after + on.used;
    } else if (isClock && begin > this.now) [begin, end] = [begin.minus({ days: 1 }), end.minus({ days: 1 })];
    // Over midnight.
    if (isClock && end <= begin) end = end.plus({ days: 1 });
    return { range: [begin, end], used };
  }

  whole(at: number): { range: Range; used: number } | null {
    const [word = '', next = ''] = this.words.slice(at, at + 2);
    const isLast = /^(last|past|previous|recent)$/.test(word);
    if (isLast) {
      const span = this.span(at + 1);
      if (span) return { range: [span.back, this.now], used: 1 + span.used };
      if (next === 'weekend') {
        const monday = this.today.startOf('week');
        const begin = this.now.weekday >= 6 ? monday.minus({ days: 2 }) : monday.minus({ days: 2 });
        return { range: [begin, begin.plus({ days: 2 })], used: 2 };
      }
      if (next === 'week' || next === 'month') {
        const end = this.today.startOf(next);
        return { range: [end.minus({ [`${next}s`]: 1 }), end], used: 2 };
      }
      if (Object.hasOwn(UNITS, next)) return { range: [this.back(1, next), this.now], used: 2 };
    }
    if (word === 'this' && (next === 'week' || next === 'month' || next === 'year' || next === 'hour'))
      return { range: [this.now.startOf(next), this.now], used: 2 };
    if (word === 'weekend' || (word === 'this' && next === 'weekend')) {
      const begin = this.today.startOf('week').plus({ days: 5 });
      const shifted = begin > this.now ? begin.minus({ weeks: 1 }) : begin;
      return { range: [shifted, shifted.plus({ days: 2 })], used: word === 'weekend' ? 1 : 2 };
    }
    const month = isMonth(word);
    if (month > 0 && word.length > 3) {
      const begin = this.now.set({ month }).startOf('month');
      const past = begin > this.now ? begin.minus({ years: 1 }) : begin;
      return { range: [past, past.plus({ months: 1 })], used: 1 };
    }
    const yearMonth = /^(\d{4})-(\d\d)$/.exec(word);
    if (yearMonth) {
      const begin = DateTime.fromObject(
        { year: Number(yearMonth[1]), month: Number(yearMonth[2]) },
        { zone: this.now.zone },
      );
      if (begin.isValid) return { range: [begin, begin.plus({ months: 1 })], used: 1 };
    }
    return null;
  }

  stretch(at: number): { range: Range; used: number } | null {
    const pair = this.pair(at);
    if (pair) return pair;
    let skip = 0;
    while (LEADING.has(this.words[at + skip] ?? '') && skip < 3) skip++;
    const lead = this.words.slice(at, at + skip);
    const start = at + skip;
    if (lead.includes('since') || (lead.includes('from') && skip > 0)) {
      const span = this.span(start);
      if (span && this.words[start + span.used] === 'ago')
        return { range: [span.back, this.now], used: skip + span.used + 1 };
      const whole = this.whole(start);
      if (whole)
        return { range: [whole.range[0], lead.includes('since') ? this.now : whole.range[1]], used: skip + whole.used };
      const moment = this.moment(start);
      if (moment && moment.half !== '')
        return {
          range: [moment.time, lead.includes('since') ? this.now : moment.end > moment.time ? moment.end : this.now],
          used: skip + moment.used,
        };
      return null;
    }
    if (lead.includes('at') || lead.includes('around')) {
      const moment = this.moment(start);
      if (moment && moment.half !== '' && moment.time.valueOf() === moment.end.valueOf()) {
        const after = this.words[start + moment.used] === 'on' ? 1 : 0;
        const on = this.date(start + moment.used + after);
        const move = on ? Math.round(on.day.diff(this.today, 'days').days) : moment.time > this.now ? -1 : 0;
        const time = moment.time.plus({ days: move });
        const range: Range = [time.minus({ minutes: 30 }), time.plus({ minutes: 30 })];
        return { range, used: skip + moment.used + (on ? after + on.used : 0) };
      }
    }
    const day = this.day(start) ?? this.whole(start);
    if (day) return { range: day.range, used: skip + day.used };
    const span = skip > 0 ? this.span(start) : null;
    return span ? { range: [span.back, this.now], used: skip + span.used } : null;
  }
}

/**
 * A stretch of time at one place of a sentence: `last 24h`, `yesterday evening`, `since Monday`, `between 2 and 4 am`, `2026-11-01..2026-11-05`.
 * @param words lower case
 * @param zone whose clock is meant
 * @param now epoch ms; nothing lies after it
 * @returns null when no time is said there
 */
export function takeTime(words: readonly string[], at: number, zone: string, now: number): TakenStretch | null {
  const here = DateTime.fromMillis(now, { zone });
  const found = new Reader(words, here).stretch(at);
  if (!found) return null;
  const from = found.range[0].toMillis();
  const until = Math.min(found.range[1].toMillis(), now);
  return {
    ...checked(from, until, words.slice(at, at + found.used).join(' ')),
    ...{ text: textOf(from, until, zone), used: found.used },
  };
}

function checked(from: number, until: number, said: string): { from: number; until: number } {
  if (!(from < until)) throw bad(said, 'it lies in the future or ends before it begins');
  if (until - from > MOST_DAYS * 86_400_000) throw bad(said, `it is longer than ${MOST_DAYS} days`);
  return { from, until };
}

const textOf = (from: number, until: number, zone: string): string => {
  const [a, b] = [from, until].map((time) => DateTime.fromMillis(time, { zone }));
  return `${a!.toFormat('yyyy-MM-dd HH:mm')} to ${b!.toFormat('yyyy-MM-dd HH:mm')} (${zone})`;
};

/** Words that are nothing but a time. @throws MdrError MDR_PERIOD_BAD */
export function readPeriod(words: readonly string[], zone: string, now: number): Stretch {
  const lower = words.map((word) => word.toLowerCase());
  const taken = takeTime(lower, 0, zone, now);
  const alone = taken ?? takeTime(['last', ...lower], 0, zone, now);
  if (!alone || alone.used < lower.length) throw bad(words.join(' '), 'it cannot be read');
  return { from: alone.from, until: alone.until, text: alone.text };
}

/** A time at the end of some words, and the words before it. */
export function takePeriod(
  words: readonly string[],
  zone: string,
  now: number,
): { rest: string[]; period: Stretch | null } {
  const lower = words.map((word) => word.toLowerCase());
  for (let at = 0; at < lower.length; at++) {
    const taken = takeTime(lower, at, zone, now);
    if (taken && at + taken.used === lower.length) return { rest: words.slice(0, at), period: taken };
  }
  return { rest: [...words], period: null };
}

const bad = (said: string, why: string): MdrError =>
  new MdrError(
    'MDR_PERIOD_BAD',
    `"${said.slice(0, 60)}" is not a period: ${why}.`,
    'Write last 24h, yesterday, since monday, or 2026-11-01..2026-11-05.',
  );
