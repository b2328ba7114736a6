import { FOLD, type Scanner } from './fold.js';

const ASCII = 128;
/** Characters outside ASCII share this many classes: a rule that lists a thousand look-alike letters must not widen every state. */
const OUTSIDE = 16;

/** Number of a folded character's class, before those that no literal uses are left out. */
const groupOf = (folded: number): number => (folded < ASCII ? folded : ASCII + (folded % OUTSIDE));

/**
 * Aho–Corasick automaton over the characters that its literals use (every other character is one class), case-folded in
 * the class map, so that texts need no lower-casing. One pass tells which literals stand in a text; outside ASCII it may
 * tell of one too many, which is no harm to a search for candidates.
 * Source: Aho, Corasick, "Efficient string matching", CACM 18 (1975).
 */
export class Automaton implements Scanner {
  /** Class of each ASCII character as it is, and of each group of the others. */
  private readonly classes = new Uint8Array(ASCII + OUTSIDE);
  /** State × class -> state; states are stored multiplied by the number of classes. */
  private readonly next: Int32Array;
  /** States from here on end a literal: one comparison a character tells. */
  private readonly firstEnding: number;
  private readonly endings: Int32Array[];
  private readonly width: number;

  /** @param literals lower-case text -> numbers to report when it is seen */
  constructor(literals: ReadonlyMap<string, readonly number[]>) {
    const alphabet = new Map<number, number>();
    for (const literal of literals.keys())
      for (let i = 0; i < literal.length; i++) {
        const group = groupOf(FOLD[literal.charCodeAt(i)]!);
        if (!alphabet.has(group)) alphabet.set(group, alphabet.size + 1);
      }
    for (let code = 0; code < ASCII; code++) this.classes[code] = alphabet.get(groupOf(FOLD[code]!)) ?? 0;
    for (let group = ASCII; group < ASCII + OUTSIDE; group++) this.classes[group] = alphabet.get(group) ?? 0;
    const width = alphabet.size + 1;
    this.width = width;

    const children: Map<number, number>[] = [new Map()];
    const ends: number[][] = [[]];
    for (const [literal, numbers] of literals) {
      let state = 0;
      for (let i = 0; i < literal.length; i++) {
        const cls = alphabet.get(groupOf(FOLD[literal.charCodeAt(i)]!))!;
        let to = children[state]!.get(cls);
        if (to === undefined) {
          to = children.length;
          children.push(new Map());
          ends.push([]);
          children[state]!.set(cls, to);
        }
        state = to;
      }
      ends[state]!.push(...numbers);
    }

    const states = children.length;
    const table = new Int32Array(states * width);
    const fail = new Int32Array(states);
    const order: number[] = [0];
    for (let head = 0; head < order.length; head++) {
      const state = order[head]!;
      const back = fail[state]!;
      if (state !== 0) {
        ends[state]!.push(...ends[back]!);
        table.copyWithin(state * width, back * width, (back + 1) * width);
      }
      for (const [cls, child] of children[state]!) {
        fail[child] = state === 0 ? 0 : table[state * width + cls]!;
        table[state * width + cls] = child;
        order.push(child);
      }
    }

    // Breadth-first order keeps the states near the root, which nearly all characters visit, together in the cache.
    const quiet = order.filter((state) => ends[state]!.length === 0);
    const ending = order.filter((state) => ends[state]!.length > 0);
    const renamed = new Int32Array(states);
    [...quiet, ...ending].forEach((state, position) => {
      renamed[state] = position * width;
    });
    this.next = new Int32Array(states * width);
    for (let state = 0; state < states; state++)
      for (let cls = 0; cls < width; cls++) this.next[renamed[state]! + cls] = renamed[table[state * width + cls]!]!;
    this.firstEnding = quiet.length * width;
    this.endings = ending.map((state) => Int32Array.from(new Set(ends[state]!)));
  }

  scan(text: string, seen: (numbers: Int32Array) => void): void {
    const { next, classes, firstEnding } = this;
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      state = next[state + classes[code < ASCII ? code : groupOf(FOLD[code]!)]!]!;
      if (state >= firstEnding) seen(this.endings[(state - firstEnding) / this.width]!);
    }
  }
}
