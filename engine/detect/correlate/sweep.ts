import type { Entry, Firing } from './types.js';

/** Something computed over a window that entries enter and leave. */
export interface Tally {
  add(entry: Entry): void;
  remove(entry: Entry): void;
  /** null: nothing can be said. */
  measure(): number | null;
}

/**
 * Slide a window over entries, one position for each time that an entry has: the timespan up to it, or from it on when
 * `ahead`. Both ends belong to the window.
 * @param entries by time
 */
export function sweep(
  entries: readonly Entry[],
  timespan: number,
  ahead: boolean,
  tally: Tally,
  holds: (measure: number) => boolean,
): Firing[] {
  const firings: Firing[] = [];
  let low = 0;
  let high = 0;
  let last = Number.NaN;
  for (const { time: at } of entries) {
    if (at === last) continue;
    last = at;
    const from = ahead ? at : at - timespan;
    const to = ahead ? at + timespan : at;
    while (high < entries.length && entries[high]!.time <= to) tally.add(entries[high++]!);
    while (entries[low]!.time < from) tally.remove(entries[low++]!);
    const measure = tally.measure();
    if (measure !== null && holds(measure)) firings.push({ at, from, to, measure });
  }
  return firings;
}

/** How many different things there are in the window. */
export function distinct(keyOf: (entry: Entry) => string): Tally {
  const counts = new Map<string, number>();
  return {
    add(entry) {
      const key = keyOf(entry);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    remove(entry) {
      const key = keyOf(entry);
      const count = counts.get(key)!;
      if (count === 1) counts.delete(key);
      else counts.set(key, count - 1);
    },
    measure: () => counts.size,
  };
}

/** The window's numbers, sorted. */
export function sorted(measure: (numbers: readonly number[]) => number): Tally {
  const numbers: number[] = [];
  const placeOf = (value: number) => {
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    add: ({ value }) => void numbers.splice(placeOf(value as number), 0, value as number),
    remove: ({ value }) => void numbers.splice(placeOf(value as number), 1),
    measure: () => (numbers.length === 0 ? null : measure(numbers)),
  };
}
