/**
 * A map that is plain JSON and bounded: rows by key, the ones that were quiet longest forgotten first. What was forgotten is counted.
 * Keys come from log lines: `keyOf` keeps them short, and apart from what every object has (`constructor`, `__proto__`).
 */
export interface Table<V extends { last: number }> {
  size: number;
  forgotten: number;
  rows: Record<string, V>;
}

const MAX_PART = 200;
const SEPARATOR = '\u241f';

export const table = <V extends { last: number }>(): Table<V> => ({ size: 0, forgotten: 0, rows: {} });

/** A key of these parts; `partsOf` gives them back. */
export function keyOf(...parts: readonly string[]): string {
  let key = '';
  for (const part of parts) key += SEPARATOR + (part.length > MAX_PART ? part.slice(0, MAX_PART) : part);
  return key;
}

export const partsOf = (key: string): string[] => key.split(SEPARATOR).slice(1);

export const row = <V extends { last: number }>(from: Table<V>, key: string): V | undefined => from.rows[key];

/** The row of a key, made when it is not there. */
export function rowOf<V extends { last: number }>(of: Table<V>, key: string, make: () => V): V {
  const found = of.rows[key];
  if (found !== undefined) return found;
  of.size++;
  const made = make();
  of.rows[key] = made;
  return made;
}

/** Forget rows that were quiet since `before`, and the quietest beyond `limit`. Rows are only walked when there is a reason. */
export function prune<V extends { last: number }>(
  of: Table<V>,
  limit: number,
  before = Number.NEGATIVE_INFINITY,
): void {
  if (of.size <= limit && before === Number.NEGATIVE_INFINITY) return;
  let kept = Object.entries(of.rows).filter(([, { last }]) => last >= before);
  if (kept.length > limit) {
    // A tenth more than needed, so that the next fold need not do it again.
    const keep = Math.floor(limit * 0.9);
    kept = kept.sort(([, a], [, b]) => b.last - a.last).slice(0, keep);
    of.forgotten += of.size - keep;
  }
  if (kept.length === of.size) return;
  of.rows = Object.fromEntries(kept);
  of.size = kept.length;
}

/** Add to a list that keeps the newest `limit` things. */
export function remember<T>(list: T[], item: T, limit: number): void {
  list.push(item);
  if (list.length > limit) list.splice(0, list.length - limit);
}

/** Add to a list of different things, up to `limit`. @returns whether it was new */
export function note<T>(list: T[], item: T, limit: number): boolean {
  if (list.includes(item)) return false;
  if (list.length < limit) list.push(item);
  return true;
}
