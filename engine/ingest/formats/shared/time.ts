import { MdrError } from '../../../errors.js';
import type { Value } from '../../../event.js';

// A time outside these years is a broken clock or an attack on our partitions by day, not an event.
const EARLIEST = Date.UTC(1980, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
const DAY = 86_400_000;

const sane = (ms: number): number => (ms >= EARLIEST && ms < LATEST ? ms : Number.NaN);
const leap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Epoch milliseconds of a UTC date and time of day, NaN when no such date exists. Month from 1. */
export function utc(year: number, month: number, day: number, msOfDay: number): number {
  if (year < 1970 || !(month >= 1 && month <= 12) || !(day >= 1) || !(msOfDay >= 0)) return Number.NaN;
  const before = DAYS_BEFORE[month - 1]!;
  const extra = month === 2 && leap(year) ? 1 : 0;
  if (day > DAYS_BEFORE[month]! - before + extra) return Number.NaN;
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 477;
  const days = (year - 1970) * 365 + leapDays + before + (month > 2 && leap(year) ? 1 : 0) + day - 1;
  return days * DAY + msOfDay;
}

/** Two decimal digits at `i`; negative when they are not digits. Whole numbers only, so that the compiler keeps to integers. */
function two(s: string, i: number): number {
  const a = s.charCodeAt(i) - 48;
  const b = s.charCodeAt(i + 1) - 48;
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : -100_000;
}

/** Milliseconds to subtract for the zone written at `i`: `Z`, `+hh:mm`, `+hhmm`, `+hh` or nothing, which means UTC. */
function zone(s: string, i: number): number {
  const length = s.length - i;
  if (length === 0) return 0;
  const sign = s.charCodeAt(i);
  if (length === 1) return sign === 90 || sign === 122 ? 0 : Number.NaN;
  if (sign !== 43 && sign !== 45) return Number.NaN;
  const hours = two(s, i + 1);
  let minutes = 0;
  if (length === 6 && s.charCodeAt(i + 3) === 58) minutes = two(s, i + 4);
  else if (length === 5) minutes = two(s, i + 3);
  else if (length !== 3) return Number.NaN;
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return Number.NaN;
  return (hours * 60 + minutes) * (sign === 45 ? -60_000 : 60_000);
}

// Events come in order of time: the day is nearly always the one before's.
let lastDay = 0;
let lastMidnight = Number.NaN;

function midnight(century: number, year: number, month: number, day: number): number {
  if (century < 0 || year < 0 || month < 0 || day < 0) return Number.NaN;
  const key = ((century * 100 + year) * 100 + month) * 100 + day;
  if (key !== lastDay) {
    lastMidnight = utc(century * 100 + year, month, day, 0);
    lastDay = key;
  }
  return lastMidnight;
}

/** Milliseconds of the decimals at `i`, of which the first three count. */
function millis(s: string, i: number): number {
  let ms = 0;
  let unit = 100;
  for (let at = i; at < i + 3; at++) {
    const digit = s.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    ms += digit * unit;
    unit = unit === 100 ? 10 : 1;
  }
  return ms;
}

/** Index of the first character from `i` on that is no digit. */
function afterDigits(s: string, i: number): number {
  let at = i;
  while (at < s.length) {
    const digit = s.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    at++;
  }
  return at;
}

/**
 * `2026-01-05T10:20:30.123456Z` and its relatives: a blank instead of `T`, any number of decimals after `.` or `,`, any zone.
 * Written by hand because every event passes here: a third of the time of `Date.parse`, and the same on every machine.
 * @returns epoch ms, NaN when the text is not of this form; a time without a zone is taken as UTC
 */
export function isoTime(s: string): number {
  if (s.charCodeAt(4) !== 45 || s.charCodeAt(7) !== 45) return Number.NaN;
  const date = midnight(two(s, 0), two(s, 2), two(s, 5), two(s, 8));
  if (s.length === 10) return sane(date);
  const separator = s.charCodeAt(10);
  if ((separator !== 84 && separator !== 32 && separator !== 116) || s.charCodeAt(13) !== 58) return Number.NaN;
  const hour = two(s, 11);
  const minute = two(s, 14);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return Number.NaN;
  if (s.charCodeAt(16) !== 58) return sane(date + (hour * 60 + minute) * 60_000 - zone(s, 16));
  const second = two(s, 17);
  if (second < 0 || second > 60) return Number.NaN;
  const ms = ((hour * 60 + minute) * 60 + second) * 1000;
  const point = s.charCodeAt(19);
  if (point !== 46 && point !== 44) return sane(date + ms - zone(s, 19));
  let end = afterDigits(s, 20);
  if (end === 20) return Number.NaN;
  const decimals = millis(s, 20);
  if (s.charCodeAt(end) === 32) end++;
  return sane(date + ms + decimals - zone(s, end));
}

/** An epoch in seconds, milliseconds, microseconds or nanoseconds: the sane years do not overlap. NaN otherwise. */
export function epochTime(n: number): number {
  for (const unit of [1000, 1, 1e-3, 1e-6]) {
    const ms = sane(Math.floor(n * unit));
    if (!Number.isNaN(ms)) return ms;
  }
  return Number.NaN;
}

const OTHER = /^[\x20-\x7e]{8,64}$/;
const YEAR_AND_CLOCK = /\b(?:19|20)\d\d\b.*\d:\d\d|\d:\d\d.*\b(?:19|20)\d\d\b/;
const ZONED = /(?:\b(?:GMT|UTC|Z)|[+-]\d\d:?\d\d)(?: \([A-Za-z ]+\))?$/;
const CLF = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d)(?: ([+-]\d{4}))?$/;
const DOTNET = /^\/Date\((\d{9,16})(?:[+-]\d{4})?\)\/$/;

/**
 * Any time that logs carry: ISO 8601, epochs as numbers or digits, RFC 1123, web server and .NET forms.
 * @returns epoch ms, NaN when it cannot be read
 */
export function readTime(value: Value): number {
  if (typeof value === 'number') return epochTime(value);
  if (typeof value !== 'string') return Number.NaN;
  const iso = isoTime(value);
  if (!Number.isNaN(iso)) return iso;
  if (/^\d{9,19}(?:\.\d{1,9})?$/.test(value)) return epochTime(Number(value));
  if (!OTHER.test(value)) return Number.NaN;
  const dotnet = DOTNET.exec(value);
  if (dotnet) return epochTime(Number(dotnet[1]));
  const clf = CLF.exec(value);
  if (clf) return sane(Date.parse(`${clf[1]} ${clf[2]} ${clf[3]} ${clf[4]} ${clf[5] ?? '+0000'}`));
  // Date.parse reads almost any text, and in the machine's own zone: ask it only for what is plainly a time, in UTC.
  if (!YEAR_AND_CLOCK.test(value)) return Number.NaN;
  return sane(Math.floor(Date.parse(ZONED.test(value) ? value : `${value} UTC`)));
}

/** Whether a written time says its zone; without one it may be the local time of a machine far away. */
export function hasZone(s: string): boolean {
  const last = s.charCodeAt(s.length - 1);
  if (last === 90) return true;
  const sign = s.charCodeAt(s.length - 6);
  const basic = s.charCodeAt(s.length - 5);
  return s.length > 19 && (sign === 43 || sign === 45 || basic === 43 || basic === 45);
}

/** The error for a record whose time cannot be read, or that has none. */
export function timeError(format: string): MdrError {
  return new MdrError(
    'MDR_LINE_TIME',
    `This ${format} record carries no time that can be read.`,
    'Send a time in ISO 8601 or as an epoch, between 1980 and 2100.',
  );
}
