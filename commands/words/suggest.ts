// natural's root module loads database drivers; this part of it does not.
import { DamerauLevenshteinDistance } from 'natural/lib/natural/distance/index.js';

/** Longer words are nobody's typing error, and the distance costs length × length. */
const LONGEST = 32;

/**
 * The candidate that a person most likely meant: the nearest within a third of the word's letters (swapped neighbours count as
 * one error), or else one that begins like it.
 * @returns null when none is near
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const typed = word.toLowerCase();
  if (typed.length === 0 || typed.length > LONGEST) return null;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = DamerauLevenshteinDistance(typed, candidate.toLowerCase(), { restricted: true });
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== null || typed.length < 2) return best;
  const beginsLike = (candidate: string) => candidate.startsWith(typed) || typed.startsWith(candidate);
  return candidates.find((candidate) => candidate.length > 2 && beginsLike(candidate.toLowerCase())) ?? null;
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  return meant === null ? '' : ` Did you mean "${meant}"?`;
}
