/** Words as a Bloom filter: a few of a hundred strings that are no words are taken for some, no word is missed. */
export interface WordSet {
  bits: Uint8Array;
  longest: number;
}

export const SHORTEST = 3;
const LONGEST = 12;
const HASHES = 5;

/** @param bitsPerWord 8 gives about 2 % false ones */
export function wordSet(words: Iterable<string>, bitsPerWord = 8): WordSet {
  const list = [...words].filter((word) => word.length >= SHORTEST && word.length <= LONGEST);
  const set = { bits: new Uint8Array(Math.ceil((list.length * bitsPerWord) / 8)), longest: LONGEST };
  for (const word of list) {
    const [one, two] = hash(word, 0, word.length);
    for (let i = 0; i < HASHES; i++) {
      const at = (one + Math.imul(i, two)) >>> 0;
      const bit = at % (set.bits.length * 8);
      set.bits[bit >> 3]! |= 1 << (bit & 7);
    }
  }
  return set;
}

/** Whether the characters of a text from one place up to another are a word. */
export function isWord({ bits }: WordSet, text: string, from: number, to: number): boolean {
  const [one, two] = hash(text, from, to);
  for (let i = 0; i < HASHES; i++) {
    const bit = ((one + Math.imul(i, two)) >>> 0) % (bits.length * 8);
    if ((bits[bit >> 3]! & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

const pair: [number, number] = [0, 0];
function hash(text: string, from: number, to: number): [number, number] {
  let one = 0x811c9dc5;
  let two = 0x9e3779b9;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    one = Math.imul(one ^ code, 0x01000193);
    two = Math.imul(two ^ code, 0x85ebca6b) ^ (two >>> 13);
  }
  pair[0] = one >>> 0;
  pair[1] = (two | 1) >>> 0;
  return pair;
}
