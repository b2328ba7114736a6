import { crc32 } from 'node:zlib';
import type { Fields, Value } from '../../../engine/event.js';
import { isFields } from '../../../engine/ingest/formats/shared/values.js';

// Writes event log files as Windows does: names and templates once in a chunk, values by their types, event data as binary XML of
// its own inside the record. With it, tests make every kind of value and every kind of damage.

const CHUNK = 65_536;
const EPOCH = 116_444_736_000_000_000n;

export interface TypedValue {
  type: number;
  bytes: Buffer;
}
/** Binary XML inside a value: written where the value stands, since names and templates are named by their offset. */
type Slot = TypedValue | { nested: Node };

export interface Node {
  name: string;
  attributes?: [name: string, value: Part][];
  children?: (Node | Part)[];
}
/** `again`: a value that has its place already, by its number. */
export type Part = string | { slot: Slot; optional?: boolean } | { again: number };

const u16 = (n: number) => Buffer.from(Uint16Array.of(n).buffer);
const u32 = (n: number) => Buffer.from(Uint32Array.of(n).buffer);
export const u64 = (n: bigint) => Buffer.from(BigUint64Array.of(n).buffer);
const wide = (text: string) => Buffer.from(text, 'utf16le');

export const typed = {
  none: (): TypedValue => ({ type: 0, bytes: Buffer.alloc(0) }),
  text: (text: string): TypedValue => ({ type: 1, bytes: wide(text) }),
  uint: (n: number): TypedValue => ({ type: 8, bytes: u32(n) }),
  time: (iso: string): TypedValue => ({ type: 17, bytes: u64(steps(iso)) }),
  hex: (text: string): TypedValue => ({ type: 21, bytes: u64(BigInt(text)) }),
  guid(text: string): TypedValue {
    const b = Buffer.from(text.replace(/[{}-]/g, ''), 'hex');
    const turned = Buffer.concat([b.subarray(0, 4).reverse(), b.subarray(4, 6).reverse(), b.subarray(6, 8).reverse()]);
    return { type: 15, bytes: Buffer.concat([turned, b.subarray(8)]) };
  },
  sid(text: string): TypedValue {
    const [revision, authority, ...rest] = text.split('-').slice(1).map(Number) as [number, number, ...number[]];
    const head = Buffer.alloc(8);
    head.writeUInt8(revision, 0);
    head.writeUInt8(rest.length, 1);
    head.writeUIntBE(authority, 2, 6);
    return { type: 19, bytes: Buffer.concat([head, ...rest.map(u32)]) };
  },
};

function steps(iso: string): bigint {
  const [, seconds, fraction = ''] = /^(.{19})(?:\.(\d+))?Z?$/.exec(iso)!;
  return EPOCH + BigInt(Date.parse(`${seconds}Z`)) * 10_000n + BigInt(fraction.padEnd(7, '0').slice(0, 7));
}

/** The type that Windows would use for a value that a converter wrote as JSON. */
export function typeOf(value: Value): TypedValue {
  if (value === null || value === undefined) return typed.none();
  if (typeof value === 'boolean') return { type: 13, bytes: u32(value ? 1 : 0) };
  if (typeof value === 'number')
    return value <= 0xffffffff && value >= 0
      ? typed.uint(value)
      : { type: 9, bytes: u64(BigInt.asUintN(64, BigInt(value))) };
  const text = String(value);
  if (/^\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?$/.test(text)) return typed.guid(text);
  if (/^S-1-\d+(?:-\d{1,10}){1,15}$/.test(text)) return typed.sid(text);
  if (/^0x(?:0|[1-9a-f][0-9a-f]{0,15})$/.test(text)) return typed.hex(text);
  return typed.text(text);
}

const slot = (value: Slot): Part => ({ slot: value, optional: true });

/** An event as converters write it (`Event.System`, `Event.EventData` or `Event.UserData`) as elements and typed values. */
export function nodeOf(record: Fields): Node {
  const event = record.Event as Fields;
  const children: (Node | Part)[] = [];
  for (const [name, value] of Object.entries(event)) {
    if (name === 'System') children.push(plain(name, value));
    else if (name === 'EventData' && isFields(value)) children.push(slot({ nested: eventData(value) }));
    else if (!name.startsWith('#')) children.push(slot({ nested: plain(name, value) }));
  }
  return { name: 'Event', attributes: attributesOf(event), children };
}

