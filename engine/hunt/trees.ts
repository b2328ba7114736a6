/** Gradient-boosted trees for yes or no, as flat arrays: small enough to keep in a file, quick enough for every name in a DNS log. */
export interface Trees {
  bias: number;
  depth: number;
  /** Feature of every inner node, tree by tree, level by level. */
  feature: Uint8Array;
  /** A row goes right where its value is above this. */
  above: Float32Array;
  /** What every leaf adds, tree by tree. */
  leaf: Float32Array;
}

export interface BoostOptions {
  trees: number;
  depth: number;
  rate: number;
  /** Least sum of weights in a leaf. */
  least: number;
  /** Shrinks leaves that few rows speak for. */
  ridge: number;
}

const BINS = 64;

/**
 * Train on rows of numbers (row after row), labels 0 or 1 and weights: logistic loss, second order, on histograms, every level of a tree full.
 */
export function boost(
  values: Float64Array,
  columns: number,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
  { trees, depth, rate, least, ridge }: BoostOptions,
): Trees {
  const rows = labels.length;
  const { bins, edges } = binned(values, rows, columns);
  const inner = 2 ** depth - 1;
  const leaves = 2 ** depth;
  const made: Trees = {
    bias: 0,
    depth,
    feature: new Uint8Array(trees * inner),
    above: new Float32Array(trees * inner).fill(Number.POSITIVE_INFINITY),
    leaf: new Float32Array(trees * leaves),
  };
  let positive = 0;
  let all = 0;
  for (let i = 0; i < rows; i++) {
    all += weights[i]!;
    positive += weights[i]! * labels[i]!;
  }
  made.bias = Math.log(positive / Math.max(1e-9, all - positive));
  const margin = new Float64Array(rows).fill(made.bias);
  const gradient = new Float64Array(rows);
  const hessian = new Float64Array(rows);
  const node = new Uint16Array(rows);
  const sums = new Float64Array(leaves * columns * BINS * 2);

  for (let tree = 0; tree < trees; tree++) {
    for (let i = 0; i < rows; i++) {
      const p = 1 / (1 + Math.exp(-margin[i]!));
      gradient[i] = weights[i]! * (labels[i]! - p);
      hessian[i] = weights[i]! * p * (1 - p);
    }
    node.fill(0);
    for (let level = 0; level < depth; level++) {
      const width = 2 ** level;
      const size = width * columns * BINS * 2;
      sums.fill(0, 0, size);
      for (let i = 0; i < rows; i++) {
        const base = node[i]! * columns;
        const from = i * columns;
        for (let c = 0; c < columns; c++) {
          const at = ((base + c) * BINS + bins[from + c]!) * 2;
          sums[at]! += gradient[i]!;
          sums[at + 1]! += hessian[i]!;
        }
      }
      const chosen = new Int32Array(width).fill(-1);
      const cuts = new Uint8Array(width);
      for (let n = 0; n < width; n++) {
        const split = bestSplit(sums, n * columns * BINS * 2, columns, least, ridge);
        if (!split) continue;
        chosen[n] = split.column;
        cuts[n] = split.bin;
        const at = tree * inner + width - 1 + n;
        made.feature[at] = split.column;
        made.above[at] = edges[split.column]![split.bin]!;
      }
      for (let i = 0; i < rows; i++) {
        const n = node[i]!;
        const column = chosen[n]!;
        node[i] = 2 * n + (column >= 0 && bins[i * columns + column]! > cuts[n]! ? 1 : 0);
      }
    }
    const totals = new Float64Array(leaves * 2);
    for (let i = 0; i < rows; i++) {
      totals[node[i]! * 2]! += gradient[i]!;
      totals[node[i]! * 2 + 1]! += hessian[i]!;
    }
    for (let l = 0; l < leaves; l++)
      made.leaf[tree * leaves + l] = (rate * totals[l * 2]!) / (totals[l * 2 + 1]! + ridge);
    for (let i = 0; i < rows; i++) margin[i]! += made.leaf[tree * leaves + node[i]!]!;
  }
  return made;
}

/** Log odds that a row is a yes. */
export function marginOf({ bias, depth, feature, above, leaf }: Trees, row: ArrayLike<number>): number {
  const inner = 2 ** depth - 1;
  const leaves = inner + 1;
  let sum = bias;
  for (let base = 0, end = 0; end < leaf.length; base += inner, end += leaves) {
    let at = 0;
    for (let level = 0; level < depth; level++)
      at = 2 * at + 1 + (row[feature[base + at]!]! > above[base + at]! ? 1 : 0);
    sum += leaf[end + at - inner]!;
  }
  return sum;
}

function binned(values: Float64Array, rows: number, columns: number): { bins: Uint8Array; edges: Float32Array[] } {
  const bins = new Uint8Array(rows * columns);
  const edges: Float32Array[] = [];
  for (let c = 0; c < columns; c++) {
    const order = new Float32Array(rows);
    for (let i = 0; i < rows; i++) order[i] = values[i * columns + c]!;
    const own = order.slice().sort();
    const cuts = [...new Set(Array.from({ length: BINS - 1 }, (_, b) => own[Math.floor(((b + 1) * rows) / BINS)]!))];
    edges.push(Float32Array.from(cuts));
    for (let i = 0; i < rows; i++) {
      let [from, to] = [0, cuts.length];
      while (from < to) {
        const middle = (from + to) >> 1;
        if (cuts[middle]! < order[i]!) from = middle + 1;
        else to = middle;
      }
      bins[i * columns + c] = from;
    }
  }
  return { bins, edges };
}

function bestSplit(
  sums: Float64Array,
  base: number,
  columns: number,
  least: number,
  ridge: number,
): { column: number; bin: number } | null {
  let [g, h] = [0, 0];
  for (let b = 0; b < BINS; b++) {
    g += sums[base + b * 2]!;
    h += sums[base + b * 2 + 1]!;
  }
  const whole = (g * g) / (h + ridge);
  let gain = 1e-6;
  let found: { column: number; bin: number } | null = null;
  for (let c = 0; c < columns; c++) {
    let [left, weight] = [0, 0];
    for (let b = 0; b < BINS - 1; b++) {
      const at = base + (c * BINS + b) * 2;
      left += sums[at]!;
      weight += sums[at + 1]!;
      if (weight < least || h - weight < least) continue;
      const right = g - left;
      const better = (left * left) / (weight + ridge) + (right * right) / (h - weight + ridge) - whole;
      if (better > gain) {
        gain = better;
        found = { column: c, bin: b };
      }
    }
  }
  return found;
}
