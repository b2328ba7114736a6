import { isExternal } from '../../address.js';
import { findingOf } from '../finding.js';
import { type Kept, unusualDays } from '../outliers/days.js';
import { keyOf, note, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface DayOf {
  day: number;
  last: number;
  counts: number[];
  users: string[];
  programs: string[];
  inside: string[];
  outside: string[];
  evidence: string[];
}
type State = { hosts: Table<Kept<DayOf>> };

const DAY = 86_400_000;
const KEPT = 20;
const LEARN = 7;
/** Days of all hosts together before anything is unusual. */
const FEWEST = 200;
const MAX = 5000;
const SPEAKS = 0.7;
const COUNTS = [
  'events',
  'program starts',
  'failures',
  'events at night',
  'scripts',
  'changes of what starts by itself',
] as const;
const NAMES = [...COUNTS, 'users', 'programs', 'hosts inside', 'places outside'] as const;
const STARTS = /^(?:service-installed|scheduled-task-created|driver-loaded|wmi-.*|group-member-added|user-created)$/;

const model: Model<State> = {
  name: 'unusual-hosts',
  title: 'Days of a host unlike any other',
  summary:
    "A host's day as a whole (how much, who, with what, with whom) that lies far from all other days of all hosts, and from its own.",
  needs: { data: 'any logs with a host', fields: ['host.name'] },
  baseline: {
    words: `All hosts' days of up to ${KEPT} days (isolation forest, ECOD as second opinion), and the host's own; at least ${FEWEST} days together.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  every: 6 * 3_600_000,
  techniques: ['T1059', 'T1021'],
  tactic: 'execution',
  start: () => ({ hosts: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of [...events].sort((a, b) => a.time - b.time)) {
      const name = ecs['host.name']?.toLowerCase().slice(0, 128);
      if (!name) continue;
      const row = rowOf(state.hosts, keyOf(name), (): Kept<DayOf> => ({ last: 0, open: null, days: [] }));
      row.last = Math.max(row.last, time);
      const day = Math.floor(time / DAY);
      if (!row.open || day > row.open.day) {
        if (row.open) remember(row.days, numbersOf(row.open), KEPT);
        row.open = {
          day,
          last: time,
          counts: COUNTS.map(() => 0),
          users: [],
          programs: [],
          inside: [],
          outside: [],
          evidence: [],
        };
      }
      const { open } = row;
      const hour = new Date(time).getUTCHours();
      const action = ecs['event.action'] ?? '';
      const night = hour < 5 || hour > 22;
      open.last = Math.max(open.last, time);
      open.counts[0]!++;
      if (action === 'process-created' || ecs['process.parent.executable']) open.counts[1]!++;
      if (ecs['event.outcome'] === 'failure') open.counts[2]!++;
      if (night) open.counts[3]!++;
      if (ecs['powershell.file.script_block_text']) open.counts[4]!++;
      const starts = STARTS.test(action);
      if (starts) open.counts[5]!++;
      if (ecs['user.name'] && !ecs['user.name'].endsWith('$'))
        note(open.users, ecs['user.name'].toLowerCase().slice(0, 64), 60);
      const program = (ecs['process.name'] ?? '').toLowerCase().slice(0, 64);
      const newProgram = program !== '' && note(open.programs, program, 150);
      const to = ecs['destination.ip'];
      if (to) note(isExternal(to) ? open.outside : open.inside, to, 100);
      // What is like any other day proves nothing.
      if (newProgram || starts || ecs['event.outcome'] === 'failure' || ecs['powershell.file.script_block_text'])
        remember(open.evidence, id, 10);
    }
    prune(state.hosts, MAX);
    return state;
  },

  judge(state, now, known) {
    const floor = known?.floor ?? SPEAKS;
    const by = { names: NAMES, numbers: numbersOf, fewest: FEWEST, least: LEARN };
    return unusualDays(state.hosts.rows, now, floor, by).flatMap(({ name, open, score, how, among, numbers }) =>
      findingOf(model, `${name}:${open.day}`, {
        entity: { kind: 'host', name },
        related: [...open.users.slice(0, 4), ...open.programs.slice(-6)],
        from: open.day * DAY,
        to: open.last,
        ...{ score, numbers, evidence: open.evidence },
        words: `The day of ${name} is unlike ${among} hosts: ${how}.`,
      }),
    );
  },
};
export default model;

/** Logarithms: ten times as much is the same step for every host. */
const numbersOf = ({ counts, users, programs, inside, outside }: DayOf): number[] =>
  [...counts, users.length, programs.length, inside.length, outside.length].map((value) => Math.log1p(value));
