import { isUtf8 } from 'node:buffer';
import type { ErrorCode } from '../errors.js';

/** Bounds of one record, in bytes. */
export const MAX_RECORD_BYTES = 1024 * 1024;
export const SAMPLE_BYTES = 8 * 1024;
const BYTE_ORDER_MARK = 0xfeff;

/** A record that was refused: what is wrong with it, where it stood, and how it begins. */
export interface RefusedLine {
  code: ErrorCode;
  message: string;
  /** Line number, or position in a JSON array, from 1. */
  number: number;
  /** The first 8 KiB, invalid UTF-8 shown as U+FFFD. */
  sample: string;
  /** Its whole size in bytes. */
  bytes: number;
}

/** Takes what a splitter finds. `bytes` is the size of the text in UTF-8. */
export interface RecordSink {
  line(text: string, number: number, bytes: number): void;
  refuse(refused: RefusedLine): void;
}

/** Cuts a stream of bytes into records. What it hands on never contains a line feed. */
export interface Splitter {
  push(chunk: Buffer): void;
  /** What is left without a terminator becomes the last record. */
  end(): void;
}

/** A sink for records that may hold line breaks: each reaches `sink` on one line, trimmed. */
export function onOneLine(sink: RecordSink): RecordSink {
  return {
    line(text, number, bytes) {
      const broken = text.includes('\n') || text.includes('\r');
      const line = (broken ? text.replace(/[\r\n]+/g, ' ') : text).trim();
      sink.line(line, number, line.length === text.length ? bytes : Buffer.byteLength(line));
    },
    refuse: (refused) => sink.refuse(refused),
  };
}

/** The first 8 KiB of a text or of bytes, as text. */
export function sampleOf(content: string | Buffer): string {
  if (typeof content !== 'string') return content.toString('utf8', 0, SAMPLE_BYTES);
  if (content.length * 3 <= SAMPLE_BYTES) return content;
  return Buffer.from(content.slice(0, SAMPLE_BYTES)).toString('utf8', 0, SAMPLE_BYTES);
}

/**
 * Collects the bytes of a record that arrives in pieces. Keeps at most `MAX_RECORD_BYTES` of them, and counts the rest.
 * Pieces are copied into one buffer that doubles: a sender of single bytes costs no more memory than any other.
 */
export class Carry {
  #bytes = Buffer.alloc(0);
  /** Bytes seen, kept or not. */
  size = 0;

  add(piece: Buffer): void {
    const room = MAX_RECORD_BYTES - Math.min(this.size, MAX_RECORD_BYTES);
    const kept = piece.length > room ? piece.subarray(0, room) : piece;
    if (kept.length > 0) {
      const needed = this.size + kept.length;
      if (needed > this.#bytes.length) {
        const grown = Buffer.allocUnsafe(Math.max(needed, Math.min(this.#bytes.length * 2, MAX_RECORD_BYTES), 4096));
        this.#bytes.copy(grown, 0, 0, this.size);
        this.#bytes = grown;
      }
      kept.copy(this.#bytes, this.size);
    }
    this.size += piece.length;
  }

  /** Hand the record to the sink and begin anew. @returns whether there was anything but white space */
  deliver(sink: RecordSink, number: number): boolean {
    const bytes = this.#bytes.subarray(0, Math.min(this.size, MAX_RECORD_BYTES));
    const { size } = this;
    this.drop();
    return deliver(bytes, size, number, sink);
  }

  drop(): void {
    this.size = 0;
    // A buffer grown for one large record is not kept by every idle connection.
    if (this.#bytes.length > 64 * 1024) this.#bytes = Buffer.alloc(0);
  }
}

/**
 * Check one record's bytes and hand it on as text, or as refused.
 * @param bytes the record without its terminator (a carriage return at the end is dropped); only its beginning when it is too long
 * @param size its whole size
 * @returns whether there was anything but white space
 */
export function deliver(bytes: Buffer, size: number, number: number, sink: RecordSink): boolean {
  if (size > MAX_RECORD_BYTES) {
    sink.refuse(tooLong(sampleOf(bytes), number, size));
    return true;
  }
  const length = size > 0 && bytes[size - 1] === 13 ? size - 1 : size;
  const content = length === bytes.length ? bytes : bytes.subarray(0, length);
  if (!isUtf8(content)) {
    const message = 'The line is not valid UTF-8.';
    sink.refuse({ code: 'MDR_LINE_UTF8', message, number, sample: sampleOf(content), bytes: size });
    return true;
  }
  return deliverText(content.toString('utf8'), number, length, sink);
}

/** Hand on a record that is valid text within the limit. @returns whether there was anything but white space */
export function deliverText(text: string, number: number, bytes: number, sink: RecordSink): boolean {
  if (number === 1 && text.charCodeAt(0) === BYTE_ORDER_MARK) {
    text = text.slice(1);
    bytes -= 3;
  }
  if (text.length === 0 || (text.charCodeAt(0) <= 32 && text.trim() === '')) return false;
  sink.line(text, number, bytes);
  return true;
}

export function tooLong(sample: string, number: number, bytes: number): RefusedLine {
  const message = `The line has ${bytes} bytes; the limit is ${MAX_RECORD_BYTES}.`;
  return { code: 'MDR_LINE_TOO_LONG', message, number, sample, bytes };
}
