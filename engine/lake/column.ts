import type { ColumnType } from './schema.js';

const FIRST_ROWS = 4096;
const FIRST_BYTES = 64 * 1024;

/** An array of at least so many places, with what the old one holds. */
function grown<T extends Uint32Array | Float64Array | Uint8Array>(array: T, places: number): T {
  if (places <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(places, array.length * 2));
  larger.set(array as never);
  return larger;
}

/** Texts one behind the other, as UTF-8. */
export class Texts {
  /** Where each begins, and as last where the next one will. */
  starts = new Uint32Array(FIRST_ROWS);
  bytes: Buffer = Buffer.allocUnsafe(0);
  count = 0;

  get size(): number {
    return this.starts[this.count]!;
  }

  add(text: string): void {
    const at = this.size;
    // A UTF-16 unit takes at most three bytes.
    const most = at + text.length * 3;
    if (most > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(most, this.bytes.length * 2, FIRST_BYTES));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    this.starts = grown(this.starts, this.count + 2);
    this.starts[++this.count] = at + this.bytes.write(text, at);
  }

  at(index: number): string {
    return this.bytes.toString('utf8', this.starts[index], this.starts[index + 1]);
  }

  truncate(count: number): void {
    this.count = Math.min(this.count, count);
  }
}

/** Texts that repeat: each is kept once. Code 0 is none, code n is text n - 1. */
export class WordColumn {
  readonly words = new Texts();
  codes = new Uint32Array(FIRST_ROWS);
  #known = new Map<string, number>();
  #places = new Uint32Array(0);

  set(row: number, text: string): void {
    let code = this.#known.get(text);
    if (code === undefined) {
      this.words.add(text);
      code = this.words.count;
      this.#known.set(text, code);
    }
    this.codes = grown(this.codes, row + 1);
    this.codes[row] = code;
  }

  code(row: number): number {
    return row < this.codes.length ? this.codes[row]! : 0;
  }

  /** Forget the rows from one on; none is left from 0 on. */
  truncate(row: number): void {
    this.codes.fill(0, Math.min(row, this.codes.length));
    if (row > 0) return;
    this.words.truncate(0);
    this.#known = new Map();
  }

  /** A number for each code, for whoever goes through rows: all are 0, and left so. */
  get places(): Uint32Array {
    this.#places = grown(this.#places, this.words.count + 1);
    return this.#places;
  }

  /** For each code its place in the order of bytes, which is how DuckDB sorts; none comes last. */
  ranks(): Uint32Array {
    const { starts, bytes, count } = this.words;
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    order.sort((a, b) => bytes.compare(bytes, starts[b]!, starts[b + 1]!, starts[a]!, starts[a + 1]!));
    const ranks = new Uint32Array(count + 1);
    ranks[0] = count;
    for (let place = 0; place < count; place++) ranks[order[place]! + 1] = place;
    return ranks;
  }
}

const BOUNDS: Partial<Record<ColumnType, number>> = { INTEGER: 2 ** 31, BIGINT: 2 ** 63 };

/** Whole numbers; what is none within its type's bounds is NaN. */
export class NumberColumn {
  values = new Float64Array(FIRST_ROWS).fill(Number.NaN);
  readonly #bound: number;

  constructor(readonly type: ColumnType) {
    this.#bound = BOUNDS[type]!;
  }

  set(row: number, value: unknown): void {
    const number = Math.round(Number(value));
    if (!(number >= -this.#bound && number < this.#bound)) return;
    const had = this.values.length;
    this.values = grown(this.values, row + 1);
    if (this.values.length > had) this.values.fill(Number.NaN, had);
    this.values[row] = number;
  }

  value(row: number): number {
    return row < this.values.length ? this.values[row]! : Number.NaN;
  }

  truncate(row: number): void {
    this.values.fill(Number.NaN, Math.min(row, this.values.length));
  }
}
