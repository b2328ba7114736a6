import { type FileHandle, open } from 'node:fs/promises';
import type { Texts, WordColumn } from './column.js';
import type { Packer } from './pack.js';
import { encode, i32, i64, list, struct, type Thrift, text } from './thrift.js';

/**
 * Parquet without compression, statistics or sorting, for DuckDB to read once and write better: several times faster than its other ways
 * in. Format: https://parquet.apache.org/docs/file-format/ (data pages of version 1).
 */

/** Rows of a row group: DuckDB reads them in parallel. */
const GROUP_ROWS = 20_480;
/** Bytes of originals in one. */
const GROUP_BYTES = 32 * 1024 * 1024;

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
const MAGIC = 'PAR1';

interface Page {
  kind: typeof DATA_PAGE | typeof DICTIONARY_PAGE;
  values: number;
  encoding: number;
  body: Buffer;
}

interface Column {
  name: string;
  type: number;
  pages(rows: Uint32Array): Page[];
}

/** Write some rows of a packer to a new file. @returns names of its columns: those without any value are not in it */
export async function writePlain(path: string, packer: Packer, order: Uint32Array): Promise<string[]> {
  const columns = columnsOf(packer, order);
  const groups: Thrift[] = [];
  const handle = await open(path, 'wx');
  try {
    let at = await put(handle, [Buffer.from(MAGIC)]);
    for (let from = 0; from < order.length; ) {
      const until = groupEnd(packer.originals, order, from);
      const rows = order.subarray(from, until);
      const chunks: Thrift[] = [];
      const begin = at;
      for (const column of columns) {
        const first = at;
        let data = at;
        for (const page of column.pages(rows)) {
          if (page.kind === DATA_PAGE) data = at;
          at += await put(handle, [headerOf(page), page.body]);
        }
        chunks.push(chunkOf(column, rows.length, { first, data, end: at }));
      }
      groups.push(struct({ 1: list(chunks), 2: i64(at - begin), 3: i64(rows.length) }));
      from = until;
    }
    const footer = footerOf(columns, order.length, groups);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(footer.length);
    await put(handle, [footer, size, Buffer.from(MAGIC)]);
  } finally {
    await handle.close();
  }
  return columns.map(({ name }) => name);
}

async function put(handle: FileHandle, parts: Buffer[]): Promise<number> {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  for (let wanted = parts; wanted.length > 0; ) {
    const { bytesWritten } = await handle.writev(wanted);
    wanted = after(wanted, bytesWritten);
  }
  return size;
}

/** What is left of some buffers when so many bytes are written: the system may write less than it is given. */
function after(parts: Buffer[], written: number): Buffer[] {
  let left = written;
  return parts.flatMap((part) => {
    const taken = Math.min(left, part.length);
    left -= taken;
    return taken < part.length ? [part.subarray(taken)] : [];
  });
}

function groupEnd({ starts }: Texts, order: Uint32Array, from: number): number {
  let bytes = 0;
  const last = Math.min(order.length, from + GROUP_ROWS);
  for (let at = from; at < last; at++) {
    bytes += starts[order[at]! + 1]! - starts[order[at]!]!;
    if (bytes > GROUP_BYTES && at > from) return at;
  }
  return last;
}

function columnsOf(packer: Packer, order: Uint32Array): Column[] {
  const columns: Column[] = [
    { name: 'time', type: INT64, pages: (rows) => numberPages((row) => packer.times[row]!, rows, INT64) },
    { name: 'id', type: BYTE_ARRAY, pages: (rows) => textPages(packer.ids, rows) },
    { name: 'original', type: BYTE_ARRAY, pages: (rows) => textPages(packer.originals, rows) },
  ];
  for (const [name, column] of packer.words)
    if (order.some((row) => column.code(row) > 0))
      columns.push({ name, type: BYTE_ARRAY, pages: (rows) => wordPages(column, rows) });
  for (const [name, column] of packer.numbers) {
    if (!order.some((row) => !Number.isNaN(column.value(row)))) continue;
    const type = column.type === 'BIGINT' ? INT64 : INT32;
    columns.push({ name, type, pages: (rows) => numberPages((row) => column.value(row), rows, type) });
  }
  return columns;
}

