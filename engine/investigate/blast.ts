import { isInternal } from '../address.js';
import type { Profile } from '../store/tenants.js';
import { accountName, hostName, isSomebody } from '../triage/links.js';
import type { Gathered } from './gather.js';
import { groupBy } from './story.js';
import type { Reach, Step } from './types.js';

const MOST = 60;
const MOST_EVENTS = 10;

/**
 * How far it goes: what the attack touched, what its accounts could reach next by where they sign in, and which crown jewels no event of it
 * names.
 */
export function blastOf(
  chain: readonly Step[],
  gathered: Gathered,
  profile: Profile,
): { touched: Reach[]; reachable: Reach[]; untouched: Reach[] } {
  const isJewel = jewels(profile);
  const touched = new Map<string, Reach>();
  const touch = (kind: Reach['entity']['kind'], value: string, why: string, events: readonly string[]) => {
    const key = `${kind}:${value}`;
    if (value === '' || events.length === 0) return;
    const found = touched.get(key);
    if (found) found.events = [...new Set([...found.events, ...events])].slice(0, MOST_EVENTS);
    else if (touched.size < MOST * 3)
      touched.set(key, {
        entity: { kind, value },
        why,
        events: events.slice(0, MOST_EVENTS),
        crownJewel: isJewel(value),
      });
  };
  for (const [host, steps] of groupBy(chain, (step) => step.host))
    touch(
      'host',
      host,
      `${steps.length} step${steps.length === 1 ? '' : 's'} of the attack, first: ${steps[0]!.title}`,
      steps.flatMap(({ events }) => events),
    );
  for (const [user, steps] of groupBy(chain, ({ actor }) => actor.user))
    if (isSomebody(user))
      touch(
        'user',
        user,
        `acted in ${steps.length} step${steps.length === 1 ? '' : 's'}`,
        steps.flatMap(({ events }) => events),
      );
  for (const step of chain)
    if (step.target && !(step.target.kind === 'ip' && isInternal(step.target.value)))
      touch(step.target.kind, step.target.value, step.title, step.events);

  const has = (kind: string, value: string) => touched.has(`${kind}:${value}`);
  const reachable = new Map<string, Reach>();
  const acting = new Set(chain.map(({ actor }) => actor.user).filter(isSomebody));
  for (const { host, user, count, admin, id } of gathered.reach) {
    if (!acting.has(user) || has('host', host) || reachable.has(host) || reachable.size >= MOST) continue;
    const times = `${count.toLocaleString('en-US')} time${count === 1 ? '' : 's'}`;
    reachable.set(host, {
      entity: { kind: 'host', value: host },
      why: `${user} signed in there ${times} in the month before${admin ? ', with all rights' : ''}`,
      events: [id],
      crownJewel: isJewel(host),
    });
  }
  const untouched = profile.crownJewels
    .filter(({ name }) => {
      const names = [hostName(name), accountName(name)];
      return !names.some((value) => has('host', value) || has('user', value) || reachable.has(value));
    })
    .slice(0, MOST)
    .map(
      ({ name, why }): Reach => ({
        entity: { kind: 'host', value: name },
        why: `no event of the attack names it${why ? ` (${why})` : ''}`,
        ...{ events: [], crownJewel: true },
      }),
    );
  const byJewel = (a: Reach, b: Reach) => Number(b.crownJewel) - Number(a.crownJewel);
  return {
    touched: [...touched.values()].sort(byJewel).slice(0, MOST * 2),
    reachable: [...reachable.values()].sort(byJewel),
    untouched,
  };
}

/** Whether a host or account is one of the crown jewels. */
export function jewels({ crownJewels }: Pick<Profile, 'crownJewels'>): (value: string) => boolean {
  const names = new Set(crownJewels.flatMap(({ name }) => [name.toLowerCase(), hostName(name), accountName(name)]));
  return (value) => names.has(value.toLowerCase());
}
