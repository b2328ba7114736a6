import { judgeValue } from '../../../engine/detect/indicators/value/index.js';
import { lineEnd, lineStart } from '../line.js';
import { wasDefanged } from '../plain.js';
import type { Kind, Span, Why } from '../types.js';

const URL =
  /\b(?:https?|ftps?|wss?|tcp|udp|ldaps?|rmi|dns|gopher|smb|stratum\+(?:tcp|ssl)):\/\/[^\s"'`<>|^\\\u00a0“”„‘’«»]+/giu;
const MOST = 2048;

const url: Kind = {
  name: 'url',
  *find(plain) {
    const { text } = plain;
    for (const match of text.matchAll(URL)) {
      let raw = match[0].slice(0, MOST);
      // Whoever writes two backslashes for the slashes goes on with backslashes.
      if (wasDefanged(plain, match.index, match.index + 8))
        raw += (
          /^(?:\\[\w.?=&%-]+)+/.exec(text.slice(match.index + raw.length, match.index + MOST))?.[0] ?? ''
        ).replace(/\\/g, '/');
      if (isField(text, match.index)) raw = raw.split(',')[0]!;
      raw = trimEnd(raw.split('](')[0]!);
      const [from, to] = [match.index, match.index + raw.length];
      if (/[<{[]|%[sd]\b|\$\(|\*\*\*|\.\.\.|…/.test(raw) || /^[a-z]+:\/\/[^/]*[\])}]/i.test(raw)) {
        yield { type: 'url', value: raw, from, to, not: 'placeholder' };
        continue;
      }
      yield spanOf(raw, from, to);
    }
  },
};
export default url;

/** Whether what begins here is a field of comma-separated values. */
function isField(text: string, from: number): boolean {
  if (!/[,\n]/.test(text[from - 1] ?? '\n')) return false;
  const line = text.slice(lineStart(text, from), lineEnd(text, from));
  return line.split(',').length > 2;
}

/** A URL with its scheme as it was written, its host in its normal form. */
export function spanOf(raw: string, from: number, to: number): Span {
  const judged = judgeValue(raw, 'url');
  if ('refused' in judged) {
    const not: Why = judged.refused.startsWith('reserved') ? 'reserved' : 'placeholder';
    return { type: 'url', value: raw, from, to, not };
  }
  return { type: 'url', value: judged.value, from, to };
}

/** Without what belongs to the sentence: full stops, and brackets that were opened before it. */
export function trimEnd(raw: string): string {
  let text = raw;
  while (text !== '') {
    const last = text.at(-1)!;
    const opened = { ')': '(', ']': '[', '}': '{' }[last];
    if (opened ? count(text, last) > count(text, opened) : /[.,;:!?*_~'"…]/.test(last)) text = text.slice(0, -1);
    else break;
  }
  return text;
}

const count = (text: string, character: string): number => text.split(character).length - 1;
