import { list, percent, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { DAY, isSignIn, OF_MACHINES } from '../logins/signin.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { HuntFields, Model } from './types.js';

interface First {
  time: number;
  id: string;
  what: string;
  weight: number;
}
interface User {
  last: number;
  first: number;
  count: number;
  /** By kind: what was used, at most `MAX_KNOWN`. */
  known: Record<string, string[]>;
  /** First times since the user is known. */
  taken: number;
  firsts: First[];
}
interface State {
  users: Table<User>;
  /** By kind and value: users who have it. */
  values: Table<{ last: number; users: string[] }>;
}

const LEARN = 14;
const FEWEST = 20;
const WINDOW = 6 * 3_600_000;
const MAX = 50_000;
const MAX_KNOWN = 60;
const SPEAKS = 0.7;
const KINDS: Record<string, number> = { country: 0.4, network: 0.2, application: 0.3, device: 0.2 };

const model: Model<State> = {
  name: 'first-times',
  title: 'Several first times of a user at once',
  summary:
    'A user signs in with a country, network, application or device that is new to them and to their colleagues, several within hours.',
  needs: {
    data: 'sign-ins with country, network, application or device',
    fields: ['user.name'],
    oneOf: ['source.geo.country_iso_code', 'source.as.number', 'cloud.service.name', 'service.name', 'device.id'],
  },
  baseline: {
    words: `What the user had over ${LEARN} days and ${FEWEST} sign-ins, how often they take up new things, and what others have.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1078'],
  tactic: 'initial-access',
  start: () => ({ users: table(), values: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const name = ecs['user.name']?.toLowerCase().slice(0, 128);
      if (!name || OF_MACHINES.test(name) || ecs['event.outcome'] === 'failure') continue;
      const values = valuesOf(ecs);
      if (values.length === 0) continue;
      const row = rowOf(
        state.users,
        keyOf(name),
        (): User => ({ last: 0, first: time, count: 0, known: {}, taken: 0, firsts: [] }),
      );
      row.last = Math.max(row.last, time);
      const settled = time - row.first > LEARN * DAY && row.count >= FEWEST;
      row.count++;
      for (const [kind, value] of values) {
        const others = rowOf(state.values, keyOf(kind, value), () => ({ last: 0, users: [] as string[] }));
        others.last = Math.max(others.last, time);
        row.known[kind] ??= [];
        const known = row.known[kind];
        // A kind that the log begins to tell of is new for everybody.
        const fresh = known.length > 0 && known.length < MAX_KNOWN && !known.includes(value);
        note(known, value, MAX_KNOWN);
        if (fresh && settled) {
          const share = others.users.length / Math.min(50, Math.max(1, state.users.size));
          const rate = row.taken / ((time - row.first) / DAY / 7);
          row.taken++;
          // Devices are everybody's own: that nobody else has it says nothing.
          const rare = kind === 'device' ? 1 : 1 - Math.min(1, share * 2);
          const weight = KINDS[kind]! * rare * (1 / (1 + rate));
          if (weight > 0.03) remember(row.firsts, { time, id, what: `the ${kind} ${value}`, weight }, 20);
        }
        note(others.users, name, 50);
      }
    }
    prune(state.users, MAX);
    prune(state.values, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.users.rows).flatMap(([key, row]) => {
      const last = row.firsts.findLast(({ time }) => time > now - DAY && time <= now);
      if (!last) return [];
      const firsts = row.firsts.filter(({ time }) => time > last.time - WINDOW && time <= last.time);
      const weight = firsts.reduce((sum, each) => sum + each.weight, 0);
      const score = 1 - Math.exp(-2 * weight);
      if (firsts.length < 2 || score < (known?.floor ?? SPEAKS)) return [];
      const [name = ''] = partsOf(key);
      const what = [...new Set(firsts.map((each) => each.what))];
      return findingOf(model, `${name}:${firsts[0]!.id}`, {
        entity: { kind: 'user', name },
        related: what,
        from: firsts[0]!.time,
        to: last.time,
        score,
        words: `${name} used ${list(what, 4)} for the first time within six hours; in ${Math.round((now - row.first) / DAY)} days and ${times(row.count, 'sign-in')} there were ${row.taken - firsts.length} first times, and ${percent(Math.max(...what.map((each) => shareOf(state, each))))} of the others have any of it.`,
        evidence: firsts.map(({ id }) => id),
        numbers: { firsts: firsts.length, weight, before: row.taken - firsts.length },
      });
    });
  },
};
export default model;

function valuesOf(ecs: HuntFields): [kind: string, value: string][] {
  const found: [string, string][] = [];
  const add = (kind: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') found.push([kind, String(value).toLowerCase().slice(0, 100)]);
  };
  const signIn = isSignIn(ecs);
  if (!signIn && !ecs['cloud.provider']) return found;
  add('country', ecs['source.geo.country_iso_code']);
  add('network', ecs['source.as.number']);
  add('application', ecs['cloud.service.name'] ?? (signIn ? ecs['service.name'] : undefined));
  add('device', ecs['device.id']);
  return found;
}

/** Share of users who have one of the things that were said. */
function shareOf({ users, values }: State, what: string): number {
  const [, kind = '', value = ''] = /^the (\w+) (.*)$/s.exec(what) ?? [];
  return Math.max(0, (values.rows[keyOf(kind, value)]?.users.length ?? 1) - 1) / Math.max(1, users.size - 1);
}
