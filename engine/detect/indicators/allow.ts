import { readFile } from 'node:fs/promises';
import { MdrError } from '../../errors.js';
import type { Admitted } from './types.js';
import { parseIPv4, parseIPv6, writeIPv4 } from './value/address.js';
import { normaliseDomain } from './value/domain.js';
import { normaliseUrl } from './value/url.js';

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Values that are never indicators, whatever a feed says. */
export interface AllowList {
  readonly size: number;
  holds(value: Admitted): boolean;
}

/** A list as MISP's warning lists are: `{name, type: cidr | hostname | string, list: […]}`; other types are for other uses. */
interface WarningList {
  type?: unknown;
  list?: unknown;
}

/**
 * Read allow-lists: MISP warning lists (JSON), or texts with one value a line and comments behind `#`.
 * A name is allowed alone; `.name` with everything under it. An indicator that is a parent of an allowed name, or a range that holds an
 * allowed address, would hit what is allowed: it is refused too.
 * @throws MdrError MDR_FILE_UNREADABLE
 */
export async function readAllowLists(paths: readonly string[]): Promise<AllowList> {
  const values: string[] = [];
  for (const path of paths) {
    try {
      const text = await readFile(path, 'utf8');
      if (text.length > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB`);
      for (const value of valuesOf(text)) values.push(value);
    } catch (cause) {
      throw new MdrError(
        'MDR_FILE_UNREADABLE',
        `cannot read the allow-list "${path}": ${(cause as Error).message}.`,
        'Give MISP warning lists (JSON), or texts with one value a line.',
        { cause },
      );
    }
  }
  return allowList(values);
}

function valuesOf(text: string): string[] {
  if (!/^\s*\{/.test(text)) return text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const { type, list } = JSON.parse(text) as WarningList;
  if (!Array.isArray(list)) throw new Error('it has no "list"');
  if (type !== 'cidr' && type !== 'hostname' && type !== 'string')
    throw new Error(`lists of type "${type}" cannot be used`);
  return list.filter((value) => typeof value === 'string');
}

export function allowList(values: readonly string[]): AllowList {
  const exact = new Set<string>();
  const below = new Set<string>();
  const parents = new Set<string>();
  const spans: [string, string][] = [];
  for (const raw of values) {
    if (raw === '') continue;
    const span = spanOf(raw);
    if (span) {
      spans.push(span);
      continue;
    }
    const name = normaliseDomain(raw.replace(/^\*?\./, ''));
    if (name.includes('.')) {
      (/^\*?\./.test(raw) ? below : exact).add(name);
      for (const parent of parentsOf(name)) parents.add(parent);
    } else exact.add(raw.includes('/') ? (normaliseUrl(raw)?.text ?? raw) : raw.toLowerCase());
  }
  const merged = merge(spans);

  const holdsName = (name: string): boolean =>
    exact.has(name) || parents.has(name) || below.has(name) || parentsOf(name).some((parent) => below.has(parent));
  return {
    size: exact.size + below.size + spans.length,
    holds({ type, value }) {
      if (type === 'ip') return overlaps(merged, spanOf(value)!);
      if (type === 'domain') return holdsName(value);
      if (type !== 'url') return exact.has(value);
      // A page of an allowed site may be bad; the site's front page is the site.
      const front = value.endsWith('/') && value.indexOf('/') === value.length - 1;
      return exact.has(value) || (front && holdsName(value.slice(0, -1)));
    },
  };
}

/** Proper parents of a name, down to two labels. */
function parentsOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1, -1).map((_, i) => labels.slice(i + 1).join('.'));
}

/** First and last address of an address or range, as digits that sort; null when it is neither. */
function spanOf(text: string): [string, string] | null {
  const [address = '', prefix] = text.split('/');
  const bytes = new Uint8Array(16);
  const v4 = parseIPv4(address);
  if (v4 >= 0) parseIPv6(`::ffff:${writeIPv4(v4)}`, bytes);
  else if (!parseIPv6(address, bytes)) return null;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return null;
  const bits = prefix === undefined ? 128 : Math.min(128, Number(prefix) + (v4 >= 0 ? 96 : 0));
  const digits = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const rest = (1n << BigInt(128 - bits)) - 1n;
  const hex = (n: bigint) => n.toString(16).padStart(32, '0');
  return [hex(digits & ~rest), hex(digits | rest)];
}

function merge(spans: [string, string][]): [string, string][] {
  const merged: [string, string][] = [];
  for (const [start, end] of spans.sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    const last = merged.at(-1);
    if (last && start <= last[1]) {
      if (end > last[1]) last[1] = end;
    } else merged.push([start, end]);
  }
  return merged;
}

/** Whether any of sorted, disjoint spans shares an address with `span`. */
function overlaps(spans: readonly [string, string][], [start, end]: [string, string]): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (spans[middle]![1] < start) low = middle + 1;
    else high = middle;
  }
  return low < spans.length && spans[low]![0] <= end;
}
