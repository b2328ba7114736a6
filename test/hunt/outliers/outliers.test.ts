import { describe, expect, it } from 'vitest';
import { fitEcod, scoreEcod } from '../../../engine/hunt/outliers/ecod.js';
import { averagePath, fitForest, type Matrix, scoreForest } from '../../../engine/hunt/outliers/forest.js';
import { auc, seeded } from '../../../engine/hunt/stats.js';

/** 2,000 ordinary rows of three columns, the last 20 of them far out. */
function rows(): Matrix {
  const random = seeded(3);
  const values = Float64Array.from({ length: 6000 }, (_, i) => random() + random() + (i >= 5940 ? 3 : 0));
  return { values, rows: 2000, columns: 3 };
}

describe('isolation forest', () => {
  it('knows the average path of a binary search tree', () => {
    expect([averagePath(1), averagePath(2)]).toEqual([0, 1]);
    expect(averagePath(256)).toBeCloseTo(10.245, 2);
  });

  it('isolates what is far out, and says the same again for the same seed', () => {
    const scores = scoreForest(fitForest(rows(), { seed: 1 }), rows());
    expect(auc(scores.slice(1980), scores.slice(0, 1980))).toBeGreaterThan(0.999);
    expect(Math.min(...scores)).toBeGreaterThan(0.3);
    expect(Math.max(...scores)).toBeLessThan(1);
    expect(scoreForest(fitForest(rows(), { seed: 1 }), rows())).toEqual(scores);
    expect(scoreForest(fitForest(rows(), { seed: 2 }), rows())).not.toEqual(scores);
  });

  it('has nothing to say about rows that are all alike, or about none', () => {
    const same = { values: new Float64Array(300).fill(7), rows: 100, columns: 3 };
    expect([...new Set(scoreForest(fitForest(same, { seed: 1 }), same))]).toHaveLength(1);
    const none = { values: new Float64Array(0), rows: 0, columns: 3 };
    expect(scoreForest(fitForest(none, { seed: 1 }), none)).toHaveLength(0);
  });
});

describe('ECOD', () => {
  it('puts the far ones first and names the column that makes them so', () => {
    const { values } = rows();
    const fitted = fitEcod(rows());
    expect(scoreEcod(fitted, values.subarray(5997))).toBeGreaterThan(2 * scoreEcod(fitted, values.subarray(0, 3)));
    const parts = new Float64Array(3);
    scoreEcod(fitted, [1, 9, 1], parts);
    expect(parts.indexOf(Math.max(...parts))).toBe(1);
  });
});
