import { list, percent, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { keyOf, note, partsOf, prune, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Print {
  last: number;
  first: number;
  hosts: string[];
  to: string[];
  count: number;
  evidence: string[];
}
interface State {
  first: number;
  hosts: Table<{ last: number }>;
  prints: Table<Print>;
  /** Places on the Internet by the hosts that go there. */
  places: Table<{ last: number; first: number; hosts: string[] }>;
}

const DAY = 86_400_000;
const LEARN = 7;
const FEWEST_HOSTS = 10;
const FEWEST_CALLS = 5;
const MAX = 30_000;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'rare-fingerprints',
  title: 'A TLS client or agent that one host has, for one place',
  summary:
    'A TLS fingerprint or user agent that appears on a single host and goes to a single place that nobody else goes to: a program of its own.',
  needs: {
    data: 'TLS or web proxy logs',
    fields: ['source.ip'],
    oneOf: ['tls.client.ja3', 'user_agent.original'],
  },
  baseline: {
    words: `Fingerprints, agents and places of all hosts over ${LEARN} days, on at least ${FEWEST_HOSTS} hosts.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1071.001', 'T1573.002'],
  tactic: 'command-and-control',
  start: () => ({ first: 0, hosts: table(), prints: table(), places: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const source = ecs['source.ip']?.slice(0, 64);
      const print = ecs['tls.client.ja3'] ?? ecs['user_agent.original']?.slice(0, 200);
      const to = (ecs['destination.domain'] ?? ecs['destination.ip'])?.toLowerCase().slice(0, 200);
      if (!source || !to) continue;
      state.first ||= time;
      rowOf(state.hosts, keyOf(source), () => ({ last: 0 })).last = time;
      const place = rowOf(state.places, keyOf(to), () => ({ last: 0, first: time, hosts: [] as string[] }));
      place.last = Math.max(place.last, time);
      note(place.hosts, source, 10);
      if (!print) continue;
      const row = rowOf(
        state.prints,
        keyOf(print),
        (): Print => ({ last: 0, first: time, hosts: [], to: [], count: 0, evidence: [] }),
      );
      row.last = Math.max(row.last, time);
      row.count++;
      note(row.hosts, source, 10);
      note(row.to, to, 10);
      note(row.evidence, id, 10);
    }
    prune(state.hosts, MAX);
    prune(state.prints, MAX);
    prune(state.places, MAX);
    return state;
  },

  judge(state, now, known) {
    if (state.hosts.size < FEWEST_HOSTS) return [];
    return Object.entries(state.prints.rows).flatMap(([key, row]) => {
      if (row.first - state.first < LEARN * DAY || row.last < now - DAY || row.first < now - 3 * DAY) return [];
      if (row.hosts.length > 1 || row.to.length > 2 || row.count < FEWEST_CALLS) return [];
      const [print = ''] = partsOf(key);
      const alone =
        row.to.filter((to) => (state.places.rows[keyOf(to)]?.hosts.length ?? 1) <= 1).length / row.to.length;
      const fresh = row.to.every((to) => (state.places.rows[keyOf(to)]?.first ?? 0) > row.first - DAY) ? 1 : 0;
      const score = 0.3 + 0.3 * alone + 0.15 * fresh;
      if (score < (known?.floor ?? SPEAKS)) return [];
      return findingOf(model, `${row.hosts[0]}:${print.slice(0, 40)}:${row.first}`, {
        entity: { kind: 'host', name: row.hosts[0]! },
        related: [...row.to, print],
        from: row.first,
        to: row.last,
        score,
        words: `${row.hosts[0]} is the only one of ${times(state.hosts.size, 'host')} with the client ${print.slice(0, 60)}, and uses it only for ${list(row.to, 2)}, ${times(row.count, 'time')}; ${percent(alone)} of these places nobody else goes to${fresh ? ', and they are new' : ''}.`,
        evidence: row.evidence,
        numbers: { calls: row.count, alone, fresh, hosts: state.hosts.size },
      });
    });
  },
};
export default model;
