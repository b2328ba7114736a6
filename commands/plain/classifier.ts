// natural's root module loads database drivers; these parts of it do not.
import BayesClassifier from 'natural/lib/natural/classifiers/bayes_classifier.js';
import PorterStemmer from 'natural/lib/natural/stemmers/porter_stemmer.js';

/** Weight of a feature that a class was never seen with; found by cross-validation over the phrases. */
const SMOOTHING = 0.2;
const MOST_FEATURES = 120;
const LONGEST_WORD = 24;

/** A training example: words in lower case, entities as `{alert}`. */
export interface Example {
  words: readonly string[];
  label: string;
}

export interface Guess {
  label: string;
  /** 0 to 1: how much more likely than all other labels, and how well its phrases explain the words. */
  confidence: number;
}

/**
 * A naive Bayes classifier over stems, pairs of stems and entities, with a look at how near the nearest example is: Bayes alone is
 * sure of everything, also of what resembles nothing.
 * @param examples of every label; the same examples give the same classifier
 */
export function train(examples: readonly Example[]): (words: readonly string[]) => Guess[] {
  const bayes = new BayesClassifier(PorterStemmer, SMOOTHING);
  const documents = examples.map(({ words, label }) => ({ features: featuresOf(words), label }));
  for (const { features, label } of documents) bayes.addDocument([...features], label);
  bayes.train();

  const weights = new Map<string, number>();
  for (const { features } of documents) for (const name of features) weights.set(name, (weights.get(name) ?? 0) + 1);
  for (const [name, count] of weights) weights.set(name, Math.log(documents.length / count) + 1);
  const unknown = Math.log(documents.length) + 1;
  const weightOf = (name: string) => (name.includes(' ') ? 0.5 : 1) * (weights.get(name) ?? unknown);
  const sizeOf = (features: Iterable<string>) => Math.sqrt([...features].reduce((sum, name) => sum + weightOf(name) ** 2, 0));
  const sizes = documents.map(({ features }) => sizeOf(features));

  return (words) => {
    const features = featuresOf(words);
    const near = new Map<string, number>();
    const size = sizeOf(features) || 1;
    for (const [at, { features: other, label }] of documents.entries()) {
      let shared = 0;
      for (const name of features) if (other.has(name)) shared += weightOf(name) ** 2;
      near.set(label, Math.max(near.get(label) ?? 0, shared / (size * (sizes[at] || 1))));
    }
    const found = bayes.getClassifications([...features]);
    const total = found.reduce((sum, { value }) => sum + value, 0) || 1;
    return found
      .map(({ label, value }) => ({
        label,
        confidence: Math.sqrt((value / total) * (near.get(label) ?? 0)),
      }))
      .sort((a, b) => b.confidence - a.confidence || (a.label < b.label ? -1 : 1));
  };
}

/** Stems, pairs of neighbours, and entities. Each once, in order; bounded. */
export function featuresOf(words: readonly string[]): Set<string> {
  const stems = words.map((word) => (word.startsWith('{') ? word : stem(word)));
  const features = new Set<string>();
  for (const [at, own] of stems.entries()) {
    if (features.size >= MOST_FEATURES) break;
    features.add(own);
    features.add(`${stems[at - 1] ?? '^'} ${own}`);
  }
  return features;
}

const stem = (word: string): string => (word.length > LONGEST_WORD ? '{long}' : PorterStemmer.stem(word));
