import type { Instance } from './instance.js';
import type { Condition } from './types.js';
import { kindOf, vocabulary } from './vocabulary.js';

/**
 * Whether a fact can have a part in a duty at all: between two facts that have none, nothing about it can change.
 * @param exceptions also in an exception, which never moves a duty by itself, but may be why somebody decided about it
 * @returns a question about a fact's name
 */
export function relevantTo({ regime, party, role }: Instance, exceptions = false): (fact: string) => boolean {
  const names = new Set<string>();
  let isCounted = false;
  const add = (name: string) => {
    names.add(name);
    const derived = Object.hasOwn(vocabulary.derived, name) ? vocabulary.derived[name] : undefined;
    if (derived) walk(derived);
    if (Object.hasOwn(vocabulary.implied, name)) for (const other of vocabulary.implied[name]!) names.add(other);
  };
  function walk(condition: Condition): void {
    if ('all' in condition) for (const each of condition.all) walk(each);
    else if ('any' in condition) for (const each of condition.any) walk(each);
    else if ('not' in condition) walk(condition.not);
    else if ('fact' in condition) add(condition.fact);
    else if ('role' in condition) names.add(`${party === 'provider' ? 'provider_' : ''}role.${condition.role}`);
    else {
      // People decide also whether a law is in play.
      isCounted = true;
      if ('law' in condition) names.add(`law.${condition.law}`);
      if ('residents' in condition) names.add(`law.${condition.residents.split('-')[0]}`);
    }
  }
  walk(role === null ? regime.when : { all: [{ role }, regime.when] });
  if (exceptions) for (const { when } of regime.exceptions) if (when) walk(when);
  const { limits, target } = regime.deadline;
  const anchors = limits.flatMap(({ from, unless }) => [...from, ...(unless ? [unless.anchor] : [])]);
  for (const name of [...anchors, ...(target?.from ?? [])]) {
    const own = name === 'year_end' ? 'discovered' : name;
    names.add(own);
    names.add(`provider_${own}`);
    if (own.startsWith('submitted:')) for (const of of ['', '/provider']) names.add(`duty:${own.slice(10)}${of}`);
  }
  return (fact) =>
    names.has(fact) ||
    fact.endsWith(`@${regime.id}`) ||
    (isCounted && (kindOf(fact) === 'count' || fact.startsWith('law.')));
}
