/** What a browser, a proxy and an application may make of one text, undone. */
export interface Normalised {
  text: string;
  /** How many layers of encoding there were: one is usual, two are a disguise. */
  layers: number;
}

const MAX = 4096;
const MAX_LAYERS = 4;

/** Lower case, without the encodings that hide what is meant; the first 4,096 characters. */
export function normalise(raw: string): Normalised {
  let text = raw.length > MAX ? raw.slice(0, MAX) : raw;
  let layers = 0;
  while (
    layers < MAX_LAYERS &&
    /%[0-9a-f]{2}|%u[0-9a-f]{4}|&#|&[a-z]{2,6};|\\[ux][0-9a-f]{2}|0x[25][ef c]/i.test(text)
  ) {
    const before = text;
    text = text
      .replace(/%u([0-9a-f]{4})|%([0-9a-f]{2})/gi, (_, wide: string, byte: string) => character(wide ?? byte, 16))
      .replace(/&#x0*([0-9a-f]{1,6});?|&#0*(\d{1,7});?/gi, (_, hex: string, decimal: string) =>
        hex ? character(hex, 16) : character(decimal, 10),
      )
      .replace(/&(lt|gt|quot|apos|amp);/gi, (_, name: string) => NAMED[name.toLowerCase()]!)
      .replace(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi, (_, wide: string, byte: string) => character(wide ?? byte, 16))
      .replace(/0x(2e|2f|5c)/gi, (_, byte: string) => character(byte, 16));
    if (text === before) break;
    layers++;
  }
  // Comments within words, and control characters, are there to break patterns.
  const plain = text
    .toLowerCase()
    .replace(/\/\*[^*]{0,200}\*\//g, ' ')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .replace(/[\s+]+/g, ' ');
  return { text: plain, layers };
}

const NAMED: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function character(digits: string, base: 10 | 16): string {
  const code = Number.parseInt(digits, base);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
