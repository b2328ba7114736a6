import { describe, expect, it } from 'vitest';
import { createLookout } from '../../../engine/detect/indicators/hits/lookout.js';
import { readFieldMap } from '../../../engine/detect/indicators/hits/plan.js';
import { TableBuilder } from '../../../engine/detect/indicators/memory/builder.js';
import { Table } from '../../../engine/detect/indicators/memory/table.js';
import type { IndicatorType, Known } from '../../../engine/detect/indicators/types.js';
import type { LogSource, Parsed } from '../../../engine/event.js';
import { random } from '../../support/random.js';

const NOW = Date.UTC(2026, 10, 24);
const SOURCE: LogSource = { product: 'x', service: '', categories: [] };
const map = readFieldMap();

interface Entry extends Known {
  exact: boolean;
}

const bits = (address: string): bigint => {
  if (address.includes('.')) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const parts = (text: string) => text.split(':').filter(Boolean);
  const last = tail === undefined ? [] : parts(tail);
  const all = [...parts(head), ...Array(8 - parts(head).length - last.length).fill('0'), ...last];
  return all.reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n);
};

/** The obvious way: every indicator against the value, by its own words. */
function holds(entry: Entry, kind: 'host' | 'url' | 'hash' | 'email', value: string): boolean {
  const host =
    kind === 'url' ? new URL(value).hostname.replace(/^\[|\]$/g, '') : kind === 'email' ? value.split('@')[1]! : value;
  const numeric = /^[\d.]+$/.test(host) || host.includes(':');
  if (entry.type === 'ip') {
    if (kind === 'hash' || !numeric) return false;
    const [address = '', prefix] = entry.value.split('/');
    if (address.includes(':') !== host.includes(':')) return false;
    const width = host.includes(':') ? 128 : 32;
    const rest = BigInt(width - Number(prefix ?? width));
    return bits(address) >> rest === bits(host) >> rest;
  }
  if (entry.type === 'domain') {
    if (kind === 'hash' || numeric) return false;
    const name = host.toLowerCase();
    return name === entry.value || (!entry.exact && name.endsWith(`.${entry.value}`));
  }
  if (entry.type === 'url') {
    if (kind !== 'url') return false;
    const { host: where, pathname, search } = new URL(value.replace(/^https?:/, 'http:').replace(':443/', '/'));
    return entry.value === where + pathname + search || entry.value === where + pathname;
  }
  return kind === (entry.type === 'email' ? 'email' : 'hash') && entry.value === value.toLowerCase();
}

describe('the tables agree with looking at every indicator', () => {
  it.each([1, 2, 3, 4, 5, 6])('on random indicators and values, seed %i', (seed) => {
    const { int, pick, next } = random(seed);
    // A small world, so that values meet often.
    const v4 = () => `8.${int(3)}.${int(3)}.${int(40)}`;
    const v6 = () => `2001:db9:${int(3).toString(16)}::${(int(30) + 1).toString(16)}`;
    const name = () =>
      Array.from({ length: 1 + int(4) }, () => pick(['a', 'b', 'evil', 'x-1', 'www']))
        .join('.')
        .concat('.example');
    const hex = (length: number) =>
      int(12)
        .toString(16)
        .repeat(length - 1)
        .concat(int(3).toString());
    const path = () => pick(['/', '/a', '/A', '/a/b', '/a?x=1', '/a?x=2', '/?q']);
    const range = () => {
      if (next() < 0.5) {
        const prefix = 8 + int(24);
        const n = (bits(v4()) >> BigInt(32 - prefix)) << BigInt(32 - prefix);
        return `${[24, 16, 8, 0].map((shift) => Number((n >> BigInt(shift)) & 255n)).join('.')}/${prefix}`;
      }
      return `2001:db9:${int(3).toString(16)}::/${pick([48, 64, 96])}`;
    };
    const makers: Record<IndicatorType, () => string> = {
      ip: () => pick([v4, v6, range])(),
      domain: name,
      url: () => `${pick([name, v4])()}${pick(['', ':8080'])}${path()}`,
      md5: () => hex(32),
      sha1: () => hex(40),
      sha256: () => hex(64),
      imphash: () => hex(32),
      email: () => `${pick(['a', 'bob'])}@${name()}`,
    };
    const types = Object.keys(makers) as IndicatorType[];
    const entries = new Map<string, Entry>();
    for (let i = 0; i < 400; i++) {
      const type = pick(types);
      const entry: Entry = {
        type,
        value: makers[type](),
        source: `feed${int(3)}`,
        confidence: int(101),
        expires: pick([null, NOW - 5000, NOW + 5000]),
        threat: null,
        exact: type === 'domain' && next() < 0.3,
      };
      entries.set(`${entry.type} ${entry.value} ${entry.source}`, entry);
    }
    const all = [...entries.values()].sort((a, b) => b.confidence - a.confidence);
    const builder = new TableBuilder(seed);
    for (const entry of all) builder.add(entry, entry.exact);
    const { data, crowded } = builder.build();
    expect(crowded).toBe(0);
    const lookout = createLookout([new Table(data)], map, () => NOW);

    let met = 0;
    for (let i = 0; i < 3000; i++) {
      const kind = pick(['host', 'url', 'hash', 'email'] as const);
      const raw = {
        host: () => pick([v4, v6, name])(),
        url: () => `${pick(['http', 'https'])}://${pick([name, v4])()}${pick(['', ':8080', ':443'])}${path()}`,
        hash: () => hex(pick([32, 40, 64])),
        email: () => `${pick(['a', 'bob', 'eve'])}@${name()}`,
      }[kind]();
      const value = next() < 0.3 && kind !== 'url' ? raw.toUpperCase() : raw;
      const field = { host: 'dst_ip', url: 'url', hash: 'hash', email: 'from' }[kind];
      const event: Parsed = {
        time: NOW,
        logsource: SOURCE,
        fields: { [field]: value },
        ecs: () => ({ '@timestamp': '' }),
      };
      // Without a label, 32 digits are an MD5 and not an imphash.
      const wanted = all.filter(
        (entry) => entry.type !== 'imphash' && (entry.expires ?? NOW) >= NOW && holds(entry, kind, value),
      );
      const hits = lookout.match(event);
      const where = `${kind} ${value}`;
      expect([...new Set(hits.map((hit) => hit.indicator.type))].sort(), where).toEqual(
        [...new Set(wanted.map((entry) => entry.type))].sort(),
      );
      for (const hit of hits) {
        met++;
        const same = wanted.filter((entry) => entry.type === hit.indicator.type);
        expect(hit.indicator.confidence, where).toBe(Math.max(...same.map((entry) => entry.confidence)));
        expect(hit.sources.sort(), where).toEqual([...new Set(same.map((entry) => entry.source))].sort());
      }
    }
    expect(met).toBeGreaterThan(300);
  });
});
