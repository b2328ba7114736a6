import { isInternal } from '../../address.js';
import { list, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { keyOf, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Source {
  last: number;
  first: number;
  /** Host and port → first connection. */
  known: Record<string, number>;
  size: number;
  fresh: { to: string; port: number; time: number; id: string }[];
}
type State = { sources: Table<Source> };

const PORTS: Record<number, string> = { 22: 'SSH', 135: 'RPC', 445: 'SMB', 3389: 'RDP', 5985: 'WinRM', 5986: 'WinRM' };
const DAY = 86_400_000;
const LEARN = 7;
const MAX = 20_000;
const WINDOW = 6 * 3_600_000;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'admin-connections',
  title: 'Hosts administered for the first time',
  summary:
    'A host opens administrative connections (SMB, RDP, WinRM, SSH) to hosts it never administered, several within a few hours.',
  needs: { data: 'connections inside the network', fields: ['source.ip', 'destination.ip', 'destination.port'] },
  baseline: {
    words: `Hosts and ports that the source administered before, and how often it takes up new ones, over ${LEARN} days.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1021.001', 'T1021.002', 'T1021.004', 'T1021.006'],
  tactic: 'lateral-movement',
  start: () => ({ sources: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const source = ecs['source.ip'];
      const to = ecs['destination.ip'];
      const port = ecs['destination.port'] ?? 0;
      if (!source || !to || !PORTS[port] || source === to || !isInternal(to) || !isInternal(source)) continue;
      const row = rowOf(
        state.sources,
        keyOf(source),
        (): Source => ({ last: 0, first: time, known: {}, size: 0, fresh: [] }),
      );
      row.last = Math.max(row.last, time);
      const key = keyOf(to, String(port));
      if (row.known[key] !== undefined || row.size >= 2000) continue;
      row.known[key] = time;
      row.size++;
      if (time - row.first > LEARN * DAY) remember(row.fresh, { to, port, time, id }, 60);
    }
    prune(state.sources, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.sources.rows).flatMap(([key, row]) => {
      // The six hours of the last day in which most were new.
      const windows = row.fresh
        .filter(({ time }) => time > now - DAY)
        .map(({ time: until }) => row.fresh.filter(({ time }) => time > until - WINDOW && time <= until));
      const recent = windows.reduce((most, each) => (each.length > most.length ? each : most), []);
      if (recent.length === 0) return [];
      const [source = ''] = partsOf(key);
      const days = (row.last - row.first) / DAY;
      const usual = (row.size - recent.length) / days;
      const score = 1 - Math.exp(-recent.length / (2.5 + 2 * usual));
      if (score < (known?.floor ?? SPEAKS)) return [];
      const kinds = [...new Set(recent.map(({ port }) => PORTS[port]!))];
      return findingOf(model, `${source}:${Math.floor(recent[0]!.time / DAY)}`, {
        entity: { kind: 'host', name: source },
        related: recent.map(({ to }) => to),
        from: recent[0]!.time,
        to: recent.at(-1)!.time,
        score,
        words: `${source} opened ${kinds.join(', ')} connections to ${times(recent.length, 'host')} it never administered (${list(
          recent.map(({ to }) => to),
          4,
        )}) within six hours; in ${Math.round(days)} days it took up ${row.size - recent.length || 'none'}.`,
        evidence: recent.map(({ id }) => id),
        numbers: { fresh: recent.length, usual, known: row.size },
      });
    });
  },
};
export default model;
