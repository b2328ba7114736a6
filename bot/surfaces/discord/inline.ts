import type { Inline, Span } from '../../../commands/cards/card.js';
import { safe } from '../../cards/safe.js';
import { isInstant, isWeb, spans, words } from '../../cards/spans.js';

/** Every character that Discord's markdown, mentions, links, emoji or timestamps need; a backslash before it leaves only itself. */
const MARKUP = /[\\*_~`|>#[\]()<:@+-]/g;
const NUMBERED = /^(\s*\d+)\./gm;

/** Text as Discord has to be given it to show exactly that text. */
export const escaped = (text: string): string => text.replace(MARKUP, '\\$&').replace(NUMBERED, '$1\\.');

/** What a text was before `escaped`. */
export const unescaped = (text: string): string => text.replace(/\\([^0-9A-Za-z\s])/g, '$1');

/** Text from anywhere, safe, escaped, and no longer than `most` once it is. */
export function bounded(text: string, most: number, oneLine = false): string {
  for (let room = most; ; ) {
    const shown = escaped(safe(text, Math.max(1, room), oneLine));
    if (shown.length <= most || room <= 1) return shown.slice(0, most);
    room = Math.min(room - 1, Math.floor((room * most) / shown.length));
  }
}

/** The Discord user among a person's identities. */
export function userOf(identities: readonly string[]): string | null {
  const own = identities.find((identity) => /^discord:\d{1,20}$/.test(identity));
  return own ? own.slice('discord:'.length) : null;
}

/** A value in a code span; one with a backtick, which would end the span, as plain text. */
function code(text: string, most: number): string {
  const shown = safe(text, Math.max(1, most - 2), true);
  return shown.includes('`') || shown.trim() === '' ? bounded(text, most, true) : `\`${shown}\``;
}

function shownSpan(span: Span, most: number, oneLine: boolean): string {
  if (typeof span === 'string') return bounded(span, most, oneLine);
  if ('bold' in span) return bold(span.bold, most, oneLine);
  if ('code' in span) return code(span.code, most);
  if ('call' in span) {
    const user = userOf(span.identities);
    return user === null ? bold(words(span), most, oneLine) : `<@${user}>`;
  }
  if ('time' in span) {
    const seconds = Math.floor(span.time / 1000);
    const live = span.live ? ` (<t:${seconds}:R>)` : '';
    return isInstant(span.time) ? `<t:${seconds}:d> <t:${seconds}:T>${live}` : bounded(words(span), most, oneLine);
  }
  const href = span.href.replaceAll('(', '%28').replaceAll(')', '%29');
  const room = most - href.length - 4;
  return isWeb(span.href) && room > 20
    ? `[${bounded(span.link, room, true)}](${href})`
    : bounded(span.link, most, oneLine);
}

function bold(text: string, most: number, oneLine: boolean): string {
  const shown = bounded(text, most - 4, oneLine);
  return shown.trim() === '' ? shown : `**${shown}**`;
}

/**
 * An inline text in Discord's markdown, where nothing but what we wrote acts.
 * @param most longest result in characters; what is left out is counted
 */
export function markdown(text: Inline, most: number, oneLine = false): string {
  const all = spans(text);
  let shown = '';
  for (const [index, span] of all.entries()) {
    const raw = words(span);
    if (raw === '') continue;
    const room = most - shown.length;
    const rest = all.slice(index).reduce((sum, later) => sum + words(later).length, 0);
    if (room < 80 && rest > room / 2) return `${shown}${`… \\(${rest} more characters\\)`.slice(0, room)}`;
    shown += shownSpan(span, room, oneLine);
  }
  return shown;
}
