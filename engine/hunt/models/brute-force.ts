import { duration, list, round, times } from '../../say.js';
import { dayOf, signInsOf } from '../logins/signin.js';
import { ramp, robustZ } from '../stats.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import { type Finding, MAX_EVIDENCE, MAX_RELATED, type Model } from './types.js';

interface Burst {
  from: number;
  to: number;
  failures: number;
  sources: string[];
  /** A success within the burst or right after it. */
  opened: boolean;
  evidence: string[];
}
interface User {
  last: number;
  burst: Burst | null;
  /** The worst bursts, newest last. */
  bursts: Burst[];
  /** Failures of each finished day on which there were any, newest last. */
  days: number[];
  day: string;
  today: number;
}
type State = { users: Table<User> };

/** Failures further apart than this are not of one burst. */
const PAUSE = 15 * 60_000;
const MAX_USERS = 50_000;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'brute-force',
  title: 'Passwords tried on one account',
  summary: 'Many failed sign-ins of one user in a row; a success after them weighs more.',
  needs: { data: 'sign-ins', fields: ['user.name', 'event.outcome'] },
  baseline: {
    words: "The user's own failures on earlier days, at most 30; a person mistypes a few times, however forgetful.",
    days: 0,
  },
  speaks: SPEAKS,
  techniques: ['T1110.001', 'T1110.004'],
  tactic: 'credential-access',
  start: () => ({ users: table() }),

  fold(state, events) {
    for (const signIn of signInsOf(events)) {
      const user = rowOf(
        state.users,
        keyOf(signIn.user),
        (): User => ({ last: 0, burst: null, bursts: [], days: [], day: '', today: 0 }),
      );
      user.last = Math.max(user.last, signIn.time);
      const day = dayOf(signIn.time);
      if (day !== user.day) {
        if (user.today > 0) remember(user.days, user.today, 30);
        user.day = day;
        user.today = 0;
      }
      if (signIn.failed) user.today++;
      if (user.burst && signIn.time - user.burst.to > PAUSE) user.burst = null;
      if (!signIn.failed) {
        if (user.burst?.sources.includes(signIn.source)) user.burst.opened = true;
        continue;
      }
      if (!user.burst) {
        user.burst = { from: signIn.time, to: signIn.time, failures: 0, sources: [], opened: false, evidence: [] };
        remember(user.bursts, user.burst, 5);
      }
      user.burst.to = Math.max(user.burst.to, signIn.time);
      user.burst.failures++;
      note(user.burst.sources, signIn.source, MAX_RELATED);
      remember(user.burst.evidence, signIn.id, MAX_EVIDENCE);
    }
    // The burst in hand is the last of the list: a state that was read back holds it twice.
    for (const user of Object.values(state.users.rows))
      if (user.burst) user.bursts[user.bursts.length - 1] = user.burst;
    prune(state.users, MAX_USERS);
    return state;
  },

  judge(state, _now, known) {
    const floor = known?.floor ?? SPEAKS;
    const groups = new Map<string, Scored[]>();
    for (const [row, user] of Object.entries(state.users.rows))
      for (const burst of user.bursts) {
        const each = scored(partsOf(row)[0] ?? '', user, burst);
        if (each.score < floor) continue;
        const key = keyFor(each);
        groups.set(key, [...(groups.get(key) ?? []), each]);
      }
    return [...groups].map(([key, group]) => findingOf(key, group));
  },
};

/** A burst, of whom, and how it scores. */
interface Scored {
  name: string;
  burst: Burst;
  score: number;
  z: number;
  /** Failures on this user's earlier days, in words. */
  usual: string;
}

function scored(name: string, { days }: User, burst: Burst): Scored {
  const { failures, opened } = burst;
  const z = robustZ(failures, days, 2);
  const count = ramp(failures, [
    [1, 0.02],
    [5, 0.25],
    [10, 0.6],
    [30, 0.8],
    [100, 0.95],
  ]);
  const score = Math.min(1, count * (z > 3 ? 1 : 0.6) + (opened && failures >= 5 ? 0.15 : 0));
  const usual = days.length > 0 ? round(days.reduce((a, b) => a + b, 0) / days.length) : 'no';
  return { name, burst, score, z, usual: `${usual} failures on usual days with any` };
}

/** What one source does to several accounts on one day is one thing, unless it got in. */
function keyFor({ name, burst: { sources, opened, from } }: Scored): string {
  const [source = ''] = sources;
  return sources.length > 1 || source === '' || opened
    ? `${model.name}:${name}:${from}`
    : `${model.name}:from ${source}:${dayOf(from)}`;
}

function findingOf(key: string, group: Scored[]): Finding {
  const [worst, ...others] = group.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1)) as [
    Scored,
    ...Scored[],
  ];
  const { name, burst, score, z, usual } = worst;
  const { failures, from, to, sources, opened } = burst;
  const names = [...new Set(group.map((each) => each.name))];
  const several = names.length > 1;
  const also = list(
    others.map((other) => `${other.burst.failures} of ${other.name}`),
    5,
  );
  return {
    model: model.name,
    key,
    entity: several ? { kind: 'source', name: sources[0]! } : { kind: 'user', name },
    related: several ? names.slice(0, MAX_RELATED) : [...sources],
    from: Math.min(...group.map((each) => each.burst.from)),
    to: Math.max(...group.map((each) => each.burst.to)),
    score,
    words: `${times(failures, 'failed sign-in')} of ${name} within ${duration((to - from) / 1000)} from ${list(sources, 3)}; ${usual}${also ? `; from there also ${also}` : ''}${opened ? '; then it succeeded' : ''}.`,
    techniques: model.techniques,
    tactic: model.tactic,
    evidence: group.flatMap((each) => each.burst.evidence).slice(0, MAX_EVIDENCE),
    numbers: { failures, seconds: (to - from) / 1000, opened: opened ? 1 : 0, z, accounts: names.length },
  };
}
export default model;
