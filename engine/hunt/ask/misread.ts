import { DamerauLevenshteinDistance } from 'natural/lib/natural/distance/index.js';
import { MdrError } from '../../errors.js';
import { CONCEPTS, FIELDS, MODIFIERS } from './vocabulary.js';

const LONGEST = 24;
export const EXAMPLES = [
  'failed logons on dc01 last night by source',
  'dns queries for evil.example since monday by host',
  'top 10 processes on ws-14 yesterday',
  'who logged on to srv-02 between 2 and 4 am',
  'how many connections to 203.0.113.9 last 7 days',
] as const;

let words: readonly string[] | undefined;
const vocabulary = (): readonly string[] => {
  words ??= [
    ...new Set(
      [...CONCEPTS, ...MODIFIERS, ...FIELDS].flatMap(({ phrases }) => phrases).flatMap((phrase) => phrase.split(' ')),
    ),
  ].filter((word) => word.length > 2);
  return words;
};

/** What somebody who typed a word most likely meant; null when nothing is near. */
export function meant(word: string): string | null {
  const typed = word.toLowerCase();
  if (typed.length < 3 || typed.length > LONGEST) return null;
  let best: string | null = null;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 0.5;
  for (const candidate of vocabulary()) {
    const distance = DamerauLevenshteinDistance(typed, candidate, { restricted: true });
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** The error that names the word which was not understood, and shows what is. */
export function misread(word: string): MdrError {
  const shown = word.length > 40 ? `${word.slice(0, 39)}…` : word;
  const near = meant(word);
  return new MdrError(
    'MDR_HUNT_BAD',
    `"${shown}" is not understood ${near === word.toLowerCase() ? 'at that place' : 'here'}.${near && near !== word.toLowerCase() ? ` Did you mean "${near}"?` : ''}`,
    `A name is told by what it is: user jane, host dc01, "a text". For example: ${EXAMPLES.slice(0, 3)
      .map((each) => `/mdr hunt ask ${each}`)
      .join(' · ')}`,
  );
}
