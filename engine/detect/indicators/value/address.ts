import { isIPv6 } from 'node:net';

/** @returns the address as a 32-bit number, -1 when the text is no dotted IPv4 address (leading zeros are refused: they mean octal to some) */
export function parseIPv4(text: string, from = 0, to = text.length): number {
  if (to - from < 7 || to - from > 15) return -1;
  let address = 0;
  let octet = -1;
  let dots = 0;
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i) - 48;
    if (c >= 0 && c <= 9) {
      if (octet === 0) return -1;
      octet = octet < 0 ? c : octet * 10 + c;
      if (octet > 255) return -1;
    } else if (c === -2 && octet >= 0 && dots < 3) {
      address = address * 256 + octet;
      octet = -1;
      dots++;
    } else return -1;
  }
  return dots === 3 && octet >= 0 ? address * 256 + octet : -1;
}

export const writeIPv4 = (n: number): string => `${(n >>> 24) & 255}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

/**
 * Read an IPv6 address (a zone such as `%eth0` is dropped) into 16 bytes.
 * @returns false when the text is none
 */
export function parseIPv6(text: string, into: Uint8Array, at = 0): boolean {
  if (text.length < 2 || text.length > 60) return false;
  const zone = text.indexOf('%');
  let bare = zone < 0 ? text : text.slice(0, zone);
  if (!isIPv6(bare)) return false;
  const dotted = bare.lastIndexOf('.') < 0 ? -1 : bare.lastIndexOf(':') + 1;
  if (dotted > 0) {
    const v4 = parseIPv4(bare, dotted);
    bare = `${bare.slice(0, dotted)}${(v4 >>> 16).toString(16)}:${(v4 & 0xffff).toString(16)}`;
  }
  const gap = bare.indexOf('::');
  const head = (gap < 0 ? bare : bare.slice(0, gap)).split(':').filter(Boolean);
  const tail =
    gap < 0
      ? []
      : bare
          .slice(gap + 2)
          .split(':')
          .filter(Boolean);
  into.fill(0, at, at + 16);
  const put = (groups: string[], first: number) =>
    groups.forEach((group, i) => {
      const n = Number.parseInt(group, 16);
      into[at + (first + i) * 2] = n >> 8;
      into[at + (first + i) * 2 + 1] = n & 255;
    });
  put(head, 0);
  put(tail, 8 - tail.length);
  return true;
}

/** The shortest spelling (RFC 5952). */
export function writeIPv6(bytes: Uint8Array, at = 0): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[at + i * 2]! * 256 + bytes[at + i * 2 + 1]!);
  let best = 0;
  let start = -1;
  for (let i = 0; i < 8; ) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > Math.max(best, 1)) {
      best = end - i;
      start = i;
    }
    i = Math.max(end, i + 1);
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + best).join(':')}`;
}

/** Whether 16 bytes are an IPv4 address written as IPv6 (`::ffff:a.b.c.d`). */
export function isMapped(bytes: Uint8Array, at = 0): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false;
  return bytes[at + 10] === 255 && bytes[at + 11] === 255;
}

export const v4Of = (bytes: Uint8Array, at: number): number =>
  bytes[at]! * 16777216 + bytes[at + 1]! * 65536 + bytes[at + 2]! * 256 + bytes[at + 3]!;

export function putV4(address: number, into: Uint8Array, at = 0): void {
  into[at] = address >>> 24;
  into[at + 1] = (address >>> 16) & 255;
  into[at + 2] = (address >>> 8) & 255;
  into[at + 3] = address & 255;
}

/** Clear the bits behind a prefix. */
export function mask(bytes: Uint8Array, at: number, length: number, prefix: number): void {
  for (let i = 0; i < length; i++) {
    const bits = Math.min(8, Math.max(0, prefix - i * 8));
    bytes[at + i] = bytes[at + i]! & (0xff00 >> bits) & 0xff;
  }
}
