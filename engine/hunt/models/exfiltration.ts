import { isExternal } from '../../address.js';
import { bytes, list, round } from '../../say.js';
import { addDaily, type Daily, daily, dayStart, dayText } from '../daily.js';
import { findingOf } from '../finding.js';
import { medianAndMad, ramp, robustZ } from '../stats.js';
import { keyOf, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Host {
  last: number;
  series: Daily;
  /** Bytes to each destination today. */
  to: Record<string, number>;
  evidence: string[];
}
type State = { hosts: Table<Host> };

const DAY = 86_400_000;
const LEARN = 7;
const MAX = 20_000;
const MAX_TO = 200;
/** Below this a day's sending is nothing to speak of. */
const LEAST = 100e6;
const SPEAKS = 0.7;

const model: Model<State> = {
  name: 'exfiltration',
  title: 'More sent out than ever',
  summary: 'A host sends far more to the Internet in a day than it usually does.',
  needs: { data: 'connections with bytes sent', fields: ['source.ip', 'destination.ip', 'source.bytes'] },
  baseline: { words: `The host's own days, at least ${LEARN}: median and median deviation.`, days: LEARN },
  speaks: SPEAKS,
  techniques: ['T1048', 'T1567'],
  tactic: 'exfiltration',
  start: () => ({ hosts: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const sent = ecs['source.bytes'];
      const source = ecs['source.ip'];
      const to = ecs['destination.domain'] ?? ecs['destination.ip'];
      if (!sent || !source || !to || (!ecs['destination.domain'] && !isExternal(to))) continue;
      const row = rowOf(
        state.hosts,
        keyOf(source),
        (): Host => ({ last: 0, series: daily(time), to: {}, evidence: [] }),
      );
      row.last = Math.max(row.last, time);
      const day = row.series.day;
      addDaily(row.series, time, sent);
      if (row.series.day !== day) {
        row.to = {};
        row.evidence = [];
      }
      const key = keyOf(to);
      if (row.to[key] !== undefined || Object.keys(row.to).length < MAX_TO) row.to[key] = (row.to[key] ?? 0) + sent;
      if (sent > 1e6) remember(row.evidence, id, 10);
    }
    prune(state.hosts, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.hosts.rows).flatMap(([key, { last, series, to, evidence }]) => {
      const [source = ''] = partsOf(key);
      if (last < now - DAY || series.days.length < LEARN) return [];
      // Days off would make any working day unusual.
      const working = series.days.filter((sent) => sent > 0);
      const z = robustZ(series.today, working, 1e6);
      // Of few days, the busiest is no bound yet.
      const settled = Math.min(1, 0.7 + 0.3 * ((working.length - LEARN) / LEARN));
      const most = Math.max(...series.days);
      // Unlike usual, and more than on the busiest day there was.
      const score =
        ramp(z, [
          [3, 0],
          [10, 0.5],
          [50, 0.8],
          [300, 0.9],
        ]) *
          settled *
          Math.min(1, series.today / (2 * most || 1)) +
        ramp(series.today, [
          [LEAST, 0],
          [5e9, 0.1],
        ]);
      if ((series.today < LEAST && known?.floor === undefined) || score < (known?.floor ?? SPEAKS)) return [];
      const largest = Object.entries(to).sort((a, b) => b[1] - a[1]);
      const names = largest.map(([name]) => partsOf(name)[0]!);
      return findingOf(model, `${source}:${dayText(series)}`, {
        entity: { kind: 'host', name: source },
        related: names,
        from: dayStart(series),
        to: last,
        score,
        words: `${source} sent ${bytes(series.today)} to the Internet in a day; usually ${bytes(medianAndMad(working).median)}, at most ${bytes(most)} in ${series.days.length} days (${round(z)} times the usual deviation). Most went to ${list(names, 2)}: ${bytes(largest[0]?.[1] ?? 0)}.`,
        evidence,
        numbers: { sent: series.today, z, most },
      });
    });
  },
};
export default model;
