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

const BLOCK_BYTES = 1024 * 1024;
/** Below, a loop is quicker than a call. */
const SHORT = 48;

/** Texts as Parquet has them: UTF-8, each behind its length (4 bytes). In blocks, so that what is there is never moved. */
export class Texts {
  #blocks: Buffer[] = [];
  #at = 0;
  #size = 0;
  /** In which block each is, and where in it. */
  #block = new Uint32Array(FIRST_ROWS);
  #place = new Uint32Array(FIRST_ROWS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** In bytes, with lengths. */
  get size(): number {
    return this.#size;
  }

  add(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    const most = 4 + text.length * 3;
    let block = this.#blocks.at(-1);
    if (block === undefined || this.#at + most > block.length) {
      const bytes = this.#blocks.length === 0 ? FIRST_BYTES : BLOCK_BYTES;
      block = Buffer.allocUnsafeSlow(Math.max(bytes, most));
      this.#blocks.push(block);
      this.#at = 0;
    }
    const index = this.#count;
    this.#block = grown(this.#block, index + 1);
    this.#place = grown(this.#place, index + 1);
    const length = block.write(text, this.#at + 4);
    block.writeUInt32LE(length, this.#at);
    this.#block[index] = this.#blocks.length - 1;
    this.#place[index] = this.#at;
    this.#at += 4 + length;
    this.#size += 4 + length;
    this.#count++;
  }

  /** Bytes of one, with its length. */
  sizeOf(index: number): number {
    return 4 + this.#blocks[this.#block[index]!]!.readUInt32LE(this.#place[index]!);
  }

  at(index: number): string {
    return this.bytesOf(index).toString('utf8');
  }

  bytesOf(index: number): Buffer {
    const from = this.#place[index]!;
    return this.#blocks[this.#block[index]!]!.subarray(from + 4, from + this.sizeOf(index));
  }

  /** Put one, with its length, into a buffer that has room. @returns where it ends there */
  copy(index: number, into: Buffer, at: number): number {
    const block = this.#blocks[this.#block[index]!]!;
    const from = this.#place[index]!;
    const size = 4 + block.readUInt32LE(from);
    if (size > SHORT) block.copy(into, at, from, from + size);
    else for (let byte = 0; byte < size; byte++) into[at + byte] = block[from + byte]!;
    return at + size;
  }

  /** Forget those from one on. */
  truncate(count: number): void {
    for (let index = count; index < this.#count; index++) this.#size -= this.sizeOf(index);
    this.#count = Math.min(this.#count, count);
    if (count > 0) return;
    this.#blocks = [];
    this.#at = 0;
  }
}

/** Texts that repeat: each is kept once. Code 0 is none, code n is text n - 1. */
export class WordColumn {
  readonly words = new Texts();
  codes = new Uint32Array(FIRST_ROWS);
  #known = new Map<string, number>();
  #last: string | null = null;
  #lastCode = 0;
  #places = new Uint32Array(0);

  set(row: number, text: string): void {
    // Often the same as just before, which is seen without a hash of it.
    let code: number | undefined = text === this.#last ? this.#lastCode : this.#known.get(text);
    if (code === undefined) {
      this.words.add(text);
      code = this.words.count;
      this.#known.set(text, code);
    }
    this.#last = text;
    this.#lastCode = code;
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
    this.#last = null;
  }

  /** A number for each code, for whoever goes through rows: all are 0, and left so. */
  get places(): Uint32Array {
    this.#places = grown(this.#places, this.words.count + 1);
    return this.#places;
  }

  /** For each code its place in the order of bytes, which is how DuckDB sorts; none comes last. */
  ranks(): Uint32Array {
    const { count } = this.words;
    const texts = Array.from({ length: count }, (_, index) => this.words.bytesOf(index));
    const order = Uint32Array.from(texts, (_, index) => index);
    order.sort((a, b) => Buffer.compare(texts[a]!, texts[b]!));
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
