import { type FileHandle, open } from 'node:fs/promises';
import type { Texts, WordColumn } from './column.js';
import type { Packer } from './pack.js';
import { encode, i32, i64, list, struct, type Thrift, text } from './thrift.js';

/**
 * Parquet without compression, statistics or sorting, for DuckDB to read once and write better: several times faster than its other ways
 * in. Format: https://parquet.apache.org/docs/file-format/ (data pages of version 1).
 */

/** Rows of a row group (no more than two bytes can count), and bytes of originals: what is small stays in the processor's cache. */
const GROUP_ROWS = 8192;
const GROUP_BYTES = 8 * 1024 * 1024;

const INT32 = 1;
const INT64 = 2;
const BYTE_ARRAY = 6;
const UTF8 = 0;
const OPTIONAL = 1;
const PLAIN = 0;
const RLE = 3;
const RLE_DICTIONARY = 8;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const MAGIC = Buffer.from('PAR1');

interface Column {
  name: string;
  type: number;
  /** Its pages for some rows. */
  put(pages: Pages, rows: Uint32Array): void;
}

/** Write some rows of a packer to a new file. @returns names of its columns: those without any value are not in it */
export async function writePlain(path: string, packer: Packer, order: Uint32Array): Promise<string[]> {
  const columns = columnsOf(packer, order);
  const groups: Thrift[] = [];
  const pages = new Pages();
  const handle = await open(path, 'wx');
  try {
    pages.out.put(MAGIC);
    let begin = 0;
    for (let from = 0; from < order.length; ) {
      const until = groupEnd(packer.originals, order, from);
      const rows = order.subarray(from, until);
      const first = begin + pages.out.at;
      const chunks = columns.map((column) => {
        pages.start(begin);
        column.put(pages, rows);
        return chunkOf(column, rows.length, pages);
      });
      begin += await pages.out.flush(handle);
      groups.push(struct({ 1: list(chunks), 2: i64(begin - first), 3: i64(rows.length) }));
      from = until;
    }
    const footer = footerOf(columns, order.length, groups);
    pages.out.put(footer);
    pages.out.number(footer.length);
    pages.out.put(MAGIC);
    await pages.out.flush(handle);
  } finally {
    await handle.close();
  }
  return columns.map(({ name }) => name);
}

/** Bytes on their way; its memory is used again. */
class Out {
  bytes: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  at = 0;

