import { registered } from '../../address.js';
import { list, round } from '../../say.js';
import { findingOf } from '../finding.js';
import { entropy, ramp } from '../stats.js';
import { keyOf, note, partsOf, prune, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Domain {
  last: number;
  day: number;
  from: number;
  /** Hashes of different names below it today, up to `MAX_NAMES`. */
  names: number[];
  length: number;
  entropy: number;
  odd: number;
  count: number;
  sources: string[];
  example: string;
  connected: boolean;
  evidence: string[];
}
type State = { domains: Table<Domain> };

const DAY = 86_400_000;
const MAX = 5000;
const MAX_NAMES = 1200;
/** Record types that carry much, or that nobody asks for. */
const ODD = new Set(['TXT', 'NULL', 'CNAME', 'MX', 'SRV', 'KEY', 'PRIVATE']);
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'dns-tunnel',
  title: 'Data in DNS names',
  summary:
    'Very many different names below one domain, long and without sense: data carried out, or orders carried in, by DNS.',
  needs: { data: 'DNS queries', fields: ['dns.question.name'] },
  baseline: {
    words:
      'Different names below one registered domain in a day: 100 is low, 500 medium, 1,000 high; more when they are long, random or never connected to.',
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1071.004', 'T1048.003'],
  tactic: 'command-and-control',
  start: () => ({ domains: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const name = ecs['dns.question.name']?.toLowerCase().slice(0, 253);
      if (!name) {
        const to = ecs['destination.domain'];
        const row = to ? state.domains.rows[keyOf(registered(to.slice(0, 253)))] : undefined;
        if (row) row.connected = true;
        continue;
      }
      const domain = registered(name);
      const below = name.slice(0, -domain.length - 1);
      if (below === '' || domain.endsWith('arpa')) continue;
      const day = Math.floor(time / DAY);
      const row = rowOf(state.domains, keyOf(domain), () => fresh(day, time));
      if (row.day !== day && day > row.day) Object.assign(row, fresh(day, time));
      row.last = Math.max(row.last, time);
      const hash = hashOf(below);
      if (row.names.includes(hash)) continue;
      if (row.names.length < MAX_NAMES) row.names.push(hash);
      row.count++;
      row.length += below.length;
      row.entropy += entropy(below);
      if (ODD.has(ecs['dns.question.type'] ?? '')) row.odd++;
      row.example = name;
      note(row.sources, (ecs['source.ip'] ?? ecs['host.name'] ?? '').slice(0, 64), 10);
      note(row.evidence, id, 10);
    }
    prune(state.domains, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.domains.rows).flatMap(([key, row]) => {
      if (row.last < now - DAY) return [];
      const [domain = ''] = partsOf(key);
      const names = row.names.length;
      const [length, bits, odd] = [row.length / row.count, row.entropy / row.count, row.odd / row.count];
      const many = ramp(names, [
        [20, 0],
        [100, 0.3],
        [500, 0.5],
        [1000, 0.7],
      ]);
      const shape =
        ramp(length, [
          [15, 0],
          [40, 0.2],
        ]) +
        ramp(bits, [
          [3, 0],
          [4, 0.1],
        ]) +
        0.1 * odd;
      // Content networks have many names too, but short ones, and they are connected to.
      const score = many === 0 ? 0 : many + shape + (row.connected ? -0.1 : 0.15) - (length < 15 ? 0.3 : 0);
      if (score < (known?.floor ?? SPEAKS)) return [];
      return findingOf(model, `${domain}:${row.day}`, {
        entity: { kind: 'domain', name: domain },
        related: row.sources,
        from: row.from,
        to: row.last,
        score,
        words: `${names} different names below ${domain} in a day (an ordinary domain has fewer than 100), ${round(length)} characters and ${round(bits)} bits a character on average, asked for by ${list(row.sources, 3)}, ${row.connected ? 'and connected to' : 'but never connected to'}; the last was ${row.example.slice(0, 60)}.`,
        evidence: row.evidence,
        numbers: { names, length, bits, odd },
      });
    });
  },
};
export default model;

const fresh = (day: number, time: number): Domain => ({
  last: 0,
  day,
  from: time,
  names: [],
  length: 0,
  entropy: 0,
  odd: 0,
  count: 0,
  sources: [],
  example: '',
  connected: false,
  evidence: [],
});

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
