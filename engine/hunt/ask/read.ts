import { MdrError } from '../../errors.js';
import { amount, asking, grouping, time } from './answers.js';
import { misread } from './misread.js';
import { type Question, Reader } from './reader.js';
import { afterVerb, concept, fieldValue, filler, looks, modifier, named, negation, preposition } from './subjects.js';
import { tokens } from './tokens.js';
import { CONCEPTS, type Concept } from './vocabulary.js';

export type { Question } from './reader.js';

const MOST_CHARACTERS = 600;
const MOST_WORDS = 80;
/** Asked in this order at each word, until one of them takes it. */
const STEPS: readonly ((reader: Reader) => number)[] = [
  ...[time, amount, grouping, negation, asking, named, modifier, concept],
  ...[fieldValue, preposition, looks, afterVerb, filler],
];

/** @throws MdrError MDR_HUNT_BAD that names the word which is not understood */
export function readWords(words: readonly string[], zone: string, now: number): Question {
  if (words.join(' ').length > MOST_CHARACTERS || words.length > MOST_WORDS)
    throw new MdrError(
      'MDR_HUNT_BAD',
      `a question has at most ${MOST_WORDS} words and ${MOST_CHARACTERS} characters.`,
      'Ask for one thing at a time.',
    );
  const reader = new Reader(tokens(words), zone, now);
  while (reader.at < reader.tokens.length) {
    let used = 0;
    for (const step of STEPS) {
      used = step(reader);
      if (used > 0) break;
    }
    if (used === 0) throw misread(reader.tokens[reader.at]!.text);
    reader.at += used;
  }
  const { question, asked } = reader;
  if (question.want === 'list' || question.want === 'distinct') {
    for (const field of asked) if (!question.by.includes(field)) question.by.push(field);
    if (question.want === 'list' && question.by.length > 0) question.want = 'group';
  }
  if (question.want === 'count' && question.by.length > 0) question.want = 'group';
  if (question.want === 'distinct' && question.by.length === 0) question.want = 'count';
  return { ...question, concept: aboutWhat(reader) };
}

const conceptNamed = (name: string): Concept =>
  CONCEPTS.find((each) => each.name === name || each.name.startsWith(`${name} (`))!;

/** Of several things, the most exact phrase; of equals the first. */
function aboutWhat(r: Reader): Concept {
  const best = [...r.found].sort((a, b) => (b.concept.rank ?? 0) - (a.concept.rank ?? 0) || b.words - a.words)[0];
  if (best && (best.concept.rank ?? 0) >= 0) return best.concept;
  const spoken = r.question.modifiers.find(({ about }) => about)?.about;
  if (spoken) return conceptNamed(spoken);
  if (best) return best.concept;
  const kinds = new Set(r.question.filters.map(({ kind }) => kind));
  if (kinds.has('process') || kinds.has('parent') || kinds.has('command')) return conceptNamed('processes');
  if (r.question.filters.length > 0 || r.question.by.length > 0) return conceptNamed('events');
  throw new MdrError(
    'MDR_HUNT_BAD',
    'it is not said what to look for.',
    `Say ${CONCEPTS.slice(0, 8)
      .map(({ name }) => name.split(' (')[0])
      .join(', ')} …: /mdr hunt ask failed logons on dc01 last night by source`,
  );
}
