// Characters that draw nothing, or that make text read differently from what it is: controls, zero-width characters,
// bidirectional overrides and isolates, line separators, fillers, tag characters, the soft hyphen, unpaired surrogates.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to be shown
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each stands for itself here
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/u;

function draw(character: string, oneLine: boolean): string {
  if (oneLine && character === '\n') return ' ⏎ ';
  if (oneLine && character === '\t') return ' ';
  if (!HIDDEN.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  if (code >= 0xd800 && code <= 0xdfff) return '�';
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/**
 * Text from anywhere, made safe to look at and bounded, without walking all of a huge one. What draws nothing or reorders text
 * becomes a visible mark (`␀`, `[U+202E]`), because an analyst wants to see that trick, not lose it.
 * @param most longest result in UTF-16 units; what is longer ends in `… (n more characters)`, or in a bare `…` where that has no room
 * @param oneLine for labels and table cells: line breaks show as `⏎`, tabs as spaces
 */
export function safe(text: string, most: number, oneLine = false): string {
  const sentence = (missing: number) => `… (${missing} more characters)`;
  const spacious = most >= 2 * sentence(text.length).length;
  const room = most - (spacious ? sentence(text.length).length : 1);
  let shown = '';
  let taken = 0;
  let kept = { shown: '', taken: 0 };
  for (const character of text) {
    const isPair = character === '\r' && text[taken + 1] === '\n';
    const drawn = isPair ? '' : draw(character, oneLine);
    if (shown.length + drawn.length > most) return kept.shown + (spacious ? sentence(text.length - kept.taken) : '…');
    shown += drawn;
    taken += character.length;
    if (shown.length <= room) kept = { shown, taken };
  }
  return shown;
}
