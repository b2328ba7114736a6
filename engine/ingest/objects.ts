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
    // Every byte passes here: what changes with it is kept in local variables.
    let start = 0;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let lost = this.#lost;
    const { length } = chunk;
    for (let i = 0; i < length && !lost; i++) {
      let byte = chunk[i]!;
      if (inString) {
        if (escaped) {
          escaped = false;
          continue;
        }
        // Most bytes are in strings, and mean nothing there.
        while (byte !== QUOTE && byte !== BACKSLASH && ++i < length) byte = chunk[i]!;
        if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) escaped = true;
      } else if (depth === 0) {
        if (isBetween(byte)) start = i + 1;
        else if (byte === OPEN_BRACE) depth = 1;
        else lost = true;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth > 0) continue;
        this.#object(chunk.subarray(start, i + 1));
        start = i + 1;
      }
    }
    if (start < length) this.#carry.add(chunk.subarray(start));
    this.#lost = lost;
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
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
