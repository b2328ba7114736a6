import { isAscii, isUtf8 } from 'node:buffer';
import {
  Carry,
  deliver,
  deliverText,
  MAX_RECORD_BYTES,
  type RecordSink,
  type Splitter,
  sampleOf,
  tooLong,
} from './records.js';

const LINE_FEED = 10;

/**
 * Cuts bytes into lines: LF or CRLF, blank lines skipped, a byte order mark at the start dropped. A line over 1 MiB is refused
 * with MDR_LINE_TOO_LONG, one that is not UTF-8 with MDR_LINE_UTF8. Memory is bounded by one line and one chunk.
 */
export class LineSplitter implements Splitter {
  readonly #sink: RecordSink;
  readonly #carry = new Carry();
  /** Lines ended so far, blank ones included. */
  ended: number;
  /** Bytes of the lines ended so far, with their terminators: where to go on after a restart. */
  consumed = 0;

  /** @param ended number of the line before the first */
  constructor(sink: RecordSink, ended = 0) {
    this.#sink = sink;
    this.ended = ended;
  }

  /** Bytes of the line that has not ended yet. */
  get pending(): number {
    return this.#carry.size;
  }

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#carry.size > 0) {
      const feed = chunk.indexOf(LINE_FEED);
      this.#carry.add(feed < 0 ? chunk : chunk.subarray(0, feed));
      if (feed < 0) return;
      this.#endCarried(1);
      start = feed + 1;
    }
    const last = chunk.lastIndexOf(LINE_FEED);
    if (last >= start) this.#whole(chunk.subarray(start, last + 1));
    if (Math.max(last + 1, start) < chunk.length) this.#carry.add(chunk.subarray(Math.max(last + 1, start)));
  }

  end(): void {
    if (this.#carry.size > 0) this.#endCarried(0);
  }

  #endCarried(terminator: number): void {
    this.consumed += this.#carry.size + terminator;
    this.ended += 1;
    this.#carry.deliver(this.#sink, this.ended);
  }

  /** Whole lines. Text is checked and decoded once for all of them, three times as quick as line by line. */
  #whole(region: Buffer): void {
    this.consumed += region.length;
    if (!isUtf8(region)) {
      this.#oneByOne(region);
      return;
    }
    const ascii = isAscii(region);
    const text = region.toString(ascii ? 'latin1' : 'utf8');
    for (let start = 0; start < text.length; ) {
      const feed = text.indexOf('\n', start);
      const line = text.slice(start, feed > start && text.charCodeAt(feed - 1) === 13 ? feed - 1 : feed);
      const bytes = ascii ? line.length : Buffer.byteLength(line);
      this.ended += 1;
      if (bytes > MAX_RECORD_BYTES) this.#sink.refuse(tooLong(sampleOf(line), this.ended, bytes));
      else deliverText(line, this.ended, bytes, this.#sink);
      start = feed + 1;
    }
  }

  #oneByOne(region: Buffer): void {
    for (let start = 0; start < region.length; ) {
      const feed = region.indexOf(LINE_FEED, start);
      this.ended += 1;
      const line = region.subarray(start, feed);
      deliver(line, line.length, this.ended, this.#sink);
      start = feed + 1;
    }
  }
}
