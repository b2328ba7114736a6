import { accountName, hostName } from '../links.js';
import { WEIGHTS } from '../weights.js';
import type { Enricher, Fact, Subject } from './types.js';

/** What the profile says of hosts, accounts and systems; and which accounts may do everything. */
export default {
  name: 'asset',
  what: 'what the profile says',
  kinds: ['host', 'user', 'ip', 'domain'],
  rank: 2,
  timeoutMs: 1000,
  ttlMs: 0,
  async enrich(subjects, { store }) {
    const jewels = new Map<string, string>();
    for (const { name, why } of store.tenant.profile.crownJewels)
      for (const each of [name.toLowerCase(), hostName(name), accountName(name)])
        if (each !== '' && !jewels.has(each)) jewels.set(each, why);
    return subjects.flatMap((observable): Fact[] => {
      const why = namesOf(observable)
        .map((name) => jewels.get(name))
        .find((each) => each !== undefined);
      const isPrivileged =
        observable.kind === 'user' && WEIGHTS.privileged.accounts.includes(accountName(observable.value));
      return [
        ...(why === undefined
          ? []
          : [{ observable, text: `is a crown jewel${why ? `: ${why}` : ''}`, source: 'profile' }]),
        ...(isPrivileged ? [{ observable, text: 'is an account that may do everything', source: 'weights' }] : []),
      ];
    });
  },
} satisfies Enricher;

/** The spellings by which the profile may call it. */
function namesOf({ kind, value }: Subject): string[] {
  const whole = value.toLowerCase();
  if (kind === 'host') return [whole, hostName(value)];
  return kind === 'user' ? [whole, accountName(value)] : [whole];
}
