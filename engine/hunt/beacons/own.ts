import { median } from '../stats.js';
import { periodicity } from './period.js';

/** What one pair's calls look like; parts are 0 to 1, more is more like a beacon. */
export interface BeaconScore {
  score: number;
  /** How much of regular timing there is in a row: gaps like their neighbours (local variation), no bursts, no long silence. */
  regular: number;
  /** Spread evenly over the pair's own active span, be it three hours or the whole day. */
  steady: number;
  /** Fisher's g: one frequency stands out, even where each call is several connections. */
  periodic: number;
  /** Sizes hardly vary. */
  alike: number;
  /** How many calls say so. */
  evidence: number;
  /** Share of the other hosts that talk to the destination too. */
  shared: number;
  calls: number;
  /** Seconds: usual gap, its usual deviation, own active span. */
  period: number;
  jitter: number;
  span: number;
  bytes: number;
}

/** Fewer calls than this say nothing. */
export const MIN_CALLS = 4;
const BINS = 24;

/**
 * Our own beacon score. Where the reference asks "is it regular over the whole day", this asks "is it regular while it is there": everything
 * is measured between the pair's first and last call, so that three hours of calling count like a day of it.
 * @param times seconds, ascending, repeats allowed
 * @param bytes sent, one for each connection; may be empty when unknown
 * @param shared share of the *other* hosts talking to the destination: what many do by the clock is the tenant's own software
 * @returns null with fewer than `MIN_CALLS` different times
 */
export function beaconScore(times: ArrayLike<number>, bytes: ArrayLike<number>, shared = 0): BeaconScore | null {
  const count = times.length;
  const gaps = new Float64Array(Math.max(0, count - 1));
  let n = 0;
  for (let i = 1; i < count; i++) {
    const gap = times[i]! - times[i - 1]!;
    if (gap > 0) gaps[n++] = gap;
  }
  if (n < MIN_CALLS - 1) return null;
  const inOrder = gaps.subarray(0, n);
  const span = times[count - 1]! - times[0]!;

  // Local variation (Shinomoto): 0 by the clock, 1 at random, above 1 in bursts. It compares neighbours, so that slow drift is no matter.
  let local = 0;
  let logs = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const log = Math.log(inOrder[i]!);
    logs += log;
    squares += log * log;
    if (i > 0) {
      const before = inOrder[i - 1]!;
      const ratio = (inOrder[i]! - before) / (inOrder[i]! + before);
      local += 3 * ratio * ratio;
    }
  }
  local /= n - 1;
  const spread = Math.sqrt(Math.max(0, squares / n - (logs / n) ** 2));
  const order = inOrder.slice().sort();
  const period = median(order);
  let short = 0;
  while (short < n && order[short]! < 0.15 * period) short++;
  const silence = Math.log(order[n - 1]! / period);
  const away = order.map((gap) => Math.abs(gap - period)).sort();

  const regular = bell(local, 0.8) * bell(spread, 1.2) * (1 - Math.min(1, (3 * short) / n)) * bell(silence, 3);
  const steady = flatness(times, span);
  const periodic = periodicity(times, span);
  const size = sizes(bytes);
  // Fisher's g finds what the gaps hide: several connections a call.
  const timing = Math.max(regular, 0.8 * periodic * steady);
  // Ten calls within seconds are one page being loaded.
  const evidence = (n / (n + EVIDENCE)) * Math.min(1, span / MIN_SPAN);
  const unusual = 1 - PREVALENCE * Math.min(1, 3 * shared);
  const score = timing ** 0.5 * (0.55 + 0.45 * steady) * (0.8 + 0.2 * size.alike) * evidence * unusual;
  return {
    score,
    regular,
    steady,
    periodic,
    alike: size.alike,
    evidence,
    shared,
    calls: count,
    period,
    jitter: median(away),
    span,
    bytes: size.median,
  };
}

/** Calls at which the evidence counts half. */
const EVIDENCE = 6;
/** Seconds below which the evidence shrinks. */
const MIN_SPAN = 1200;
/** What is taken off when a third of the other hosts, or more, do the same. */
const PREVALENCE = 0.5;

const bell = (value: number, width: number): number => 1 / (1 + (value / width) ** 2);

/** 1 − σ/μ over bins of the pair's own span, about five calls a bin. */
function flatness(times: ArrayLike<number>, span: number): number {
  const bins = Math.max(3, Math.min(BINS, Math.floor(times.length / 5)));
  const counts = new Int32Array(bins);
  for (let i = 0; i < times.length; i++)
    counts[Math.min(bins - 1, Math.floor(((times[i]! - times[0]!) / span) * bins))]!++;
  const mean = times.length / bins;
  let squares = 0;
  for (let i = 0; i < bins; i++) squares += (counts[i]! - mean) ** 2;
  return Math.max(0, 1 - Math.sqrt(squares / bins) / mean);
}

function sizes(bytes: ArrayLike<number>): { alike: number; median: number } {
  if (bytes.length < 3) return { alike: 0.5, median: 0 };
  const order = Float64Array.from(bytes).sort();
  const middle = median(order);
  for (let i = 0; i < order.length; i++) order[i] = Math.abs(order[i]! - middle);
  return { alike: Math.max(0, 1 - median(order.sort()) / Math.max(middle, 1)), median: middle };
}
