import type { AllowList } from '../../engine/detect/indicators/allow.js';
import type { IndicatorType } from '../../engine/detect/indicators/types.js';
import {
  CALL,
  COMMIT,
  COMMIT_COLUMN,
  CONTACT,
  FREE_MAIL,
  HARMLESS,
  HEAD_INDICATORS,
  HEAD_REFERENCES,
  LABELLED,
  MALICE,
  RANSOM,
  REFERENCE,
  SOURCE_FIELD,
  TEAM,
} from './cues.js';
import { lineEnd, lineStart } from './line.js';
import { type Plain, wasDefanged } from './plain.js';
import { isReference, isResolver } from './references.js';
import type { Span, Why } from './types.js';
import { columnOf, isVersion } from './version.js';

export interface Context {
  /** Whether the author defangs what is bad: then a name that can be clicked is not meant as bad. */
  defangs: boolean;
  /** Whether it is a note of people who want money. */
  ransom: boolean;
  /** Where each section begins, and of which kind it is. */
  sections: { from: number; kind: SectionKind }[];
}
type SectionKind = 'indicators' | 'references' | 'other';

export function contextOf(plain: Plain, spans: readonly Span[]): Context {
  const sections: Context['sections'] = [];
  let from = 0;
  for (const line of plain.text.split('\n')) {
    const kind = headOf(line);
    if (kind) sections.push({ from, kind });
    from += line.length + 1;
  }
  const defangs = spans.some(
    ({ type, from: start, to }) => ['url', 'domain', 'ip', 'email'].includes(type) && wasDefanged(plain, start, to),
  );
  const ransom = spans.some(({ type }) => type === 'crypto') && RANSOM.test(plain.text);
  return { defangs, ransom, sections };
}

