import { MdrError } from '../../../errors.js';
import type { Fields } from '../../../event.js';

/** Keys that one record may have; the largest of real devices have some 150. */
export const MAX_KEYS = 500;
const MAX_KEY = 128;
const KEY = /^[\w.[\]-]{1,128}$/;
const MAX_LABEL = 64;

function tooMany(): never {
  throw new MdrError(
    'MDR_LINE_TOO_DEEP',
    `The record has over ${MAX_KEYS} keys.`,
    'Send fewer fields, or split the record.',
  );
}

function put(fields: Fields, key: string, value: string, count: number): void {
  if (count > MAX_KEYS) tooMany();
  // A key that comes twice keeps its first value: what the device wrote, not what was smuggled in behind it.
  if (key !== '__proto__' && fields[key] === undefined) fields[key] = value;
}

/** Whether the character at `at` has a backslash before it that escapes it. */
function escaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

const UNESCAPED: Record<string, string> = { n: '\n', r: '\r' };
const unescaped = (text: string): string => text.replace(/\\([\\=|nr])/g, (_all, c: string) => UNESCAPED[c] ?? c);
/** A Windows path whose backslashes its vendor did not escape: `C:\new` holds no line break. */
const BARE_PATH = /(?:^|[\s"'=])(?:[A-Za-z]:|\\)\\[^\\]/;

function plain(given: string): string {
  // Quotes around a whole value are no part of it.
  const text =
    given.length > 1 && given.startsWith('"') && given.indexOf('"', 1) === given.length - 1
      ? given.slice(1, -1)
      : given;
  if (!text.includes('\\')) return text;
  return BARE_PATH.test(text) && !text.includes(':\\\\') ? text.replaceAll('\\=', '=') : unescaped(text);
}

/**
 * The fields of a header that `|` separates and `\` escapes.
 * @param count fields wanted; what follows the last of them is the rest
 * @returns null when there are fewer
 */
export function headerFields(text: string, count: number): { fields: string[]; rest: string } | null {
  const fields: string[] = [];
  let start = 0;
  for (let at = text.indexOf('|'); at >= 0; at = text.indexOf('|', at + 1)) {
    if (escaped(text, at)) continue;
    fields.push(unescaped(text.slice(start, at)).trim());
    start = at + 1;
    if (fields.length === count) return { fields, rest: text.slice(start) };
  }
  return null;
}

/** Where a key that ends at `at` begins: behind a blank. Looks no further back than a key is long. */
function keyStart(text: string, begin: number, at: number): number {
  let start = at;
  while (start > begin && at - start <= MAX_KEY && !' \t='.includes(text[start - 1]!)) start -= 1;
  return start;
}

/**
 * CEF's extension, `key=value key=value with blanks`: a value ends where the next key begins. Vendors forget to escape `=` in addresses;
 * what stands before such a one is no key, and so it stays in the value.
 * @throws MdrError MDR_LINE_TOO_DEEP
 */
export function cefExtension(text: string, fields: Fields): void {
  let key = '';
  let begin = 0;
  let count = 0;
  for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
    if (escaped(text, at)) continue;
    const start = keyStart(text, begin, at);
    const name = text.slice(start, at);
    // Behind the first key, one that does not follow a blank is a part of the value.
    const behindBlank = start > begin && text[start - 1] !== '=';
    if (!KEY.test(name) || (key !== '' && !behindBlank)) continue;
    if (key !== '') put(fields, key, plain(text.slice(begin, start).trim()), ++count);
    key = name;
    begin = at + 1;
  }
  if (key !== '') put(fields, key, plain(text.slice(begin).trim()), ++count);
}

/**
 * LEEF's attributes, `key=value` with a separator between them.
 * @throws MdrError MDR_LINE_TOO_DEEP
 */
export function leefAttributes(text: string, separator: string, fields: Fields): void {
  let count = 0;
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf(separator, start);
    const end = found < 0 ? text.length : found;
    const part = text.slice(start, end);
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (KEY.test(name))
      put(
        fields,
        name,
        part
          .slice(equals + 1)
          .trim()
          .replaceAll('\\=', '='),
        ++count,
      );
    start = end + separator.length;
  }
}

const LABELLED = /^(?:cs|cn|cfp|c6a|flexString|flexNumber|flexDate|deviceCustomDate)\d$/;

/** Give custom fields the names that their labels say: `cs1=lan-out cs1Label=Rule Name` is also `Rule Name`. */
export function nameCustomFields(fields: Fields): void {
  for (const key of Object.keys(fields)) {
    if (!LABELLED.test(key)) continue;
    const label = fields[`${key}Label`];
    if (typeof label !== 'string' || label === '' || label.length > MAX_LABEL || label === '__proto__') continue;
    if (fields[label] === undefined) fields[label] = fields[key];
  }
}
