import { Fault } from './fault.js';

/** A value of a record: its type, and where its bytes stand. */
export interface Typed {
  type: number;
  bytes: Buffer;
}

/** As JSON has it. Whole numbers beyond 2^53 become text, so that no digit is lost. */
export type Scalar = string | number | boolean | null;

export const TYPE = { null: 0x00, string: 0x01, binXml: 0x21, array: 0x80 } as const;

/** What Windows-1252 has where Latin-1 has control characters, from 0x80 to 0x9f. */
const ANSI = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
/** 100 ns steps between 1601 and 1970. */
const EPOCH = 116_444_736_000_000_000n;
const LAST = 2_650_467_743_999_999_999n;

export const utf16 = (bytes: Buffer): string => {
  const text = bytes.toString('utf16le', 0, bytes.length & ~1);
  return text.endsWith('\0') ? text.replace(/\0+$/, '') : text;
};

function ansi(bytes: Buffer): string {
  const text = bytes.toString('latin1').replace(/\0+$/, '');
  return text.replace(/[\u0080-\u009f]/g, (c) => ANSI[c.charCodeAt(0) - 0x80]!);
}

const whole = (n: bigint): Scalar =>
  n >= BigInt(Number.MIN_SAFE_INTEGER) && n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : String(n);
// JSON has no word for what is no number.
const real = (n: number): Scalar => (Number.isFinite(n) ? n : String(n));

/** `{5770385f-c22a-43e0-bf4c-06f5698ffbd9}`, as the event viewer writes it. */
function guid(b: Buffer): string {
  const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
  const head = `${hex(b.readUInt32LE(0), 8)}-${hex(b.readUInt16LE(4), 4)}-${hex(b.readUInt16LE(6), 4)}`;
  return `{${head}-${b.toString('hex', 8, 10)}-${b.toString('hex', 10, 16)}}`;
}

/** A time in steps of 100 ns since 1601, as ISO 8601 with seven decimals; its number when it is beyond the year 9999. */
export function fileTime(b: Buffer): string {
  const steps = b.readBigUInt64LE(0);
  if (steps > LAST) return String(steps);
  const since = steps - EPOCH;
  const rest = ((since % 10_000_000n) + 10_000_000n) % 10_000_000n;
  const seconds = new Date(Number((since - rest) / 10_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(rest).padStart(7, '0')}Z`;
}

function systemTime(b: Buffer): string {
  const two = (offset: number) => String(b.readUInt16LE(offset)).padStart(2, '0');
  const date = `${String(b.readUInt16LE(0)).padStart(4, '0')}-${two(2)}-${two(6)}`;
  return `${date}T${two(8)}:${two(10)}:${two(12)}.${String(b.readUInt16LE(14)).padStart(3, '0')}Z`;
}

const sidSize = (b: Buffer): number => 8 + 4 * b.readUInt8(1);

function sid(b: Buffer): string {
  const parts = [b.readUInt8(0), b.readUIntBE(2, 6)];
  for (let i = 0; i < b.readUInt8(1); i++) parts.push(b.readUInt32LE(8 + 4 * i));
  return `S-${parts.join('-')}`;
}

const hex = (n: bigint | number): string => `0x${n.toString(16)}`;
const sized = (b: Buffer): string => hex(b.length >= 8 ? b.readBigUInt64LE(0) : b.readUInt32LE(0));

/** How a type is read, and how many bytes one value takes when that is fixed. */
const TYPES: Record<number, { size?: number; read: (bytes: Buffer) => Scalar }> = {
  1: { read: utf16 },
  2: { read: ansi },
  3: { size: 1, read: (b) => b.readInt8(0) },
  4: { size: 1, read: (b) => b.readUInt8(0) },
  5: { size: 2, read: (b) => b.readInt16LE(0) },
  6: { size: 2, read: (b) => b.readUInt16LE(0) },
  7: { size: 4, read: (b) => b.readInt32LE(0) },
  8: { size: 4, read: (b) => b.readUInt32LE(0) },
  9: { size: 8, read: (b) => whole(b.readBigInt64LE(0)) },
  10: { size: 8, read: (b) => whole(b.readBigUInt64LE(0)) },
  11: { size: 4, read: (b) => real(b.readFloatLE(0)) },
  12: { size: 8, read: (b) => real(b.readDoubleLE(0)) },
  13: { size: 4, read: (b) => b.readUInt32LE(0) !== 0 },
  14: { read: (b) => b.toString('hex').toUpperCase() },
  15: { size: 16, read: guid },
  16: { read: sized },
  17: { size: 8, read: fileTime },
  18: { size: 16, read: systemTime },
  19: { read: sid },
  20: { size: 4, read: (b) => hex(b.readUInt32LE(0)) },
  21: { size: 8, read: (b) => hex(b.readBigUInt64LE(0)) },
  32: { read: () => null },
  35: { read: utf16 },
};

/**
 * A value as JSON; an array becomes a list. Binary XML is not for here.
 * @throws Fault for a type that there is not; RangeError when it is cut short
 */
export function readValue({ type, bytes }: Typed): Scalar | Scalar[] {
  if (type === TYPE.null || bytes.length === 0) return type === TYPE.string || type === 2 ? '' : null;
  const known = TYPES[type & 0x7f];
  if (!known) throw new Fault(`there is no value type 0x${type.toString(16)}`);
  if ((type & TYPE.array) === 0) return known.read(bytes);
  return items(type & 0x7f, bytes, known.size).map(known.read);
}

function items(type: number, bytes: Buffer, size: number | undefined): Buffer[] {
  if (type === 1 || type === 2) return strings(bytes, type === 1 ? 2 : 1);
  // Only these have neither a size of their own nor an end: the whole is one.
  if (size === undefined && type !== 19) return [bytes];
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = size ?? sidSize(bytes.subarray(at));
    found.push(bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}

/** Texts that each end with a NUL. */
function strings(bytes: Buffer, unit: 1 | 2): Buffer[] {
  const found: Buffer[] = [];
  let start = 0;
  for (let at = 0; at + unit <= bytes.length; at += unit) {
    if (bytes[at] !== 0 || (unit === 2 && bytes[at + 1] !== 0)) continue;
    found.push(bytes.subarray(start, at));
    start = at + unit;
  }
  if (start < bytes.length) found.push(bytes.subarray(start));
  return found;
}
