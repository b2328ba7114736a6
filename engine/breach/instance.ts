import { DateTime } from 'luxon';
import type { Calendar } from './calendar.js';
import { type Counting, earliestDue, instantOf, oneOf, stamp, yearEnd } from './deadline.js';
import type { Known } from './known.js';
import { judge, type Situation, type Verdict } from './logic.js';
import { liesIn, partsOf } from './places.js';
import type { Basis, Condition, Duty, Party, Profile, Regime, TimeValue } from './types.js';
import { vocabulary } from './vocabulary.js';
import { describeName, describeValue } from './words.js';

const HOUR_MS = 3_600_000;

/** A rule for one party and, where it has places, one place. */
export interface Instance {
  id: string;
  regime: Regime;
  party: Party;
  role: string | null;
  /** Null also where nobody has named the place yet. */
  place: string | null;
  within?: { parent: string; named: readonly string[] };
}

/** A rule by what is known at one time. */
export interface Judged {
  truth: boolean | null;
  /** What the clock counts from is known; or the rule has no clock. */
  isAnchored: boolean;
  due: number | null;
  relief: number | null;
  target: number | null;
  zone: string;
  anchor: Duty['anchor'];
  how: string;
  basis: Basis[];
  decides: string[];
  exceptions: Duty['exceptions'];
  /** Names of facts that its condition rests on. */
  rests: readonly string[];
  /** Where nothing is owed: why. */
  because: string;
}

/** One for each party and role that owes, and each place where people are counted, with one for places that nobody named. */
export function instancesOf(regime: Regime, known: Known): Instance[] {
  return regime.owes.flatMap(({ party, role }): Instance[] => {
    const suffix = party === 'provider' ? '/provider' : '';
    const one = { regime, party, role };
    if (regime.per === undefined) return [{ ...one, id: `${regime.id}${suffix}`, place: null }];
    const all = typeof regime.per === 'string' ? partsOf(regime.per) : regime.per;
    const parent = typeof regime.per === 'string' ? regime.per : regime.per[0]!.split('-')[0]!;
    const named = known.places.filter((place) => all.some((each) => liesIn(place, each)));
    const counted = known.places.filter((place) => place !== parent && liesIn(place, parent));
    return [
      ...named.map((place) => ({ ...one, id: `${regime.id}#${place}${suffix}`, place })),
      { ...one, id: `${regime.id}#${parent}-*${suffix}`, place: null, within: { parent, named: counted } },
    ];
  });
}

/** Whether a rule's condition holds, with the role in which it is owed; without its times. */
export function truthOf({ regime, party, role, place, within }: Instance, known: Known, profile: Profile): Verdict {
  const when: Condition = role === null ? regime.when : { all: [{ role }, regime.when] };
  return judge(when, { known, profile, party, place, within });
}

export function judgeInstance(
  instance: Instance,
  by: { known: Known; profile: Profile; calendars: ReadonlyMap<string, Calendar>; now: number },
): Judged {
  const { regime, party, place, within } = instance;
  const { known, profile, calendars, now } = by;
  const { limits, target } = regime.deadline;
  const situation: Situation = { known, profile, party, place, within };
  const verdict = truthOf(instance, known, profile);
  const anchorOf = anchors(known, regime.id, party, profile.zone);
  const counting: Counting = { zone: profile.zone, calendars, calendar: profile.calendar };
  const due = earliestDue(limits, (name) => anchorOf(name).value, counting);
  const aim = target ? oneOf(target.from, (name) => anchorOf(name).value, profile.zone) : null;
  const aimed = aim ? instantOf(aim.value, profile.zone) : null;
  const hours = profile.targets[regime.id] ?? target?.hours ?? 0;
  const anchor = due?.anchor ?? (aim && aimed !== null ? { name: aim.name, at: aimed } : null);
  const isAnchored = anchor !== null || (limits.length === 0 && !target);
  const wanted = (limits.length > 0 ? limits.flatMap(({ from }) => from) : (target?.from ?? [])).map(
    (name) => anchorOf(name).fact,
  );
  const force = inForce(regime, anchor?.at ?? now, profile.zone);
  const truth = force === null ? verdict.truth : false;
  const used = [...verdict.used, ...(anchor ? [anchorOf(anchor.name).fact] : [])];
  const exceptions = regime.exceptions.map(({ id, text, when: holds }) => {
    const { truth: said, used: rests } = holds ? judge(holds, situation) : { truth: null, used: [] };
    if (said) used.push(...rests);
    return { id, text, holds: said };
  });
  const targetAt = aimed === null || due ? null : aimed + hours * HOUR_MS;
  return {
    ...{
      truth,
      isAnchored,
      due: due?.due ?? null,
      relief: due?.relief ?? null,
      target: targetAt,
      zone: due?.zone ?? profile.zone,
      anchor,
    },
    how:
      due?.how ??
      (targetAt === null
        ? ''
        : `The law gives no number. Our aim: ${hours} h after ${anchor!.name}: ${stamp(targetAt, profile.zone)}`),
    rests: force === null ? verdict.used : [...verdict.used, ...wanted],
    basis: basisOf([...new Set(used)], known, profile, party),
    decides: [...new Set([...verdict.decides, ...(isAnchored ? [] : wanted)])],
    exceptions,
    because:
      force ??
      `Not met: ${verdict.used.map((name) => tell(name, known, profile)).join(', ') || describeName(regime.id)}.`,
  };
}

