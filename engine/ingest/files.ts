import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MdrError } from '../errors.js';
import { eventLogRecords, isEventLog } from './evtx/file.js';
import { captureRecords, isCapture } from './pcap/index.js';
import { RecordReader } from './reader.js';
import type { RefusedLine } from './records.js';
import { zipEntries } from './zip.js';

const CHUNK_BYTES = 256 * 1024;
/** Once this much has come out of a compressed file, it must not be more than `MAX_RATIO` times what went in. */
const RATIO_FROM = 64 * 1024 * 1024;
const MAX_RATIO = 500;
const MAGIC_BYTES = 8;
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZIP = [Buffer.from('PK\u0003\u0004'), Buffer.from('PK\u0005\u0006')];

/** One record of a file, with its line number (or position in a JSON array), from 1; or why it was refused. */
export type Line = { line: string; number: number } | { refused: RefusedLine };

/** Whether content that begins so is packed, and with what. */
export function packingOf(head: Buffer): 'gzip' | 'zip' | null {
  if (head.subarray(0, 2).equals(GZIP)) return 'gzip';
  return ZIP.some((begin) => head.subarray(0, begin.length).equals(begin)) ? 'zip' : null;
}

/**
 * Read the records of a log file: plain, gzip or zip (told by its first bytes), holding lines, a JSON array, CloudTrail's
 * `{"Records":[…]}`, a Windows event log (.evtx), or a capture of packets (pcap, pcapng). Of a zip every file is read, one after the other, each numbered from 1. Memory is bounded by a chunk and a record.
 * Records are not checked to be JSON.
 * @param opened the file, when it is open already: read from its beginning, whatever its path leads to by now, and left open
 * @returns batches of records as they come off the disk, of any size above 0
 * @throws MdrError MDR_FILE_UNREADABLE: missing, no permission, corrupt, cut short, encrypted, or a bomb; records before the fault have been yielded
 */
export async function* readBatches(path: string, opened?: FileHandle): AsyncGenerator<Line[], void, undefined> {
  let handle = opened;
  try {
    handle ??= await open(path);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Error('it is a folder');
    // A pipe cannot be looked into beforehand: it is read as it is.
    const magic = Buffer.alloc(MAGIC_BYTES);
    if (stat.isFile()) await handle.read(magic, 0, MAGIC_BYTES, 0);
    const packing = packingOf(magic);
    if (packing === 'zip') {
      for await (const entry of zipEntries(handle.fd, MAX_RATIO, RATIO_FROM))
        yield* records(/\.gz$/i.test(entry.name) ? gunzipped(entry.content, entry.size) : entry.content);
    } else {
      const start = stat.isFile() ? { start: 0 } : {};
      const file = handle.createReadStream({ ...start, autoClose: false, highWaterMark: CHUNK_BYTES });
      yield* records(packing === 'gzip' ? gunzipped(file, stat.size) : file);
    }
  } catch (cause) {
    if (cause instanceof MdrError) throw cause;
    throw new MdrError(
      'MDR_FILE_UNREADABLE',
      `${path} cannot be read: ${(cause as Error).message}.`,
      'Give a file that this user may read.',
      { cause },
    );
  } finally {
    if (!opened) await handle?.close();
  }
}

/** Records of any content that is not packed: told by its first bytes. */
async function* records(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[], void, undefined> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    let head: Buffer = Buffer.alloc(0);
    // A pipe may give a few bytes at first.
    for (let next = await source.next(); !next.done; next = await source.next()) {
      head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
      if (head.length >= MAGIC_BYTES) break;
    }
    if (head.length === 0) return;
    async function* all(): AsyncGenerator<Buffer, void, undefined> {
      yield head;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
    }
    if (isEventLog(head)) yield* eventLogRecords(all());
    else if (isCapture(head)) yield* captureRecords(all());
    else yield* textRecords(all());
  } finally {
    await source.return?.();
  }
}

async function* textRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[], void, undefined> {
  let batch: Line[] = [];
  const reader = new RecordReader({
    line: (line, number) => batch.push({ line, number }),
    refuse: (refused) => batch.push({ refused }),
  });
  const flush = (): Line[] => {
    const full = batch;
    batch = [];
    return full;
  };
  for await (const chunk of chunks) {
    reader.push(chunk);
    if (batch.length > 0) yield flush();
  }
  reader.end();
  if (batch.length > 0) yield flush();
}

async function* gunzipped(source: Readable, size: number): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  // Errors of either stream come out of the loop.
  const plain = pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), () => {});
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > RATIO_FROM && bytes > size * MAX_RATIO)
      throw new Error(`it grows to more than ${MAX_RATIO} times its size`);
    yield chunk;
  }
}
