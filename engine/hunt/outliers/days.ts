import { list, round } from '../../say.js';
import { partsOf } from '../table.js';
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

const DAY = 86_400_000;
/** Days of all entities together that are looked at, at most. */
const MOST = 20_000;

/** What is kept of an entity: its finished days in logarithms, and the day that is going on. */
export interface Kept<D> {
  last: number;
  open: D | null;
  days: number[][];
}

/** An unusual day, ready to be told. */
export interface UnusualDay<D> {
  name: string;
  open: D;
  score: number;
  /** `4 failures (usually 0), 12 hosts (usually 2)`, and among how many days and entities. */
  how: string;
  among: string;
  numbers: Record<string, number>;
}

/**
 * Days of the last 24 hours that lie far from all others.
 * @param numbers what a day comes to, as logarithms, in the order of `names`
 * @param fewest days of all together, and days of its own, before anything is unusual
 */
export function unusualDays<D>(
  rows: Readonly<Record<string, Kept<D>>>,
  now: number,
  floor: number,
  {
    names,
    numbers,
    fewest,
    least,
  }: { names: readonly string[]; numbers: (day: D) => number[]; fewest: number; least: number },
): UnusualDay<D>[] {
  const entries = Object.entries(rows);
  const history = entries.flatMap(([, { days }]) => days).slice(-MOST);
  if (history.length < fewest) return [];
  const wanted = entries.map(([, { open, days, last }]) =>
    open && last >= now - DAY ? { days, today: numbers(open) } : null,
  );
  const scores = scoreDays(wanted, history, names.length, least);
  return entries.flatMap(([key, { open, days }], i) => {
    const found = scores[i];
    if (!open || !found || found.score < floor) return [];
    const { score, isolated, tail, why } = found;
    const today = wanted[i]!.today.map(Math.expm1);
    const usual = (c: number) => round(Math.expm1(days.reduce((sum, day) => sum + day[c]!, 0) / days.length));
    const how = list(why.map((c) => `${Math.round(today[c]!)} ${names[c]} (usually ${usual(c)})`));
    const named = Object.fromEntries(names.map((each, c) => [each, today[c]!]));
    return [
      {
        ...{ name: partsOf(key)[0] ?? '', open, score, how },
        among: `${history.length} days of ${entries.length}`,
        numbers: { isolated, tail, ...named },
      },
    ];
  });
}
