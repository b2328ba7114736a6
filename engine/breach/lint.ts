import { IANAZone } from 'luxon';
import type { Calendar } from './calendar.js';
import { hasLaw, isPlace, partsOf } from './places.js';
import type { Condition, Regime } from './types.js';
import { kindOf, vocabulary } from './vocabulary.js';

/**
 * What is wrong with the rules beyond their form: names of facts, roles, places, anchors, calendars and rules that there are not,
 * chains that never begin, and rules without what each must say.
 * @returns in words, each beginning with the rule's id
 */
export function lintRegimes(regimes: readonly Regime[], calendars: ReadonlyMap<string, Calendar>): string[] {
  const ids = new Set(regimes.map(({ id }) => id));
  return regimes.flatMap((regime) => {
    const { id, owes, deadline, effective, status, evidence, verified, per, parallel } = regime;
    const faults: string[] = [];
    const anchors = [...deadline.limits.flatMap(({ from, unless }) => [...from, ...(unless ? [unless.anchor] : [])])];
    for (const name of [...anchors, ...(deadline.target?.from ?? [])]) {
      const [kind = '', of = ''] = name.split(':');
      if (kind === 'submitted' ? !ids.has(of) : name !== 'year_end' && kindOf(name) !== 'time')
        faults.push(`counts from "${name}", which is no anchor`);
    }
    for (const { calendar, zone, unit, relief } of deadline.limits) {
      if (calendar !== undefined && calendar !== 'customer' && !calendars.has(calendar))
        faults.push(`there is no calendar "${calendar}"`);
      if (zone !== undefined && !IANAZone.isValidZone(zone)) faults.push(`there is no time zone "${zone}"`);
      if (calendar !== undefined && unit !== 'business-days' && !relief)
        faults.push('names a calendar that nothing is counted by');
    }
    const conditions = [regime.when, ...regime.exceptions.flatMap(({ when }) => when ?? [])];
    faults.push(...conditions.flatMap((condition) => conditionFaults(condition, per !== undefined)));
    for (const { role } of owes) if (role !== null && !hasRole(role)) faults.push(`there is no role "${role}"`);
    if (typeof per === 'string' && partsOf(per).length === 0) faults.push(`"${per}" has no places within`);
    for (const other of parallel) if (!ids.has(other)) faults.push(`runs beside "${other}", which is no rule`);
    if (effective.from !== null && effective.to !== null && effective.from > effective.to)
      faults.push('ends before it begins');
    if (evidence === 'general' && status === 'in force')
      faults.push('rests on general knowledge alone: it is `unverified` or `proposed`');
    if (evidence !== 'general' && verified === null) faults.push('was read, but does not say when: `verified`');
    if (deadline.limits.length === 0 && !deadline.target && !/keep|record|register/i.test(regime.title))
      faults.push('has neither a limit nor a target of our own');
    if (new Set(owes.map(({ party }) => party)).size < owes.length) faults.push('names a party twice');
    if (isLoop(regime, regimes)) faults.push('waits for its own submission');
    return faults.map((fault) => `${id}: ${fault}.`);
  });
}

const hasRole = (role: string): boolean => Object.hasOwn(vocabulary.roles, role);

function conditionFaults(condition: Condition, hasPlaces: boolean): string[] {
  if ('all' in condition) return condition.all.flatMap((each) => conditionFaults(each, hasPlaces));
  if ('any' in condition) return condition.any.flatMap((each) => conditionFaults(each, hasPlaces));
  if ('not' in condition) return conditionFaults(condition.not, hasPlaces);
  if ('role' in condition) return hasRole(condition.role) ? [] : [`there is no role "${condition.role}"`];
  if ('fact' in condition) {
    if (Object.hasOwn(vocabulary.derived, condition.fact)) return [];
    const kind = kindOf(condition.fact);
    if (kind === 'yes-no') return typeof condition.is === 'boolean' ? [] : [`"${condition.fact}" is yes or no`];
    const known = vocabulary.facts[condition.fact];
    return kind === 'choice' && known?.kind === 'choice' && known.of.includes(String(condition.is))
      ? []
      : [`"${condition.fact}" is never "${condition.is}"`];
  }
  const place = 'law' in condition ? condition.law : 'residents' in condition ? condition.residents : condition.in;
  const faults =
    'count' in condition && kindOf(condition.count) !== 'count' ? [`"${condition.count}" is no count`] : [];
  if (place === '$place') return hasPlaces ? faults : [...faults, 'names $place but has no places'];
  return place === undefined || ('law' in condition ? hasLaw(place) : isPlace(place))
    ? faults
    : [...faults, `"${place}" is no place`];
}

/** Whether a rule can only begin after itself. */
function isLoop(regime: Regime, all: readonly Regime[], seen: readonly string[] = []): boolean {
  if (seen.includes(regime.id)) return true;
  return regime.deadline.limits
    .filter(({ from }) => from.every((name) => name.startsWith('submitted:')))
    .flatMap(({ from }) => from.map((name) => all.find(({ id }) => id === name.slice(10))))
    .some((before) => before !== undefined && isLoop(before, all, [...seen, regime.id]));
}
