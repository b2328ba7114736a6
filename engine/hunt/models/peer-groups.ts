import { list, round, times } from '../../say.js';
import { findingOf } from '../finding.js';
import { DAY } from '../logins/signin.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import type { HuntFields, Model } from './types.js';

interface Fresh {
  time: number;
  id: string;
  thing: string;
}
interface User {
  last: number;
  first: number;
  group: string;
  /** Things used, by when first. */
  things: Record<string, number>;
  size: number;
  /** Things of others that were taken up since the user is known. */
  taken: number;
  fresh: Fresh[];
}
interface State {
  users: Table<User>;
  groups: Table<{ last: number; first: number; users: string[] }>;
  /** By thing: how many users of which groups have it. */
  things: Table<{ last: number; groups: Record<string, string[]> }>;
}

const LEARN = 14;
const FEWEST = 5;
const MAX = 20_000;
const MAX_THINGS = 400;
const MAX_OF_GROUP = 10;
const MAX_GROUPS = 40;
const SPEAKS = 0.7;

const model: Model<State> = {
  name: 'peer-groups',
  title: 'A user who does what only another team does',
  summary:
    'A user takes up hosts and applications that nobody of their own department uses and other departments do, several within a day.',
  needs: {
    data: 'sign-ins and use of applications with the user’s department',
    fields: ['user.name', 'user.group.name'],
    oneOf: ['service.name', 'cloud.service.name', 'host.name', 'process.name'],
  },
  baseline: {
    words: `What all users of the same department used over ${LEARN} days; departments of at least ${FEWEST} people.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1078', 'T1213'],
  tactic: 'collection',
  start: () => ({ users: table(), groups: table(), things: table() }),

  fold(state, events) {
    for (const { id, time, ecs } of events) {
      const name = ecs['user.name']?.toLowerCase().slice(0, 128);
      const group = ecs['user.group.name']?.toLowerCase().slice(0, 64);
      if (!name || !group || ecs['event.outcome'] === 'failure') continue;
      const thing = thingOf(ecs);
      if (thing === '') continue;
      const row = rowOf(
        state.users,
        keyOf(name),
        (): User => ({ last: 0, first: time, group, things: {}, size: 0, taken: 0, fresh: [] }),
      );
      row.last = Math.max(row.last, time);
      // Who changes departments begins anew: the first weeks of a new post are all first times.
      if (row.group !== group) Object.assign(row, { group, first: time });
      const peers = rowOf(state.groups, keyOf(group), () => ({ last: 0, first: time, users: [] as string[] }));
      peers.last = Math.max(peers.last, time);
      note(peers.users, name, 200);
      const all = rowOf(state.things, keyOf(thing), () => ({ last: 0, groups: {} as Record<string, string[]> }));
      all.last = Math.max(all.last, time);
      const key = keyOf(thing);
      if (row.things[key] === undefined && row.size < MAX_THINGS) {
        row.things[key] = time;
        row.size++;
        const mine = all.groups[keyOf(group)] ?? [];
        const others = Object.entries(all.groups).some(([each, users]) => each !== keyOf(group) && users.length >= 2);
        const settled = time - row.first > LEARN * DAY && time - peers.first > LEARN * DAY;
        if (settled && others && mine.length === 0 && peers.users.length >= FEWEST) {
          remember(row.fresh, { time, id, thing }, 30);
          row.taken++;
        }
      }
      if (all.groups[keyOf(group)] === undefined && Object.keys(all.groups).length < MAX_GROUPS)
        all.groups[keyOf(group)] = [];
      const own = all.groups[keyOf(group)];
      if (own) note(own, name, MAX_OF_GROUP);
    }
    prune(state.users, MAX);
    prune(state.groups, MAX);
    prune(state.things, MAX);
    return state;
  },

  judge(state, now, known) {
    return Object.entries(state.users.rows).flatMap(([key, row]) => {
      const fresh = row.fresh.filter(({ time }) => time > now - DAY && time <= now);
      if (fresh.length === 0) return [];
      const [name = ''] = partsOf(key);
      const weeks = Math.max(1, (now - row.first) / DAY / 7);
      const usual = (row.taken - fresh.length) / weeks;
      const score = 1 - Math.exp(-fresh.length / (2.2 + 2 * usual));
      if (score < (known?.floor ?? SPEAKS)) return [];
      const things = fresh.map(({ thing }) => thing);
      const peers = state.groups.rows[keyOf(row.group)]?.users.length ?? 1;
      return findingOf(model, `${name}:${Math.floor(fresh[0]!.time / DAY)}`, {
        entity: { kind: 'user', name },
        related: things,
        from: fresh[0]!.time,
        to: fresh.at(-1)!.time,
        score,
        words: `${name} of ${row.group} used ${times(fresh.length, 'thing')} for the first time that none of ${times(peers, 'colleague')} in ${row.group} use and other departments do: ${list(things, 4)}; usually ${round(usual)} a week.`,
        evidence: fresh.map(({ id }) => id),
        numbers: { fresh: fresh.length, usual, peers },
      });
    });
  },
};
export default model;

function thingOf(ecs: HuntFields): string {
  const app = ecs['cloud.service.name'] ?? ecs['service.name'];
  if (app) return app.toLowerCase().slice(0, 100);
  // Programs are on everybody's machine; hosts are whose they are.
  const host = ecs['process.name'] ? undefined : ecs['host.name'];
  return (ecs['process.name'] ?? host ?? '').toLowerCase().slice(0, 100);
}
