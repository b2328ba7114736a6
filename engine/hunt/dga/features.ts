import { type Language, surprise } from './language.js';
import { chosenPart, suffixKind } from './name.js';
import { isWord, SHORTEST, type WordSet } from './wordset.js';

/** What the trees look at, in this order. */
export const FEATURES = [
  'length',
  'digits',
  'longest run of digits',
  'hyphens',
  'vowels of letters',
  'longest run of consonants',
  'longest run of vowels',
  'entropy',
  'different characters',
  'changes between letters and digits',
  'changes between vowels and consonants',
  'doubled characters',
  'covered by words',
  'longest word',
  'longest word of the length',
  'hexadecimal run of the length',
  'rare letters',
  'surprise, mean',
  'surprise, largest',
  'surprise, three largest',
  'surprise, spread',
  'surprise, best four in a row',
  'surprise, worst four in a row',
  'surprise, whole name',
  'surprise, median',
  'surprise of the start',
  'kind of suffix',
] as const;

const costs = new Float64Array(64);
const counts = new Uint8Array(128);
const best = new Float64Array(65);

const VOWEL = 1;
const CONSONANT = 2;
const DIGIT = 4;
const HEX = 8;
const RARE = 16;
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code);
  return (
    (/[aeiouy]/.test(letter) ? VOWEL : /[a-z]/.test(letter) ? CONSONANT : 0) |
    (/\d/.test(letter) ? DIGIT : 0) |
    (/[0-9a-f]/.test(letter) ? HEX : 0) |
    (/[jqxzkvw]/.test(letter) ? RARE : 0)
  );
});

/** Numbers about a domain name, written to `into` from `at` on. */
export function features(domain: string, language: Language, words: WordSet, into: Float64Array, at = 0): void {
  const name = chosenPart(domain);
  const length = Math.max(1, name.length);
  counts.fill(0);
  let [digits, hyphens, vowels, letters, rare, changes, swaps, doubled] = [0, 0, 0, 0, 0, 0, 0, 0];
  const longest = { [VOWEL]: 0, [CONSONANT]: 0, [DIGIT]: 0, [HEX]: 0 };
  const runs = { [VOWEL]: 0, [CONSONANT]: 0, [DIGIT]: 0, [HEX]: 0 };
  let before = -1;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i) & 127;
    const kind = KINDS[code]!;
    counts[code]!++;
    if (kind & DIGIT) digits++;
    if (code === 45) hyphens++;
    if (kind & VOWEL) vowels++;
    if (kind & (VOWEL | CONSONANT)) letters++;
    if (kind & RARE) rare++;
    for (const of of [VOWEL, CONSONANT, DIGIT, HEX] as const) {
      runs[of] = kind & of ? runs[of] + 1 : 0;
      if (runs[of] > longest[of]) longest[of] = runs[of];
    }
    if (before >= 0) {
      if ((KINDS[before]! & DIGIT) !== (kind & DIGIT)) changes++;
      if ((KINDS[before]! & VOWEL) !== (kind & VOWEL)) swaps++;
      if (before === code) doubled++;
    }
    before = code;
  }
  let entropy = 0;
  let different = 0;
  for (let code = 0; code < 128; code++)
    if (counts[code]! > 0) {
      different++;
      entropy -= (counts[code]! / length) * Math.log2(counts[code]! / length);
    }
  const { covered, word } = coverage(name, words);
  let i = at;
  into[i++] = name.length;
  into[i++] = digits / length;
  into[i++] = longest[DIGIT];
  into[i++] = hyphens;
  into[i++] = vowels / Math.max(1, letters);
  into[i++] = longest[CONSONANT];
  into[i++] = longest[VOWEL];
  into[i++] = entropy;
  into[i++] = different / length;
  into[i++] = changes;
  into[i++] = swaps / length;
  into[i++] = doubled / length;
  into[i++] = covered / length;
  into[i++] = word;
  into[i++] = word / length;
  into[i++] = longest[HEX] / length;
  into[i++] = rare / length;
  surprises(name, language, into, i);
  into[at + FEATURES.length - 1] = suffixKind(domain);
}

/** How much of a name words cover; those of three letters are found anywhere, and count half. */
function coverage(name: string, words: WordSet): { covered: number; word: number } {
  let word = 0;
  best[0] = 0;
  for (let to = 1; to <= name.length; to++) {
    best[to] = best[to - 1]!;
    for (let size = SHORTEST; size <= words.longest && size <= to; size++) {
      if (!isWord(words, name, to - size, to)) continue;
      if (size > word) word = size;
      const covered = best[to - size]! + (size > 3 ? size : 1.5);
      if (covered > best[to]!) best[to] = covered;
    }
  }
  return { covered: best[name.length]!, word };
}

function surprises(name: string, language: Language, into: Float64Array, at: number): void {
  const count = surprise(language, name, costs);
  let [sum, squares, low, high] = [0, 0, Number.POSITIVE_INFINITY, 0];
  const wide = Math.min(4, count);
  let rolling = 0;
  for (let i = 0; i < count; i++) {
    sum += costs[i]!;
    squares += costs[i]! ** 2;
    rolling += costs[i]! - (i >= wide ? costs[i - wide]! : 0);
    if (i >= wide - 1) {
      low = Math.min(low, rolling / wide);
      high = Math.max(high, rolling / wide);
    }
  }
  let start = 0;
  for (let i = 0; i < wide; i++) start += costs[i]!;
  const mean = sum / count;
  const order = costs.slice(0, count).sort();
  const largest = order[count - 1]!;
  const third = order.subarray(Math.max(0, count - 3));
  into[at] = mean;
  into[at + 1] = largest;
  into[at + 2] = third.reduce((total, each) => total + each, 0) / third.length;
  into[at + 3] = Math.sqrt(Math.max(0, squares / count - mean ** 2));
  into[at + 4] = low;
  into[at + 5] = high;
  into[at + 6] = sum;
  into[at + 7] = order[count >> 1]!;
  into[at + 8] = start / wide;
}
