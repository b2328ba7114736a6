import { parseIPv4, parseIPv6 } from './detect/indicators/value/address.js';
import { isReserved } from './detect/indicators/value/reserved.js';

const four = new Uint8Array(4);
const sixteen = new Uint8Array(16);

/** Whether an address is somebody's on the Internet: not private, local, multicast or malformed. */
export function isExternal(address: string | undefined): boolean {
  if (!address) return false;
  if (address.includes(':')) return parseIPv6(address, sixteen) && !isReserved(sixteen, 128);
  const number = parseIPv4(address);
  if (!(number >= 0)) return false;
  new DataView(four.buffer).setUint32(0, number);
  return !isReserved(four, 32);
}

/** Whether an address is one of a network's own. */
export const isInternal = (address: string | undefined): boolean =>
  address !== undefined && (address.includes(':') || parseIPv4(address) >= 0) && !isExternal(address);

/** Second labels under which country registries sell names. */
const SECOND = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'go',
  'gov',
  'gob',
  'ltd',
  'me',
  'mil',
  'ne',
  'net',
  'nom',
  'or',
  'org',
  'plc',
]);

/** The name that somebody registered: `a.b.example.co.uk` is of `example.co.uk`. Not the whole public suffix list. */
export function registered(domain: string): string {
  const labels = domain.toLowerCase().split('.');
  if (labels.length <= 2) return labels.join('.');
  const country = labels.at(-1)!.length === 2 && SECOND.has(labels.at(-2)!);
  return labels.slice(country ? -3 : -2).join('.');
}
