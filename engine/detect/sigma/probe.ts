import type { Scanner } from './fold.js';
import type { Frame } from './frame.js';
import { type Atom, tailOf } from './predicates.js';
import type { Sieve } from './sieve.js';
import { type Scanners, shortestOf } from './skipper.js';

/** Answers for longer values are not remembered: they seldom come again. */
const MAX_REMEMBERED = 1024;
const NONE = new Int32Array(0);

/** Values seen last, compared before they are looked up: making a hash of a value costs more than comparing it. */
const RECENT = 64;
const placeOf = (text: string): number => {
  const { length } = text;
  const last = text.charCodeAt(length - 1);
  const middle = text.charCodeAt(length >> 1);
  return (length * 7 + last * 31 + middle * 17 + text.charCodeAt(length >> 2)) & (RECENT - 1);
};

/**
 * Room for remembered answers, shared by all probes of a matcher: when it is used up, all of them forget and start anew.
 * Logs repeat themselves: the same paths, call traces and names come thousands of times.
 */
export class Memory {
  epoch = 0;
  private left: number;
  /** @param size characters of remembered values, in all */
  constructor(private readonly size = 16_000_000) {
    this.left = size;
  }
  take(length: number): void {
    this.left -= length + 64;
    if (this.left > 0) return;
    this.left = this.size;
    this.epoch++;
  }
}

/** What is looked for in one field to find the rules that may match: whole values, file names, and literals. */
export class Probe {
  /** Texts shorter than this hold nothing that is looked for. */
  readonly shortest: number;
  private readonly equals = new Map<string, number[]>();
  private readonly tails = new Map<string, number[]>();
  private readonly scanner: Scanner | null;
  private readonly sieve: Sieve | null;
  /** Rules by index of the literal. */
  private readonly rulesOf: Int32Array[];
  /** Whether a literal could stand in a number or a truth value written as text. */
  private readonly inNumbers: boolean;
  private readonly longestEqual: number;
  private readonly remembered = new Map<string, Int32Array>();
  private readonly recent: (string | null)[] = new Array(RECENT).fill(null);
  private readonly recentRules: Int32Array[] = new Array(RECENT).fill(NONE);
  private epoch = -1;
  private readonly stamps: Float64Array;
  private stamp = 0;

  /**
   * @param atoms what to look for, each with the numbers of the rules that need it
   * @param isAnywhere for keywords, which are looked for in the whole event (`rulesAnywhere`)
   */
  constructor(
    readonly slot: number,
    atoms: readonly { atom: Atom; rule: number }[],
    private readonly memory: Memory,
    scanners: Scanners,
    isAnywhere: boolean,
  ) {
    const literals = new Map<string, number[]>();
    for (const { atom, rule } of atoms) {
      const map = atom.kind === 'equals' ? this.equals : atom.kind === 'tail' ? this.tails : literals;
      const rules = map.get(atom.text) ?? [];
      rules.push(rule);
      map.set(atom.text, rules);
    }
    const sorted = [...literals].sort(([a], [b]) => (a < b ? -1 : 1));
    const texts = sorted.map(([literal]) => literal);
    this.scanner = texts.length > 0 ? scanners.for(texts) : null;
    this.inNumbers = sorted.some(
      ([text]) => /^[-+.\de]+$/.test(text) || ['true', 'false', 'infinity'].some((word) => word.includes(text)),
    );
    // JSON may write a number in another way than its text is.
    this.sieve = isAnywhere && texts.length > 0 && !this.inNumbers ? scanners.sieveFor(texts) : null;
    this.rulesOf = sorted.map(([, rules]) => Int32Array.from(rules));
    this.longestEqual = [...this.equals.keys()].reduce((most, text) => Math.max(most, text.length), -1);
    this.stamps = new Float64Array(atoms.reduce((most, { rule }) => Math.max(most, rule), 0) + 1);
    this.shortest = shortestOf(atoms.map(({ atom }) => atom.text));
  }

  /** Numbers of the rules that may match a value; the array is to be read at once. */
  rulesFor(text: string): Int32Array | number[] {
    if (text.length < this.shortest) return NONE;
    if (text.length > MAX_REMEMBERED) return this.look(text);
    const place = placeOf(text);
    if (this.recent[place] === text) return this.recentRules[place]!;
    const rules = this.remember(text);
    this.recent[place] = text;
    this.recentRules[place] = rules;
    return rules;
  }

  private remember(text: string): Int32Array {
    if (this.epoch !== this.memory.epoch) {
      this.remembered.clear();
      this.epoch = this.memory.epoch;
    }
    let rules = this.remembered.get(text);
    if (rules === undefined) {
      const found = this.look(text);
      rules = found.length === 0 ? NONE : Int32Array.from(found);
      this.memory.take(text.length);
      this.remembered.set(text, rules);
    }
    return rules;
  }

  private look(text: string): number[] {
    const { found } = this;
    if (found.length > 0) found.length = 0;
    this.stamp++;
    if (text.length <= this.longestEqual) {
      const rules = this.equals.get(text.toLowerCase());
      if (rules) this.add(rules);
    }
    if (this.tails.size > 0) {
      const rules = this.tails.get(tailOf(text).toLowerCase());
      if (rules) this.add(rules);
    }
    this.scanner?.scan(text, this.addLiterals);
    return found;
  }

  /** Numbers of the rules with a literal in any of the event's values. */
  rulesAnywhere(frame: Frame): Int32Array | number[] {
    if (frame.text && this.sieve && !this.sieve.passes(frame.text)) return NONE;
    if (this.found.length > 0) this.found.length = 0;
    this.stamp++;
    if (this.scanner) frame.scanAll(this.scanner, this.shortest, this.inNumbers, this.addLiterals);
    return this.found;
  }

  private readonly found: number[] = [];
  private readonly addLiterals = (literals: Int32Array): void => {
    for (let i = 0; i < literals.length; i++) this.add(this.rulesOf[literals[i]!]!);
  };
  private readonly add = (numbers: ArrayLike<number>): void => {
    // A text may hold the same literal thousands of times.
    for (let i = 0; i < numbers.length; i++) {
      const rule = numbers[i]!;
      if (this.stamps[rule] === this.stamp) continue;
      this.stamps[rule] = this.stamp;
      this.found.push(rule);
    }
  };
}
