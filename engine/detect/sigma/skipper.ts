import { Automaton } from './automaton.js';
import { FOLD, type Scanner } from './fold.js';
import { Sieve } from './sieve.js';

/** Skips pay off from this length of the shortest literal on, and for not too many literals. */
const MIN_LENGTH = 5;
const MAX_LITERALS = 400;
/** A table of this many leaps stays in the processor's first cache beside what else is looked at there. */
const PAIRS = 64 * 64;

/** Six bits of a character that its case does not change within ASCII; others share them, and then leap less than they could. */
const bitsOf = (code: number): number => (code & 31) | ((code >> 1) & 32);
const pairOf = (a: number, b: number): number => (bitsOf(a) << 6) | bitsOf(b);

/**
 * Search for a few long literals that leaps over most of a text: two characters tell how far the next place is at which
 * any literal could end. Source: Wu, Manber, "A fast algorithm for multi-pattern searching", TR-94-17, Arizona (1994).
 */
class Skipper implements Scanner {
  private readonly leaps = new Uint8Array(PAIRS);
  /** Literals by the two characters at the end of their first `span` characters. */
  private readonly endings = new Map<number, { text: string; numbers: Int32Array }[]>();
  private readonly span: number;

  constructor(literals: ReadonlyMap<string, readonly number[]>) {
    this.span = Math.min(255, shortestOf(literals.keys()));
    this.leaps.fill(this.span - 1);
    for (const [literal, numbers] of literals) {
      const text = foldText(literal);
      const entry = { text, numbers: Int32Array.from(new Set(numbers)) };
      for (let i = 1; i < this.span; i++) {
        const leap = this.span - 1 - i;
        for (const pair of pairs(text.charCodeAt(i - 1), text.charCodeAt(i))) {
          this.leaps[pair] = Math.min(this.leaps[pair]!, leap);
          if (leap === 0) this.endings.set(pair, [...(this.endings.get(pair) ?? []), entry]);
        }
      }
    }
  }

  scan(text: string, seen: (numbers: Int32Array) => void): void {
    const { leaps, span } = this;
    const { length } = text;
    let end = span - 1;
    while (end < length) {
      const pair = pairOf(text.charCodeAt(end - 1), text.charCodeAt(end));
      const leap = leaps[pair]!;
      if (leap > 0) {
        end += leap;
        continue;
      }
      for (const literal of this.endings.get(pair)!)
        if (stands(literal.text, text, end - span + 1)) seen(literal.numbers);
      end++;
    }
  }
}

/** Every pair of characters that folds to this one. */
function pairs(a: number, b: number): Set<number> {
  const found = new Set<number>();
  for (const first of variants(a)) for (const second of variants(b)) found.add(pairOf(first, second));
  return found;
}

/** The characters that fold to each one, where these are others than the character itself. */
const UNFOLD = new Map<number, number[]>();
FOLD.forEach((folded, code) => {
  if (folded !== code) UNFOLD.set(folded, [...(UNFOLD.get(folded) ?? []), code]);
});
const variants = (code: number): number[] => [code, ...(UNFOLD.get(code) ?? [])];

function stands(literal: string, text: string, at: number): boolean {
  if (at + literal.length > text.length) return false;
  for (let i = 0; i < literal.length; i++) if (FOLD[text.charCodeAt(at + i)]! !== literal.charCodeAt(i)) return false;
  return true;
}

function foldText(text: string): string {
  let folded = '';
  for (let i = 0; i < text.length; i++) folded += String.fromCharCode(FOLD[text.charCodeAt(i)]!);
  return folded;
}

/** Length of the shortest text; not by spreading them, for there may be very many. */
export function shortestOf(texts: Iterable<string>): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const text of texts) shortest = Math.min(shortest, text.length);
  return shortest;
}

/** Entries from which each new one looks for dead ones first; a whole rule base has some hundred. */
const SWEEP_FROM = 1000;

/** Scanners by what they look for: plans that look for the same literals share one, which then stays in the cache. */
export class Scanners {
  private readonly made = new Map<string, WeakRef<Scanner>>();
  private readonly sieves = new Map<string, WeakRef<Sieve>>();

  /** The quicker scanner for lower-case literals; it reports their indexes. */
  for(literals: readonly string[]): Scanner {
    return shared(this.made, literals, () => {
      const numbered = new Map(literals.map((literal, index) => [literal, [index]]));
      const short = shortestOf(literals) < MIN_LENGTH || literals.length > MAX_LITERALS;
      return short ? new Automaton(numbered) : new Skipper(numbered);
    });
  }

  /** The sieve for the same literals. */
  sieveFor(literals: readonly string[]): Sieve {
    return shared(this.sieves, literals, () => new Sieve(literals));
  }
}

/** What was made for these literals and is still in use, or a new one: plans come and go while they learn. */
function shared<T extends object>(made: Map<string, WeakRef<T>>, literals: readonly string[], make: () => T): T {
  const key = literals.join('\u0000');
  const known = made.get(key)?.deref();
  if (known) return known;
  const fresh = make();
  // Keys of what nobody uses any more would pile up.
  if (made.size >= SWEEP_FROM) for (const [old, ref] of made) if (!ref.deref()) made.delete(old);
  made.set(key, new WeakRef(fresh));
  return fresh;
}