/** Which rows have a value, one bit each, as Parquet's definition levels. */
function levelsOf(rows: Uint32Array, has: (row: number) => boolean): Buffer {
  const octets = Math.ceil(rows.length / 8);
  const head = varint((octets << 1) | 1);
  const bytes = Buffer.alloc(4 + head.length + octets);
  bytes.writeUInt32LE(head.length + octets);
  bytes.set(head, 4);
  const start = 4 + head.length;
  for (let at = 0; at < rows.length; at++) if (has(rows[at]!)) bytes[start + (at >> 3)]! |= 1 << (at & 7);
  return bytes;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function dataPage(rows: Uint32Array, levels: Buffer, body: Buffer, encoding = PLAIN): Page {
  return { kind: DATA_PAGE, values: rows.length, encoding, body: Buffer.concat([levels, body]) };
}

function numberPages(value: (row: number) => number, rows: Uint32Array, type: number): Page[] {
  const width = type === INT64 ? 8 : 4;
  const body = Buffer.allocUnsafe(rows.length * width);
  let end = 0;
  for (const row of rows) {
    const number = value(row);
    if (Number.isNaN(number)) continue;
    if (width === 4) body.writeInt32LE(number, end);
    else {
      const high = Math.floor(number / 2 ** 32);
      body.writeUInt32LE(number - high * 2 ** 32, end);
      body.writeInt32LE(high, end + 4);
    }
    end += width;
  }
  const levels = levelsOf(rows, (row) => !Number.isNaN(value(row)));
  return [dataPage(rows, levels, body.subarray(0, end))];
}

/** Texts, each behind its length. @param indices which of them */
function plainTexts({ starts, bytes }: Texts, indices: Uint32Array): Buffer {
  let size = 0;
  for (const index of indices) size += 4 + starts[index + 1]! - starts[index]!;
  const body = Buffer.allocUnsafe(size);
  let end = 0;
  for (const index of indices) {
    const length = starts[index + 1]! - starts[index]!;
    body.writeUInt32LE(length, end);
    bytes.copy(body, end + 4, starts[index]!, starts[index + 1]!);
    end += 4 + length;
  }
  return body;
}

const textPages = (texts: Texts, rows: Uint32Array): Page[] => [
  dataPage(
    rows,
    levelsOf(rows, () => true),
    plainTexts(texts, rows),
  ),
];

/** The words that occur in these rows, and for each row which one. */
function wordPages(column: WordColumn, rows: Uint32Array): Page[] {
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
  const levels = levelsOf(rows, (row) => column.code(row) > 0);
  return [
    { kind: DICTIONARY_PAGE, values: words, encoding: PLAIN, body: plainTexts(column.words, dictionary) },
    dataPage(rows, levels, packed(indices.subarray(0, values), words), RLE_DICTIONARY),
  ];
}

/** Indices of whole bytes each: more than bit by bit, but nobody keeps them. */
function packed(indices: Uint32Array, words: number): Buffer {
  const width = words <= 256 ? 1 : words <= 65_536 ? 2 : 4;
  const octets = Math.ceil(indices.length / 8);
  const head = [width * 8, ...varint((octets << 1) | 1)];
  const body = Buffer.alloc(head.length + octets * 8 * width);
  body.set(head);
  let end = head.length;
  for (const index of indices) {
    if (width === 1) body[end] = index;
    else if (width === 2) body.writeUInt16LE(index, end);
    else body.writeUInt32LE(index, end);
    end += width;
  }
  return body;
}

function headerOf({ kind, values, encoding, body }: Page): Buffer {
  const data = struct({ 1: i32(values), 2: i32(encoding), 3: i32(RLE), 4: i32(RLE) });
  const dictionary = struct({ 1: i32(values), 2: i32(encoding) });
  return encode({
    1: i32(kind),
    2: i32(body.length),
    3: i32(body.length),
    5: kind === DATA_PAGE ? data : undefined,
    7: kind === DICTIONARY_PAGE ? dictionary : undefined,
  });
}

function chunkOf({ name, type }: Column, rows: number, place: { first: number; data: number; end: number }): Thrift {
  const { first, data, end } = place;
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
