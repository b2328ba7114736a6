import { judge, type TechniqueModel } from './model.js';

export interface TechniqueOfReport {
  technique: string;
  /** 0–1: that at least one of its sentences speaks of it, if each were right as often as it says. */
  confidence: number;
  /** The sentences that speak of it, the surest first, at most three, with where they begin in the text. */
  sentences: { text: string; at: number; confidence: number }[];
  /** How many there are. */
  count: number;
}

/** What a report has to show before a technique is said of it: one sentence alone asserts too much. */
export interface Least {
  /** Confidence of a sentence to be counted at all. */
  each: number;
  /** Sentences that a technique needs … */
  sentences: number;
  /** … or one sentence that is as sure as this. */
  alone: number;
}
export const LEAST: Least = { each: 0.6, sentences: 2, alone: 0.9 };

/** Sentences of one report that are looked at. */
const MOST_SENTENCES = 5000;
/** Shorter ones are headings, names and scraps. */
const SHORTEST = 25;
const splitter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Techniques that a report speaks of, the surest first. */
export function techniquesOf(model: TechniqueModel, text: string, least: Least = LEAST): TechniqueOfReport[] {
  const found = new Map<string, TechniqueOfReport & { doubt: number }>();
  let seen = 0;
  for (const { segment, index } of splitter.segment(text)) {
    const sentence = segment.trim();
    if (sentence.length < SHORTEST) continue;
    if (++seen > MOST_SENTENCES) break;
    const first = judge(model, sentence, 1)[0];
    if (!first || first.confidence < least.each) continue;
    const entry = found.get(first.technique) ?? {
      ...{ technique: first.technique, confidence: 0, sentences: [], count: 0, doubt: 1 },
    };
    entry.count++;
    entry.doubt *= 1 - first.confidence;
    entry.sentences.push({ text: sentence.slice(0, 500), at: index, confidence: first.confidence });
    entry.sentences.sort((a, b) => b.confidence - a.confidence).splice(3);
    found.set(first.technique, entry);
  }
  return [...found.values()]
    .filter(({ count, sentences }) => count >= least.sentences || sentences[0]!.confidence >= least.alone)
    .map(({ doubt, ...entry }) => ({ ...entry, confidence: 1 - doubt }))
    .sort((a, b) => b.confidence - a.confidence || b.count - a.count);
}
