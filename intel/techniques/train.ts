import { seeded } from '../../engine/hunt/stats.js';
import { features, PLACES, type Sparse, weigh } from './features.js';
import { judge, type TechniqueModel } from './model.js';

/** A sentence of a report, the technique that it speaks of, and the report's title. */
export interface Labelled {
  text: string;
  label: string;
  document: string;
}

const FOLDS = 5;
const ROUNDS = 12;
/** The cost of a sentence on the wrong side; the larger, the closer to the training data. */
const COST = 0.6;

/**
 * One against all others: a linear support vector machine for each technique, by dual coordinate descent (Hsieh et al. 2008, squared
 * hinge loss). The same sentences in the same order give the same model.
 * @param calibrate whether to learn as well how sure a margin is, from models that have not seen the report: five times the work
 */
export function trainTechniques(sentences: readonly Labelled[], calibrate = true): TechniqueModel {
  const raw = sentences.map(({ text }) => features(text));
  const rarity = rarityOf(raw);
  const rows = raw.map((row) => weigh(row, rarity));
  const labels = [...new Set(sentences.map(({ label }) => label))].sort();
  const weights = labels.map((label) =>
    separate(
      rows,
      sentences.map((sentence) => sentence.label === label),
    ),
  );
  const sure = calibrate ? calibration(sentences) : { slope: 4, offset: 0 };
  return { labels, rarity, ...byPlace(weights), sure };
}

/** ln((1 + n) / (1 + n with it)) + 1; 0 for what occurs nowhere. */
function rarityOf(rows: readonly Sparse[]): Float32Array {
  const counts = new Float32Array(PLACES);
  for (const { places } of rows) for (const place of places) counts[place]!++;
  return counts.map((count) => (count === 0 ? 0 : Math.log((1 + rows.length) / (1 + count)) + 1));
}

function separate(rows: readonly Sparse[], positive: readonly boolean[]): { weights: Float32Array; bias: number } {
  const weights = new Float32Array(PLACES);
  const alphas = new Float64Array(rows.length);
  const order = Int32Array.from(rows, (_, i) => i);
  const random = seeded(1);
  const diagonal = 0.5 / COST;
  let bias = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = order.length - 1; i > 0; i--) {
      const other = Math.floor(random() * (i + 1));
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    for (const i of order) {
      const { places, values } = rows[i]!;
      const sign = positive[i] ? 1 : -1;
      const alpha = alphas[i]!;
      const gradient = sign * (dot(weights, places, values) + bias) - 1 + diagonal * alpha;
      if (alpha === 0 && gradient >= 0) continue;
      // Rows have length 1, and one more place that is always 1: the bias.
      const next = Math.max(alpha - gradient / (2 + diagonal), 0);
      const step = (next - alpha) * sign;
      if (step === 0) continue;
      alphas[i] = next;
      for (let at = 0; at < places.length; at++) weights[places[at]!]! += step * values[at]!;
      bias += step;
    }
  }
  return { weights, bias };
}

function dot(weights: Float32Array, places: Int32Array, values: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < places.length; at++) sum += weights[places[at]!]! * values[at]!;
  return sum;
}

/** Weights below so many 127ths of a label's largest change no answer, and are left out: the model is half as large. */
const NOTHING = 3;

/** Weights of one place stand side by side: a sentence touches few places, and all labels at each. */
function byPlace(models: readonly { weights: Float32Array; bias: number }[]) {
  const scale = models.map(
    ({ weights }) => weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / 127,
  );
  const table = new Int8Array(PLACES * models.length);
  models.forEach(({ weights }, label) => {
    for (let place = 0; place < PLACES; place++) {
      const weight = Math.round(weights[place]! / (scale[label] || 1));
      if (Math.abs(weight) > NOTHING) table[place * models.length + label] = weight;
    }
  });
  return { table, scale: Float32Array.from(scale), bias: Float32Array.from(models, ({ bias }) => bias) };
}

/** Reports by the fold that they are held out in, dealt by their number of sentences. */
export function foldsOf(sentences: readonly Labelled[], folds = FOLDS): Int8Array {
  const sizes = new Map<string, number>();
  for (const { document } of sentences) sizes.set(document, (sizes.get(document) ?? 0) + 1);
  const load = new Array<number>(folds).fill(0);
  const of = new Map<string, number>();
  for (const [document, size] of [...sizes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))) {
    const fold = load.indexOf(Math.min(...load));
    of.set(document, fold);
    load[fold]! += size;
  }
  return Int8Array.from(sentences, ({ document }) => of.get(document)!);
}

/** How often the first answer is right at a margin, as a logistic curve over held-out reports (Platt 1999), by Newton's method. */
function calibration(sentences: readonly Labelled[]): { slope: number; offset: number } {
  const folds = foldsOf(sentences);
  const seen: { margin: number; right: number }[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const rest = sentences.filter((_, i) => folds[i] !== fold);
    if (rest.length === 0 || rest.length === sentences.length) continue;
    const model = trainTechniques(rest, false);
    sentences.forEach(({ text, label }, i) => {
      if (folds[i] !== fold) return;
      const first = judge(model, text, 1)[0]!;
      seen.push({ margin: first.margin, right: first.technique === label ? 1 : 0 });
    });
  }
  let [slope, offset] = [1, 0];
  for (let round = 0; round < 30; round++) {
    let [gs, go, hss, hso, hoo] = [0, 0, 1e-6, 0, 1e-6];
    for (const { margin, right } of seen) {
      const chance = 1 / (1 + Math.exp(-(slope * margin + offset)));
      const [miss, spread] = [right - chance, chance * (1 - chance)];
      gs += miss * margin;
      go += miss;
      hss += spread * margin * margin;
      hso += spread * margin;
      hoo += spread;
    }
    const det = hss * hoo - hso * hso;
    if (Math.abs(det) < 1e-9) break;
    slope += (gs * hoo - go * hso) / det;
    offset += (go * hss - gs * hso) / det;
  }
  return { slope, offset };
}
