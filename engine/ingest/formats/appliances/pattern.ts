import { readTime, utc } from '../shared/time.js';

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const TOKEN = /'([^']{0,64})'|(y+|M+|d+|H+|h+|m+|s+|S+|a|z+|Z+|X+|E+)|([^A-Za-z'])/g;
const WIDEST: Record<string, number> = { y: 4, S: 9 };
const ZONE = /^(?:[A-Z]{1,4}|[+-]\d\d:?\d\d)/;
const OFFSET = /^([+-])(\d\d):?(\d\d)$/;
const WORD = /^[A-Za-z]{2,9}/;
const MAX = 64;

/** What was read of a time: numbers by their letter, the half of the day and the zone. */
interface Read {
  numbers: Record<string, number>;
  afternoon: boolean;
  zone: string;
}

/**
 * A time written by a pattern of Java's SimpleDateFormat, as LEEF's `devTimeFormat` names one: `dd/MM/yyyy HH:mm:ss`. Both come from
 * the sender: read from left to right, without going back.
 * @returns epoch ms, UTC unless the time has an offset; NaN when either is not understood
 */
export function timeByPattern(value: string, pattern: string): number {
  if (value.length > MAX || pattern.length > MAX) return Number.NaN;
  const read = readByPattern(value, [...pattern.matchAll(TOKEN)], pattern.length);
  if (!read) return Number.NaN;
  const { numbers, afternoon, zone } = read;
  const { y = Number.NaN, M = Number.NaN, d = Number.NaN, h, H, m = 0, s = 0, S = 0 } = numbers;
  const hour = h === undefined ? (H ?? 0) : (h % 12) + (afternoon ? 12 : 0);
  const day = utc(y < 100 ? 2000 + y : y, M, d, 0);
  const offset = OFFSET.exec(zone);
  const ahead = offset ? (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1) : 0;
  const time = day + ((hour * 60 + m - ahead) * 60 + s) * 1000 + S;
  // Read again, so that it keeps to the same years as every other time.
  return Number.isFinite(time) ? readTime(time) : Number.NaN;
}

function readByPattern(value: string, tokens: readonly RegExpExecArray[], length: number): Read | null {
  const read: Read = { numbers: {}, afternoon: false, zone: '' };
  let at = 0;
  let covered = 0;
  for (const [i, [whole, quoted, letters, other]] of tokens.entries()) {
    covered += whole.length;
    const rest = value.slice(at);
    const word = letters === undefined ? (quoted ?? other ?? '') : readLetters(letters, rest, tokens[i + 1]?.[2], read);
    if (word === null || (letters === undefined && !rest.startsWith(word))) return null;
    at += word.length;
  }
  return covered === length && at === value.length ? read : null;
}

/** @param next letters that follow at once: these are as wide as they are written then. @returns what it took */
function readLetters(letters: string, rest: string, next: string | undefined, read: Read): string | null {
  const letter = letters[0]!;
  if ('zZX'.includes(letter)) {
    read.zone = ZONE.exec(rest)?.[0] ?? '';
    return read.zone || null;
  }
  if (letter === 'a') {
    read.afternoon = /^pm/i.test(rest);
    return /^[ap]m/i.exec(rest)?.[0] ?? null;
  }
  if (letter === 'E' || (letter === 'M' && letters.length > 2)) {
    const word = WORD.exec(rest)?.[0] ?? null;
    const month = MONTHS.indexOf((word ?? '').slice(0, 3).toLowerCase()) + 1;
    if (letter === 'M') read.numbers.M = month;
    return word;
  }
  const widest = next === undefined ? (WIDEST[letter] ?? 2) : letters.length;
  let digits = '';
  while (digits.length < widest && rest[digits.length]! >= '0' && rest[digits.length]! <= '9')
    digits += rest[digits.length];
  if (digits === '') return null;
  read.numbers[letter] = letter === 'S' ? Number(digits.padEnd(3, '0').slice(0, 3)) : Number(digits);
  return digits;
}
