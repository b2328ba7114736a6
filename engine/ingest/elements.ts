import { Carry, onOneLine, type RecordSink } from './records.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Cuts the inside of a JSON array into its elements without building the array: an array of millions of small values, or one
 * that never ends, costs the memory of one element. Elements are found, not checked: parsing each is the next step.
 * Begin it behind the opening bracket.
 */
export class ElementSplitter {
  readonly #sink: RecordSink;
  readonly #carry = new Carry();
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Elements ended so far. */
  ended: number;

  constructor(sink: RecordSink, ended = 0) {
    // In valid JSON a raw line break is white space between tokens: taking it out changes no value.
    this.#sink = onOneLine(sink);
    this.ended = ended;
  }

  /** @returns index behind the closing bracket, or -1 while the array goes on */
  push(chunk: Buffer): number {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth += 1;
      else if (this.#depth > 0) {
        if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth -= 1;
      } else if (byte === COMMA || byte === CLOSE_BRACKET) {
        this.#element(chunk.subarray(start, i));
        start = i + 1;
        if (byte === CLOSE_BRACKET) return start;
      }
    }
    this.#carry.add(chunk.subarray(start));
    return -1;
  }

  /** The array was cut short: what there is of its last element becomes a record, which its parser will refuse. */
  end(): void {
    this.#element(Buffer.alloc(0));
  }

  #element(rest: Buffer): void {
    this.#carry.add(rest);
    // White space alone is an empty array or a comma too many: no element.
    if (this.#carry.deliver(this.#sink, this.ended + 1)) this.ended += 1;
  }
}
