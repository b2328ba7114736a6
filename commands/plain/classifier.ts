// natural's root module loads database drivers; these parts of it do not.
import BayesClassifier from 'natural/lib/natural/classifiers/bayes_classifier.js';
import PorterStemmer from 'natural/lib/natural/stemmers/porter_stemmer.js';
import { isFill } from '../words/fill.js';
import { conceptsOf } from './concepts.js';

// All found by cross-validation over the example phrases.
/** Weight of a word that a label was never seen with. */
const SMOOTHING = 0.2;
/** How much Bayes' logarithms count against likeness to the nearest examples. */
const BAYES_SHARE = 0.4;
const LIKENESS_SHARE = 6;
/** How many of a label's nearest examples count, and how much those after the first. */
const NEAREST = 4;
const LATER = 0.5;
/** Likeness from which words are taken to be of the kind the examples are. */
const ALIKE = 0.35;
/** Above 1: less sure than the sums say, for their terms are not independent. */
const DOUBTING = 1.6;

const LONGEST_WORD = 24;
const MOST_WORDS = 60;

/** A training example: words in lower case, entities as `{alert}`. */
export interface Example {
  words: readonly string[];
  label: string;
}

export interface Guess {
  label: string;
  /** How much likelier than the other labels; all shares make 1. */
  share: number;
  /** How alike its nearest example is: 1 when it may well be of its kind. */
  alike: number;
}

/**
 * A naive Bayes classifier over stems, concepts and entities, joined with likeness to the nearest examples (letters in a row, words in
 * a row): with few examples each corrects the other, and Bayes alone is sure of everything, also of what resembles nothing.
 * @param examples of every label; the same examples give the same classifier
 */
export function train(examples: readonly Example[]): (words: readonly string[]) => Guess[] {
  const bayes = new BayesClassifier(PorterStemmer, SMOOTHING);
  for (const { words, label } of examples) bayes.addDocument([...stemsOf(words)], label);
  bayes.train();
  const likeness = openLikeness(examples);

  return (words) => {
    const said = words.slice(0, MOST_WORDS);
    const alike = likeness(said);
    const scores = bayes.getClassifications([...stemsOf(said)]).map(({ label, value }) => {
      const { sum, best } = alike.get(label) ?? { sum: 0, best: 0 };
      return { label, best, score: BAYES_SHARE * Math.log(value || Number.MIN_VALUE) + LIKENESS_SHARE * sum };
    });
    const most = Math.max(...scores.map(({ score }) => score));
    const total = scores.reduce((all, { score }) => all + Math.exp((score - most) / DOUBTING), 0);
    return scores.map(({ label, best, score }) => ({
      label,
      share: Math.exp((score - most) / DOUBTING) / total,
      alike: Math.min(1, best / ALIKE),
    }));
  };
}

/** How alike words are to each label's nearest examples: the best, and the sum of the nearest. */
function openLikeness(examples: readonly Example[]) {
  const holders = new Map<string, number[]>();
  const all = examples.map(({ words }) => piecesOf(words));
  for (const [at, pieces] of all.entries())
    for (const piece of pieces.keys()) {
      const own = holders.get(piece);
      if (own) own.push(at);
      else holders.set(piece, [at]);
    }
  const weigh = (piece: string, own: number) =>
    own * (Math.log(examples.length / ((holders.get(piece)?.length ?? 0) + 0.5)) + 0.1);
  const sizeOf = (pieces: ReadonlyMap<string, number>) =>
    Math.sqrt([...pieces].reduce((sum, [piece, own]) => sum + weigh(piece, own) ** 2, 0)) || 1;
  const sizes = all.map(sizeOf);

  return (words: readonly string[]): Map<string, { sum: number; best: number }> => {
    const pieces = piecesOf(words);
    const size = sizeOf(pieces);
    const shared = new Float64Array(examples.length);
    for (const [piece, own] of pieces) {
      const weight = weigh(piece, own) ** 2;
      for (const at of holders.get(piece) ?? []) shared[at]! += weight;
    }
    const byLabel = new Map<string, number[]>();
    for (const [at, { label }] of examples.entries()) {
      const list = byLabel.get(label) ?? [];
      list.push(shared[at]! / (size * sizes[at]!));
      byLabel.set(label, list);
    }
    return new Map(
      [...byLabel].map(([label, list]) => {
        const nearest = list.sort((a, b) => b - a).slice(0, NEAREST);
        const sum = nearest.reduce((total, value, at) => total + value * (at === 0 ? 1 : LATER), 0);
        return [label, { sum, best: nearest[0]! }];
      }),
    );
  };
}

const stem = (word: string): string => {
  if (word.startsWith('{')) return word;
  return word.length > LONGEST_WORD ? '{long}' : PorterStemmer.stem(word);
};

const stemsOf = (words: readonly string[]): Set<string> => new Set([...words.map(stem), ...conceptsOf(words)]);

/** Stems, concepts, pairs of neighbours and four letters in a row, with the weight of each. */
function piecesOf(words: readonly string[]): Map<string, number> {
  const stems = words.map(stem);
  const pieces = new Map<string, number>(conceptsOf(words).map((concept) => [concept, 1]));
  for (const [at, own] of stems.entries()) {
    pieces.set(own, isFill(words[at]!) ? 0.5 : 1);
    pieces.set(`${stems[at - 1] ?? '^'} ${own}`, 0.5);
  }
  const letters = ` ${stems.join(' ')} `;
  for (let at = 0; at + 4 <= letters.length; at++) pieces.set(`#${letters.slice(at, at + 4)}`, 0.5);
  return pieces;
}
