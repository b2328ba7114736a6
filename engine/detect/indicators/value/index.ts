import type { Admitted, IndicatorType, Refusal } from '../types.js';
import { isMapped, mask, parseIPv4, parseIPv6, putV4, v4Of, writeIPv4, writeIPv6 } from './address.js';
import { hasTopLevel, normaliseDomain } from './domain.js';
import { MAX_VALUE, refang } from './refang.js';
import { EMPTY_FILE, isPublicSuffix, isReserved, isSpecialName } from './reserved.js';
import { normaliseUrl } from './url.js';

export { MAX_VALUE } from './refang.js';

/** Widest ranges taken: a wider one is a mistake or an attack on whoever loads the feed. */
const WIDEST = { 4: 8, 16: 19 } as const;
const HASH_TYPES: Record<number, IndicatorType> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };
const HASH_LENGTHS: Partial<Record<IndicatorType, number>> = { md5: 32, sha1: 40, sha256: 64, imphash: 32 };
const MAX_LOCAL_PART = 64;
/** `host:port`: lists of servers have it; the host is what is looked for. */
const PORT = /(?<=^[^:]+):\d{1,5}$/;

export type Judged = Admitted | { refused: Refusal };
const refuse = (refused: Refusal): Judged => ({ refused });

/**
 * Read a value, defanged or not, into its normal form, and judge whether it may be an indicator at all.
 * @param type what the value is said to be; null: told from the value
 */
export function judgeValue(raw: string, type: IndicatorType | null): Judged {
  if (raw.length > MAX_VALUE * 2) return refuse('too long');
  const text = refang(raw);
  if (text.length > MAX_VALUE) return refuse('too long');
  switch (type ?? guess(text)) {
    case 'ip':
      return judgeAddress(text);
    case 'domain':
      return judgeDomain(text);
    case 'url':
      return judgeUrl(text);
    case 'email':
      return judgeEmail(text);
    case 'md5':
    case 'sha1':
    case 'sha256':
    case 'imphash':
      return judgeHash(text, type ?? HASH_TYPES[text.length]!);
    default:
      return refuse('not an indicator');
  }
}

/** What a value is, by its looks; null when it is nothing that is looked for. */
export function guess(text: string): IndicatorType | null {
  if (PORT.test(text) && !text.includes('/')) return parseIPv4(text.replace(PORT, '')) >= 0 ? 'ip' : 'domain';
  if (HASH_TYPES[text.length] && /^[0-9a-f]+$/i.test(text)) return HASH_TYPES[text.length]!;
  if (text.includes('://')) return 'url';
  if (/^[\d.]+(?:\/\d{1,2})?$/.test(text) || (/^[0-9a-f:.]+(?:\/\d{1,3})?$/i.test(text) && text.includes(':')))
    return 'ip';
  if (/^[^\s@/]+@[^\s@/]+$/.test(text)) return 'email';
  if (/[/?]/.test(text)) return 'url';
  return text.includes('.') || /^[a-z0-9-]+$/i.test(text) ? 'domain' : null;
}

function judgeAddress(text: string): Judged {
  const [address = '', prefixText, ...more] = text.replace(PORT, '').split('/');
  if (more.length > 0) return refuse('not an indicator');
  const v4 = parseIPv4(address);
  let bytes = new Uint8Array(v4 >= 0 ? 4 : 16);
  if (v4 >= 0) putV4(v4, bytes);
  else if (!parseIPv6(address, bytes)) return refuse('not an indicator');
  let bits = bytes.length * 8;
  let prefix = bits;
  if (prefixText !== undefined) {
    if (!/^\d{1,3}$/.test(prefixText) || Number(prefixText) > bits) return refuse('not an indicator');
    prefix = Number(prefixText);
  }
  if (bytes.length === 16 && isMapped(bytes)) {
    if (prefix < 96) return refuse('range too wide');
    bytes = bytes.slice(12);
    prefix -= 96;
    bits = 32;
  }
  if (prefix < WIDEST[bytes.length as 4 | 16]) return refuse('range too wide');
  mask(bytes, 0, bytes.length, prefix);
  if (isReserved(bytes, prefix)) return refuse('reserved address');
  const written = bytes.length === 4 ? writeIPv4(v4Of(bytes, 0)) : writeIPv6(bytes);
  return { type: 'ip', value: prefix === bits ? written : `${written}/${prefix}` };
}

function judgeDomain(text: string): Judged {
  const host = text.replace(PORT, '');
  const starred = host.startsWith('*.') ? host.slice(2) : host.startsWith('.') ? host.slice(1) : host;
  if (parseIPv4(starred) >= 0) return judgeAddress(starred);
  const value = normaliseDomain(starred);
  if (value === '') return refuse('not an indicator');
  if (!value.includes('.')) return refuse('single label');
  if (isSpecialName(value)) return refuse('reserved name');
  if (!hasTopLevel(value)) return refuse('not an indicator');
  if (isPublicSuffix(value)) return refuse('public suffix');
  return { type: 'domain', value };
}

function judgeUrl(text: string): Judged {
  const url = normaliseUrl(text);
  if (!url) return refuse('not an indicator');
  if (url.text.length > MAX_VALUE) return refuse('too long');
  const numeric = parseIPv4(url.host) >= 0 || url.host.includes(':');
  const host = numeric ? judgeAddress(url.host) : judgeDomain(url.host);
  // A platform's name is no indicator, but a page of it can be one.
  const page = url.text.length > url.text.indexOf('/') + 1;
  if ('refused' in host && !(host.refused === 'public suffix' && page)) return host;
  return { type: 'url', value: url.text };
}

function judgeEmail(text: string): Judged {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).toLowerCase();
  if (at < 1 || local.length > MAX_LOCAL_PART || !/^[\x21-\x7e]+$/.test(local) || /[\s@<>(),;:"]/.test(local))
    return refuse('not an indicator');
  const domain = normaliseDomain(text.slice(at + 1));
  if (domain === '' || !hasTopLevel(domain)) return refuse('not an indicator');
  if (!domain.includes('.')) return refuse('single label');
  if (isSpecialName(domain)) return refuse('reserved name');
  return { type: 'email', value: `${local}@${domain}` };
}

function judgeHash(text: string, type: IndicatorType): Judged {
  const value = text.toLowerCase();
  if (value.length !== HASH_LENGTHS[type] || !/^[0-9a-f]+$/.test(value)) return refuse('not an indicator');
  if (EMPTY_FILE.has(value) || /^(.)\1*$/.test(value)) return refuse('known harmless hash');
  return { type, value };
}
