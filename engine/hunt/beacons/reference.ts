import { median } from '../stats.js';

/** Sub-scores and score of one source and destination, as RITA v5 gives them. */
export interface ReferenceScore {
  ts: number;
  ds: number;
  hist: number;
  dur: number;
  score: number;
}

const BINS = 24;
const LONGEST_RUN = 12;

const round3 = (value: number): number => Math.round(value * 1000) / 1000;
const ceil3 = (value: number): number => Math.ceil(value * 1000) / 1000;

/**
 * The published score of RITA v5 (docs of the method, our own code).
 * @param times seconds, ascending, repeats allowed
 * @param bytes sent, one for each connection
 * @param min, max the window's ends, seconds
 * @returns null with fewer than 4 different times
 */
export function referenceScore(
  times: ArrayLike<number>,
  bytes: ArrayLike<number>,
  min: number,
  max: number,
): ReferenceScore | null {
  const gaps = new Float64Array(Math.max(0, times.length - 1));
  let count = 0;
  for (let i = 1; i < times.length; i++) {
    const gap = times[i]! - times[i - 1]!;
    if (gap > 0) gaps[count++] = gap;
  }
  if (count < 3) return null;
  const ts = regularity(gaps.subarray(0, count).sort(), 1);
  const ds = bytes.length < 3 ? 0 : regularity(Float64Array.from(bytes).sort(), 0);
  const { hist, dur } = overTheDay(times, min, max);
  return { ts, ds, hist, dur, score: round3((ts + ds + hist + dur) / 4) };
}

/** Half symmetry about the median (quartiles), half closeness to it. @param tiny dispersion part where the median is below 1 */
function regularity(sorted: Float64Array, tiny: number): number {
  const half = sorted.length >> 1;
  const q1 = median(sorted, 0, half);
  const q2 = median(sorted);
  const q3 = median(sorted, sorted.length - half, sorted.length);
  const range = q3 - q1;
  const skew = range < 10 || q2 === q1 || q2 === q3 ? 0 : (q1 + q3 - 2 * q2) / range;
  const away = sorted.map((value) => Math.abs(value - q2)).sort();
  const dispersion = q2 < 1 ? tiny : Math.max(0, (q2 - median(away)) / q2);
  return round3((1 - Math.abs(skew) + dispersion) / 2);
}

function overTheDay(times: ArrayLike<number>, min: number, max: number): { hist: number; dur: number } {
  const counts = new Int32Array(BINS);
  const width = (max - min) / BINS || 1;
  for (let i = 0; i < times.length; i++)
    if (times[i]! >= min && times[i]! <= max) counts[Math.min(BINS - 1, Math.floor((times[i]! - min) / width))]!++;
  const filled = counts.reduce((sum, bin) => sum + (bin > 0 ? 1 : 0), 0);
  const hist = Math.max(flatness(counts), filled >= 11 ? twoLevels(counts, filled) : 0);
  if (filled < 6) return { hist, dur: 0 };
  const first = times[0]!;
  const last = times[times.length - 1]!;
  const covered = Math.min(1, ceil3((last - first) / (max - min)));
  return { hist, dur: Math.max(covered, Math.min(1, ceil3(longestRun(counts) / LONGEST_RUN))) };
}

function flatness(counts: Int32Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  const mean = sum / counts.length;
  let squares = 0;
  for (const count of counts) squares += (count - mean) ** 2;
  const deviation = Math.sqrt(squares / counts.length);
  return deviation > mean || mean === 0 ? 0 : round3(1 - deviation / mean);
}

function twoLevels(counts: Int32Array, filled: number): number {
  const width = Math.ceil(0.05 * Math.max(...counts));
  const buckets = new Map<number, number>();
  for (const count of counts)
    if (count > 0) {
      const bucket = Math.floor(count / width);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
  const [first = 0, second = 0] = [...buckets.values()].sort((a, b) => b - a);
  return Math.min(1, round3((first + second) / Math.max(filled - 1, 1)));
}

/** Non-empty bins in a row, round the clock. */
function longestRun(counts: Int32Array): number {
  let longest = 0;
  let run = 0;
  for (let i = 0; i < 2 * BINS; i++) {
    run = counts[i % BINS]! > 0 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return Math.min(longest, BINS);
}