/** What a line begins, when it is a heading: short, marked as one or ending in a colon, and with nothing after it. */
function headOf(line: string): SectionKind | null {
  if (line.length > 200) return null;
  const text = line.trim();
  if (text.length === 0 || text.length > 80) return null;
  const marked =
    /^(?:#{1,6}\s|\*\*.+\*\*:?$|=+\s?.+\s?=+$|\[.+\]$|\d+(?:\.\d+)*\.?\s+\p{Lu}|-{2,}\s?.+\s?-{2,}$)/u.test(text);
  if (!marked && !/:$/.test(text) && !/^[\p{Lu}\d][\p{L}\d &/()-]{2,40}$/u.test(text)) return null;
  if (/https?:|\d\.\d/i.test(text.replace(/^[\d.]+/, ''))) return null;
  if (HEAD_REFERENCES.test(text)) return 'references';
  if (HEAD_INDICATORS.test(text)) return 'indicators';
  return marked || /:$/.test(text) ? 'other' : null;
}

/** Why what looks like a value is not meant as bad; null: it is. */
export function judgeSpan(
  plain: Plain,
  span: Span,
  defanged: boolean,
  { defangs, ransom, sections }: Context,
  allow: AllowList,
): Why | null {
  const { text } = plain;
  const { type, value, from, to } = span;
  const before = text.slice(Math.max(0, from - 60), from);
  if (type === 'md5' || type === 'sha1' || type === 'sha256') {
    if (allow.holds({ type: type as IndicatorType, value })) return 'harmless';
    if (COMMIT.test(lastLine(text.slice(Math.max(0, from - 80), from))) || COMMIT_COLUMN.test(columnOf(text, from)))
      return 'commit';
    return HARMLESS.test(sentenceAround(text, from, to).clause) ? 'harmless' : null;
  }
  if (type !== 'ip' && type !== 'url' && type !== 'domain' && type !== 'email') return null;
  if (isResolver(value)) return 'harmless';
  if (type === 'ip' && !defanged && isVersion(text, from, value)) return 'version';
  if (allow.holds({ type, value })) return 'harmless';
  const sentence = sentenceAround(text, from, to);
  if (HARMLESS.test(sentence.clause)) return 'harmless';
  if (defanged) return null;
  const section = sectionAt(sections, from);
  if (type === 'email') {
    // Who writes a ransom note says how to reach them.
    if (CONTACT.test(sentence.before) && !TEAM.test(value) && (ransom || FREE_MAIL.test(value))) return null;
    if (TEAM.test(value) || section === 'references' || CONTACT.test(sentence.before)) return 'reference';
  }
  if (type === 'ip') return DOCUMENTATION.test(value) ? 'reserved' : null;
  if (SOURCE_FIELD.test(before)) return 'reference';
  // A STIX pattern.
  if (/:value\s*=\s*'$/.test(before)) return null;
  if (type === 'domain' && isListed(text, from, to)) return null;
  const bad = MALICE.test(sentence.clause) || CALL.test(before);
  if (isReference(type, value)) return bad && isUpload(value) ? null : 'reference';
  if (section === 'indicators' && !REFERENCE.test(sentence.before)) return null;
  if (LABELLED.test(lineUpTo(text, from))) return null;
  if (section === 'references' && !bad) return 'reference';
  if (bad) return null;
  if (REFERENCE.test(sentence.before.slice(-60)) || /\]\($/.test(before)) return 'reference';
  return defangs || isProse(text, from, to) ? 'plain' : null;
}

/** What anybody may put up at a place that is trusted. */
const isUpload = (url: string): boolean => /\/(?:releases\/download|raw|archive|attachments|blob|file)\//.test(url);

/** Addresses for examples (RFC 5737, RFC 3849): in a report that does not defang them they are just that. */
const DOCUMENTATION = /^(?:192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/;

/** Whether a value begins a line that has columns. */
const isListed = (text: string, from: number, to: number): boolean =>
  /^[\s>*•-]*$/.test(lineUpTo(text, from)) && /^(?:\t| {2,})\S/.test(text.slice(to, to + 20));

/** Whether a value stands in a sentence, rather than in a list, a table, a log or a configuration. */
function isProse(text: string, from: number, to: number): boolean {
  const line = text.slice(lineStart(text, from), from) + text.slice(to, lineEnd(text, to));
  if (/[|\t=]|"\s*:|;.*;|,[^ ].*,[^ ]/.test(line)) return false;
  return (line.match(/\p{L}{2,}/gu) ?? []).length >= 5;
}

const lineUpTo = (text: string, to: number): string => text.slice(lineStart(text, to), to);
const lastLine = (text: string): string => text.slice(text.lastIndexOf('\n') + 1);

function sectionAt(sections: Context['sections'], at: number): SectionKind {
  let [low, high] = [0, sections.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sections[middle]!.from <= at) low = middle + 1;
    else high = middle;
  }
  return sections[low - 1]?.kind ?? 'other';
}

/** The clause that a value stands in, and the part of its sentence before it. */
function sentenceAround(text: string, from: number, to: number): { clause: string; before: string } {
  const head = text.slice(Math.max(0, from - 200), from);
  const tail = text.slice(to, to + 120);
  const starts = [...head.matchAll(/(?<=[\p{L}\p{N}]{2}|[)"'\]])[.!?]\s+(?=\p{Lu}|[-*•])|\n/gu)].filter(
    ({ index, 0: end }) => end !== '\n' || !isWrapped(text, from - head.length + index),
  );
  const last = starts.at(-1);
  const before = last ? head.slice(last.index + last[0].length) : head;
  const after = tail.slice(0, /[.!?](?:\s|$)|\n/.exec(tail)?.index ?? tail.length);
  // Of a sentence with several clauses only the one that the value is in speaks of it.
  const near = before.slice(
    Math.max(before.lastIndexOf(';'), before.lastIndexOf(' but '), before.lastIndexOf(' while ')) + 1,
  );
  // What is said in brackets is said of the value before them.
  const aside = /^\W{0,3}\([^)]*\)?/.exec(after)?.[0];
  const bare = after.replace(/\([^)]*\)?/g, ' ');
  const rest = bare.slice(0, /;| but | while | aber | mais | pero |, /.exec(bare)?.index ?? bare.length);
  return { clause: `${near.replace(/\([^)]*\)/g, ' ')} ${aside ?? rest}`, before };
}

const WIDE = 50;

/** Whether a line ends here because it was full: the sentence goes on. */
function isWrapped(text: string, at: number): boolean {
  const line = text.slice(lineStart(text, at), at);
  return (
    line.length >= WIDE &&
    !/[.!?;|,]\s*$/.test(line) &&
    /^[\p{Ll}`"'(]|^https?:/u.test(text.slice(at + 1, at + 40).trimStart())
  );
}
