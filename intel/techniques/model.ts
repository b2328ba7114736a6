import { features, weigh } from './features.js';

export interface TechniqueModel {
  /** Numbers of techniques, `T1059.001`. */
  labels: string[];
  /** For each place of a feature, how much it counts. */
  rarity: Float32Array;
  /** Weights in 127ths of `scale`, all labels of one place side by side. */
  table: Int8Array;
  scale: Float32Array;
  bias: Float32Array;
  /** The chance that the first answer is right: 1 / (1 + e^-(slope · margin + offset)). */
  sure: { slope: number; offset: number };
}

export interface Judged {
  technique: string;
  /** Distance from the plane between this technique and all others; above 0 is its side. */
  margin: number;
  /** 0–1: how often such an answer was right for reports that were held out. All of them spoke of some technique. */
  confidence: number;
}

/** Techniques that a sentence may speak of, the likeliest first. */
export function judge(model: TechniqueModel, sentence: string, most = 3): Judged[] {
  const { labels, table, scale, bias, sure } = model;
  const { places, values } = weigh(features(sentence), model.rarity);
  const sums = new Float64Array(labels.length);
  for (let at = 0; at < places.length; at++) {
    const value = values[at]!;
    if (value === 0) continue;
    const row = places[at]! * labels.length;
    for (let label = 0; label < labels.length; label++) sums[label]! += value * table[row + label]!;
  }
  return labels
    .map((technique, label) => ({ technique, margin: sums[label]! * scale[label]! + bias[label]! }))
    .sort((a, b) => b.margin - a.margin)
    .slice(0, most)
    .map((each) => ({ ...each, confidence: 1 / (1 + Math.exp(-(sure.slope * each.margin + sure.offset))) }));
}
