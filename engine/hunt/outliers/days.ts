import { fitEcod, scoreEcod } from './ecod.js';
import { fitForest, scoreForest } from './forest.js';

/** One entity with the numbers of its earlier days, newest last, and of the day in question. */
export interface DayRow {
  days: readonly (readonly number[])[];
  today: readonly number[];
}

export interface DayScore {
  score: number;
  /** 2^(−E[h] / c(n)) of the isolation forest, and ECOD's sum. */
  isolated: number;
  tail: number;
  /** The numbers that lie furthest out, by their place. */
  why: number[];
}

/** A number is new to an entity when it is so far above all its days (in logarithms). */
const NEW = 0.7;

/**
 * Score days against all days of all entities together: an isolation forest, with ECOD as second opinion, and less for those who are always
 * like this. Somebody whose days are all alike is an administrator; a single number that is new is a bad morning.
 * @param rows whose days are learned from; those without a history of `least` days are not judged (null)
 * @param most days that are learned from at most
 */
export function scoreDays(
  rows: readonly (DayRow | null)[],
  history: readonly (readonly number[])[],
  columns: number,
  least: number,
): (DayScore | null)[] {
  const fitted = { values: Float64Array.from(history.flat()), rows: history.length, columns };
  const forest = fitForest(fitted, { seed: 1 });
  const ecod = fitEcod(fitted);
  const parts = new Float64Array(columns);
  return rows.map((row) => {
    if (!row || row.days.length < least) return null;
    const { days, today } = row;
    const isolated = scoreForest(forest, { values: Float64Array.from(today), rows: 1, columns })[0]!;
    const tail = scoreEcod(ecod, today, parts);
    const beyond = today.filter((value, c) => value > Math.max(...days.map((day) => day[c]!)) + NEW).length;
    const score = isolated * [0.75, 0.87, 1][Math.min(2, beyond)]! * (tail > columns * 1.5 ? 1 : 0.9);
    return { score, isolated, tail, why: [...parts.keys()].sort((a, b) => parts[b]! - parts[a]!).slice(0, 3) };
  });
}