  room(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.at + size, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  put(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  number(value: number): void {
    this.room(4);
    this.at = this.bytes.writeUInt32LE(value, this.at);
  }

  varint(value: number): void {
    this.room(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.bytes[this.at++] = (rest & 127) | 128;
    this.bytes[this.at++] = rest;
  }

  async flush(handle: FileHandle): Promise<number> {
    const size = this.at;
    for (let done = 0; done < size; ) done += (await handle.write(this.bytes, done, size - done)).bytesWritten;
    this.at = 0;
    return size;
  }
}

/** The pages of one column after the other. */
class Pages {
  readonly out = new Out();
  /** The page that is being made: its header, which says how long it is, comes before it. */
  readonly page = new Out();
  /** Where in the file the column begins, its data page, and its end. */
  first = 0;
  data = 0;
  end = 0;
  #begin = 0;

  /** @param begin where in the file `out` begins */
  start(begin: number): void {
    this.#begin = begin;
    this.first = begin + this.out.at;
  }

  dictionary(words: number): void {
    this.#put({ 1: i32(DICTIONARY_PAGE), 7: struct({ 1: i32(words), 2: i32(PLAIN) }) });
  }

  values(rows: number, encoding: number): void {
    this.data = this.#begin + this.out.at;
    const data = struct({ 1: i32(rows), 2: i32(encoding), 3: i32(RLE), 4: i32(RLE) });
    this.#put({ 1: i32(DATA_PAGE), 5: data });
  }

  #put(header: Record<number, Thrift>): void {
    const { page, out } = this;
    out.put(encode({ ...header, 2: i32(page.at), 3: i32(page.at) }));
    out.put(page.bytes.subarray(0, page.at));
    page.at = 0;
    this.end = this.#begin + out.at;
  }
}

function groupEnd(originals: Texts, order: Uint32Array, from: number): number {
  let bytes = 0;
  const last = Math.min(order.length, from + GROUP_ROWS);
  for (let at = from; at < last; at++) {
    bytes += originals.sizeOf(order[at]!);
    if (bytes > GROUP_BYTES && at > from) return at;
  }
  return last;
}

function columnsOf(packer: Packer, order: Uint32Array): Column[] {
  const { times, ids, originals } = packer;
  const columns: Column[] = [
    { name: 'time', type: INT64, put: (pages, rows) => putNumbers(pages, (row) => times[row]!, rows, INT64) },
    { name: 'id', type: BYTE_ARRAY, put: (pages, rows) => putTexts(pages, ids, rows) },
    { name: 'original', type: BYTE_ARRAY, put: (pages, rows) => putTexts(pages, originals, rows) },
  ];
  for (const [name, column] of packer.words)
    if (order.some((row) => column.code(row) > 0))
      columns.push({ name, type: BYTE_ARRAY, put: (pages, rows) => putWords(pages, column, rows) });
  for (const [name, column] of packer.numbers) {
    if (!order.some((row) => !Number.isNaN(column.value(row)))) continue;
    const type = column.type === 'BIGINT' ? INT64 : INT32;
    columns.push({ name, type, put: (pages, rows) => putNumbers(pages, (row) => column.value(row), rows, type) });
  }
  return columns;
}

/** Which rows have a value, one bit each, as Parquet's definition levels. */
function putLevels(page: Out, rows: Uint32Array, has: (row: number) => boolean): void {
  const octets = Math.ceil(rows.length / 8);
  const place = page.at;
  page.number(0);
  page.varint((octets << 1) | 1);
  page.room(octets);
  const { bytes, at } = page;
  bytes.fill(0, at, at + octets);
  for (let n = 0; n < rows.length; n++) if (has(rows[n]!)) bytes[at + (n >> 3)]! |= 1 << (n & 7);
  page.at += octets;
  bytes.writeUInt32LE(page.at - place - 4, place);
}

function putNumbers(pages: Pages, value: (row: number) => number, rows: Uint32Array, type: number): void {
  const { page } = pages;
  putLevels(page, rows, (row) => !Number.isNaN(value(row)));
  page.room(rows.length * 8);
  for (const row of rows) {
    const number = value(row);
    if (Number.isNaN(number)) continue;
    if (type === INT32) page.at = page.bytes.writeInt32LE(number, page.at);
    else {
      const high = Math.floor(number / 2 ** 32);
      page.at = page.bytes.writeUInt32LE(number - high * 2 ** 32, page.at);
      page.at = page.bytes.writeInt32LE(high, page.at);
    }
  }
  pages.values(rows.length, PLAIN);
}

/** @param indices which of them */
function putPlain(page: Out, texts: Texts, indices: Uint32Array): void {
  for (const index of indices) {
    page.room(texts.sizeOf(index));
    page.at = texts.copy(index, page.bytes, page.at);
  }
}

function putTexts(pages: Pages, texts: Texts, rows: Uint32Array): void {
  putLevels(pages.page, rows, () => true);
  putPlain(pages.page, texts, rows);
  pages.values(rows.length, PLAIN);
}

/** The words that occur in these rows, and for each row which one. */
function putWords(pages: Pages, column: WordColumn, rows: Uint32Array): void {
  const places = column.places;
  const used = new Uint32Array(Math.min(rows.length, column.words.count));
  const indices = new Uint32Array(rows.length);
  let words = 0;
  let values = 0;
  for (const row of rows) {
    const code = column.code(row);
    if (code === 0) continue;
    let place = places[code]!;
    if (place === 0) {
      used[words++] = code - 1;
      place = words;
      places[code] = place;
    }
    indices[values++] = place - 1;
  }
  const dictionary = used.subarray(0, words);
  for (const index of dictionary) places[index + 1] = 0;
  putPlain(pages.page, column.words, dictionary);
  pages.dictionary(words);
  putLevels(pages.page, rows, (row) => column.code(row) > 0);
  putIndices(pages.page, indices.subarray(0, values), words);
  pages.values(rows.length, RLE_DICTIONARY);
}

/** Indices of one or two whole bytes each: more than bit by bit, but nobody keeps them. */
function putIndices(page: Out, indices: Uint32Array, words: number): void {
  const width = words <= 256 ? 1 : 2;
  const octets = Math.ceil(indices.length / 8);
  page.room(octets * 8 * width + 6);
  page.bytes[page.at++] = width * 8;
  page.varint((octets << 1) | 1);
  const { bytes } = page;
  let { at } = page;
  for (const index of indices) {
    bytes[at++] = index & 255;
    if (width === 2) bytes[at++] = index >> 8;
  }
  // The last eight are whole.
  page.at += octets * 8 * width;
  bytes.fill(0, at, page.at);
}

function chunkOf({ name, type }: Column, rows: number, { first, data, end }: Pages): Thrift {
  const meta = struct({
    1: i32(type),
    2: list([i32(PLAIN), i32(RLE), i32(RLE_DICTIONARY)]),
    3: list([text(name)]),
    4: i32(0),
    5: i64(rows),
    6: i64(end - first),
    7: i64(end - first),
    9: i64(data),
    11: data > first ? i64(first) : undefined,
  });
  return struct({ 2: i64(first), 3: meta });
}

function footerOf(columns: readonly Column[], rows: number, groups: Thrift[]): Buffer {
  const schema = [
    struct({ 4: text('schema'), 5: i32(columns.length) }),
    ...columns.map(({ name, type }) =>
      struct({ 1: i32(type), 3: i32(OPTIONAL), 4: text(name), 6: type === BYTE_ARRAY ? i32(UTF8) : undefined }),
    ),
  ];
  return encode({ 1: i32(1), 2: list(schema), 3: i64(rows), 4: list(groups) });
}
