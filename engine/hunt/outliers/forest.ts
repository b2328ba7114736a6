import { seeded } from '../stats.js';

/** Rows of numbers in one array, row after row. */
export interface Matrix {
  values: Float64Array;
  rows: number;
  columns: number;
}

export interface ForestOptions {
  trees?: number;
  samples?: number;
  seed: number;
}

/** A fitted isolation forest, as flat arrays: node by node, the right child follows the left one. */
export interface Forest {
  columns: number;
  trees: number;
  samples: number;
  /** Where each tree begins. */
  roots: Int32Array;
  /** Column that a node splits on; −1 for a leaf. */
  column: Int16Array;
  /** Value it splits at; for a leaf, the path's length to there with what is expected below. */
  value: Float64Array;
  left: Int32Array;
}

const EULER = 0.5772156649015329;

/** Average path length of an unsuccessful search in a binary search tree of n: c(n). */
export function averagePath(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n;
}

/** Fit an isolation forest (Liu, Ting, Zhou 2008): random splits isolate what is unlike the rest early. Values must be finite. */
export function fitForest({ values, rows, columns }: Matrix, options: ForestOptions): Forest {
  const { trees = 100, seed } = options;
  const samples = Math.min(options.samples ?? 256, rows);
  const deepest = Math.ceil(Math.log2(Math.max(samples, 2)));
  const random = seeded(seed);
  const most = trees * (2 ** (deepest + 1) - 1);
  const forest: Forest = {
    columns,
    trees,
    samples,
    roots: new Int32Array(trees),
    column: new Int16Array(most).fill(-1),
    value: new Float64Array(most),
    left: new Int32Array(most),
  };
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  const picks = new Int32Array(samples);
  const candidates = new Int16Array(columns);
  let nodes = 0;

  const grow = (node: number, from: number, to: number, depth: number): void => {
    const size = to - from;
    let left = columns;
    for (let c = 0; c < columns; c++) candidates[c] = c;
    while (size > 1 && depth < deepest && left > 0) {
      // A column that does not vary here cannot split; another is drawn.
      const draw = Math.floor(random() * left);
      const column = candidates[draw]!;
      candidates[draw] = candidates[--left]!;
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (let i = from; i < to; i++) {
        const value = values[picks[i]! * columns + column]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (!(high > low)) continue;
      const at = low + random() * (high - low);
      let middle = from;
      for (let i = from; i < to; i++) {
        const row = picks[i]!;
        if (values[row * columns + column]! <= at) {
          picks[i] = picks[middle]!;
          picks[middle++] = row;
        }
      }
      if (middle === to) continue;
      const child = nodes;
      nodes += 2;
      forest.column[node] = column;
      forest.value[node] = at;
      forest.left[node] = child;
      grow(child, from, middle, depth + 1);
      grow(child + 1, middle, to, depth + 1);
      return;
    }
    forest.value[node] = depth + averagePath(size);
  };

  for (let tree = 0; tree < trees; tree++) {
    for (let i = 0; i < samples; i++) {
      const swap = i + Math.floor(random() * (rows - i));
      const row = order[swap]!;
      order[swap] = order[i]!;
      order[i] = row;
      picks[i] = row;
    }
    const root = nodes++;
    forest.roots[tree] = root;
    grow(root, 0, samples, 0);
  }
  return {
    ...forest,
    column: forest.column.slice(0, nodes),
    value: forest.value.slice(0, nodes),
    left: forest.left.slice(0, nodes),
  };
}

/** Scores 2^(−E[h] / c(n)) of every row: about 0.5 for the ordinary, towards 1 for what is isolated at once. */
export function scoreForest(forest: Forest, { values, rows, columns }: Matrix): Float64Array {
  const { roots, column, value, left, trees } = forest;
  const paths = new Float64Array(rows);
  // Tree by tree, so that one tree's nodes stay in the cache.
  for (let tree = 0; tree < trees; tree++) {
    const root = roots[tree]!;
    for (let row = 0, base = 0; row < rows; row++, base += columns) {
      let node = root;
      let split = column[node]!;
      while (split >= 0) {
        node = left[node]! + (values[base + split]! <= value[node]! ? 0 : 1);
        split = column[node]!;
      }
      paths[row]! += value[node]!;
    }
  }
  const scale = trees * (averagePath(forest.samples) || 1);
  for (let row = 0; row < rows; row++) paths[row] = 2 ** (-paths[row]! / scale);
  return paths;
}
