import { crc32 } from 'node:zlib';
import { MAX_RECORD_BYTES, type RefusedLine, tooLong } from '../records.js';
import { CHUNK_BYTES, isUnused, readChunk } from './chunk.js';

const HEADER_BYTES = 4096;
const MAGIC = Buffer.from('ElfFile\0', 'latin1');
const SAMPLE_BYTES = 64;

/** Whether content that begins so is a Windows event log. */
export const isEventLog = (head: Buffer): boolean => head.subarray(0, MAGIC.length).equals(MAGIC);

/** One record, numbered from 1 as it stands in the file; or what is damaged. */
export type EventLogItem = { line: string; number: number } | { refused: RefusedLine };

/**
 * Read a Windows event log (.evtx, version 3.x) from its bytes, a chunk of 64 KiB at a time: what records are is in `render.ts`.
 * What is damaged comes out as refused with MDR_EVTX_DAMAGED, and everything else is read.
 */
export async function* eventLogRecords(bytes: AsyncIterable<Buffer>): AsyncGenerator<EventLogItem[], void, undefined> {
  let number = 0;
  let index = -1;
  for await (const block of blocks(bytes)) {
    if (index < 0) {
      const fault = headerFault(block);
      if (fault) yield [{ refused: damaged('The header', fault, block, 1) }];
      index = 0;
      continue;
    }
    if (!isUnused(block)) {
      const items: EventLogItem[] = [];
      for (const found of readChunk(block)) {
        if ('json' in found) {
          number += 1;
          const size = Buffer.byteLength(found.json);
          if (size <= MAX_RECORD_BYTES) items.push({ line: found.json, number });
          else items.push({ refused: tooLong(found.json.slice(0, 8192), number, size) });
        } else {
          const what = found.at === 0 ? `Chunk ${index}` : `A record of chunk ${index}, at byte ${found.at}`;
          const sample = block.subarray(found.at, found.at + Math.min(found.bytes, SAMPLE_BYTES));
          items.push({ refused: { ...damaged(what, found.fault, sample, number + 1), bytes: found.bytes } });
        }
      }
      if (items.length > 0) yield items;
    }
    index += 1;
  }
}

function damaged(what: string, fault: string, bytes: Buffer, number: number): RefusedLine {
  const message = `${what} of this event log is damaged: ${fault}.`;
  // A letter of its own for each place, also where the bytes are alike.
  const sample = `${what}: ${bytes.toString('hex', 0, SAMPLE_BYTES)}`;
  return { code: 'MDR_EVTX_DAMAGED', message, number, sample, bytes: bytes.length };
}

function headerFault(header: Buffer): string | null {
  if (header.length < HEADER_BYTES) return 'it is cut short';
  if (crc32(header.subarray(0, 120)) !== header.readUInt32LE(124)) return 'its checksum does not fit';
  return header.readUInt16LE(38) === 3 ? null : `its version is ${header.readUInt16LE(38)}, not 3`;
}

/** The header, then chunk after chunk; the last may be short. */
async function* blocks(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let size = HEADER_BYTES;
  let held: Buffer[] = [];
  let length = 0;
  for await (const piece of bytes) {
    held.push(piece);
    length += piece.length;
    if (length < size) continue;
    const whole = Buffer.concat(held, length);
    let at = 0;
    for (; at + size <= length; size = CHUNK_BYTES) {
      yield whole.subarray(at, at + size);
      at += size;
    }
    held = at < length ? [whole.subarray(at)] : [];
    length -= at;
  }
  if (length > 0) yield Buffer.concat(held, length);
}
