import { isAddress, isDomain } from './filters.js';
import { type FilterKind, stem } from './vocabulary.js';

export interface Token {
  text: string;
  lower: string;
  stem: string;
  quoted: boolean;
}

/** Words as they are read: without the marks around them, what was quoted as one. */
export function tokens(words: readonly string[]): Token[] {
  return words.flatMap((word) => {
    const quoted = /\s/.test(word);
    const parts = quoted ? [word] : word.split(/(?<=[^\s]),(?=[^\s])/);
    return parts.flatMap((part) => {
      const text = quoted
        ? part
        : part
            .replace(/^[("'“‘]+|[)"'”’?!;:,]+$/g, '')
            .replace(/(?<=[a-z0-9])\.$/i, '')
            .replace(/['’]s$/i, '');
      return text === '' ? [] : [{ text, lower: text.toLowerCase(), stem: stem(text.toLowerCase()), quoted }];
    });
  });
}

/** What a value is, by its looks; null when it is a plain word. */
export function looksLike(text: string, quoted: boolean): FilterKind | null {
  if (isAddress(text)) return 'ip';
  if (/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text)) return 'hash';
  if (/^[a-z]+:\/\/\S+$/i.test(text)) return 'url';
  if (/^[^\\/\s]{1,40}\\[^\\/\s]+$/.test(text) && !text.includes(':')) return 'user';
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return 'user';
  if (/^(?:[a-z]:|hk(?:lm|cu|u|ey)|\\|\/|~)[\\/]/i.test(text) || /^\/\w/.test(text)) return 'text';
  if (/\.(?:exe|com|scr)$/i.test(text) && /\.exe$/i.test(text)) return 'process';
  if (/^\S+\.(?:dll|ps1|bat|vbs|cmd|sys|py|sh|js|docm?x?|xlsm?x?|zip|txt|pdf|lnk|iso|hta)$/i.test(text)) return 'file';
  if (isDomain(text)) return 'domain';
  if (quoted) return 'text';
  if (/^[a-z][\w-]*(?:\.[a-z][\w-]*)+$/i.test(text)) return 'name';
  if (/^\d{3,5}$/.test(text)) return 'code';
  return /^(?=.*\d)(?=.*[a-z])[\w.$-]+$/i.test(text) ||
    /^[a-z0-9]+(?:[-_][a-z0-9$]+)+$/i.test(text) ||
    /^[\w-]*\*[\w*-]*$/.test(text)
    ? 'name'
    : null;
}
