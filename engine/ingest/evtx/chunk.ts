import { crc32 } from 'node:zlib';
import { BinXml } from './binxml.js';
import { Budget, Fault } from './fault.js';
import { render } from './render.js';

export const CHUNK_BYTES = 65_536;
const HEADER_BYTES = 512;
const RECORD_HEADER = 24;
const SIGNATURE = Buffer.from('ElfChnk\0', 'latin1');
const RECORD = Buffer.from([0x2a, 0x2a, 0, 0]);
/** What one record, and all records of one chunk, may unfold to: steps of work, and characters. */
const PER_RECORD = [20_000, 1024 * 1024] as const;
const PER_CHUNK = [1_000_000, 16 * 1024 * 1024] as const;

/** A record as JSON, or what is damaged, and where it begins. */
export type Found = { json: string } | { fault: string; at: number; bytes: number };

/** Whether a block is a part of the file that was reserved and never written. */
export const isUnused = (block: Buffer): boolean => block.every((byte) => byte === 0);

/**
 * The records of a chunk of 64 KiB. A checksum that does not fit is told, and what is whole is read nonetheless: a log copied while
 * it was being written looks so, and so does one that somebody has meddled with.
 */
export function* readChunk(chunk: Buffer): Generator<Found, void, undefined> {
  if (!chunk.subarray(0, 8).equals(SIGNATURE)) {
    yield { fault: 'it is no chunk of an event log', at: 0, bytes: chunk.length };
    return;
  }
  if (chunk.length < CHUNK_BYTES) yield { fault: 'it is cut short', at: 0, bytes: chunk.length };
  if (chunk.length < HEADER_BYTES) return;
  const free = chunk.readUInt32LE(48);
  const end = free >= HEADER_BYTES && free <= chunk.length ? free : chunk.length;
  const fault = checksums(chunk, end, free);
  if (fault && chunk.length === CHUNK_BYTES) yield { fault, at: 0, bytes: chunk.length };

  const xml = new BinXml(chunk);
  const budget = new Budget(...PER_CHUNK);
  for (let at = HEADER_BYTES; at + RECORD_HEADER < end; ) {
    const size = sizeOf(chunk, at, end);
    if (size === 0) {
      const next = nextRecord(chunk, at + 1, end);
      yield { fault: 'there is no record where one must begin', at, bytes: next - at };
      at = next;
      continue;
    }
    try {
      const own = new Budget(...PER_RECORD, budget);
      const content = xml.read(at + RECORD_HEADER, at + size - 4, own);
      yield { json: JSON.stringify(render(content, xml, own)) };
    } catch (error) {
      if (!(error instanceof Fault || error instanceof RangeError)) throw error;
      const reason = error instanceof Fault ? error.message : 'it reaches beyond its chunk';
      yield { fault: reason, at, bytes: size };
      if (budget.spent) return;
    }
    at += size;
  }
}

/** Size of the record that begins at `at`; 0 when none does. It is written at both ends. */
function sizeOf(chunk: Buffer, at: number, end: number): number {
  if (chunk.compare(RECORD, 0, 4, at, at + 4) !== 0) return 0;
  const size = chunk.readUInt32LE(at + 4);
  if (size < RECORD_HEADER + 5 || at + size > end) return 0;
  return chunk.readUInt32LE(at + size - 4) === size ? size : 0;
}

/** Where the next whole record begins; the end when there is none. */
function nextRecord(chunk: Buffer, from: number, end: number): number {
  for (let at = chunk.indexOf(RECORD, from); at >= 0 && at + RECORD_HEADER < end; at = chunk.indexOf(RECORD, at + 1))
    if (sizeOf(chunk, at, end) > 0) return at;
  return end;
}

function checksums(chunk: Buffer, end: number, free: number): string | null {
  const header = crc32(chunk.subarray(128, HEADER_BYTES), crc32(chunk.subarray(0, 120)));
  if (header !== chunk.readUInt32LE(124)) return 'the checksum of its header does not fit';
  if (end !== free) return 'its header names an end that it cannot have';
  if (crc32(chunk.subarray(HEADER_BYTES, end)) !== chunk.readUInt32LE(52))
    return 'the checksum of its records does not fit';
  return null;
}
