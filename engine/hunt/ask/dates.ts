import { DateTime } from 'luxon';

type Unit = 'minutes' | 'hours' | 'days' | 'weeks' | 'months';
export type Range = [DateTime, DateTime];

export const UNITS: Record<string, Unit> = {
  ...{ m: 'minutes', min: 'minutes', mins: 'minutes', minute: 'minutes', minutes: 'minutes' },
  ...{ h: 'hours', hr: 'hours', hrs: 'hours', hour: 'hours', hours: 'hours' },
  ...{ d: 'days', day: 'days', days: 'days', w: 'weeks', week: 'weeks', weeks: 'weeks' },
  ...{ month: 'months', months: 'months', fortnight: 'weeks' },
};
const NUMBERS: Record<string, number> = {
  ...{ a: 1, an: 1, one: 1, two: 2, couple: 2, three: 3, few: 3, four: 4, five: 5, six: 6, seven: 7 },
  ...{ eight: 8, nine: 9, ten: 10, twelve: 12, fourteen: 14, thirty: 30 },
};
const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const MONTHS = 'january february march april may june july august september october november december'.split(' ');
/** Parts of a day, by its hours; a night goes on into the next day. */
const PARTS: Record<string, [number, number]> = {
  ...{ morning: [6, 12], afternoon: [12, 18], evening: [18, 23], night: [20, 30], noon: [11, 14], midnight: [23, 25] },
};

const isDay = (word: string): number =>
  DAYS.findIndex((day) => word === day || word === day.slice(0, 3) || word === `${day}s`) + 1;
export const isMonth = (word: string): number =>
  MONTHS.findIndex((month) => word === month || word === month.slice(0, 3)) + 1;

/** `14:00`, `2am`, `2 pm`, `noon`; minutes of the day. */
function clockAt(words: readonly string[], at: number): { minutes: number; used: number; half: string } | null {
  const word = words[at] ?? '';
  if (word === 'noon') return { minutes: 720, used: 1, half: 'pm' };
  if (word === 'midnight') return { minutes: 0, used: 1, half: 'am' };
  const found = /^(\d{1,2})(?:[:.](\d{2}))?(am|pm)?$/.exec(word);
  if (!found) return null;
  const next =
    found[3] ?? (/^(am|pm|a\.m\.|p\.m\.)$/.test(words[at + 1] ?? '') ? words[at + 1]!.replaceAll('.', '') : '');
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  if (hour > 24 || minute > 59 || (next !== '' && (hour > 12 || hour === 0))) return null;
  const late = next === 'pm' && hour < 12 ? 12 : next === 'am' && hour === 12 ? -12 : 0;
  // Only what looks like a time is one: `at 3` is not.
  if (next === '' && found[2] === undefined) return { minutes: hour * 60, used: 1, half: '' };
  return {
    minutes: (hour + late) * 60 + minute,
    used: found[3] === undefined && next !== '' ? 2 : 1,
    half: next || 'set',
  };
}

/** Days and moments at places of a sentence, as a clock of one zone has them. */
export class Dates {
  constructor(
    readonly words: readonly string[],
    readonly now: DateTime,
  ) {}

  get today(): DateTime {
    return this.now.startOf('day');
  }

  count(at: number): { n: number; used: number } | null {
    const word = this.words[at] ?? '';
    if (/^\d{1,4}$/.test(word)) return { n: Number(word), used: 1 };
    if (!Object.hasOwn(NUMBERS, word)) return null;
    if (word === 'a' && /^(couple|few)$/.test(this.words[at + 1] ?? ''))
      return { n: NUMBERS[this.words[at + 1]!]!, used: this.words[at + 2] === 'of' ? 3 : 2 };
    return { n: NUMBERS[word]!, used: this.words[at + 1] === 'of' ? 2 : 1 };
  }

  /** `7d`, `24 hours`, `two weeks`. */
  span(at: number): { back: DateTime; used: number } | null {
    const tight = /^(\d{1,4})([a-z]+)$/.exec(this.words[at] ?? '');
    if (tight && Object.hasOwn(UNITS, tight[2]!)) return { back: this.back(Number(tight[1]), tight[2]!), used: 1 };
    const count = this.count(at);
    const unit = count ? (this.words[at + count.used] ?? '') : '';
    if (!count || !Object.hasOwn(UNITS, unit)) return null;
    return { back: this.back(count.n, unit), used: count.used + 1 };
  }

  back(n: number, unit: string): DateTime {
    return this.now.minus({ [UNITS[unit]!]: unit === 'fortnight' ? 2 * n : n });
  }

