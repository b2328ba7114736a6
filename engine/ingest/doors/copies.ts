import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { hashOf, type Progress, readAt, tailOf } from './places.js';

const PIECE_BYTES = 256 * 1024;

/**
 * Whether a file begins with what was read of another: then a rotation has copied that one, and what was read is not read again.
 * @returns null: not so far, since the file is shorter
 */
export async function isCopy(handle: FileHandle, size: number, read: Progress): Promise<boolean | null> {
  if (size < read.headBytes || hashOf(await readAt(handle, 0, read.headBytes)) !== read.head) return false;
  if (size < read.offset) return null;
  const { from, length } = tailOf(read.offset);
  return hashOf(await readAt(handle, from, length)) === read.tail;
}

/** Not a stream of the handle's own: one that is given up halfway would close it. */
async function* pieces(handle: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; ; ) {
    const piece = await readAt(handle, at, PIECE_BYTES);
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}

/** The same for a file packed with gzip. */
export async function isPackedCopy(handle: FileHandle, read: Progress): Promise<boolean> {
  const { from } = tailOf(read.offset);
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let at = 0;
  const plain = pipeline(Readable.from(pieces(handle)), createGunzip(), () => {});
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      if (at < read.headBytes) {
        head.push(chunk.subarray(0, read.headBytes - at));
        if (at + chunk.length >= read.headBytes && hashOf(Buffer.concat(head)) !== read.head) return false;
      }
      if (at + chunk.length > from) tail.push(chunk.subarray(Math.max(0, from - at), Math.max(0, read.offset - at)));
      at += chunk.length;
      if (at >= read.offset) return hashOf(Buffer.concat(tail)) === read.tail;
    }
  } catch {
    // What is wrong with it is told when it is read.
  }
  return false;
}
