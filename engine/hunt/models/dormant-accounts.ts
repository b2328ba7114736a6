import { times } from '../../say.js';
import { findingOf } from '../finding.js';
import { DAY, signInsOf } from '../logins/signin.js';
import { ramp } from '../stats.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { Model } from './types.js';

interface User {
  last: number;
  count: number;
  sources: string[];
  woken: { time: number; after: number; count: number; newSource: boolean; source: string; id: string }[];
}
type State = { users: Table<User> };

const DORMANT = 30 * DAY;
const MAX = 50_000;
const SPEAKS = 0.6;

const model: Model<State> = {
  name: 'dormant-accounts',
  title: 'Accounts that wake up',
  summary: 'An account that nobody used for a month or more signs in again.',
  needs: { data: 'sign-ins', fields: ['user.name', 'event.outcome'] },
  baseline: { words: "The account's own last sign-in, its sign-ins until then and where they came from.", days: 30 },
  speaks: SPEAKS,
  keeps: 400,
  techniques: ['T1078'],
  tactic: 'initial-access',
  start: () => ({ users: table() }),

  fold(state, events) {
    for (const { id, time, user, source, failed } of signInsOf(events)) {
      if (failed) continue;
      const row = rowOf(state.users, keyOf(user), (): User => ({ last: time, count: 0, sources: [], woken: [] }));
      const newSource = note(row.sources, source, 50);
      if (time - row.last > DORMANT)
        remember(row.woken, { time, after: time - row.last, count: row.count, newSource, source, id }, 5);
      row.last = Math.max(row.last, time);
      row.count++;
    }
    prune(state.users, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.users.rows).flatMap(([key, { woken }]) =>
      woken
        .filter(({ time }) => time > now - DAY)
        .flatMap(({ time, after, count, newSource, source, id }) => {
          const [name = ''] = partsOf(key);
          const score =
            ramp(after / DAY, [
              [30, 0.35],
              [60, 0.5],
              [180, 0.65],
            ]) + (newSource ? 0.3 : 0);
          if (score < (known?.floor ?? SPEAKS)) return [];
          return findingOf(model, `${name}:${time}`, {
            entity: { kind: 'user', name },
            related: [source],
            from: time,
            to: time,
            score,
            words: `${name} signed in after ${Math.round(after / DAY)} days without (${times(count, 'sign-in')} before that), from ${source || 'an unknown address'}${newSource ? ', where it never came from' : ''}.`,
            evidence: [id],
            numbers: { days: after / DAY, before: count, newSource: newSource ? 1 : 0 },
          });
        }),
    );
  },
};
export default model;
