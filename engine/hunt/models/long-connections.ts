import { isExternal } from '../../address.js';
import { bytes, duration } from '../../say.js';
import { findingOf } from '../finding.js';
import { ramp } from '../stats.js';
import { keyOf, note, partsOf, prune, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Longest {
  last: number;
  seconds: number;
  to: number;
  port: number;
  sent: number;
  evidence: string[];
}
interface State {
  pairs: Table<Longest>;
  destinations: Table<{ last: number; hosts: string[] }>;
}

const DAY = 86_400_000;
const HOUR = 3600;
const MAX = 20_000;
/** What this many hosts hold open is the tenant's own software. */
const COMMON = 4;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'long-connections',
  title: 'Connections that stay open',
  summary: 'A host keeps one connection to the Internet open for hours: a tunnel or a remote control.',
  needs: { data: 'connections with their duration', fields: ['source.ip', 'destination.ip', 'event.duration'] },
  baseline: {
    words:
      'One hour is low, four medium, eight to twelve high; what four hosts or more hold open is their own software.',
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1572', 'T1571'],
  tactic: 'command-and-control',
  start: () => ({ pairs: table(), destinations: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const seconds = (ecs['event.duration'] ?? 0) / 1e9;
      const source = ecs['source.ip'];
      const to = ecs['destination.ip'];
      if (seconds < HOUR || !source || !isExternal(to)) continue;
      const row = rowOf(
        state.pairs,
        keyOf(source, to!),
        (): Longest => ({ last: 0, seconds: 0, to: 0, port: 0, sent: 0, evidence: [] }),
      );
      row.last = Math.max(row.last, time);
      note(row.evidence, id, 10);
      if (seconds > row.seconds)
        Object.assign(row, {
          seconds,
          to: time,
          port: ecs['destination.port'] ?? 0,
          sent: ecs['source.bytes'] ?? ecs['network.bytes'] ?? 0,
        });
      const place = rowOf(state.destinations, keyOf(to!), () => ({ last: 0, hosts: [] as string[] }));
      place.last = time;
      note(place.hosts, source, COMMON);
    }
    prune(state.pairs, MAX);
    prune(state.destinations, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.pairs.rows).flatMap(([key, row]) => {
      const [source = '', to = ''] = partsOf(key);
      const hosts = state.destinations.rows[keyOf(to)]?.hosts.length ?? 1;
      const long = ramp(row.seconds / HOUR, [
        [1, 0.2],
        [4, 0.5],
        [8, 0.75],
        [12, 0.9],
        [24, 1],
      ]);
      const score = hosts >= COMMON ? long * 0.4 : long;
      if (row.last < now - DAY || score < (known?.floor ?? SPEAKS)) return [];
      return findingOf(model, `${source}:${to}:${row.to}`, {
        entity: { kind: 'host', name: source },
        related: [to],
        from: row.to - row.seconds * 1000,
        to: row.to,
        score,
        words: `${source} kept a connection to ${to} (port ${row.port}) open for ${duration(row.seconds)}, ${bytes(row.sent)} sent; ${hosts} of the tenant's hosts do so.`,
        evidence: row.evidence,
        numbers: { seconds: row.seconds, sent: row.sent, hosts },
      });
    });
  },
};
export default model;
