import { Carry, MAX_RECORD_BYTES, onOneLine, type RecordSink, type Splitter } from '../records.js';

const LINE_FEED = 10;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
/** Digits of a frame's length: the largest frame that is skipped rather than believed to be text. */
const MAX_DIGITS = 7;

/**
 * Cuts a syslog TCP stream into messages, in both framings of RFC 6587: octet counting (`57 <34>1 …`) and lines. Each frame tells
 * its own framing by its first bytes, since real senders mix them. A message of several lines becomes one.
 */
export class SyslogFrames implements Splitter {
  readonly #sink: RecordSink;
  readonly #carry = new Carry();
  /** Digits seen of a length; null inside a message. */
  #digits: string | null = '';
  /** Bytes of a counted message still to come; 0 in a line. */
  #octets = 0;
  /** Messages so far. */
  ended = 0;

  constructor(sink: RecordSink) {
    this.#sink = onOneLine(sink);
  }

  /** Bytes held of a message that has not ended, at most 1 MiB. */
  get pending(): number {
    return Math.min(this.#carry.size, MAX_RECORD_BYTES);
  }

  push(chunk: Buffer): void {
    for (let i = 0; i < chunk.length; ) {
      if (this.#digits !== null) i = this.#begin(chunk, i);
      else if (this.#octets > 0) i = this.#counted(chunk, i);
      else i = this.#line(chunk, i);
    }
  }

  end(): void {
    if (this.#digits) this.#carry.add(Buffer.from(this.#digits));
    if (this.#carry.size > 0) this.#message();
  }

  #begin(chunk: Buffer, from: number): number {
    let i = from;
    for (; i < chunk.length; i++) {
      const byte = chunk[i]!;
      const digits = this.#digits!;
      if (byte >= ZERO && byte <= NINE && digits.length < MAX_DIGITS && !(byte === ZERO && digits === '')) {
        this.#digits = digits + String.fromCharCode(byte);
      } else if (byte === SPACE && digits !== '') {
        this.#octets = Number(digits);
        this.#digits = null;
        return i + 1;
      } else {
        this.#carry.add(Buffer.from(digits));
        this.#digits = null;
        return i;
      }
    }
    return i;
  }

  #counted(chunk: Buffer, from: number): number {
    const part = chunk.subarray(from, from + this.#octets);
    this.#carry.add(part);
    this.#octets -= part.length;
    if (this.#octets === 0) this.#message();
    return from + part.length;
  }

  #line(chunk: Buffer, from: number): number {
    const feed = chunk.indexOf(LINE_FEED, from);
    this.#carry.add(chunk.subarray(from, feed < 0 ? chunk.length : feed));
    if (feed < 0) return chunk.length;
    this.#message();
    return feed + 1;
  }

  #message(): void {
    this.ended += 1;
    this.#carry.deliver(this.#sink, this.ended);
    this.#digits = '';
    this.#octets = 0;
  }
}
