/** Small statistics over numbers; "sorted" arguments are ascending. */

export function median(sorted: ArrayLike<number>, from = 0, to = sorted.length): number {
  const count = to - from;
  if (count <= 0) return 0;
  const middle = from + (count >> 1);
  return count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Ascending copy. */
export const sorted = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();

/** Median and median absolute deviation (not scaled). */
export function medianAndMad(values: ArrayLike<number>): { median: number; mad: number } {
  const order = sorted(values);
  const middle = median(order);
  for (let i = 0; i < order.length; i++) order[i] = Math.abs(order[i]! - middle);
  return { median: middle, mad: median(order.sort()) };
}

/**
 * How many usual spreads a value lies above the median of its own history: 0.6745 · (x − median) / MAD. Where history hardly varies, a
 * tenth of the median stands for the spread, so that a little more than always is not "infinitely more".
 */
export function robustZ(value: number, history: ArrayLike<number>, floor = 1): number {
  const { median: middle, mad } = medianAndMad(history);
  return (0.6745 * (value - middle)) / Math.max(mad, middle * 0.1, floor);
}

/** A value on a straight line through points, flat outside: `ramp(x, [[1, 0.2], [4, 0.5]])`. */
export function ramp(value: number, points: readonly (readonly [at: number, score: number])[]): number {
  let before = points[0]!;
  if (value <= before[0]) return before[1];
  for (const point of points) {
    if (value <= point[0])
      return before[1] + ((value - before[0]) / (point[0] - before[0] || 1)) * (point[1] - before[1]);
    before = point;
  }
  return before[1];
}

/** Shannon entropy of a text's characters, in bits. */
export function entropy(text: string): number {
  if (text.length === 0) return 0;
  const counts = new Map<number, number>();
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  let sum = 0;
  for (const count of counts.values()) sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}

/** Probability that a score of a positive is above that of a negative; ties count half. */
export function auc(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  const all = [
    ...Array.from(positive, (score) => [score, 1] as const),
    ...Array.from(negative, (score) => [score, 0] as const),
  ].sort((a, b) => a[0] - b[0]);
  let ranks = 0;
  for (let i = 0; i < all.length; ) {
    let end = i;
    while (end < all.length && all[end]![0] === all[i]![0]) end++;
    for (let k = i; k < end; k++) if (all[k]![1] === 1) ranks += (i + end + 1) / 2;
    i = end;
  }
  const n = positive.length;
  return (ranks - (n * (n + 1)) / 2) / (n * negative.length);
}

/** Seeded randomness (mulberry32): numbers from 0 up to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
