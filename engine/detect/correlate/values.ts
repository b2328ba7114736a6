import { createHash } from 'node:crypto';
import type { Fields, Value } from '../../event.js';
import type { Correlation } from './types.js';

const MAX_TEXT = 80;
const MAX_DEPTH = 32;
/** Lists of values make so many groups or values of one event at most. */
const MAX_MANY = 16;

/** Bounded text that still tells long values apart. */
export function brief(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT - 13)}…${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

/**
 * The scalars of a field as rules see it: the name as it stands, else as a path into objects; lists give each of their
 * values. Null and empty values are none.
 */
export function scalarsOf(fields: Fields, name: string): (string | number | boolean)[] {
  const found: (string | number | boolean)[] = [];
  const take = (value: Value, depth: number): void => {
    if (found.length >= MAX_MANY || value === null || value === undefined || value === '') return;
    if (Array.isArray(value)) {
      if (depth < MAX_DEPTH) for (const each of value) take(each, depth + 1);
    } else if (typeof value !== 'object' && typeof value !== 'function') found.push(value);
  };
  const walk = (value: Value, path: readonly string[], depth: number): void => {
    if (path.length === 0) {
      take(value, depth);
      return;
    }
    if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const each of value.slice(0, 1000)) walk(each, path, depth + 1);
    } else if (Object.hasOwn(value, path[0]!)) walk(value[path[0]!], path.slice(1), depth + 1);
  };
  if (Object.hasOwn(fields, name)) take(fields[name], 0);
  if (found.length === 0 && name.includes('.')) walk(fields, name.split('.'), 0);
  return found;
}

/** Every combination of one value of each list, bounded. */
function combine<T>(lists: readonly (readonly T[])[]): T[][] {
  let made: T[][] = [[]];
  for (const list of lists) {
    const next: T[][] = [];
    for (const start of made) for (const value of list) if (next.length < MAX_MANY) next.push([...start, value]);
    made = next;
  }
  return made;
}

/**
 * Groups of a correlation that an event belongs to, as JSON lists of values in lower case: one, several when a field
 * holds a list, none when it lacks a field.
 * @param ids ids of the rule and of the correlations between, for aliases
 */
export function groupsOf({ groupBy, aliases }: Correlation, fields: Fields, ids: readonly string[]): string[] {
  if (groupBy.length === 0) return ['[]'];
  const lists: string[][] = [];
  for (const name of groupBy) {
    const alias = aliases.get(name);
    const field = alias ? ids.map((id) => alias.get(id)).find((each) => each !== undefined) : name;
    if (field === undefined) return [];
    const values = [...new Set(scalarsOf(fields, field).map((value) => brief(String(value).trim().toLowerCase())))];
    if (values.length === 0) return [];
    lists.push(values);
  }
  return combine(lists).map((values) => JSON.stringify(values));
}

/** Values that a correlation counts or computes with: `[null]` when it needs none. */
export function valuesOf(
  { judge, aliases }: Correlation,
  fields: Fields,
  ids: readonly string[],
): (string | number | null)[] {
  if (judge.fields.length === 0) return [null];
  const lists = judge.fields.map((name) => {
    const alias = aliases.get(name);
    const field = alias ? ids.map((id) => alias.get(id)).find((each) => each !== undefined) : name;
    return field === undefined ? [] : scalarsOf(fields, field);
  });
  if (judge.numeric) {
    const number = lists[0]!
      .map((value) => (typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)))
      .find(Number.isFinite);
    return number === undefined ? [] : [number];
  }
  return combine(lists.map((list) => [...new Set(list.map((value) => brief(String(value))))])).map((each) =>
    brief(each.join(', ')),
  );
}
