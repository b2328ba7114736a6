import type { Readable } from 'node:stream';
import { fromFdPromise } from 'yauzl';

const MAX_ENTRIES = 10_000;

/** One file of an archive. */
export interface ZipEntry {
  name: string;
  /** Compressed size in bytes. */
  size: number;
  content: Readable;
}

/**
 * The files of a zip archive, one after the other: read each to its end before asking for the next. Nothing is written anywhere, so
 * names cannot point outside.
 * @param maxRatio how many times its size a file of more than `ratioFrom` bytes may grow to
 * @throws Error for what is not a zip, has too many files, or holds one that is encrypted, a further zip, or a bomb
 */
export async function* zipEntries(
  fd: number,
  maxRatio: number,
  ratioFrom: number,
): AsyncGenerator<ZipEntry, void, undefined> {
  const zip = await fromFdPromise(fd, { autoClose: false, lazyEntries: true });
  if (zip.entryCount > MAX_ENTRIES) throw new Error(`it holds ${zip.entryCount} files; the limit is ${MAX_ENTRIES}`);
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    // Folders, and what macOS adds beside each file.
    if (name.endsWith('/') || name.startsWith('__MACOSX/')) continue;
    if (entry.isEncrypted()) throw new Error(`"${name}" in it is encrypted: unpack it first`);
    if (/\.zip$/i.test(name)) throw new Error(`"${name}" in it is a further archive: unpack it first`);
    if (entry.uncompressedSize > ratioFrom && entry.uncompressedSize > entry.compressedSize * maxRatio)
      throw new Error(`"${name}" in it grows to more than ${maxRatio} times its size`);
    yield { name, size: entry.compressedSize, content: await zip.openReadStreamPromise(entry) };
  }
}
