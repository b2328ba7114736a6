import { syntax, unsupported } from '../sigma/problem.js';

/** Seconds of each unit; months and years are those of the Gregorian calendar's mean, as other Sigma tools take them. */
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, M: 2_629_746, y: 31_556_952 };
const MAX_SECONDS = 31 * 86_400;

/** @param text `90s`, `5m`, `1h`, `7d`, `1w`, `1M`. @returns milliseconds. @throws RuleError */
export function readTimespan(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdwMy])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? Number.NaN);
  if (!(seconds > 0))
    throw syntax(`"${text.slice(0, 40)}" is no timespan: a number and s, m, h, d, w, M or y`, 'timespan');
  if (seconds > MAX_SECONDS) throw unsupported(`a timespan of more than 31 days ("${text}")`, 'timespan');
  return seconds * 1000;
}

const UNITS: Record<string, string> = { s: 's', m: 'min', h: 'h', d: 'd', w: 'weeks', M: 'months', y: 'years' };

/** A timespan for people: `10 min`. */
export const sayTimespan = (text: string): string => text.replace(/[a-zA-Z]$/, (unit) => ` ${UNITS[unit]}`);
