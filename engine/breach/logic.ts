import type { Known } from './known.js';
import { liesIn } from './places.js';
import type { Condition, FactValue, Party, Profile } from './types.js';
import { vocabulary } from './vocabulary.js';

/** Whether a condition holds: null where it is not known. */
export interface Verdict {
  truth: boolean | null;
  /** Names of facts that it rests on. */
  used: readonly string[];
  /** Names of facts that would decide it. */
  decides: string[];
}

export interface Situation {
  known: Known;
  profile: Profile;
  party: Party;
  /** What `$place` stands for; null: a place that nobody has named yet. Undefined: the rule has no places. */
  place?: string | null;
  /** Where such a place would be, and which there are already. */
  within?: { parent: string; named: readonly string[] };
}

const yes = (...used: string[]): Verdict => ({ truth: true, used, decides: [] });
const no = (...used: string[]): Verdict => ({ truth: false, used, decides: [] });
const unknown = (...decides: string[]): Verdict => ({ truth: null, used: [], decides });

/** Judges a condition by what is known. Pure. */
export function judge(condition: Condition, at: Situation): Verdict {
  if ('all' in condition) return together(condition.all, at, false);
  if ('any' in condition) return together(condition.any, at, true);
  if ('not' in condition) {
    const { truth, ...rest } = judge(condition.not, at);
    return { truth: truth === null ? null : !truth, ...rest };
  }
  if ('fact' in condition) return judgeFact(condition.fact, condition.is, at);
  if ('role' in condition) return judgeRole(condition.role, at);
  if ('law' in condition) return judgeLaw(condition.law, at);
  if ('residents' in condition) return judgeResidents(condition.residents, at);
  return judgeCount(condition, at);
}

/** Of `all`, one that is false decides; of `any`, one that is true. */
function together(conditions: readonly Condition[], at: Situation, decisive: boolean): Verdict {
  const verdicts = conditions.map((condition) => judge(condition, at));
  const decided = verdicts.find(({ truth }) => truth === decisive);
  if (decided) return decided;
  const open = verdicts.filter(({ truth }) => truth === null);
  const used = [...new Set(verdicts.flatMap((verdict) => verdict.used))];
  const decides = [...new Set(open.flatMap((verdict) => verdict.decides))];
  return { truth: open.length > 0 ? null : !decisive, used, decides };
}

function judgeFact(name: string, is: boolean | string, at: Situation): Verdict {
  const derived = Object.hasOwn(vocabulary.derived, name) ? vocabulary.derived[name] : undefined;
  if (derived) {
    const verdict = judge(derived, at);
    return verdict.truth === null ? verdict : { ...verdict, truth: verdict.truth === is };
  }
  // Whoever has listed the clauses of its contracts has no others.
  if (name === 'contract.notice' && at.known.value(name) === undefined && at.profile.clauses) return no(name);
  const value: FactValue | undefined = at.known.value(name);
  if (value === undefined || value === null) {
    const shown = (Object.hasOwn(vocabulary.implied, name) ? vocabulary.implied[name]! : []).filter((other) => {
      const said = at.known.value(other);
      return said === true || (typeof said === 'object' && said !== null);
    });
    return shown.length > 0 ? (is === true ? yes(...shown) : no(...shown)) : unknown(name);
  }
  return value === is ? yes(name) : no(name);
}

function judgeRole(role: string, { known, profile, party }: Situation): Verdict {
  const name = party === 'provider' ? `provider_role.${role}` : `role.${role}`;
  const said = known.value(name);
  if (typeof said === 'boolean') return said ? yes(name) : no(name);
  const roles = party === 'provider' ? profile.providerRoles : profile.roles;
  if (said === null || !roles) return unknown(name);
  return roles.includes(role) ? yes(name) : no(name);
}

function judgeLaw(place: string, { known, profile }: Situation): Verdict {
  const name = `law.${place}`;
  const said = known.value(name);
  if (typeof said === 'boolean') return said ? yes(name) : no(name);
  if (said === null) return unknown(name);
  if (profile.jurisdictions?.some((each) => liesIn(each, place))) return yes(name);
  const people = known.countFacts('people', place);
  if (known.range('people', place).from > 0) return { ...unknown(name), used: people };
  if (!profile.jurisdictions || profile.jurisdictions.some((each) => liesIn(place, each))) return unknown(name);
  return no(name);
}

function judgeResidents(asked: string, at: Situation): Verdict {
  const { known } = at;
  const place = placed(asked, at);
  if (place === null) {
    const { parent, named } = at.within!;
    if (!inPlay(parent, at)) return no(`law.${parent}`);
    return leftOver('people', parent, named, known) === 0 ? no(`people.${parent}`) : unknown(`people.${parent}-*`);
  }
  const name = `people.${place}`;
  const { from, to } = known.range('people', place);
  if (from > 0) return yes(...known.countFacts('people', place));
  if (to === 0) return no(...known.countFacts('people', place));
  return inPlay(place.split('-')[0]!, at) ? unknown(name) : no(name);
}

/** Whether people of a country can be affected, as far as anybody can tell. */
function inPlay(country: string, { known, profile }: Situation): boolean {
  if (!profile.jurisdictions) return true;
  if (profile.jurisdictions.some((each) => liesIn(each, country) || liesIn(country, each))) return true;
  if (known.value(`law.${country}`) === true) return true;
  return known.places.some((each) => liesIn(each, country) && known.range('people', each).to !== 0);
}

function judgeCount(condition: Extract<Condition, { count: string }>, at: Situation): Verdict {
  const { known } = at;
  const test = (n: number) =>
    'more-than' in condition
      ? n > condition['more-than']
      : 'at-least' in condition
        ? n >= condition['at-least']
        : n < condition['fewer-than'];
  const place = condition.in === undefined ? undefined : placed(condition.in, at);
  if (place === null) {
    const { parent, named } = at.within!;
    const most = leftOver(condition.count, parent, named, known);
    const open = unknown(`${condition.count}.${parent}-*`);
    return test(most ?? Number.POSITIVE_INFINITY) ? open : no(...known.countFacts(condition.count, parent));
  }
  const { from, to } = known.range(condition.count, place ?? null);
  const used = known.countFacts(condition.count, place ?? null);
  const least = test(from);
  if (least === test(to ?? Number.POSITIVE_INFINITY)) return least ? yes(...used) : no(...used);
  return { ...unknown(place === undefined ? condition.count : `${condition.count}.${place}`), used };
}

/** How many can be in places of `parent` that nobody has named; null: any number. */
function leftOver(group: string, parent: string, named: readonly string[], known: Known): number | null {
  const { to } = known.range(group, parent);
  if (to === null) return null;
  return Math.max(0, to - named.reduce((sum, place) => sum + known.range(group, place).from, 0));
}

const placed = (place: string, at: Situation): string | null => (place === '$place' ? (at.place ?? null) : place);
