import { DateTime, IANAZone } from 'luxon';
import { accountName, hostName, isEverywhere } from '../links.js';
import type { Enricher, Fact, Subject } from './types.js';
import { accountSql } from './types.js';

const DAYS = 30;
const DAY_MS = 86_400_000;
const TIMEOUT_MS = 8000;
const HALF_HOUR_MS = 1_800_000;
const MAX_USERS = 25;
const MAX_HOSTS = 3;
/** Fewer sign-ins show no habit. */
const FEW = 10;
/** Share of the sign-ins that is usual. */
const USUAL = 0.9;

interface SignIns {
  count: number;
  hours: number[];
  /** Of these days of the week, Monday first. */
  days: number[];
  hosts: Map<string, number>;
}

/** At which hours, on which days and to which hosts an account usually signs in: the 30 days before the day of the attack. */
export default {
  name: 'habits',
  what: 'usual hours and hosts',
  kinds: ['user'],
  rank: 4,
  timeoutMs: TIMEOUT_MS,
  ttlMs: 3_600_000,
  async enrich(subjects, { lake, store, first }, signal) {
    const asked = new Map<string, Subject[]>();
    for (const subject of subjects) {
      const account = accountName(subject.value);
      if (account === '' || isEverywhere(account) || account.endsWith('$')) continue;
      if (asked.size < MAX_USERS || asked.has(account)) asked.set(account, [...(asked.get(account) ?? []), subject]);
    }
    if (!lake || asked.size === 0) return [];
    const until = Math.floor(first / DAY_MS) * DAY_MS;
    const options = { from: until - DAYS * DAY_MS, until, signal, timeoutMs: TIMEOUT_MS, memoryMb: 512 };
    const account = accountSql('user_name');
    const where = `FROM authentication WHERE ${account} = ANY($users) AND event_outcome IS DISTINCT FROM 'failure'`;
    const params = { users: [...asked.keys()] };
    const [byTime, byHost] = await Promise.all([
      lake.query(
        `SELECT ${account} AS "user", epoch_ms(time) // ${HALF_HOUR_MS} AS span, count(*)::INTEGER AS count ${where} GROUP BY ALL`,
        params,
        { ...options, maxRows: MAX_USERS * DAYS * 48 },
      ),
      lake.query(
        `SELECT ${account} AS "user", lower(host_name) AS host, count(*)::INTEGER AS count ${where} GROUP BY ALL ORDER BY count DESC`,
        params,
        { ...options, maxRows: 2000 },
      ),
    ]);
    const { timeZone } = store.tenant.profile;
    const zone = IANAZone.isValidZone(timeZone) ? timeZone : 'UTC';
    const habits = new Map<string, SignIns>();
    for (const { user, span, count } of byTime.rows as { user: string; span: unknown; count: number }[]) {
      const habit = habits.get(user) ?? {
        count: 0,
        hours: Array(24).fill(0),
        days: Array(7).fill(0),
        hosts: new Map(),
      };
      habits.set(user, habit);
      const { hour, weekday } = DateTime.fromMillis(Number(span) * HALF_HOUR_MS, { zone });
      habit.count += count;
      habit.hours[hour]! += count;
      habit.days[weekday - 1]! += count;
    }
    for (const { user, host, count } of byHost.rows as { user: string; host: string | null; count: number }[]) {
      const name = hostName(host ?? '');
      const hosts = habits.get(user)?.hosts;
      if (name !== '') hosts?.set(name, (hosts.get(name) ?? 0) + count);
    }
    // Names that nobody has may be many: somebody guesses them.
    return [...asked]
      .sort(([a], [b]) => Number(habits.has(b)) - Number(habits.has(a)))
      .flatMap(([user, observables]): Fact[] => {
        const habit = habits.get(user);
        const text = habit
          ? said(habit, zone)
          : `did not sign in during the ${DAYS} days before, as far as the lake knows`;
        return observables.map((observable) => ({ observable, text, source: 'lake' }));
      });
  },
} satisfies Enricher;

function said({ count, hours, days, hosts }: SignIns, zone: string): string {
  const times = `${count.toLocaleString('en-US')} sign-in${count === 1 ? '' : 's'} in the ${DAYS} days before`;
  const most = [...hosts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const named = most.slice(0, MAX_HOSTS).map(([host, n]) => `${host} (${n.toLocaleString('en-US')})`);
  const left = most.length - named.length;
  const where = named.length > 0 ? ` on ${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}` : '';
  if (count < FEW) return `${times}${where}: too few to show a habit`;
  const [from, to] = usual(hours, count);
  const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
  const when = to - from >= 24 ? 'at all hours' : `between ${clock(from)} and ${clock(to % 24)} ${zone}`;
  const isWeekday = days[5]! + days[6]! <= count * (1 - USUAL);
  return `usually signs in ${when}${isWeekday ? ', Monday to Friday' : ''}${where}; ${times}`;
}

/** The shortest run of hours, over midnight too, with the usual share of all. @returns its first hour and the one after its last */
export function usual(hours: readonly number[], count: number): [number, number] {
  for (let length = 1; length < 24; length++) {
    let best = -1;
    let most = 0;
    for (let from = 0; from < 24; from++) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += hours[(from + i) % 24]!;
      if (sum > most) [best, most] = [from, sum];
    }
    if (most >= count * USUAL) return [best, best + length];
  }
  return [0, 24];
}
