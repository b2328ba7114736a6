import type { Candidate, IndicatorType } from '../types.js';

const PATHS: [RegExp, IndicatorType][] = [
  [/^ipv[46]-addr:value$/, 'ip'],
  [/^network-traffic:(?:src|dst)_ref\.value$/, 'ip'],
  [/^domain-name:value$/, 'domain'],
  [/^url:value$/, 'url'],
  [/^email-addr:value$/, 'email'],
  [/^email-message:(?:from_ref|sender_ref)\.value$/, 'email'],
  [/^file:hashes\.md5$/, 'md5'],
  [/^file:hashes\.sha-?1$/, 'sha1'],
  [/^file:hashes\.sha-?256$/, 'sha256'],
  [/^file:extensions\.windows-pebinary-ext\.(?:pe_)?imphash$/, 'imphash'],
];
const MAX_PATTERN = 65_536;
const TOKEN =
  /\s*(?:(\[|\]|\(|\)|,|=|!=|<=|>=|<|>)|('(?:[^'\\]|\\.)*')|([A-Za-z0-9_.:*[\]-](?:[A-Za-z0-9_.:*-]|'[^']{0,64}'|"[^"]{0,64}")*))/y;

/**
 * Values of a STIX 2.1 pattern that is nothing but equalities, `ISSUBSET` and `IN`, joined by `OR`: any one of them alone makes the
 * pattern true. `AND`, negation, order and time say more than one value, and are not taken apart.
 * @returns null for every other pattern
 */
export function valuesOfPattern(pattern: string): Pick<Candidate, 'value' | 'type'>[] | null {
  const tokens = tokenise(pattern);
  if (!tokens) return null;
  const found: Pick<Candidate, 'value' | 'type'>[] = [];
  let at = 0;
  const take = (wanted: string): boolean => tokens[at] === wanted && ++at > 0;

  /** path = 'x' | path ISSUBSET 'x' | path IN ('x', 'y') */
  function comparison(): boolean {
    const path = tokens![at++]?.replaceAll(/['"]/g, '').toLowerCase() ?? '';
    const type = PATHS.find(([shape]) => shape.test(path))?.[1];
    const operator = tokens![at++]?.toUpperCase();
    if (!type) return false;
    if (operator === '=' || (operator === 'ISSUBSET' && type === 'ip')) return literal(type);
    if (operator !== 'IN' || !take('(')) return false;
    do if (!literal(type)) return false;
    while (take(','));
    return take(')');
  }
  function literal(type: IndicatorType): boolean {
    const token = tokens![at++];
    if (!token?.startsWith("'")) return false;
    found.push({ value: token.slice(1, -1).replace(/\\(.)/g, '$1'), type });
    return true;
  }
  function observation(): boolean {
    if (!take('[')) return false;
    do if (!comparison()) return false;
    while (take('OR'));
    return take(']');
  }
  do if (!observation()) return null;
  while (take('OR'));
  return at === tokens.length ? found : null;
}

function tokenise(pattern: string): string[] | null {
  if (pattern.length > MAX_PATTERN) return null;
  const tokens: string[] = [];
  const text = pattern.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return null;
    tokens.push(match[1] ?? match[2] ?? match[3]!);
  }
  return tokens;
}
