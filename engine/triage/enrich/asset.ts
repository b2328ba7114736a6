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
    const { crownJewels, assets = [], privileged = [] } = store.tenant.profile;
    const said = new Map<string, string[]>();
    const say = (name: string, text: string) => {
      for (const each of new Set([name.toLowerCase(), hostName(name), accountName(name)]))
        if (each !== '') said.set(each, [...(said.get(each) ?? []), text]);
    };
    const because = (why: string) => (why ? `: ${why}` : '');
    for (const { name, why } of crownJewels) say(name, `is a crown jewel${because(why)}`);
    for (const { name, data = [] } of [...crownJewels, ...assets])
      if (data.length > 0) say(name, `holds ${data.join(', ')} data`);
    for (const { name, why } of privileged) say(name, `is a privileged account${because(why)}`);
    return subjects.flatMap((observable): Fact[] => {
      const texts = namesOf(observable)
        .map((name) => said.get(name))
        .find((each) => each !== undefined);
      const account = observable.kind === 'user' ? accountName(observable.value) : '';
      return [
        ...(texts ?? []).map((text) => ({ observable, text, source: 'profile' })),
        ...(WEIGHTS.privileged.accounts.includes(account)
          ? [{ observable, text: 'is an account that may do everything', source: 'weights' }]
          : []),
        ...(WEIGHTS.privileged.groups.includes(account)
          ? [{ observable, text: 'is a group of accounts that may do much', source: 'weights' }]
          : []),
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