  /** A day, with a part of it or without. @returns null when there is none */
  day(at: number): { range: Range; used: number } | null {
    const word = this.words[at] ?? '';
    const next = this.words[at + 1] ?? '';
    if (word === 'last' && next === 'night') return { range: partOf(this.today.minus({ days: 1 }), 'night'), used: 2 };
    if (word === 'tonight') return { range: partOf(this.today, 'night'), used: 1 };
    if (word === 'this' && Object.hasOwn(PARTS, next)) return { range: partOf(this.today, next), used: 2 };
    if (word === 'overnight') return { range: partOf(this.today.minus({ days: 1 }), 'night'), used: 1 };
    const plain = this.date(at);
    if (!plain) return null;
    const part = this.words[at + plain.used] ?? '';
    if (Object.hasOwn(PARTS, part)) return { range: partOf(plain.day, part), used: plain.used + 1 };
    if (this.words[at + plain.used] === 'at') {
      const clock = clockAt(this.words, at + plain.used + 1);
      if (clock && clock.half !== '') {
        const begin = atMinute(plain.day, clock.minutes);
        return {
          range: [begin.minus({ minutes: 30 }), begin.plus({ minutes: 30 })],
          used: plain.used + 1 + clock.used,
        };
      }
    }
    return { range: [plain.day, plain.day.plus({ days: 1 })], used: plain.used };
  }

  date(at: number): { day: DateTime; used: number } | null {
    const [word = '', next = '', third = '', fourth = ''] = this.words.slice(at, at + 4);
    if (word === 'today') return { day: this.today, used: 1 };
    if (word === 'yesterday') return { day: this.today.minus({ days: 1 }), used: 1 };
    if (word === 'day' && next === 'before' && third === 'yesterday')
      return { day: this.today.minus({ days: 2 }), used: 3 };
    if (word === 'the' && next === 'day' && third === 'before' && fourth === 'yesterday')
      return { day: this.today.minus({ days: 2 }), used: 4 };
    const iso = /^(\d{4}-\d\d-\d\d)$/.exec(word);
    if (iso) return dayOf(DateTime.fromISO(iso[1]!, { zone: this.now.zone }), 1);
    const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(word);
    if (dotted)
      return dayOf(
        DateTime.fromObject(
          { year: Number(dotted[3]), month: Number(dotted[2]), day: Number(dotted[1]) },
          { zone: this.now.zone },
        ),
        1,
      );
    const ago = this.count(at);
    if (ago && /^days?$/.test(this.words[at + ago.used] ?? '') && this.words[at + ago.used + 1] === 'ago')
      return { day: this.today.minus({ days: ago.n }), used: ago.used + 2 };
    const skip = word === 'last' || word === 'this' || word === 'past' ? 1 : 0;
    const weekday = isDay(this.words[at + skip] ?? '');
    if (weekday > 0) {
      const before = (this.now.weekday - weekday + 7) % 7 || (skip === 1 && word === 'last' ? 7 : 0);
      return { day: this.today.minus({ days: before }), used: skip + 1 };
    }
    const ordinal = (text: string) => /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(text)?.[1];
    const [month, number] = [isMonth(word), isMonth(next)];
    if (month > 0 && ordinal(next)) return this.named(month, Number(ordinal(next)), third, 2);
    if (number > 0 && ordinal(word)) return this.named(number, Number(ordinal(word)), third, 2);
    return null;
  }

  named(month: number, day: number, year: string, used: number): { day: DateTime; used: number } | null {
    const hasYear = /^20\d\d$/.test(year);
    const made = DateTime.fromObject(
      { year: hasYear ? Number(year) : this.now.year, month, day },
      { zone: this.now.zone },
    );
    const past = !hasYear && made > this.now ? made.minus({ years: 1 }) : made;
    return dayOf(past, used + (hasYear ? 1 : 0));
  }

  /** A moment: an ISO time, a day, a day with a time, a time of today. */
  moment(at: number): { time: DateTime; end: DateTime; used: number; half: string } | null {
    const iso = /^\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:\d\d)?$/.exec(this.words[at] ?? '');
    if (iso) {
      const time = DateTime.fromISO(iso[0].toUpperCase(), { zone: this.now.zone });
      return time.isValid ? { time, end: time, used: 1, half: 'set' } : null;
    }
    const plain = this.date(at);
    if (plain) {
      const skip = this.words[at + plain.used] === 'at' ? 1 : 0;
      const clock = clockAt(this.words, at + plain.used + skip);
      if (clock && clock.half !== '') {
        const time = atMinute(plain.day, clock.minutes);
        return { time, end: time, used: plain.used + skip + clock.used, half: clock.half };
      }
      const part = this.words[at + plain.used] ?? '';
      if (Object.hasOwn(PARTS, part)) {
        const [time, end] = partOf(plain.day, part);
        return { time, end, used: plain.used + 1, half: 'set' };
      }
      return { time: plain.day, end: plain.day.plus({ days: 1 }), used: plain.used, half: 'set' };
    }
    if (this.words[at] === 'last' && this.words[at + 1] === 'night') {
      const [time, end] = partOf(this.today.minus({ days: 1 }), 'night');
      return { time, end, used: 2, half: 'set' };
    }
    const clock = clockAt(this.words, at);
    if (!clock) return null;
    const time = atMinute(this.today, clock.minutes);
    return { time, end: time, used: clock.used, half: clock.half };
  }
}

const dayOf = (day: DateTime, used: number): { day: DateTime; used: number } | null =>
  day.isValid ? { day, used } : null;
const atMinute = (day: DateTime, minutes: number): DateTime =>
  day
    .startOf('day')
    .plus({ days: Math.floor(minutes / 1440) })
    .set({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 });
function partOf(day: DateTime, part: string): Range {
  const [begin, end] = PARTS[part]!;
  return [atMinute(day, begin * 60), atMinute(day, end * 60)];
}
