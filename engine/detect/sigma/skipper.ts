import { Automaton } from './automaton.js';
import { FOLD, type Scanner } from './fold.js';

/** Skips pay off from this length of the shortest literal on, and for not too many literals. */
const MIN_LENGTH = 5;
const MAX_LITERALS = 400;
const BUCKETS = 4096;

const bucketOf = (a: number, b: number): number => ((a << 5) ^ b) & (BUCKETS - 1);

/**
 * Search for a few long literals that leaps over most of a text: two characters tell how far the next place is at which
 * any literal could end. Source: Wu, Manber, "A fast algorithm for multi-pattern searching", TR-94-17, Arizona (1994).
 */
class Skipper implements Scanner {
  private readonly leaps: Uint8Array;
  /** Literals by the two characters at the end of their first `span` characters. */
  private readonly buckets: ({ text: string; numbers: Int32Array }[] | undefined)[] = new Array(BUCKETS);
  private readonly span: number;

  constructor(literals: ReadonlyMap<string, readonly number[]>) {
    this.span = Math.min(255, ...[...literals.keys()].map((text) => text.length));
    this.leaps = new Uint8Array(BUCKETS).fill(this.span - 1);
    for (const [literal, numbers] of literals) {
      const text = foldText(literal);
      for (let i = 1; i < this.span; i++) {
        const bucket = bucketOf(text.charCodeAt(i - 1), text.charCodeAt(i));
        this.leaps[bucket] = Math.min(this.leaps[bucket]!, this.span - 1 - i);
        if (i < this.span - 1) continue;
        const same = this.buckets[bucket] ?? [];
        same.push({ text, numbers: Int32Array.from(new Set(numbers)) });
        this.buckets[bucket] = same;
      }
    }
  }

  scan(text: string, seen: (numbers: Int32Array) => void): void {
    const { leaps, span } = this;
    let end = span - 1;
    while (end < text.length) {
      const bucket = bucketOf(FOLD[text.charCodeAt(end - 1)]!, FOLD[text.charCodeAt(end)]!);
      const leap = leaps[bucket]!;
      if (leap > 0) {
        end += leap;
        continue;
      }
      for (const literal of this.buckets[bucket]!)
        if (stands(literal.text, text, end - span + 1)) seen(literal.numbers);
      end++;
    }
  }
}

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

/** The quicker scanner for these literals. @param literals lower-case text -> numbers to report when it is seen */
export function scannerFor(literals: ReadonlyMap<string, readonly number[]>): Scanner {
  const shortest = Math.min(...[...literals.keys()].map((text) => text.length));
  return shortest >= MIN_LENGTH && literals.size <= MAX_LITERALS ? new Skipper(literals) : new Automaton(literals);
}
