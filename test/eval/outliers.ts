import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fitEcod, scoreEcod } from '../../engine/hunt/outliers/ecod.js';
import { fitForest, type Matrix, scoreForest } from '../../engine/hunt/outliers/forest.js';
import { auc } from '../../engine/hunt/stats.js';
import { type Figure, figure, type Measurement } from '../support/figures.js';
import { type OutlierSet, outlierSets } from './outliers-data.js';

/** What scikit-learn 1.9.1 gave on these sets (mean of ten seeds), for machines that do not have it. */
const STORED: Record<string, number> = { far: 0.9884, 'two columns': 0.945, 'between clusters': 0.7465 };
const SCRIPT = fileURLToPath(new URL('outliers.sklearn.py', import.meta.url));
const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);

const outliers: Measurement = {
  name: 'outliers',
  summary: "our isolation forest and ECOD against scikit-learn's forest, on seeded synthetic rows",
  async run(_options, progress) {
    const figures: Figure[] = [];
    let live = true;
    for (const set of outlierSets()) {
      const theirs = sklearn(set);
      if (!theirs) {
        live = false;
        progress(`scikit-learn cannot be run here: stored figure for "${set.name}"`);
      } else progress(`${set.name}: scikit-learn ${theirs.auc.toFixed(4)} in ${theirs.seconds.toFixed(2)} s`);
      const reference = theirs?.auc ?? STORED[set.name]!;
      const ours =
        SEEDS.map((seed) => split(set, scoreForest(fitForest(set.matrix, { seed }), set.matrix))).reduce(
          (sum, each) => sum + each,
        ) / SEEDS.length;
      const second = split(set, ecodScores(set.matrix));
      figures.push(
        figure(`${set.name}: scikit-learn's AUC`, reference, ''),
        figure(`${set.name}: our forest's AUC`, ours, '', `>= ${(reference - 0.01).toFixed(4)}`),
        figure(`${set.name}: difference`, Math.abs(ours - reference), '', '<= 0.01'),
        figure(`${set.name}: ECOD's AUC`, second, ''),
      );
    }
    const [big] = outlierSets(100_000);
    const began = performance.now();
    scoreForest(fitForest(big!.matrix, { seed: 1 }), big!.matrix);
    figures.push(figure('100,000 × 10 fitted and scored', (performance.now() - began) / 1000, 's', '<= 2'));
    return {
      name: 'outliers',
      method: `Three sets of 20,000 × 10 with 1 % planted; 100 trees of 256 samples, mean of ten seeds; ${live ? 'scikit-learn run here' : "scikit-learn's figures stored"}.`,
      figures,
    };
  },
};
export default outliers;

const split = ({ labels }: OutlierSet, scores: Float64Array): number =>
  auc(
    scores.filter((_, i) => labels[i] === 1),
    scores.filter((_, i) => labels[i] === 0),
  );

function ecodScores(matrix: Matrix): Float64Array {
  const { values, rows, columns } = matrix;
  const fitted = fitEcod(matrix);
  return Float64Array.from({ length: rows }, (_, row) =>
    scoreEcod(fitted, values.subarray(row * columns, (row + 1) * columns)),
  );
}

function sklearn({ matrix, labels }: OutlierSet): { auc: number; seconds: number } | null {
  const folder = mkdtempSync(join(tmpdir(), 'mdr-outliers-'));
  try {
    const [values, planted] = [join(folder, 'values'), join(folder, 'labels')];
    writeFileSync(values, new Uint8Array(matrix.values.buffer));
    writeFileSync(planted, labels);
    const args = [SCRIPT, String(matrix.columns), values, planted];
    const [area, seconds] = execFileSync('python3', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split(' ')
      .map(Number);
    return { auc: area!, seconds: seconds! };
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
