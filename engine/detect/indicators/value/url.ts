import { parseIPv4, parseIPv6, writeIPv6 } from './address.js';
import { normaliseDomain } from './domain.js';
import { MAX_VALUE } from './refang.js';

/** A URL in the one spelling that is compared: `host[:port]/path[?query]`, without scheme, user, default port and fragment. */
export interface Url {
  text: string;
  /** Name or address, IPv6 without brackets. */
  host: string;
  /** Length of `text` without the query. */
  bare: number;
}

const scratch = new Uint8Array(16);

/**
 * Proxies, sensors and feeds spell the same URL differently: the scheme is missing, the port is the scheme's own, letters are
 * escaped without need. Ports 80 and 443 are dropped whatever the scheme, because many logs do not tell it.
 * @returns null when the text is no URL
 */
export function normaliseUrl(raw: string): Url | null {
  if (raw.length < 4 || raw.length > MAX_VALUE) return null;
  const scheme = raw.indexOf('://');
  if (scheme >= 0 && (scheme > 12 || scheme < 2)) return null;
  let start = scheme < 0 ? 0 : scheme + 3;
  let end = start;
  while (end < raw.length) {
    const c = raw.charCodeAt(end);
    if (c === 47 || c === 63 || c === 35 || c === 92) break;
    end++;
  }
  const at = raw.lastIndexOf('@', end - 1);
  if (at >= start) start = at + 1;
  let hostEnd = end;
  let port = '';
  const colon = raw.lastIndexOf(':', end - 1);
  const bracket = raw.charCodeAt(start) === 91;
  if (colon >= start && (!bracket || raw.charCodeAt(colon - 1) === 93)) {
    port = raw.slice(colon + 1, end);
    if (!/^\d{0,5}$/.test(port)) return null;
    hostEnd = colon;
    if (port === '80' || port === '443') port = '';
  }
  let host = raw.slice(start, hostEnd);
  let shown = host;
  if (bracket) {
    if (!host.endsWith(']') || !parseIPv6(host.slice(1, -1), scratch)) return null;
    host = writeIPv6(scratch);
    shown = `[${host}]`;
  } else if (parseIPv4(host) < 0) {
    host = normaliseDomain(host);
    if (host === '' || host.indexOf('.') < 0) return null;
    shown = host;
  }
  const hash = raw.indexOf('#', end);
  let rest = hash < 0 ? raw.slice(end) : raw.slice(end, hash);
  if (rest.charCodeAt(0) !== 47) rest = `/${rest.charCodeAt(0) === 92 ? rest.slice(1) : rest}`;
  if (needsEscapes(rest)) rest = rewriteEscapes(rest);
  const text = `${shown}${port === '' ? '' : `:${port}`}${rest}`;
  if (text.length > MAX_VALUE) return null;
  const query = text.indexOf('?');
  return { text, host, bare: query < 0 ? text.length : query };
}

function needsEscapes(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 37 || c <= 32 || c > 126) return true;
  }
  return false;
}

/** Unreserved characters (RFC 3986) stand for themselves, everything else that needs it is escaped, in upper case. */
function rewriteEscapes(text: string): string {
  return text
    .replace(/%([0-9a-fA-F]{2})/g, (triplet, hex: string) => {
      const c = String.fromCharCode(Number.parseInt(hex, 16));
      return /[A-Za-z0-9._~-]/.test(c) ? c : triplet.toUpperCase();
    })
    .replace(/[^\x21-\x7e]+/g, (part) => {
      try {
        return encodeURIComponent(part);
      } catch {
        // A lone half of a surrogate pair.
        return '%EF%BF%BD';
      }
    });
}
