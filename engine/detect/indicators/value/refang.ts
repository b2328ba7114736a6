/** Longest value that is looked at: longer URLs exist, and none of them is worth comparing. */
export const MAX_VALUE = 2048;

/**
 * Undo the ways in which reports keep values from being clicked: `hxxp`, `[.]`, `(dot)`, `[:]`, `[at]`, `[@]`, quotes and angle
 * brackets around. Values that are not defanged come back as they are, trimmed.
 */
export function refang(raw: string): string {
  let text = raw.trim();
  const quote = /^(["'<`])(.*)(["'>`])$/s.exec(text);
  if (quote) text = quote[2]!.trim();
  // `[2001:db8::1]` is an address in brackets, not a defanged one.
  if (/^\[[0-9a-f:.]+\]$/i.test(text)) return text.slice(1, -1);
  if (!/[[({\\]|^(?:h?[tx]{2}p|fxp|meow)/i.test(text)) return text;
  return text
    .replace(/[[({]\s*(?:\.|dot|punkt)\s*[\])}]/gi, '.')
    .replace(/\\\./g, '.')
    .replace(/[[({]\s*(?:@|at)\s*[\])}]/gi, '@')
    .replace(/[[({]\s*:\s*[\])}]/g, ':')
    .replace(/[[({]\s*:?\/\/\s*[\])}]/g, '://')
    .replace(/[[({]\s*\/\s*[\])}]/g, '/')
    .replace(/^(?:h[tx]{2}p|xxp|meow)(s?)(?=:)/i, 'http$1')
    .replace(/^fxp(s?)(?=:)/i, 'ftp$1')
    .replace(/^(https?|ftps?):\/(?!\/)/i, '$1://');
}
