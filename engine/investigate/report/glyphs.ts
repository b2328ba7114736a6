import { safe } from '../../safe.js';

/** What our font has glyphs for, in whole ranges. */
const DRAWN =
  /[\u0020-\u007e\u00a0-\u02bf\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038e-\u03a1\u03a3-\u03d7\u0400-\u0479\u0480-\u049d\u04a0-\u04ff\u1e00-\u1e9b\u2010-\u2027\u2030-\u2055\u20a0-\u20af\u2116\u2122\u2190-\u2199\u2212\u2248\u2260\u2264\u2265\u23ce]/;
/** Where controls are drawn as pictures of them, which our font has not. */
const PICTURES = 0x2400;

/** Text as our font can draw it: what it has no glyph for is shown by its code point, as what draws nothing is. */
export function drawn(text: string, most: number): string {
  let result = '';
  for (const character of safe(text, most, true)) {
    result += DRAWN.test(character) ? character : `[U+${hex(character.codePointAt(0)!)}]`;
    if (result.length > most) return safe(result, most, true);
  }
  return result;
}

function hex(code: number): string {
  const control = code >= PICTURES && code < PICTURES + 0x20 ? code - PICTURES : code === 0x2421 ? 0x7f : code;
  return control.toString(16).toUpperCase().padStart(4, '0');
}

/**
 * Places in long words at which a line may break, so that a path or a token does not leave its cell: after signs that part paths and
 * addresses, and anywhere in what is longer still.
 * @param most characters of a word that is left whole
 */
export function breakable(text: string, most: number): string {
  return text.replace(/\S+/g, (word) => {
    if (word.length <= most) return word;
    let result = '';
    let run = 0;
    for (const character of word) {
      result += character;
      run++;
      if (run >= most || (run > 5 && /[\\/.,;:=&?_@-]/.test(character))) {
        result += '\u200b';
        run = 0;
      }
    }
    return result;
  });
}
