/** Characters as RE2 and lower-casing fold them: the two that fold onto ASCII from outside are taken along. */
function fold(code: number): number {
  if (code === 0x212a) return 0x6b;
  if (code === 0x17f) return 0x73;
  const lower = String.fromCharCode(code).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : code;
}

/**
 * Aho–Corasick automaton over the characters that its literals use (every other character is one class), case-folded in
 * the class map, so that texts need no lower-casing. One pass tells which literals stand in a text.
 * Source: Aho, Corasick, "Efficient string matching", CACM 18 (1975).
 */
export class Automaton {
  /** Character code -> class. */
  private readonly classes = new Uint16Array(65_536);
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
        const code = fold(literal.charCodeAt(i));
        if (!alphabet.has(code)) alphabet.set(code, alphabet.size + 1);
      }
    for (let code = 0; code < 65_536; code++) {
      const known = alphabet.get(code < 128 || alphabet.has(code) ? fold(code) : foldRare(code));
      if (known) this.classes[code] = known;
    }
    const width = alphabet.size + 1;
    this.width = width;

    const children: Map<number, number>[] = [new Map()];
    const ends: number[][] = [[]];
    for (const [literal, numbers] of literals) {
      let state = 0;
      for (let i = 0; i < literal.length; i++) {
        const cls = alphabet.get(fold(literal.charCodeAt(i)))!;
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
      if (state !== 0) ends[state]!.push(...ends[back]!);
      for (let cls = 0; cls < width; cls++) {
        const child = children[state]!.get(cls);
        const fallback = state === 0 ? 0 : table[back * width + cls]!;
        if (child === undefined) table[state * width + cls] = fallback;
        else {
          table[state * width + cls] = child;
          fail[child] = fallback;
          order.push(child);
        }
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

  /** Call `seen` with the numbers of each literal found; the same numbers may come more than once. */
  scan(text: string, seen: (numbers: Int32Array) => void): void {
    const { next, classes, firstEnding } = this;
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      state = next[state + classes[text.charCodeAt(i)]!]!;
      if (state >= firstEnding) seen(this.endings[(state - firstEnding) / this.width]!);
    }
  }
}

/** Folding of a character outside ASCII that no literal holds itself. */
function foldRare(code: number): number {
  return code > 0x2fff && code < 0xff21 ? code : fold(code);
}
