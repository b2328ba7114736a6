/** Features are hashed to so many places. */
export const PLACES = 1 << 18;
const MASK = PLACES - 1;
const SHORTEST = 3;
const LONGEST = 5;
/** Characters of a sentence that are looked at; a longer one is no sentence. */
const MOST_CHARACTERS = 2000;

/** Sparse numbers: `places` without repetition, each with its value. */
export interface Sparse {
  places: Int32Array;
  values: Float32Array;
}

/**
 * How often what occurs in a sentence: runs of 3 to 5 characters inside words (with the blank at either end), words, and pairs of words,
 * each at its hashed place, as 1 + ln(count).
 */
export function features(sentence: string): Sparse {
  const counts = new Map<number, number>();
  const words = sentence.slice(0, MOST_CHARACTERS).toLowerCase().split(/\s+/).filter(Boolean);
  let before = 0;
  for (const word of words) {
    const padded = ` ${word} `;
    const codes = Array.from(padded, (character) => character.codePointAt(0)!);
    for (let from = 0; from < codes.length; from++) {
      let hash = 0x811c9dc5;
      const to = Math.min(codes.length, from + LONGEST);
      for (let at = from; at < to; at++) {
        hash = mix(hash, codes[at]!);
        if (at - from + 1 >= SHORTEST) count(counts, hash);
      }
    }
    const plain = word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
    if (plain === '') continue;
    let hash = 0x2545f491;
    for (let at = 0; at < plain.length; at++) hash = mix(hash, plain.charCodeAt(at));
    count(counts, hash);
    if (before !== 0) count(counts, mix(mix(before, hash >>> 16), hash & 0xffff));
    before = hash;
  }
  const places = Int32Array.from(counts.keys()).sort();
  return { places, values: Float32Array.from(places, (place) => 1 + Math.log(counts.get(place)!)) };
}

/** One step of FNV-1a over 32 bits. */
const mix = (hash: number, value: number): number => Math.imul(hash ^ value, 0x01000193) >>> 0;

function count(counts: Map<number, number>, hash: number): void {
  // The low bits of FNV alone are poor: the high ones are folded in.
  const place = (hash ^ (hash >>> 15)) & MASK;
  counts.set(place, (counts.get(place) ?? 0) + 1);
}

/** Weighed by how rare each place is, and of length 1. `rarity` has a number for each place; 0 leaves a place out. */
export function weigh({ places, values }: Sparse, rarity: Float32Array): Sparse {
  const weighed = Float32Array.from(values, (value, i) => value * rarity[places[i]!]!);
  let square = 0;
  for (const value of weighed) square += value * value;
  const length = Math.sqrt(square) || 1;
  for (let i = 0; i < weighed.length; i++) weighed[i]! /= length;
  return { places, values: weighed };
}
