/** Thrift's compact protocol, as much as Parquet's headers need. A list is of one type, a struct's fields go by number. */
export type Thrift = { i32: number } | { i64: number } | { text: string } | { list: Thrift[] } | { struct: Fields };
/** By field number; what is undefined is left out. */
export type Fields = Record<number, Thrift | undefined>;

const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

export const i32 = (value: number): Thrift => ({ i32: value });
export const i64 = (value: number): Thrift => ({ i64: value });
export const text = (value: string): Thrift => ({ text: value });
export const list = (values: Thrift[]): Thrift => ({ list: values });
export const struct = (fields: Fields): Thrift => ({ struct: fields });

/** A struct as bytes. Numbers are whole and within 2^53. */
export function encode(fields: Fields): Buffer {
  const bytes: number[] = [];
  putStruct(bytes, fields);
  return Buffer.from(bytes);
}

function typeOf(value: Thrift): number {
  if ('i32' in value) return I32;
  if ('i64' in value) return I64;
  if ('text' in value) return BINARY;
  return 'list' in value ? LIST : STRUCT;
}

function putVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function putStruct(bytes: number[], fields: Fields): void {
  let last = 0;
  // Whole numbers as keys come in rising order.
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const number = Number(key);
    bytes.push(((number - last) << 4) | typeOf(value));
    last = number;
    put(bytes, value);
  }
  bytes.push(0);
}

function put(bytes: number[], value: Thrift): void {
  if ('i32' in value) putVarint(bytes, value.i32 * 2);
  else if ('i64' in value) putVarint(bytes, value.i64 * 2);
  else if ('text' in value) {
    const encoded = Buffer.from(value.text);
    putVarint(bytes, encoded.length);
    bytes.push(...encoded);
  } else if ('struct' in value) putStruct(bytes, value.struct);
  else {
    const { list } = value;
    const type = list.length > 0 ? typeOf(list[0]!) : I32;
    if (list.length < 15) bytes.push((list.length << 4) | type);
    else {
      bytes.push(0xf0 | type);
      putVarint(bytes, list.length);
    }
    for (const each of list) put(bytes, each);
  }
}
