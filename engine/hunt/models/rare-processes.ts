import { list, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { base, general, OPEN_FOLDERS, TOOLS } from '../programs.js';
import { keyOf, note, partsOf, prune, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface Seen {
  last: number;
  first: number;
  hosts: string[];
  evidence: string[];
  command: string;
}
interface State {
  first: number;
  now: number;
  hosts: Table<{ last: number }>;
  /** Parent and child by their names. */
  pairs: Table<Seen>;
  /** Programs by their path, without what differs from user to user. */
  paths: Table<Seen>;
}

const DAY = 86_400_000;
const LEARN = 7;
const FEWEST_HOSTS = 5;
const MAX = 50_000;
const SPEAKS = 0.7;
/** Programs that hand work to others. */
const HOSTS_OF_CODE =
  /^(?:winword|excel|powerpnt|outlook|acrord32|acrobat|w3wp|httpd|nginx|tomcat\d*|java|sqlservr|mshta|wmiprvse|services|spoolsv|chrome|msedge|firefox|php-fpm|node)(?:\.exe)?$/;

const model: Model<State> = {
  name: 'rare-processes',
  title: 'Programs and parents that nobody else has',
  summary: 'A program, or a program started by a parent, that was never seen on any other host of the tenant.',
  needs: { data: 'process starts', fields: ['process.executable', 'process.parent.executable', 'host.name'] },
  baseline: {
    words: `What all hosts of the tenant started over at least ${LEARN} days, on at least ${FEWEST_HOSTS} hosts.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1059', 'T1204'],
  tactic: 'execution',
  start: () => ({ first: 0, now: 0, hosts: table(), pairs: table(), paths: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const program = (ecs['process.executable'] ?? ecs['process.name'])?.toLowerCase().slice(0, 260);
      const host = ecs['host.name']?.toLowerCase().slice(0, 64);
      const parent = (ecs['process.parent.executable'] ?? ecs['process.parent.name'])?.toLowerCase().slice(0, 260);
      // Without a parent it is no start of a program: many kinds of events name a process.
      if (!program || !host || !parent) continue;
      state.first ||= time;
      state.now = Math.max(state.now, time);
      rowOf(state.hosts, keyOf(host), () => ({ last: 0 })).last = time;
      const command = (ecs['process.command_line'] ?? '').slice(0, 300);
      for (const [of, key] of [
        [state.pairs, keyOf(base(parent), base(program))],
        [state.paths, keyOf(general(program))],
      ] as const) {
        const row = rowOf(of, key, (): Seen => ({ last: 0, first: time, hosts: [], evidence: [], command }));
        row.last = Math.max(row.last, time);
        note(row.hosts, host, 10);
        note(row.evidence, id, 10);
      }
    }
    for (const each of [state.hosts, state.pairs, state.paths]) prune<{ last: number }>(each, MAX);
    return state;
  },

  judge(state, now, known) {
    const days = (state.now - state.first) / DAY;
    if (days < LEARN || state.hosts.size < FEWEST_HOSTS) return [];
    const settled = Math.min(1, days / 14);
    const fresh = (of: Table<Seen>) =>
      Object.entries(of.rows).filter(
        ([, row]) => row.hosts.length <= 2 && row.first > now - DAY && row.first - state.first > LEARN * DAY,
      );
    const pairs = fresh(state.pairs).map(([key, row]) => {
      const [parent = '', child = ''] = partsOf(key);
      // Rare is usual: it takes a parent or a child that matters too.
      const score =
        (0.3 +
          (HOSTS_OF_CODE.test(parent) ? 0.25 : 0) +
          (TOOLS.test(child) ? 0.25 : 0) +
          (TOOLS.test(parent) ? 0.1 : 0)) *
          settled +
        0.1 * (state.hosts.size > 20 ? 1 : 0);
      return { key: `pair:${parent}:${child}`, row, score, what: `${parent} started ${child}`, process: child };
    });
    const paths = fresh(state.paths).map(([key, row]) => {
      const [path = ''] = partsOf(key);
      const score = (0.3 + (OPEN_FOLDERS.test(path) ? 0.3 : 0)) * settled + 0.1 * (state.hosts.size > 20 ? 1 : 0);
      return { key: `path:${path}`, row, score, what: `${path} ran`, process: base(path) };
    });
    return [...pairs, ...paths]
      .filter(({ score }) => score >= (known?.floor ?? SPEAKS))
      .map(({ key, row, score, what, process }) =>
        findingOf(model, `${key}:${row.first}`, {
          entity: { kind: 'host', name: row.hosts[0]! },
          related: [process, ...row.hosts],
          from: row.first,
          to: row.last,
          score,
          words: `${what} on ${list(row.hosts)}, never before in ${Math.round(days)} days on ${times(state.hosts.size, 'host')}${row.command ? `: ${row.command.slice(0, 160)}` : ''}.`,
          evidence: row.evidence,
          numbers: { hosts: row.hosts.length, of: state.hosts.size, days },
        }),
      );
  },
};
export default model;
