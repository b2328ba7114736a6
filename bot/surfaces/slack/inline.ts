import type { types } from '@slack/bolt';
import type { Inline, Span } from '../../../commands/cards/card.js';
import { safe } from '../../cards/safe.js';
import { isInstant, isoTime, isWeb, line, spans, words } from '../../cards/spans.js';

/** `&`, `<` and `>` as Slack wants them in message text: without them no mention, channel or link can be written. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The Slack user among a person's identities. */
function userOf(identities: readonly string[]): string | null {
  const own = identities.find((identity) => /^slack:[UW][A-Z0-9]{2,30}$/.test(identity));
  return own ? own.slice('slack:'.length) : null;
}

function element(span: Span, text: string): types.RichTextElement {
  if (typeof span === 'string') return { type: 'text', text };
  if ('bold' in span) return { type: 'text', text, style: { bold: true } };
  if ('code' in span) return { type: 'text', text, style: { code: true } };
  if ('call' in span) {
    const user = userOf(span.identities);
    return user === null ? { type: 'text', text, style: { bold: true } } : { type: 'user', user_id: user };
  }
  if ('link' in span && isWeb(span.href)) return { type: 'link', url: span.href, text };
  if ('time' in span && isInstant(span.time))
    return {
      type: 'date',
      timestamp: Math.floor(span.time / 1000),
      format: span.live ? '{date_num} {time_secs} ({ago})' : '{date_num} {time_secs}',
      fallback: text,
    };
  return { type: 'text', text };
}

/**
 * Elements of a rich text section. Slack never looks for markup inside them: a `*`, an `@here` or a `<http://…|…>` stays what it is.
 * @param most characters to show; what is left out is counted
 */
export function elements(text: Inline, most: number): types.RichTextElement[] {
  const shown: types.RichTextElement[] = [];
  const all = spans(text);
  let room = most;
  for (const [index, span] of all.entries()) {
    const raw = words(span);
    if (raw === '') continue;
    const rest = all.slice(index + 1).reduce((sum, later) => sum + words(later).length, 0);
    if (room < 40 && raw.length + rest > room) {
      shown.push({ type: 'text', text: `… (${raw.length + rest} more characters)` });
      break;
    }
    const drawn = safe(raw, room);
    shown.push(element(span, drawn));
    room -= drawn.length;
  }
  return shown;
}

/** Elements of a context block (small print), where plain text and a date are separate things. Slack takes ten. */
export function smallPrint(text: Inline, most: number): (types.PlainTextElement | types.MrkdwnElement)[] {
  const parts: (types.PlainTextElement | types.MrkdwnElement)[] = [];
  let words = '';
  const flush = () => {
    if (words.trim() !== '') parts.push({ type: 'plain_text', text: safe(words, most), emoji: false });
    words = '';
  };
  for (const span of spans(text)) {
    if (typeof span !== 'string' && 'time' in span && isInstant(span.time)) {
      flush();
      const iso = isoTime(span.time);
      const date = `<!date^${Math.floor(span.time / 1000)}^{date_num} {time_secs}|${iso}>`;
      parts.push({ type: 'mrkdwn', text: date, verbatim: true });
    } else words += line([span], most);
  }
  flush();
  return parts.length <= 10 ? parts : [{ type: 'plain_text', text: line(text, most), emoji: false }];
}
