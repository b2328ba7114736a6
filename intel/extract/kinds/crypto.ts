import { createHash } from 'node:crypto';
import type { Kind } from '../types.js';

const ADDRESS =
  /(?<![\w/=+-])(?:0x[0-9a-fA-F]{40}|(?:bc|ltc)1[02-9ac-hj-np-z]{11,71}|[13LMDT][1-9A-HJ-NP-Za-km-z]{25,34}|[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93})(?![\w/=+])/g;
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** Addresses of Bitcoin and its kin (Litecoin, Dogecoin, Tron), whose checksum tells them from other words, of Ethereum and Monero. */
const crypto: Kind = {
  name: 'crypto',
  *find({ text }) {
    for (const match of text.matchAll(ADDRESS)) {
      const [raw] = match;
      if (/^[13LMDT]/.test(raw) && !hasBase58Sum(raw)) continue;
      if (/^(?:bc|ltc)1/.test(raw) && !hasBech32Sum(raw)) continue;
      yield { type: 'crypto', value: raw, from: match.index, to: match.index + raw.length };
    }
  },
};
export default crypto;

/** Base58Check: 25 bytes, the last four the beginning of the double SHA-256 of the others. */
export function hasBase58Sum(text: string): boolean {
  let number = 0n;
  for (const character of text) number = number * 58n + BigInt(BASE58.indexOf(character));
  const hex = number.toString(16);
  if (hex.length > 50) return false;
  const bytes = Buffer.from(hex.padStart(50, '0'), 'hex');
  const once = createHash('sha256').update(bytes.subarray(0, 21)).digest();
  return createHash('sha256').update(once).digest().subarray(0, 4).equals(bytes.subarray(21));
}

/** BIP 173 and BIP 350. */
export function hasBech32Sum(text: string): boolean {
  let sum = 1;
  const feed = (value: number) => {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, bit) => {
      if ((top >>> bit) & 1) sum ^= generator;
    });
  };
  const cut = text.lastIndexOf('1');
  for (const character of text.slice(0, cut)) feed(character.charCodeAt(0) >> 5);
  feed(0);
  for (const character of text.slice(0, cut)) feed(character.charCodeAt(0) & 31);
  for (const character of text.slice(cut + 1)) feed(BECH32.indexOf(character));
  return sum === 1 || sum === 0x2bc830a3;
}
