import { list, percent, round, times } from '../../say.js';
import { DAY, dayOf, signInsOf } from '../logins/signin.js';
import { keyOf, note, partsOf, prune, remember, rowOf, type Table, table } from '../table.js';
import { type Finding, MAX_EVIDENCE, type Model } from './types.js';

interface Today {
  day: string;
  from: number;
  to: number;
  /** Hosts used today that the user first used within `RECENT`, with the day of that. */
  recent: string[];
  /** Hosts used today for the first time. */
  fresh: string[];
  evidence: string[];
}
interface User {
  last: number;
  first: number;
  /** Host → when first and how often used. */
  hosts: Record<string, number>;
  count: number;
  days: Today[];
  active: number;
}
interface State {
  users: Table<User>;
  hosts: Table<{ last: number; users: string[] }>;
}

const RECENT = 14 * DAY;
/** Days of a user that are learned from before anything is new. */
const LEARN = 14;
const MOST_OF_A_DAY = 2;
const MAX_USERS = 50_000;
const MAX_HOSTS = 300;
const SPEAKS = 0.7;

const model: Model<State> = {
  name: 'new-access',
  title: 'Hosts that a user never used before',
  summary: 'A user signs in to hosts that are new to them: many at once as intruders do, or a few and again and again.',
  needs: { data: 'sign-ins to hosts', fields: ['user.name', 'host.name'] },
  baseline: {
    words: `How often this user takes up new hosts, learned over ${LEARN} days, and how many other people use those hosts.`,
    days: LEARN,
  },
  speaks: SPEAKS,
  techniques: ['T1021', 'T1078'],
  tactic: 'lateral-movement',
  start: () => ({ users: table(), hosts: table() }),

  fold(state, events) {
    for (const { id, time, user, host, failed } of signInsOf(events)) {
      if (host === '') continue;
      const of = rowOf(state.hosts, keyOf(host), () => ({ last: 0, users: [] as string[] }));
      of.last = Math.max(of.last, time);
      if (!failed) note(of.users, user, 20);
      const row = rowOf(
        state.users,
        keyOf(user),
        (): User => ({ last: 0, first: time, hosts: {}, count: 0, days: [], active: 0 }),
      );
      row.last = Math.max(row.last, time);
      const day = dayOf(time);
      let today = row.days.at(-1);
      if (today?.day !== day) {
        today = { day, from: time, to: time, recent: [], fresh: [], evidence: [] };
        remember(row.days, today, 15);
        row.active++;
      }
      today.to = Math.max(today.to, time);
      const key = keyOf(host);
      const known = row.hosts[key];
      if (known === undefined && row.count >= MAX_HOSTS) continue;
      if (known === undefined) {
        row.hosts[key] = time;
        row.count++;
      }
      const since = row.hosts[key]!;
      if (since - row.first < LEARN * DAY || time - since > RECENT) continue;
      if (known === undefined) note(today.fresh, host, 100);
      if (note(today.recent, host, 100)) remember(today.evidence, id, MAX_EVIDENCE);
    }
    prune(state.users, MAX_USERS);
    prune(state.hosts, MAX_USERS);
    return state;
  },

  judge(state, now, known) {
    const findings: Finding[] = [];
    for (const [key, row] of Object.entries(state.users.rows)) {
      const [name = ''] = partsOf(key);
      for (const [at, today] of row.days.entries()) {
        if (today.recent.length === 0 || today.to < now - 2 * DAY) continue;
        const { rate, days, alone } = baseline(state, row, today);
        // What the two weeks up to this day brought, above what this user usually takes up.
        const taken = new Set<string>();
        let uses = 0;
        for (const day of row.days.slice(0, at + 1)) {
          // What one day brought at once was that day's finding, and must not echo for two weeks.
          const counted = day === today ? day.recent : day.recent.slice(0, MOST_OF_A_DAY);
          uses += counted.length;
          for (const host of counted) taken.add(host);
        }
        const expected = 0.5 + rate * Math.min(days, 14);
        const many = today.fresh.length / (0.7 + 3 * rate);
        const again = uses / (2 * expected + 2);
        const score = 1 - Math.exp(-(0.35 * many + 0.55 * again) * (0.6 + 0.4 * alone));
        if (score < (known?.floor ?? SPEAKS)) continue;
        findings.push({
          model: model.name,
          key: `${model.name}:${name}:${today.day}`,
          entity: { kind: 'user', name },
          related: today.recent.slice(0, 10),
          from: today.from,
          to: today.to,
          score,
          words: `${name} used ${times(today.fresh.length, 'host')} for the first time and ${today.recent.length} taken up within two weeks (${list(today.recent, 4)}), ${times(uses, 'use')} on ${times(taken.size, 'new host')} in that time; usually ${round(rate)} new hosts a day. ${percent(alone)} of them few others use.`,
          techniques: model.techniques,
          tactic: model.tactic,
          evidence: [...today.evidence],
          numbers: { fresh: today.fresh.length, recent: today.recent.length, uses, usual: rate, alone },
        });
      }
    }
    return findings;
  },
};
export default model;

/**
 * New hosts a day before these two weeks (the first week aside), and the share of today's new ones that hardly anybody uses. Of somebody
 * who is known too briefly for that, all days up to today but the first three: a help desk goes to new hosts from the first day on.
 */
function baseline(state: State, row: User, today: Today): { rate: number; days: number; alone: number } {
  const alone = today.recent.filter((host) => (state.hosts.rows[keyOf(host)]?.users.length ?? 0) <= 3).length;
  let [from, until] = [row.first + 7 * DAY, today.from - RECENT];
  if (until - from < 3 * DAY) [from, until] = [row.first + 3 * DAY, today.from];
  let taken = 0;
  for (const time of Object.values(row.hosts)) if (time > from && time < until) taken++;
  return { rate: Math.max(0.05, taken / ((until - from) / DAY)), days: 14, alone: alone / today.recent.length };
}
