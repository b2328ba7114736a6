import { Carry, onOneLine, type RecordSink } from './records.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const isBetween = (byte: number): boolean => byte <= 0x20 || byte === COMMA;

/**
 * Cuts JSON objects that follow each other with nothing, white space or commas between them. Objects are found, not checked. What
 * begins like no object makes a last record of all the rest, up to its bound, which its parser refuses: nothing behind it can be
 * told apart.
 */
export class ObjectSplitter {
  readonly #sink: RecordSink;
  readonly #carry = new Carry();
  #depth = 0;
  #inString = false;
  #escaped = false;
  #lost = false;
  /** Objects ended so far. */
  ended = 0;

  constructor(sink: RecordSink) {
    this.#sink = onOneLine(sink);
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let i = 0; i < chunk.length && !this.#lost; i++) {
      const byte = chunk[i]!;
      if (this.#depth === 0) {
        if (isBetween(byte)) start = i + 1;
        else if (byte === OPEN_BRACE) this.#depth = 1;
        else this.#lost = true;
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth += 1;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#object(chunk.subarray(start, i + 1));
        start = i + 1;
      }
    }
    if (start < chunk.length) this.#carry.add(chunk.subarray(start));
  }

  /** What is left is an object cut short, or no object at all. */
  end(): void {
    this.#object(Buffer.alloc(0));
  }

  #object(rest: Buffer): void {
    this.#carry.add(rest);
    if (this.#carry.deliver(this.#sink, this.ended + 1)) this.ended += 1;
  }
}
