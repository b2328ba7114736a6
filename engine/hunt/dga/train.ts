import { boost, type Trees } from '../trees.js';
import { FEATURES, features } from './features.js';
import { type Language, learnLanguage } from './language.js';
import { chosenPart } from './name.js';
import type { WordSet } from './wordset.js';

/** A domain name, made by machine (1) or by people (0), and the family that made it. */
export interface Labelled {
  name: string;
  label: 0 | 1;
  family: string;
}

export interface DgaParts {
  language: Language;
  words: WordSet;
  trees: Trees;
}

const FOLDS = 4;
const OPTIONS = { trees: 90, depth: 3, rate: 0.12, least: 20, ridge: 5 };

/**
 * Train on labelled names. The language is learned from the ordinary ones; while the trees are trained, no name is judged by a language
 * that has seen it. A large family counts as the square root of its names, so that the trees learn what families have in common.
 */
export function trainDga(names: readonly Labelled[], words: WordSet): DgaParts {
  const values = new Float64Array(names.length * FEATURES.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const language = learnLanguage(ordinary(names.filter((_, i) => i % FOLDS !== fold)));
    for (let i = fold; i < names.length; i += FOLDS)
      features(names[i]!.name, language, words, values, i * FEATURES.length);
  }
  const sizes = new Map<string, number>();
  for (const { family } of names) sizes.set(family, (sizes.get(family) ?? 0) + 1);
  const labels = Uint8Array.from(names, ({ label }) => label);
  const weights = Float64Array.from(names, ({ label, family }) => (label ? 1 / Math.sqrt(sizes.get(family)!) : 1));
  let [people, machines] = [0, 0];
  for (let i = 0; i < names.length; i++) {
    if (labels[i]) machines += weights[i]!;
    else people += weights[i]!;
  }
  for (let i = 0; i < names.length; i++) if (labels[i]) weights[i]! *= (0.5 * people) / machines;
  const trees = boost(values, FEATURES.length, labels, weights, OPTIONS);
  return { language: learnLanguage(ordinary(names)), words, trees };
}

function* ordinary(names: readonly Labelled[]): Iterable<string> {
  for (const { name, label } of names) if (label === 0) yield chosenPart(name);
}
