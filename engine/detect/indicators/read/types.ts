import type { Candidate, IndicatorType, Refusal } from '../types.js';

/** What reading gives: a value, or why something that stood there is none. */
export type Item = Candidate | { refused: Refusal };

const NAMED: Record<string, IndicatorType> = {
  ip: 'ip',
  ipv4: 'ip',
  ipv6: 'ip',
  'ip-src': 'ip',
  'ip-dst': 'ip',
  'ip-src|port': 'ip',
  'ip-dst|port': 'ip',
  'ip:port': 'ip',
  ip_address: 'ip',
  ipaddress: 'ip',
  address: 'ip',
  'ipv4-addr': 'ip',
  'ipv6-addr': 'ip',
  cidr: 'ip',
  netblock: 'ip',
  dst_ip: 'ip',
  src_ip: 'ip',
  domain: 'domain',
  hostname: 'domain',
  host: 'domain',
  fqdn: 'domain',
  'domain-name': 'domain',
  url: 'url',
  uri: 'url',
  md5: 'md5',
  md5_hash: 'md5',
  filehash_md5: 'md5',
  'filehash-md5': 'md5',
  sha1: 'sha1',
  'sha-1': 'sha1',
  sha1_hash: 'sha1',
  'filehash-sha1': 'sha1',
  sha256: 'sha256',
  'sha-256': 'sha256',
  sha256_hash: 'sha256',
  'filehash-sha256': 'sha256',
  imphash: 'imphash',
  pe_imphash: 'imphash',
  email: 'email',
  'email-src': 'email',
  'email-dst': 'email',
  'email-addr': 'email',
  'email-address': 'email',
};

/** The type that other formats call by this name; undefined when it is none that is looked for. */
export function typeNamed(name: string): IndicatorType | undefined {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
}

/** Epoch ms of a date or a number of seconds or milliseconds; undefined when it is neither. */
export function dateOf(value: unknown): number | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{9,13}$/.test(value))) {
    const n = Number(value);
    return n > 0 ? (n < 1e11 ? n * 1000 : n) : undefined;
  }
  if (typeof value !== 'string' || value.length > 40) return undefined;
  // `2026-01-02 03:04:05` without a zone is UTC in every feed.
  const iso = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(value) ? `${value.replace(' ', 'T')}Z` : value;
  const time = Date.parse(iso);
  return Number.isNaN(time) ? undefined : time;
}
