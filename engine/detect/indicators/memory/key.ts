import type { IndicatorType } from '../types.js';
import { isMapped, parseIPv4, parseIPv6, putV4, v4Of, writeIPv4, writeIPv6 } from '../value/address.js';
import { MAX_VALUE } from '../value/refang.js';

/** How a value is kept: as bytes under one of these kinds. */
export const KIND = {
  ipv4: 1,
  ipv6: 2,
  range4: 3,
  range6: 4,
  domain: 5,
  url: 6,
  email: 7,
  md5: 8,
  sha1: 9,
  sha256: 10,
  imphash: 11,
} as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** Bytes of a hash of each kind. */
export const HASH_BYTES: Partial<Record<IndicatorType, number>> = { md5: 16, sha1: 20, sha256: 32, imphash: 16 };

/** Where keys are put together before they are looked up: one value at a time. */
export const scratch = new Uint8Array(MAX_VALUE + 64);

const textKinds = { domain: KIND.domain, url: KIND.url, email: KIND.email } as const;
export const TYPE_OF_KIND: Record<number, IndicatorType> = {
  [KIND.ipv4]: 'ip',
  [KIND.ipv6]: 'ip',
  [KIND.range4]: 'ip',
  [KIND.range6]: 'ip',
  [KIND.domain]: 'domain',
  [KIND.url]: 'url',
  [KIND.email]: 'email',
  [KIND.md5]: 'md5',
  [KIND.sha1]: 'sha1',
  [KIND.sha256]: 'sha256',
  [KIND.imphash]: 'imphash',
};

/** Put ASCII text into `into`. @returns its length, -1 when it is not ASCII or too long */
export function putText(text: string, into: Uint8Array): number {
  if (text.length > into.length) return -1;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 127) return -1;
    into[i] = c;
  }
  return text.length;
}

/** Put hexadecimal digits as bytes into `into`. @returns false when there are other characters, or not `bytes` bytes of them */
export function putHex(text: string, from: number, to: number, bytes: number, into: Uint8Array): boolean {
  if (to - from !== bytes * 2) return false;
  for (let i = 0; i < bytes; i++) {
    const high = nibble(text.charCodeAt(from + i * 2));
    const low = nibble(text.charCodeAt(from + i * 2 + 1));
    if ((high | low) < 0) return false;
    into[i] = (high << 4) | low;
  }
  return true;
}

function nibble(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const letter = c | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/**
 * The kind of a normalised value and, in `scratch`, its bytes. A range has its prefix length behind the address.
 * @returns null when the value is not in its normal form
 */
export function keyOf(type: IndicatorType, value: string): { kind: Kind; length: number } | null {
  const bytes = HASH_BYTES[type];
  if (bytes !== undefined)
    return putHex(value, 0, value.length, bytes, scratch) ? { kind: KIND[type as 'md5'], length: bytes } : null;
  if (type !== 'ip') {
    const length = putText(value, scratch);
    return length > 0 ? { kind: textKinds[type as 'domain'], length } : null;
  }
  const slash = value.indexOf('/');
  const address = slash < 0 ? value : value.slice(0, slash);
  const prefix = slash < 0 ? -1 : Number(value.slice(slash + 1));
  const v4 = parseIPv4(address);
  if (v4 >= 0) putV4(v4, scratch);
  else if (!parseIPv6(address, scratch) || isMapped(scratch)) return null;
  const size = v4 >= 0 ? 4 : 16;
  if (prefix < 0) return { kind: v4 >= 0 ? KIND.ipv4 : KIND.ipv6, length: size };
  if (!(prefix <= size * 8)) return null;
  scratch[size] = prefix;
  return { kind: v4 >= 0 ? KIND.range4 : KIND.range6, length: size + 1 };
}

/** The value that bytes stand for: the way back from `keyOf`. */
export function valueFrom(kind: Kind, bytes: Uint8Array): { type: IndicatorType; value: string } {
  const type = TYPE_OF_KIND[kind]!;
  switch (kind) {
    case KIND.ipv4:
      return { type, value: writeIPv4(v4Of(bytes, 0)) };
    case KIND.ipv6:
      return { type, value: writeIPv6(bytes) };
    case KIND.range4:
      return { type, value: `${writeIPv4(v4Of(bytes, 0))}/${bytes[4]}` };
    case KIND.range6:
      return { type, value: `${writeIPv6(bytes)}/${bytes[16]}` };
    case KIND.domain:
    case KIND.url:
    case KIND.email:
      return { type, value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1') };
    default:
      return { type, value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex') };
  }
}
