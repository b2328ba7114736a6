/**
 * How likely a character is after those before it, learned from ordinary names: three characters exactly, four by hash, each as one byte
 * (sixteenths of −ln p).
 */
export interface Language {
  three: Uint8Array;
  four: Uint8Array;
}

/** a–z, 0–9, hyphen and what else there is, and the ends of a name. */
const SYMBOLS = 38;
const END = 37;
const FOUR = 1 << 17;
const STEP = 16;
const UNSEEN = 255;
/** Cost of not having seen the four characters. */
const BACK_OFF = 0.9;

const CODES = Uint8Array.from({ length: 128 }, (_, code) =>
  code >= 97 && code <= 122 ? code - 97 : code >= 48 && code <= 57 ? code - 22 : 36,
);
const symbol = (name: string, at: number): number =>
  at < 0 || at >= name.length ? END : (CODES[name.charCodeAt(at)] ?? 36);

const slot = (a: number, b: number, c: number, d: number): number =>
  (Math.imul(((a * SYMBOLS + b) * SYMBOLS + c) * SYMBOLS + d, 0x9e3779b1) >>> 0) % FOUR;

export function learnLanguage(names: Iterable<string>): Language {
  const one = new Float64Array(SYMBOLS);
  const two = new Float64Array(SYMBOLS ** 2);
  const three = new Float64Array(SYMBOLS ** 3);
  const four = new Map<number, number>();
  let all = 0;
  for (const name of names)
    for (let i = 0; i <= name.length; i++) {
      const [a, b, c, d] = [symbol(name, i - 3), symbol(name, i - 2), symbol(name, i - 1), symbol(name, i)];
      one[d]!++;
      two[c * SYMBOLS + d]!++;
      three[(b * SYMBOLS + c) * SYMBOLS + d]!++;
      const key = ((a * SYMBOLS + b) * SYMBOLS + c) * SYMBOLS + d;
      four.set(key, (four.get(key) ?? 0) + 1);
      all++;
    }
  const after = (counts: Float64Array, context: number) => {
    let sum = 0;
    for (let d = 0; d < SYMBOLS; d++) sum += counts[context * SYMBOLS + d]!;
    return sum;
  };
  // Shorter contexts fill what longer ones have not seen, in proportion to how little they saw.
  const p2 = new Float64Array(SYMBOLS ** 2);
  for (let c = 0; c < SYMBOLS; c++) {
    const n = after(two, c);
    for (let d = 0; d < SYMBOLS; d++) {
      const p1 = (one[d]! + 0.5) / (all + 0.5 * SYMBOLS);
      p2[c * SYMBOLS + d] = (two[c * SYMBOLS + d]! + 12 * p1) / (n + 12);
    }
  }
  const language = { three: new Uint8Array(SYMBOLS ** 3), four: new Uint8Array(FOUR).fill(UNSEEN) };
  const seen = new Float64Array(SYMBOLS ** 2);
  for (let bc = 0; bc < SYMBOLS ** 2; bc++) {
    seen[bc] = after(three, bc);
    for (let d = 0; d < SYMBOLS; d++) {
      const p = (three[bc * SYMBOLS + d]! + 12 * p2[(bc % SYMBOLS) * SYMBOLS + d]!) / (seen[bc]! + 12);
      language.three[bc * SYMBOLS + d] = quantise(p);
    }
  }
  const contexts = new Map<number, number>();
  for (const [key, count] of four) {
    const context = Math.floor(key / SYMBOLS);
    contexts.set(context, (contexts.get(context) ?? 0) + count);
  }
  for (const [key, count] of four) {
    const context = Math.floor(key / SYMBOLS);
    const d = key % SYMBOLS;
    const bc = context % SYMBOLS ** 2;
    const p3 = Math.exp(-language.three[bc * SYMBOLS + d]! / STEP);
    const value = quantise((count + 12 * p3) / (contexts.get(context)! + 12));
    const at = slot(Math.floor(context / SYMBOLS ** 2), Math.floor(bc / SYMBOLS), bc % SYMBOLS, d);
    if (value < language.four[at]!) language.four[at] = value;
  }
  return language;
}

const quantise = (p: number): number => Math.min(UNSEEN - 1, Math.round(-Math.log(p) * STEP));

/** −ln p of every character and the end of a name. @returns how many numbers were written */
export function surprise({ three, four }: Language, name: string, into: Float64Array): number {
  const count = Math.min(name.length + 1, into.length);
  for (let i = 0; i < count; i++) {
    const [a, b, c, d] = [symbol(name, i - 3), symbol(name, i - 2), symbol(name, i - 1), symbol(name, i)];
    const exact = four[slot(a, b, c, d)]!;
    into[i] = exact !== UNSEEN ? exact / STEP : three[(b * SYMBOLS + c) * SYMBOLS + d]! / STEP + BACK_OFF;
  }
  return count;
}
