import { isInternal } from '../../address.js';
import { duration, list, percent, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { ramp } from '../stats.js';
import { keyOf, note, partsOf, prune, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Window {
  last: number;
  from: number;
  hosts: string[];
  ports: number[];
  tries: number;
  failed: number;
  evidence: string[];
  /** Most hosts and ports of the finished windows of earlier days: a monitor scans every day. */
  usualHosts: number;
  usualPorts: number;
  since: number;
}
type State = { sources: Table<Window> };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MAX = 20_000;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'scans',
  title: 'Scans from inside',
  summary: 'A host tries many other hosts, or many ports, of its own network within an hour.',
  needs: { data: 'connections inside the network', fields: ['source.ip', 'destination.ip', 'destination.port'] },
  baseline: {
    words:
      'The most hosts and ports that the source tried in an hour of earlier days: monitors and directories have many, always.',
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1046', 'T1018'],
  tactic: 'discovery',
  start: () => ({ sources: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const source = ecs['source.ip'];
      const to = ecs['destination.ip'];
      if (!source || !to || !isInternal(source) || !isInternal(to) || source === to) continue;
      const row = rowOf(state.sources, keyOf(source), () => fresh(time));
      if (time - row.from > HOUR) {
        // A day that ends in a scan does not make the next one usual at once.
        const settled = time - row.since > DAY;
        const usualHosts = Math.max(
          row.usualHosts * (settled ? 0.98 : 1),
          settled ? Math.min(row.hosts.length, row.usualHosts * 2 + 8) : row.hosts.length,
        );
        const usualPorts = Math.max(
          row.usualPorts * (settled ? 0.98 : 1),
          settled ? Math.min(row.ports.length, row.usualPorts * 2 + 8) : row.ports.length,
        );
        Object.assign(row, { ...fresh(time), usualHosts, usualPorts, since: row.since });
      }
      row.last = Math.max(row.last, time);
      row.tries++;
      if (ecs['event.outcome'] === 'failure') row.failed++;
      note(row.hosts, to, 300);
      note(row.ports, ecs['destination.port'] ?? 0, 300);
      note(row.evidence, id, 10);
    }
    prune(state.sources, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.sources.rows).flatMap(([key, row]) => {
      if (row.last < now - DAY) return [];
      const [source = ''] = partsOf(key);
      const wide = ramp(row.hosts.length / (1 + row.usualHosts / 10), [
        [10, 0],
        [30, 0.5],
        [60, 0.7],
        [200, 0.95],
      ]);
      const deep = ramp(row.ports.length / (1 + row.usualPorts / 10), [
        [10, 0],
        [40, 0.5],
        [100, 0.8],
        [200, 0.95],
      ]);
      const failed = row.failed / row.tries;
      const score = Math.max(wide, deep) + 0.1 * failed;
      if (Math.max(wide, deep) === 0 || score < (known?.floor ?? SPEAKS)) return [];
      return findingOf(model, `${source}:${row.from}`, {
        entity: { kind: 'host', name: source },
        related: row.hosts,
        from: row.from,
        to: row.last,
        score,
        words: `${source} tried ${times(row.hosts.length, 'host')} on ${times(row.ports.length, 'port')} (${list(row.ports.map(String), 4)}) of the inner network within ${duration((row.last - row.from) / 1000)}, ${percent(failed)} of ${row.tries} tries failed; before at most ${Math.round(row.usualHosts)} hosts and ${Math.round(row.usualPorts)} ports an hour.`,
        evidence: row.evidence,
        numbers: {
          hosts: row.hosts.length,
          ports: row.ports.length,
          tries: row.tries,
          failed,
          usualHosts: row.usualHosts,
        },
      });
    });
  },
};
export default model;

const fresh = (time: number): Window => ({
  last: time,
  from: time,
  hosts: [],
  ports: [],
  tries: 0,
  failed: 0,
  evidence: [],
  usualHosts: 0,
  usualPorts: 0,
  since: time,
});
