import type { Matrix } from '../../engine/hunt/outliers/forest.js';
import { seeded } from '../../engine/hunt/stats.js';

export interface OutlierSet {
  name: string;
  matrix: Matrix;
  /** 1 for what was planted. */
  labels: Uint8Array;
}

const COLUMNS = 10;

/** Three seeded sets: far away in every column, odd in two columns only, and ordinary values in combinations that nobody has. */
export function outlierSets(rows = 20_000): OutlierSet[] {
  return [
    make('far', rows, 11, (row, normal) => {
      for (let i = 0; i < COLUMNS; i++) row[i] = (normal() < 0 ? -1.6 : 1.6) + 1.5 * normal();
    }),
    make('two columns', rows, 12, (row, normal) => {
      row[2] = 4.5 + normal();
      row[7] = -4 + normal();
    }),
    make('between clusters', rows, 13, (row, normal) => {
      for (let i = 0; i < COLUMNS; i++) row[i] = i < 4 ? (i % 2 ? 2.2 : -2.2) + normal() : row[i]!;
    }),
  ];
}

function make(
  name: string,
  rows: number,
  seed: number,
  plant: (row: Float64Array, normal: () => number) => void,
): OutlierSet {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const values = new Float64Array(rows * COLUMNS);
  const labels = new Uint8Array(rows);
  for (let at = 0; at < rows; at++) {
    const row = values.subarray(at * COLUMNS, (at + 1) * COLUMNS);
    const cluster = random() < 0.6 ? 2 : -2;
    // Columns of many shapes: two clusters, skewed counts, and some that go together.
    for (let i = 0; i < COLUMNS; i++) row[i] = i < 4 ? cluster + normal() : i < 7 ? Math.exp(0.5 * normal()) : normal();
    row[9] = 0.7 * row[8]! + 0.5 * row[9]!;
    if (random() < 0.01) {
      labels[at] = 1;
      plant(row, normal);
    }
  }
  return { name, matrix: { values, rows, columns: COLUMNS }, labels };
}
