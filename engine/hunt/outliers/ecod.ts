import type { Matrix } from './forest.js';

/** What ECOD remembers: every column's values in order, and its skewness. */
export interface Ecod {
  columns: Float64Array[];
  skew: Float64Array;
}

/** Fit ECOD (Li et al. 2022): nothing to train, only each column's empirical distribution. */
export function fitEcod({ values, rows, columns }: Matrix): Ecod {
  const skew = new Float64Array(columns);
  const fitted = Array.from({ length: columns }, (_, column) => {
    const own = new Float64Array(rows);
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += own[row] = values[row * columns + column]!;
    const mean = sum / rows;
    let second = 0;
    let third = 0;
    for (let row = 0; row < rows; row++) {
      const away = own[row]! - mean;
      second += away * away;
      third += away * away * away;
    }
    skew[column] = second > 0 ? third / rows / (second / rows) ** 1.5 : 0;
    return own.sort();
  });
  return { columns: fitted, skew };
}

/**
 * How far out a row lies: the largest of the sums of −log tail probabilities, left, right, and by each column's longer tail.
 * @param values one row
 * @param parts filled, when given, with each column's own part by its longer tail: what makes the row unusual
 */
export function scoreEcod({ columns, skew }: Ecod, values: ArrayLike<number>, parts?: Float64Array): number {
  let [left, right, longer] = [0, 0, 0];
  for (let column = 0; column < columns.length; column++) {
    const own = columns[column]!;
    const value = values[column]!;
    const below = -Math.log(Math.max(countTo(own, value, true), 1) / own.length);
    const above = -Math.log(Math.max(own.length - countTo(own, value, false), 1) / own.length);
    const tail = skew[column]! < 0 ? below : above;
    left += below;
    right += above;
    longer += tail;
    if (parts) parts[column] = tail;
  }
  return Math.max(left, right, longer);
}

/** How many of these are below a value, or equal to it where `equal`. */
function countTo(sorted: Float64Array, value: number, equal: boolean): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < value || (equal && sorted[middle] === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}