function attributesOf(value: Fields): [string, Part][] {
  const attributes = isFields(value['#attributes']) ? value['#attributes'] : {};
  return Object.entries(attributes).map(([name, given]) => {
    if (name === 'xmlns') return [name, String(given)];
    return [name, slot(name === 'SystemTime' ? typed.time(String(given)) : typeOf(given))];
  });
}

function plain(name: string, value: Value): Node {
  if (!isFields(value)) return { name, children: [slot(typeOf(value))] };
  const children: (Node | Part)[] = [];
  for (const [child, inner] of Object.entries(value)) {
    if (child === '#attributes') continue;
    children.push(child === '#text' ? slot(typeOf(inner)) : plain(child, inner));
  }
  return { name, attributes: attributesOf(value), children };
}

function eventData(data: Fields): Node {
  const members = Object.entries(data).filter(([name]) => name !== '#attributes');
  const children = members.map(([name, value]): Node => {
    if (name === 'Data') {
      const text = isFields(value) ? value['#text'] : value;
      const list = Array.isArray(text) ? text : [text];
      // A list of texts is one value: the texts, each with its end.
      const bytes = Buffer.concat(list.map((item) => wide(`${String(item)}\0`)));
      return { name, children: [slot({ type: 0x81, bytes })] };
    }
    if (name === 'Binary') return plain(name, value);
    return { name: 'Data', attributes: [['Name', name]], children: [slot(typeOf(value))] };
  });
  return { name: 'EventData', attributes: attributesOf(data), children };
}

class Chunk {
  readonly bytes = Buffer.alloc(CHUNK);
  at = 512;
  records = 0;
  readonly #names = new Map<string, number>();
  readonly #templates = new Map<string, number>();

  put(...parts: Buffer[]): void {
    for (const part of parts) {
      if (this.at + part.length > CHUNK) throw new RangeError('full');
      part.copy(this.bytes, this.at);
      this.at += part.length;
    }
  }

  /** @throws RangeError when there is no room for it */
  record(number: bigint, body: (chunk: Chunk) => void): void {
    const start = this.at;
    this.put(Buffer.from([0x2a, 0x2a, 0, 0]), u32(0), u64(number), u64(EPOCH));
    body(this);
    this.put(Buffer.alloc((8 - ((this.at + 4 - start) % 8)) % 8));
    const size = this.at + 4 - start;
    this.put(u32(size));
    this.bytes.writeUInt32LE(size, start + 4);
    this.records += 1;
  }

  fragment(node: Node): void {
    this.put(Buffer.from([0x0f, 1, 1, 0]));
    this.#instance(node);
    this.put(Buffer.from([0]));
  }

  #instance(node: Node): void {
    const slots: Slot[] = [];
    const key = JSON.stringify(node, (name, value) => (name === 'slot' ? true : value));
    const known = this.#templates.get(key);
    this.put(Buffer.from([0x0c, 1]), u32(this.#templates.size + 1), u32(known ?? this.at + 10));
    if (known === undefined) {
      const start = this.at;
      this.#templates.set(key, start);
      this.put(u32(0), Buffer.alloc(16, this.#templates.size), u32(0), Buffer.from([0x0f, 1, 1, 0]));
      this.#element(node, slots, true);
      this.put(Buffer.from([0]));
      this.bytes.writeUInt32LE(this.at - start - 24, start + 20);
    } else collect(node, slots);
    this.put(u32(slots.length));
    const table = this.at;
    this.put(Buffer.alloc(slots.length * 4));
    for (const [i, value] of slots.entries()) {
      const from = this.at;
      if ('nested' in value) this.fragment(value.nested);
      else this.put(value.bytes);
      this.bytes.writeUInt16LE(this.at - from, table + i * 4);
      this.bytes.writeUInt8('nested' in value ? 0x21 : value.type, table + i * 4 + 2);
    }
  }

  #name(name: string): void {
    const known = this.#names.get(name);
    this.put(u32(known ?? this.at + 4));
    if (known !== undefined) return;
    this.#names.set(name, this.at);
    this.put(u32(0), u16(0), u16(name.length), wide(`${name}\0`));
  }

  #element({ name, attributes = [], children = [] }: Node, slots: Slot[], defined: boolean): void {
    this.put(Buffer.from([attributes.length > 0 ? 0x41 : 0x01]));
    if (defined) this.put(u16(0xffff));
    const start = this.at;
    this.put(u32(0));
    this.#name(name);
    if (attributes.length > 0) {
      const list = this.at;
      this.put(u32(0));
      for (const [i, [attribute, value]] of attributes.entries()) {
        this.put(Buffer.from([i + 1 < attributes.length ? 0x46 : 0x06]));
        this.#name(attribute);
        this.#part(value, slots);
      }
      this.bytes.writeUInt32LE(this.at - list - 4, list);
    }
    if (children.length === 0) this.put(Buffer.from([0x03]));
    else {
      this.put(Buffer.from([0x02]));
      for (const child of children) {
        if (typeof child === 'object' && 'name' in child) this.#element(child, slots, defined);
        else this.#part(child, slots);
      }
      this.put(Buffer.from([0x04]));
    }
    this.bytes.writeUInt32LE(this.at - start - 4, start);
  }

  #part(part: Part, slots: Slot[]): void {
    if (typeof part === 'string') this.put(Buffer.from([0x05, 1]), u16(part.length), wide(part));
    else if ('again' in part) this.put(Buffer.from([0x0d]), u16(part.again), Buffer.from([1]));
    else {
      const type = 'nested' in part.slot ? 0x21 : part.slot.type;
      this.put(Buffer.from([part.optional ? 0x0e : 0x0d]), u16(slots.length), Buffer.from([type]));
      slots.push(part.slot);
    }
  }

