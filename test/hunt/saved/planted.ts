import { createHash } from 'node:crypto';
import type { SavedHunt } from '../../../engine/hunt/saved/index.js';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (n: number): string => String(n).padStart(2, '0');

type Planted = SavedHunt['examples']['finds'][number];

/** The records that an example stands for, as lines, the last at most `ago` hours before the end. */
export function plantedLines({ event, repeat, step, ago, what }: Planted, end: number): string[] {
  return Array.from({ length: repeat }, (_, n) => {
    const time = Math.min(end - 1000, end - ago * 3_600_000 + n * step * 1000);
    const filled = fill(event, values(time, n, what));
    return typeof filled === 'string' ? filled : JSON.stringify(filled);
  });
}

function values(time: number, n: number, what: string): Record<string, string> {
  const date = new Date(time);
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const month = MONTHS[date.getUTCMonth()]!;
  const letters = createHash('sha256').update(`${what}${n}`).digest('hex').slice(0, 48);
  return {
    time: date.toISOString(),
    syslog: date.toISOString().replace('Z', '000+00:00'),
    epoch: String(Math.floor(time / 1000)),
    bind: `${two(date.getUTCDate())}-${month}-${date.getUTCFullYear()} ${clock}.000`,
    clf: `${two(date.getUTCDate())}/${month}/${date.getUTCFullYear()}:${clock} +0000`,
    n: String(n),
    m6: String(n % 6),
    r: letters,
  };
}

function fill(value: unknown, by: Record<string, string>): unknown {
  if (value === '{epoch}') return Number(by.epoch);
  if (value === '{n}') return Number(by.n);
  if (typeof value === 'string') return value.replace(/\{(\w+)\}/g, (whole, name: string) => by[name] ?? whole);
  if (Array.isArray(value)) return value.map((each) => fill(each, by));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, by)]));
  return value;
}
