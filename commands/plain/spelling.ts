// natural's root module loads database drivers; this part of it does not.
import { DamerauLevenshteinDistance } from 'natural/lib/natural/distance/index.js';

const SHORTEST = 4;
const LONGEST = 16;

/**
 * Repairs one typing error in a word (two in a word of eight letters and more) with the nearest known word.
 * Known words are found by what is left when a letter is dropped, so a look costs the word's length, not the vocabulary's.
 */
export function openSpelling(vocabulary: Iterable<string>): (word: string) => string {
  const known = new Set(vocabulary);
  const shortened = new Map<string, string[]>();
  for (const word of known) {
    if (word.length < SHORTEST - 1 || !/^[a-z]+$/.test(word)) continue;
    for (const part of [word, ...dropped(word)]) shortened.set(part, [...(shortened.get(part) ?? []), word]);
  }
  return (word) => {
    if (known.has(word) || word.length < SHORTEST || word.length > LONGEST || !/^[a-z]+$/.test(word)) return word;
    const candidates = new Set([word, ...dropped(word)].flatMap((part) => shortened.get(part) ?? []));
    let best: string[] = [];
    let least = word.length >= 8 ? 2 : 1;
    for (const candidate of candidates) {
      const distance = DamerauLevenshteinDistance(word, candidate, { restricted: true });
      if (distance > least) continue;
      best = distance < least ? [candidate] : [...best, candidate];
      least = distance;
    }
    // `alert` and `alerts` are as near to `alrts`: what begins alike and is longer typed is taken.
    return best.length === 0 ? word : best.sort((a, b) => common(b, word) - common(a, word) || (a < b ? -1 : 1))[0]!;
  };
}

const dropped = (word: string): string[] => [...word].map((_, at) => word.slice(0, at) + word.slice(at + 1));

function common(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
