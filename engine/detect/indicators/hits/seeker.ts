import { HASH_BYTES, KIND, type Kind, putHex, putText, scratch } from '../memory/key.js';
import type { Table } from '../memory/table.js';
import { isMapped, parseIPv4, parseIPv6, putV4, v4Of } from '../value/address.js';
import { MAX_DOMAIN, normaliseDomain } from '../value/domain.js';
import { MAX_VALUE } from '../value/refang.js';
import { normaliseUrl } from '../value/url.js';
import type { FieldKind } from './plan.js';
import { valuesIn } from './text.js';

const MAX_ITEMS = 64;
const MAX_ANSWERS = 8192;
const MAX_HASHES = 1024;
const MAX_EMAIL = 320;
const MAX_QUIET = 4096;
const MAX_QUIET_TEXT = 512;

/** An indicator whose value was found; whether it holds is not asked yet. */
export interface Candidate {
  table: Table;
  entry: number;
}

/** Looks values of events up in tables. */
export interface Seeker {
  /** What was found since it was last emptied; whoever reads it empties it. */
  readonly candidates: Candidate[];
  /** @param name of the field, which may say what kind of hash it holds */
  seek(kind: FieldKind, name: string, text: string): void;
}

/** @param tables none of them empty */
export function createSeeker(tables: readonly Table[]): Seeker {
  const wants = (...kinds: Kind[]) => tables.some((table) => kinds.some((kind) => table.has(kind)));
  const wanted = {
    v4: wants(KIND.ipv4, KIND.range4),
    v6: wants(KIND.ipv6, KIND.range6),
    domain: wants(KIND.domain),
    url: wants(KIND.url),
    email: wants(KIND.email),
    hash: wants(KIND.md5, KIND.sha1, KIND.sha256, KIND.imphash),
  };
  const word1 = new Uint32Array(1);
  const word4 = new Uint32Array(4);
  const found: number[] = [];
  const candidates: Candidate[] = [];
  /** Values that are no indicator, by their text: logs repeat themselves. */
  const quiet = {
    host: new Set<string>(),
    url: new Set<string>(),
    hash: new Set<string>(),
    answers: new Set<string>(),
  };

  /** Look for the first `length` bytes of `scratch`. */
  function seekKey(kind: Kind, length: number): void {
    for (const table of tables) {
      table.find(kind, scratch, 0, length, found);
      take(table);
    }
  }

  function seekRanges(words: Uint32Array): void {
    for (const table of tables) {
      table.findRanges(words, found);
      take(table);
    }
  }

  function take(table: Table): void {
    for (const entry of found) candidates.push({ table, entry });
    found.length = 0;
  }

  function seekV4(address: number): void {
    if (!wanted.v4 || isPrivate(address)) return;
    putV4(address, scratch);
    seekKey(KIND.ipv4, 4);
    word1[0] = address;
    seekRanges(word1);
  }

  /** The 16 bytes in `scratch`. */
  function seekV6(): void {
    if (isMapped(scratch)) {
      seekV4(v4Of(scratch, 12));
      return;
    }
    if (!wanted.v6) return;
    seekKey(KIND.ipv6, 16);
    for (let i = 0; i < 4; i++) word4[i] = v4Of(scratch, i * 4);
    seekRanges(word4);
  }

  function seekName(name: string): void {
    if (!wanted.domain) return;
    const length = putName(name);
    if (length === 0) return;
    for (const table of tables) {
      table.findName(scratch, length, found);
      for (const entry of found)
        if (!table.isExact(entry) || table.lengthOf(entry) === length) candidates.push({ table, entry });
      found.length = 0;
    }
  }

  function seekHost(text: string): void {
    const c = text.charCodeAt(0);
    const address = c >= 48 && c <= 57 ? parseIPv4(text) : -1;
    const colon = address >= 0 ? -1 : text.indexOf(':');
    if (address >= 0) seekV4(address);
    else if (colon < 0) seekName(text);
    else if (text.length > MAX_DOMAIN + 8) return;
    else if (parseIPv6(c === 91 ? text.slice(1, text.indexOf(']')) : text, scratch)) seekV6();
    else if (/^:\d{1,5}$/.test(text.slice(colon))) seekHost(text.slice(0, colon));
  }

  function seekUrl(text: string): void {
    const url = text.length > 3 && text.length <= MAX_VALUE ? normaliseUrl(text) : null;
    if (!url) return;
    if (wanted.url) {
      const length = putText(url.text, scratch);
      if (length > 0) seekKey(KIND.url, length);
      if (url.bare < length) seekKey(KIND.url, url.bare);
    }
    seekHost(url.host);
  }

  function seekHashes(name: string, text: string): void {
    if (!wanted.hash || text.length > MAX_HASHES) return;
    for (let from = 0; from < text.length; ) {
      const comma = text.indexOf(',', from);
      const end = comma < 0 ? text.length : comma;
      const equals = text.indexOf('=', from);
      const labelled = equals >= 0 && equals < end;
      const start = labelled ? equals + 1 : from;
      const kind = isImphash(labelled ? text.slice(from, equals) : name) ? KIND.imphash : HASH_KIND[end - start];
      const bytes = kind === KIND.imphash ? HASH_BYTES.imphash! : (end - start) >>> 1;
      if (kind !== undefined && putHex(text, start, end, bytes, scratch)) seekKey(kind, bytes);
      from = end + 1;
    }
  }

  function seekEmails(text: string): void {
    for (const part of text.slice(0, MAX_ANSWERS).split(/[\s,;<>"()]+/, MAX_ITEMS)) {
      const at = part.lastIndexOf('@');
      if (at < 1 || part.length > MAX_EMAIL) continue;
      const domain = normaliseDomain(part.slice(at + 1));
      if (domain === '') continue;
      const length = wanted.email ? putText(`${part.slice(0, at).toLowerCase()}@${domain}`, scratch) : 0;
      if (length > 0) seekKey(KIND.email, length);
      seekName(domain);
    }
  }

  function seekText(text: string): void {
    for (const [kind, value] of valuesIn(text)) {
      if (kind === 'url') seekUrl(value);
      else if (kind === 'hash') seekHashes('', value);
      else if (kind === 'email') seekEmails(value);
      else seekHost(value);
    }
  }

  function seekAnswers(text: string): void {
    for (const part of text.slice(0, MAX_ANSWERS).split(/[;,\s]+/, MAX_ITEMS)) seekHost(part);
  }

  return {
    candidates,
    seek(kind, name, text) {
      if (kind === 'text') seekText(text);
      else if (kind === 'email') seekEmails(text);
      else if (!quiet[kind].has(text)) {
        const before = candidates.length;
        if (kind === 'host') seekHost(text);
        else if (kind === 'hash') seekHashes(name, text);
        else if (kind === 'url') seekUrl(text);
        else seekAnswers(text);
        if (candidates.length === before) note(quiet[kind], text);
      }
    },
  };
}

/** Bounded: emptied when full. */
function note(quiet: Set<string>, text: string): void {
  if (text.length > MAX_QUIET_TEXT) return;
  if (quiet.size >= MAX_QUIET) quiet.clear();
  quiet.add(text);
}

const HASH_KIND: Record<number, Kind> = { 32: KIND.md5, 40: KIND.sha1, 64: KIND.sha256 };

const isImphash = (label: string): boolean => label.length === 7 && label.toLowerCase() === 'imphash';

/** Addresses that no indicator has: most of what logs hold, so they are passed by before anything is looked up. */
function isPrivate(address: number): boolean {
  const a = address >>> 24;
  if (a === 10 || a === 127 || a === 0 || a >= 224) return true;
  const b = address >>> 16;
  return b === 0xc0a8 || b === 0xa9fe || (b >= 0xac10 && b <= 0xac1f);
}

/** Put a name, in lower case, into `scratch`. @returns its length, 0 when it is no name of two labels or more */
function putName(name: string): number {
  let length = name.length;
  if (length < 4 || length > MAX_DOMAIN + 1) return 0;
  if (name.charCodeAt(length - 1) === 46) length--;
  let dots = 0;
  for (let i = 0; i < length; i++) {
    let c = name.charCodeAt(i);
    if (c === 46) dots++;
    else if (c >= 65 && c <= 90) c |= 32;
    else if (!((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 45 || c === 95)) {
      if (c < 128) return 0;
      const ascii = normaliseDomain(name);
      return ascii.includes('.') ? putText(ascii, scratch) : 0;
    }
    scratch[i] = c;
  }
  return dots > 0 ? length : 0;
}
