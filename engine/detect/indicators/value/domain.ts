import { domainToASCII } from 'node:url';

export const MAX_DOMAIN = 253;

/**
 * The one spelling of a name: lower case, punycode, no trailing dot. Underscores are let through (`_dmarc.evil.example` is asked
 * for in DNS); everything else outside letters, digits and hyphens is not.
 * @returns '' when the text is no name; a single label comes back as it is
 */
export function normaliseDomain(text: string): string {
  let name = text.toLowerCase();
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (name.length > MAX_DOMAIN) return '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything that is not ASCII
  if (/[^\x00-\x7f]/.test(name)) name = domainToASCII(name);
  return name.length <= MAX_DOMAIN && isName(name) ? name : '';
}

function isName(name: string): boolean {
  let length = 0;
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    if (c === 46) {
      if (length === 0 || name.charCodeAt(i - 1) === 45) return false;
      length = 0;
      continue;
    }
    const ok = (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 95 || (c === 45 && length > 0);
    if (!ok || ++length > 63) return false;
  }
  return length > 0 && name.charCodeAt(name.length - 1) !== 45;
}

/** Whether the last label can be a top-level domain: letters, or punycode. `1.2.3.400` and `file.123` are no names. */
export function hasTopLevel(domain: string): boolean {
  const top = domain.slice(domain.lastIndexOf('.') + 1);
  return /^(?:[a-z]{2,63}|xn--[a-z0-9-]+)$/.test(top);
}
