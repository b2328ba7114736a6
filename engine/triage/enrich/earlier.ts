import type { Alert } from '../../store/alerts.js';
import { accountName, hostName, known } from '../links.js';
import type { Enricher, Fact, Subject } from './types.js';

const DAYS = 90;
const DAY_MS = 86_400_000;
const MAX_ALERTS = 500;
const MAX_NAMED = 10;

type Seen = Pick<Alert, 'number' | 'state' | 'reason' | 'observables' | 'keys'>;

/** Other alerts of this tenant that name the same, and what they turned out to be. */
export default {
  name: 'earlier',
  what: 'earlier alerts',
  kinds: ['host', 'user', 'ip', 'domain', 'hash', 'file', 'process'],
  rank: 3,
  timeoutMs: 4000,
  // It is what people decided, perhaps a minute ago.
  ttlMs: 0,
  async enrich(subjects, { store, now, alerts }) {
    const spelled = subjects.flatMap(({ value }) => [value, value.toLowerCase()]);
    const found: Seen[] = await store.alerts.find(
      {
        $or: [
          { 'observables.value': { $in: [...new Set(spelled)] } },
          { keys: { $in: [...new Set(subjects.map(keyOf))] } },
        ],
        number: { $nin: [...alerts] },
        created: { $gte: now - DAYS * DAY_MS },
        mergedInto: { $exists: false },
      } as never,
      {
        sort: { number: -1 },
        limit: MAX_ALERTS,
        fields: { number: 1, state: 1, reason: 1, 'observables.kind': 1, 'observables.value': 1, keys: 1 },
      },
    );
    const naming = new Map<string, Seen[]>();
    for (const alert of found)
      for (const key of new Set([...alert.observables.map(keyOf), ...(alert.keys ?? [])]))
        naming.set(key, [...(naming.get(key) ?? []), alert]);
    const isCut = found.length === MAX_ALERTS;
    return subjects
      .flatMap((observable): Fact[] => {
        const seen = naming.get(keyOf(observable));
        return seen ? [{ observable, ...said(seen, isCut), source: 'alerts' }] : [];
      })
      .sort((a, b) => b.alerts!.length - a.alerts!.length);
  },
} satisfies Enricher;

/** As alerts are found by it: hosts by their first label, accounts without their domain. */
function keyOf({ kind, value }: Subject): string {
  const name = kind === 'host' ? hostName(value) : kind === 'user' ? accountName(value) : known(value);
  return `${kind}:${name}`;
}

/** `in 3 other alerts of the last 90 days: 2 false positive, 1 open (12, 19, 31)`. */
function said(seen: readonly Seen[], isCut: boolean): { text: string; alerts: number[] } {
  const verdicts = new Map<string, number>();
  for (const { state, reason } of seen) {
    const verdict = state === 'closed' ? (reason ?? 'closed').replaceAll('_', ' ') : 'open';
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  const counted = [...verdicts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name, n]) => `${n} ${name}`);
  const numbers = seen.map(({ number }) => number).sort((a, b) => a - b);
  const named = numbers.slice(-MAX_NAMED);
  const left = numbers.length - named.length;
  return {
    text: `in ${isCut ? 'at least ' : ''}${seen.length} other alert${seen.length === 1 ? '' : 's'} of the last ${DAYS} days: ${counted.join(', ')} (${left > 0 ? `${left} before, ` : ''}${named.join(', ')})`,
    alerts: named,
  };
}
