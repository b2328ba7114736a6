import { parse } from 'tldts';
import { judgeValue } from '../../../engine/detect/indicators/value/index.js';
import { wasDefanged } from '../plain.js';
import type { Kind, Why } from '../types.js';
import { trimEnd, spanOf as urlOf } from './url.js';

const NAME =
  /(?<![\p{L}\p{N}_@\-\\$%]|[\p{L}\p{N}_.\\/@$%-]\.)(?:\*\.)?(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[a-z0-9-]{2,40}|\p{L}{2,24})(?![\p{L}\p{N}_@-]|\.[\p{L}\p{N}_])/giu;
/** What may follow a name that is a URL without its scheme. */
const REST = /^(?::\d{2,5})?\/[^\s"'`<>|^\\“”„‘’«»]*/u;
/** Ends of names that are top-level domains and kinds of files, or of code, too. */
const FILES = new Set(
  'zip mov sh py pl rs md so ps cc pub do in am ai cab app bat bin br cfg cpl css dat dll doc exe gz hta htm html ini iso jar java js jse json jsp lnk log msi pdf php png ps1 rar rb rtf scr svg sql swf sys tar tmp ts txt vb vbs wsf xls xml yar yaml yml id mk me my tv it py'
    .split(' ')
    .filter((end) => !['in', 'am', 'br', 'id', 'me', 'my', 'tv', 'it', 'ai', 'do', 'app'].includes(end)),
);

const domain: Kind = {
  name: 'domain',
  *find(plain) {
    const { text } = plain;
    for (const match of text.matchAll(NAME)) {
      const raw = match[0];
      const from = match.index;
      let to = from + raw.length;
      const defanged = wasDefanged(plain, from, to);
      const parsed = parse(raw.replace(/^\*\./, ''), { allowPrivateDomains: true });
      if (!parsed.isIcann && !parsed.isPrivate) {
        if (defanged || /\.(?:local|lan|internal|corp|example|test|invalid)$/i.test(raw))
          yield { type: 'domain', value: raw.toLowerCase(), from, to, not: 'reserved' };
        continue;
      }
      const not = defanged ? null : noName(text, raw, from, to);
      const rest = REST.exec(text.slice(to, to + 2048));
      if (rest && !not && (rest[0].length > 1 || defanged)) {
        const whole = trimEnd(raw + rest[0]);
        if (whole.length > raw.length + 1) {
          to = from + whole.length;
          yield urlOf(whole, from, to);
          continue;
        }
      }
      const judged = judgeValue(raw, 'domain');
      if (not) yield { type: 'domain', value: raw.toLowerCase(), from, to, not };
      else if ('refused' in judged)
        yield {
          type: 'domain',
          value: raw.toLowerCase(),
          from,
          to,
          not: judged.refused === 'public suffix' ? 'harmless' : 'reserved',
        };
      else if (judged.type === 'domain') yield { type: 'domain', value: judged.value, from, to };
    }
  },
};
export default domain;

/** Why something that could be a name of a host, and was not defanged, is none. */
function noName(text: string, raw: string, from: number, to: number): Why | null {
  const end = raw.slice(raw.lastIndexOf('.') + 1).toLowerCase();
  const [before, after] = [text[from - 1] ?? ' ', text[to] ?? ' '];
  if (FILES.has(end)) return 'file';
  // "finished.The next": a blank is missing; and names in code have capitals inside.
  if (/\.\p{Lu}\p{Ll}+$/u.test(raw) && /\p{Ll}\.\p{Lu}\p{Ll}+$/u.test(raw)) return 'code';
  if (/\p{Ll}\p{Lu}/u.test(raw)) return 'code';
  if (after === '(' || /^\s?=[^=]/.test(text.slice(to, to + 3)) || (after === '[' && !/\s/.test(before))) return 'code';
  if (before === '/' || before === ':' || before === '(') {
    if (/[\\/][^\s\\/]*$/.test(text.slice(Math.max(0, from - 40), from))) return 'file';
  }
  if (/^(?:my|this|self|e|os|sys|document|window|process|console|event|requests|axios|fs|std)\.[a-z]+$/.test(raw))
    return 'code';
  // Names of packages begin with a top-level domain: com.android.vending.
  if (
    /^(?:com|org|net|io|de|java|javax|android|system|os|sys|my|this|self|e)\.[a-z]/i.test(raw) &&
    raw.split('.').length > 2
  )
    return 'code';
  const line = text.slice(to, to + 120).split('\n')[0]!;
  if (/\.com$/i.test(raw) && raw.split('.').length === 2 && /\b[0-9a-f]{32,64}\b/i.test(line)) return 'file';
  if (
    /\.com$/i.test(raw) &&
    raw.split('.').length === 2 &&
    /\b(?:file|executable|binary|dropped|named|program|dos)\b[^.]{0,20}$/i.test(
      text.slice(Math.max(0, from - 40), from),
    )
  )
    return 'file';
  return null;
}
