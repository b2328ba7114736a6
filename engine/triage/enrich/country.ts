import { accountName, isSomebody } from '../links.js';
import { countryIn, countryText, isAmong, type Mmdb, openCountries } from '../mmdb.js';
import type { EnrichContext, Enricher, Fact, Subject } from './types.js';
import { accountSql } from './types.js';

const DAYS = 30;
const DAY_MS = 86_400_000;
const LAKE_MS = 5000;
/** Addresses that signed in most often: the others are not looked at. */
const MAX_ROWS = 5000;
const MAX_USERS = 25;
const MAX_COUNTRIES = 4;
const MAX_REGIONS = 6;

/** Sign-ins by country, of one account or of all. */
type Seen = Map<string, number>;

/** What is known of them, and whether there were more addresses than were looked at. */
interface SignIns {
  all: Seen;
  by: Map<string, Seen>;
  isCut: { all: boolean; by: boolean };
}

/** From which country an address is, whether that is usual for the organisation, and from where accounts signed in before. */
export default {
  name: 'country',
  what: 'countries of addresses',
  kinds: ['ip', 'user'],
  rank: 3.5,
  timeoutMs: 8000,
  ttlMs: 3_600_000,
  async enrich(subjects, context, signal) {
    const countries = await openCountries();
    const found = subjects.flatMap((observable) => {
      const code = observable.kind === 'ip' ? countryIn(countries, observable.value) : null;
      return code === null ? [] : [{ observable, code }];
    });
    const accounts = accountsOf(subjects);
    if (found.length === 0 && accounts.size === 0) return [];
    // The country is worth telling also when the lake does not answer.
    const { all, by, isCut } = await signIns(countries, [...accounts.keys()], context, signal).catch(nothing);
    const { regions } = context.store.tenant.profile;
    return [
      ...found.map(({ observable, code }) => ({
        ...{ observable, source: 'ip to country table' },
        text: [`in ${countryText(code)}`, ...usualText(code, regions), ...seenText(code, all, isCut.all)].join(', '),
      })),
      ...[...accounts].flatMap(([account, observables]) => {
        const seen = by.get(account);
        if (!seen) return [];
        const text = `signed in from ${listed(seen)} in the ${DAYS} days before${isCut.by ? BUSIEST : ''}`;
        return observables.map((observable): Fact => ({ observable, text, source: 'lake' }));
      }),
    ];
  },
} satisfies Enricher;

/** Said where there were more addresses than were looked at: nothing is known of the others. */
const BUSIEST = `, among the ${MAX_ROWS.toLocaleString('en-US')} busiest addresses`;

const nothing = (): SignIns => ({ all: new Map(), by: new Map(), isCut: { all: false, by: false } });

function accountsOf(subjects: readonly Subject[]): Map<string, Subject[]> {
  const asked = new Map<string, Subject[]>();
  for (const subject of subjects) {
    const account = subject.kind === 'user' ? accountName(subject.value) : '';
    if (!isSomebody(account)) continue;
    if (asked.size < MAX_USERS || asked.has(account)) asked.set(account, [...(asked.get(account) ?? []), subject]);
  }
  return asked;
}

const usualText = (code: string, regions: readonly string[]): string[] => {
  if (regions.length === 0) return [];
  if (isAmong(code, regions)) return ["one of this organisation's regions"];
  return [`none of this organisation's regions (${regions.slice(0, MAX_REGIONS).join(', ')})`];
};

function seenText(code: string, all: Seen, isCut: boolean): string[] {
  const sum = [...all.values()].reduce((total, count) => total + count, 0);
  if (sum === 0) return [];
  const mine = all.get(code) ?? 0;
  const counted = (n: number) => n.toLocaleString('en-US');
  const said =
    mine === 0
      ? `from where nobody signed in during the ${DAYS} days before`
      : `from where ${counted(mine)} of ${counted(sum)} sign-ins over the Internet came in the ${DAYS} days before`;
  return [said + (isCut ? BUSIEST : '')];
}

function listed(seen: Seen): string {
  const most = [...seen].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const named = most.slice(0, MAX_COUNTRIES).map(([code, count]) => `${countryText(code)} ${count} times`);
  const left = most.length - named.length;
  return named.join(', ') + (left > 0 ? ` and ${left} more countries` : '');
}

/** Sign-ins that worked, by country: of everybody, and of these accounts. Addresses inside of a network have none. */
async function signIns(
  countries: Mmdb,
  users: readonly string[],
  { lake, first }: EnrichContext,
  signal: AbortSignal,
): Promise<SignIns> {
  const found = nothing();
  const { all, by, isCut } = found;
  if (!lake) return found;
  const until = Math.floor(first / DAY_MS) * DAY_MS;
  const options = { from: until - DAYS * DAY_MS, until, signal, timeoutMs: LAKE_MS, maxRows: MAX_ROWS, memoryMb: 512 };
  const worked = "source_ip IS NOT NULL AND event_outcome IS DISTINCT FROM 'failure'";
  const account = accountSql('user_name');
  const [everybody, some] = await Promise.all([
    lake.query(
      `SELECT lower(source_ip) AS ip, count(*)::INTEGER AS count FROM authentication WHERE ${worked} GROUP BY ALL ORDER BY count DESC, ip LIMIT ${MAX_ROWS}`,
      {},
      options,
    ),
    users.length === 0
      ? { rows: [] }
      : lake.query(
          `SELECT ${account} AS "user", lower(source_ip) AS ip, count(*)::INTEGER AS count FROM authentication WHERE ${worked} AND ${account} = ANY($users) GROUP BY ALL ORDER BY count DESC, ip LIMIT ${MAX_ROWS}`,
          { users: [...users] },
          options,
        ),
  ]);
  const add = (seen: Seen, ip: string, count: number): Seen => {
    const code = countryIn(countries, ip);
    return code === null ? seen : seen.set(code, (seen.get(code) ?? 0) + count);
  };
  for (const { ip, count } of everybody.rows as { ip: string; count: number }[]) add(all, ip, count);
  for (const { user, ip, count } of some.rows as { user: string; ip: string; count: number }[]) {
    const seen = add(by.get(user) ?? new Map(), ip, count);
    if (seen.size > 0) by.set(user, seen);
  }
  isCut.all = everybody.rows.length >= MAX_ROWS;
  isCut.by = some.rows.length >= MAX_ROWS;
  return found;
}
