import type { Condition } from '../../store/exceptions.js';
import { escapeSigma, type Leaf, weightOf } from './fields.js';

/** Conditions that a proposal has at most: more would be right for one event only. */
const MAX_CONDITIONS = 5;
/** And at most, when only that tells them from an attack. */
const MAX_NARROW = 12;
const MAX_LIST = 5;
const MIN_PREFIX = 12;
const MIN_SUFFIX = 6;
/** Where a common beginning or end may be cut: inside of a word it would mean nothing. */
const BOUNDARY = /[\s\\/"'.,:;=&@_-]/;

export interface SharedCondition extends Condition {
  /** How much it tells of the event. */
  weight: number;
}

/**
 * What events have in common, as the narrowest conditions: the same value; a few values of a field that says who, where or what;
 * the same beginning or end of a longer text.
 * @param only names of fields to use; null: those that tell most
 * @param narrow use as many as an exception may have, also those that tell little
 */
export function sharedConditions(
  events: readonly ReadonlyMap<string, Leaf>[],
  only: readonly string[] | null = null,
  narrow = false,
): SharedCondition[] {
  const [first, ...rest] = events;
  if (!first) return [];
  const wanted = only && new Set(only.map((name) => name.toLowerCase()));
  const found: SharedCondition[] = [];
  for (const name of first.keys()) {
    if (wanted ? !wanted.has(name.toLowerCase()) : !rest.every((event) => event.has(name))) continue;
    const values = events.flatMap((event) => (event.has(name) ? [event.get(name)!] : []));
    if (values.length < events.length) continue;
    const condition = conditionOf(name, values);
    if (condition) found.push(condition);
  }
  found.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
  if (wanted) return found;
  if (narrow) return dropEchoes(found).slice(0, MAX_NARROW);
  // Fields that nobody knows are used only when there is little else.
  const known = found.filter(({ weight }) => weight >= 1);
  return dropEchoes(known.length >= 2 ? known : found).slice(0, MAX_CONDITIONS);
}

/** How narrow conditions are, taken together. */
export const strengthOf = (conditions: readonly SharedCondition[]): number =>
  conditions.reduce((sum, { weight }) => sum + weight, 0);

function conditionOf(name: string, values: readonly Leaf[]): SharedCondition | null {
  const weight = weightOf(name);
  const distinct = [...new Map(values.map((value) => [String(value).toLowerCase(), value])).values()];
  const literal = (value: Leaf) => (typeof value === 'string' ? escapeSigma(value) : value);
  if (distinct.length === 1) return { key: name, values: [literal(distinct[0]!)], weight };
  if (distinct.every((value) => typeof value === 'string')) {
    const texts = distinct as string[];
    const prefix = commonPrefix(texts);
    const suffix = commonSuffix(texts);
    // A few names are narrower than what their letters have in common; long texts differ without end.
    if (distinct.length <= MAX_LIST && weight >= 2 && weight < 4)
      return { key: name, values: texts.map(literal), weight: weight * 0.8 };
    if (prefix.length >= MIN_PREFIX && prefix.length >= suffix.length)
      return { key: `${name}|startswith`, values: [escapeSigma(prefix)], weight: weight * 0.7 };
    if (suffix.length >= MIN_SUFFIX)
      return { key: `${name}|endswith`, values: [escapeSigma(suffix)], weight: weight * 0.6 };
  }
  if (distinct.length <= MAX_LIST && weight >= 1)
    return { key: name, values: distinct.map(literal), weight: weight * 0.8 };
  return null;
}

/** The same value under several names (`Computer`, `Hostname`) is one fact: the first name is kept. */
function dropEchoes(conditions: readonly SharedCondition[]): SharedCondition[] {
  const seen = new Set<string>();
  return conditions.filter(({ key, values }) => {
    const fact = `${key.split('|')[1] ?? ''}:${JSON.stringify(values).toLowerCase()}`;
    if (seen.has(fact)) return false;
    seen.add(fact);
    return true;
  });
}

function commonPrefix(texts: readonly string[]): string {
  let length = Math.min(...texts.map((text) => text.length));
  const lower = texts.map((text) => text.toLowerCase());
  for (let i = 0; i < length; i++)
    if (lower.some((text) => text[i] !== lower[0]![i])) {
      length = i;
      break;
    }
  const shortest = Math.min(...texts.map((text) => text.length));
  while (length > 0 && length < shortest && !BOUNDARY.test(texts[0]![length - 1]!)) length--;
  return texts[0]!.slice(0, length);
}

function commonSuffix(texts: readonly string[]): string {
  const turned = texts.map((text) => [...text].reverse().join(''));
  return [...commonPrefix(turned)].reverse().join('');
}
