import { findingOf } from '../finding.js';
import { isSignIn, OF_MACHINES } from '../logins/signin.js';
import { type Kept, unusualDays } from '../outliers/days.js';
import { keyOf, note, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface DayOf {
  day: number;
  last: number;
  counts: number[];
  hosts: string[];
  sources: string[];
  programs: string[];
  evidence: string[];
}
type State = { users: Table<Kept<DayOf>> };

const DAY = 86_400_000;
const KEPT = 20;
const LEARN = 7;
/** Days of all users together before anything is unusual. */
const FEWEST = 200;
const MAX = 5000;
const SPEAKS = 0.68;
const COUNTS = ['events', 'failures', 'events at night', 'administrative actions'] as const;
const NAMES = [...COUNTS, 'hosts', 'addresses', 'programs'] as const;

const model: Model<State> = {
  name: 'unusual-days',
  title: 'Days unlike any other',
  summary:
    "A user's day as a whole (how much, where, when, with what) that lies far from all other days of all users, and from their own.",
  needs: { data: 'any logs with a user', fields: ['user.name'] },
  baseline: {
    words: `All users' days of up to ${KEPT} days (isolation forest, ECOD as second opinion), and the user's own; at least ${FEWEST} days together.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  every: 6 * 3_600_000,
  techniques: ['T1078'],
  tactic: 'defense-evasion',
  start: () => ({ users: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of [...events].sort((a, b) => a.time - b.time)) {
      const name = ecs['user.name']?.toLowerCase().slice(0, 128);
      if (!name || OF_MACHINES.test(name)) continue;
      const row = rowOf(state.users, keyOf(name), (): Kept<DayOf> => ({ last: 0, open: null, days: [] }));
      row.last = Math.max(row.last, time);
      const day = Math.floor(time / DAY);
      if (!row.open || day > row.open.day) {
        if (row.open) remember(row.days, numbersOf(row.open), KEPT);
        row.open = { day, last: time, counts: COUNTS.map(() => 0), hosts: [], sources: [], programs: [], evidence: [] };
      }
      const { open } = row;
      const hour = new Date(time).getUTCHours();
      open.last = Math.max(open.last, time);
      open.counts[0]!++;
      if (ecs['event.outcome'] === 'failure') open.counts[1]!++;
      if (hour < 5 || hour > 22) open.counts[2]!++;
      if (ecs['event.category'] === 'iam') open.counts[3]!++;
      const newHost = ecs['host.name'] !== undefined && note(open.hosts, ecs['host.name'], 100);
      if (ecs['source.ip']) note(open.sources, ecs['source.ip'], 100);
      if (ecs['process.name'] && !isSignIn(ecs)) note(open.programs, ecs['process.name'], 100);
      // What is like any other day proves nothing.
      if (newHost || ecs['event.outcome'] === 'failure' || ecs['event.category'] === 'iam' || hour < 5 || hour > 22)
        remember(open.evidence, id, 10);
    }
    prune(state.users, MAX);
    return state;
  },

  judge(state, now, known) {
    const floor = known?.floor ?? SPEAKS;
    const by = { names: NAMES, numbers: numbersOf, fewest: FEWEST, least: LEARN };
    return unusualDays(state.users.rows, now, floor, by).flatMap(({ name, open, score, how, among, numbers }) =>
      findingOf(model, `${name}:${open.day}`, {
        entity: { kind: 'user', name },
        related: [...open.hosts, ...open.sources],
        from: open.day * DAY,
        to: open.last,
        ...{ score, numbers, evidence: open.evidence },
        words: `The day of ${name} is unlike ${among} users: ${how}.`,
      }),
    );
  },
};
export default model;

/** Logarithms: ten times as much is the same step for everybody. */
const numbersOf = ({ counts, hosts, sources, programs }: DayOf): number[] =>
  [...counts, hosts.length, sources.length, programs.length].map((value) => Math.log1p(value));
