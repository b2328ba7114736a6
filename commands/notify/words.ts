import { LEVELS, type Level } from '../../engine/detect/types.js';
import { CONSOLE } from '../../engine/notify/channels.js';
import { ON_CALL, type Policy, type PolicyRule, zoneOf } from '../../engine/notify/policy.js';
import type { Tenant } from '../../engine/store/tenants.js';
import type { Inline, Span } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import { clip } from '../words/arguments.js';

/** What the words of a policy are made from. */
export interface Naming {
  policy: Policy;
  tenant: Tenant;
  /** Names of people by id. */
  names: ReadonlyMap<string, string>;
}

/** The policy in plain words, one sentence for each thing it says. */
export function policyLines(naming: Naming): Inline[] {
  const { policy, tenant } = naming;
  return [
    ...policy.rules.map((rule) => ruleLine(rule, naming)),
    ...(policy.repeats
      ? [
          `The same again (same entity and rule, up to ${policy.repeats.upTo}) within ${counted(policy.repeats.hours, 'hour')}: ${
            policy.repeats.into === 'thread'
              ? 'a reply in the first thread, not a new one'
              : `in the digest ${digestWords(policy.repeats.digest)}, not posted anew`
          }.`,
        ]
      : []),
    ...(policy.storm
      ? [
          `At most ${counted(policy.storm.posts, 'new thread')} in one channel in ${counted(policy.storm.minutes, 'minute')}; the rest is counted in one message, the storm's${
            policy.storm.through.length ? `. Always posted: ${levelWords(policy.storm.through)}` : ''
          }.`,
        ]
      : []),
    `Times are those of ${zoneOf({ ...tenant, notify: { policy, changed: 0, by: '' } })}.`,
  ];
}

function ruleLine(rule: PolicyRule, naming: Naming): Span[] {
  const who = rule.levels ? levelWords(rule.levels) : `score ${rule.score} and above`;
  const start: Span[] = [{ bold: capital(who) }, ': '];
  if (rule.send === 'never') return [...start, 'not in chat; only in ', { code: '/mdr alerts' }, '.'];
  if (rule.send === 'digest')
    return [...start, `in a digest ${digestWords(rule.digest!)} in `, ...places(rule.to), '.'];
  const quiet = rule.quiet.map(
    ({ from, to, days, through }) =>
      `. Quiet from ${from} to ${to}${days ? ` (${days.join(', ')})` : ''}${through.length ? `, but not for ${levelWords(through)}` : ''}`,
  );
  const later = rule.digest ? `, then in the digest ${digestWords(rule.digest)}` : ', then in one digest';
  return [
    ...start,
    'at once in ',
    ...places(rule.to),
    ...(quiet.length ? [quiet.join(''), later] : []),
    ...(rule.escalate ? ['. While nobody acknowledges: ', chainWords(rule.escalate, naming)] : []),
    '.',
  ];
}

/** `Ana after 5 min, then Bo after 15 min, then main (pagerduty) after 25 min; all of it again twice, every 60 min`. */
export function chainWords(name: string, { policy, names }: Pick<Naming, 'policy' | 'names'>): string {
  const chain = policy.chains[name];
  if (!chain) return 'nothing';
  const steps = chain.steps.map(({ after, people, page }) => {
    const called = people.map((id) => (id === ON_CALL ? 'whoever is on call' : clip(names.get(id) ?? id, 80)));
    const paged = page.map((way) => `${way} (${policy.ways[way]?.kind ?? 'missing'})`);
    return `${[...called, ...paged].join(' and ')} after ${after} min`;
  });
  const again = chain.repeat
    ? `; all of it again ${counted(chain.repeat.times, 'time')}, every ${chain.repeat.every} min`
    : '';
  return `${steps.join(', then ')}${again}`;
}

const digestWords = (times: NonNullable<PolicyRule['digest']>): string =>
  Array.isArray(times) ? `at ${times.join(', ')}` : `every ${counted(times.every, 'hour')}`;

function places(to: readonly string[]): Span[] {
  return to.flatMap((place, i): Span[] => [
    ...(i > 0 ? [' and '] : []),
    place === 'provider'
      ? "the provider's channels"
      : place === CONSOLE
        ? 'the console'
        : { code: clip(place, 80).replace(':', ' ') },
  ]);
}

/** `critical and high`, the gravest first. */
export function levelWords(levels: readonly Level[]): string {
  if (levels.length === LEVELS.length) return 'every level';
  const sorted = [...levels].sort((a, b) => LEVELS.indexOf(b) - LEVELS.indexOf(a));
  return sorted.length > 1 ? `${sorted.slice(0, -1).join(', ')} and ${sorted.at(-1)}` : sorted.join('');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
