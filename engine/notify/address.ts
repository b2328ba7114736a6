import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { MdrError } from '../errors.js';

/** Addresses that are nobody's on the internet: our own machine, private networks, and what is reserved (IANA special-purpose registries). */
const INSIDE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  INSIDE.addSubnet(net, bits, 'ipv4');
/** Of IPv6 only what is given out for the internet is let through, without the parts of it that carry IPv4 addresses or are reserved. */
const GLOBAL6 = new BlockList();
GLOBAL6.addSubnet('2000::', 3, 'ipv6');
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  INSIDE.addSubnet(net, bits, 'ipv6');

/** Whether an IP address is one on the public internet. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !INSIDE.check(address, 'ipv4');
  return isIP(address) === 6 && GLOBAL6.check(address, 'ipv6') && !INSIDE.check(address, 'ipv6');
}

/**
 * Check an address that a policy sends to. Only https to the internet: a policy must not reach what stands beside this service.
 * @param allowed `host:port` of receivers that the operator allows besides, also without TLS (MDR_NOTIFY_ALLOW)
 * @returns the URL, and whether the operator allowed it
 * @throws MdrError MDR_NOTIFY_URL
 */
export function checkUrl(text: string, allowed: readonly string[]): { url: URL; exempt: boolean } {
  const wrong = (why: string) =>
    new MdrError('MDR_NOTIFY_URL', `${why}.`, 'Give an https address on the internet, without user and password.');
  if (!URL.canParse(text)) throw wrong('an address to send to is not a URL');
  const url = new URL(text);
  if (url.username || url.password) throw wrong('an address to send to carries a password');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (allowed.includes(`${url.hostname}:${port}`) && /^https?:$/.test(url.protocol)) return { url, exempt: true };
  if (url.protocol !== 'https:') throw wrong(`${url.protocol}//${url.host} is not https`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) ? !isPublic(host) : !host.includes('.') || /\.(local|internal|localhost|home\.arpa)\.?$/i.test(host))
    throw wrong(`${url.host} is not on the internet`);
  return { url, exempt: false };
}

/** Name resolution that refuses addresses which are not on the internet, at the moment of connecting: a name cannot change in between. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 4);
    const inside = addresses.find(({ address }) => !isPublic(address));
    if (inside || addresses.length === 0)
      return callback(
        new MdrError(
          'MDR_NOTIFY_URL',
          `${hostname} leads to ${inside?.address ?? 'nowhere'}.`,
          'Give an https address on the internet.',
        ),
        '',
        4,
      );
    if (options.all) return callback(null, addresses);
    callback(null, addresses[0]!.address, addresses[0]!.family);
  });
};