  /** Checksums, and the numbers of the records in it. */
  seal(first: bigint): Buffer {
    const { bytes } = this;
    const last = first + BigInt(this.records) - 1n;
    bytes.write('ElfChnk\0', 0, 'latin1');
    for (const [i, n] of [first, last, first, last].entries()) bytes.writeBigUInt64LE(n, 8 + i * 8);
    bytes.writeUInt32LE(128, 40);
    bytes.writeUInt32LE(this.at, 44);
    bytes.writeUInt32LE(this.at, 48);
    return resealed(bytes);
  }
}

/** The values of a node whose template is written already, in the order of the template. */
function collect({ attributes = [], children = [] }: Node, slots: Slot[]): void {
  for (const [, value] of attributes) if (typeof value === 'object' && 'slot' in value) slots.push(value.slot);
  for (const child of children) {
    if (typeof child === 'string' || 'again' in child) continue;
    if ('slot' in child) slots.push(child.slot);
    else collect(child, slots);
  }
}

/** A chunk whose checksums fit what is in it. */
export function resealed(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32(bytes.subarray(512, bytes.readUInt32LE(48))), 52);
  bytes.writeUInt32LE(crc32(bytes.subarray(128, 512), crc32(bytes.subarray(0, 120))), 124);
  return bytes;
}

/** @param record what to write as a record's binary XML: an element by way of a template, or bytes as they are */
export function writeChunks(records: readonly (Node | Buffer)[]): Buffer[] {
  const chunks: Buffer[] = [];
  let chunk = new Chunk();
  let first = 1n;
  for (const [i, record] of records.entries()) {
    const write = (into: Chunk) =>
      into.record(BigInt(i + 1), () => (Buffer.isBuffer(record) ? into.put(record) : into.fragment(record)));
    const at = chunk.at;
    try {
      write(chunk);
    } catch (error) {
      if (!(error instanceof RangeError) || chunk.records === 0) throw error;
      // What was begun of it does not count.
      chunk.bytes.fill(0, at);
      chunk.at = at;
      chunks.push(chunk.seal(first));
      first = BigInt(i + 1);
      chunk = new Chunk();
      write(chunk);
    }
  }
  chunks.push(chunk.seal(first));
  return chunks;
}

/** A whole file of these chunks. */
export function fileOf(chunks: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(4096);
  header.write('ElfFile\0', 0, 'latin1');
  header.writeBigUInt64LE(BigInt(chunks.length - 1), 16);
  header.writeBigUInt64LE(1n, 24);
  header.writeUInt32LE(128, 32);
  header.writeUInt16LE(1, 36);
  header.writeUInt16LE(3, 38);
  header.writeUInt16LE(4096, 40);
  header.writeUInt16LE(chunks.length, 42);
  header.writeUInt32LE(crc32(header.subarray(0, 120)), 124);
  return Buffer.concat([header, ...chunks]);
}

export const writeEventLog = (records: readonly Fields[]): Buffer => fileOf(writeChunks(records.map(nodeOf)));
