import type { Fields, Value } from '../../../../event.js';
import type { Place } from './schema.js';

export type Find = (record: Fields) => Value;

/** Elements of a list that are looked into. */
const MAX_ITEMS = 200;

/** The value at a path; lists on the way are looked into element by element, and what is found becomes one list. */
function walk(from: Value, path: readonly string[], depth: number): Value {
  let value = from;
  for (let i = depth; i < path.length; i++) {
    if (Array.isArray(value)) {
      const found: Value[] = [];
      for (const item of value.slice(0, MAX_ITEMS)) {
        const inner = walk(item, path, i);
        if (Array.isArray(inner)) found.push(...inner.slice(0, MAX_ITEMS - found.length));
        else if (inner !== undefined) found.push(inner);
        if (found.length >= MAX_ITEMS) break;
      }
      return found.length > 0 ? found : undefined;
    }
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, path[i]!)) return undefined;
    value = value[path[i]!];
  }
  return value;
}

/** How to find what a taxonomy names: by its whole name first, then by its path. */
export function findAt(place: Place): Find {
  if (typeof place !== 'string') return (record) => walk(record, place, 0);
  const path = place.split('.');
  if (path.length === 1) return (record) => record[place];
  return (record) => record[place] ?? walk(record, path, 0);
}

/** The first place that holds anything but nothing and an empty text. */
export function findFirst(places: readonly Place[]): Find {
  const finds = places.map(findAt);
  if (finds.length === 1) return finds[0]!;
  return (record) => {
    let fallback: Value;
    for (const find of finds) {
      const value = find(record);
      if (value !== undefined && value !== null && value !== '') return value;
      fallback ??= value;
    }
    return fallback;
  };
}

/** The first scalar that `read` takes, of a value or of the elements of a list. */
export function firstOf<T>(value: Value, read: (value: Value) => T | undefined): T | undefined {
  if (!Array.isArray(value)) return read(value);
  for (const item of value.slice(0, MAX_ITEMS)) {
    const found = Array.isArray(item) ? undefined : read(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every scalar of a value, at most `MAX_ITEMS`. */
export function scalarsOf(value: Value): (string | number | boolean)[] {
  const list = Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [value];
  return list.filter((item) => typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean');
}