/** Where anchors are found: a time said for this rule alone goes before the general one; the provider has times of its own. */
function anchors(known: Known, rule: string, party: Party, zone: string) {
  return (name: string): { fact: string; value: TimeValue | null } => {
    if (name === 'year_end') {
      const { fact, value } = anchors(known, rule, party, zone)('discovered');
      return { fact, value: value ? yearEnd(value, zone) : null };
    }
    if (name.startsWith('submitted:')) {
      const said = known.time(name);
      const decision = known.decision(`${name.slice(10)}${party === 'provider' ? '/provider' : ''}`);
      if (decision?.decided === 'satisfied') return { fact: `duty:${name.slice(10)}`, value: { at: decision.at } };
      return { fact: name, value: said };
    }
    const own = party === 'provider' && Object.hasOwn(vocabulary.facts, `provider_${name}`) ? `provider_${name}` : name;
    const special = known.time(`${own}@${rule}`);
    if (special) return { fact: `${own}@${rule}`, value: special };
    return { fact: own, value: known.time(own) };
  };
}

function inForce({ effective: { from, to } }: Regime, at: number, zone: string): string | null {
  const day = DateTime.fromMillis(at, { zone }).toISODate()!;
  if (from !== null && day < from) return `In force from ${from}; what counts here is ${day}.`;
  if (to !== null && day > to) return `In force until ${to}; what counts here is ${day}.`;
  return null;
}

function basisOf(names: readonly string[], known: Known, profile: Profile, party: Party): Basis[] {
  return names.flatMap((name): Basis[] => {
    const fact = known.get(name);
    if (fact) return [{ fact: name, value: fact.value, by: fact.by, at: fact.at }];
    const value = byProfile(name, profile, party);
    return value === null ? [] : [{ fact: name, value, by: 'profile', at: 0 }];
  });
}

function byProfile(name: string, profile: Profile, party: Party): boolean | null {
  if (name.startsWith('role.')) return profile.roles?.includes(name.slice(5)) ?? null;
  if (name.startsWith('provider_role.') && party === 'provider')
    return profile.providerRoles?.includes(name.slice(14)) ?? null;
  if (name.startsWith('law.')) return profile.jurisdictions?.some((each) => liesIn(each, name.slice(4))) ?? null;
  return null;
}

function tell(name: string, known: Known, profile: Profile): string {
  const fact = known.get(name);
  if (fact) return `${describeName(name)} is ${describeValue(fact.value)}`;
  if (name.startsWith('role.') || name.startsWith('provider_role.'))
    return `${profile.name || 'the tenant'} is no ${name.replace(/^.*role\./, '')}${name.startsWith('provider') ? ' (the provider)' : ''}`;
  if (name.startsWith('law.')) return `the law of ${name.slice(4)} does not apply by the profile`;
  if (name.startsWith('people.')) return `nobody in ${name.slice(7)} is known to be affected`;
  return `${describeName(name)} is not given`;
}
