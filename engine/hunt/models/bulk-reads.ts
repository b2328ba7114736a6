import { list, round } from '../../say.js';
import { addDaily, type Daily, daily, dayStart, dayText } from '../daily.js';
import { findingOf } from '../finding.js';
import { medianAndMad, ramp, robustZ } from '../stats.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface User {
  last: number;
  series: Daily;
  things: string[];
  evidence: string[];
}
type State = { users: Table<User> };

const DAY = 86_400_000;
const LEARN = 7;
const MAX = 20_000;
const LEAST = 100;
const SPEAKS = 0.6;
/** Actions by which files, objects, mails and records are read or taken along. */
const READS =
  /^(?:get|read|batchget)?object|^getitem|file(?:download|accessed|syncdownload)|^download|mailitemsaccessed|blob.?read|^select$|^export/i;

const model: Model<State> = {
  name: 'bulk-reads',
  title: 'Far more read than ever',
  summary: 'A user reads or downloads many times more files, objects or records in a day than on any day before.',
  needs: { data: 'file, object store and database audit logs', fields: ['user.name', 'event.action'] },
  baseline: { words: `The user's own days, at least ${LEARN}: median and median deviation.`, days: LEARN },
  speaks: SPEAKS,
  techniques: ['T1530', 'T1213', 'T1119'],
  tactic: 'collection',
  start: () => ({ users: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const user = ecs['user.name']?.toLowerCase().slice(0, 128);
      if (!user || !READS.test(ecs['event.action']?.slice(0, 60) ?? '') || ecs['event.outcome'] === 'failure') continue;
      const row = rowOf(
        state.users,
        keyOf(user),
        (): User => ({ last: 0, series: daily(time), things: [], evidence: [] }),
      );
      const day = row.series.day;
      row.last = Math.max(row.last, time);
      addDaily(row.series, time, 1);
      if (row.series.day !== day) {
        row.things = [];
        row.evidence = [];
      }
      note(row.things, (ecs['file.path'] ?? ecs['url.original'] ?? ecs['event.action']!).slice(0, 120), 10);
      remember(row.evidence, id, 10);
    }
    prune(state.users, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.users.rows).flatMap(([key, { last, series, things, evidence }]) => {
      const [user = ''] = partsOf(key);
      if (last < now - DAY || series.days.length < LEARN || (series.today < LEAST && known?.floor === undefined))
        return [];
      const most = Math.max(...series.days);
      const z = robustZ(series.today, series.days, 3);
      const score =
        ramp(z, [
          [4, 0],
          [15, 0.6],
          [100, 0.9],
        ]) * Math.min(1, series.today / (2 * most || 1));
      if (score === 0 || score < (known?.floor ?? SPEAKS)) return [];
      return findingOf(model, `${user}:${dayText(series)}`, {
        entity: { kind: 'user', name: user },
        related: things,
        from: dayStart(series),
        to: last,
        score,
        words: `${user} read ${series.today} things in a day; usually ${round(medianAndMad(series.days).median)}, at most ${most} in ${series.days.length} days (${round(z)} times the usual deviation): ${list(things, 3)}.`,
        evidence,
        numbers: { reads: series.today, most, z },
      });
    });
  },
};
export default model;
