import { h } from './dom.js';

// Control characters, direction marks, zero-width characters, tags: what hides, or turns other text around.
// A joiner is let through inside an emoji, and between letters of the scripts that need it.
const UNSEEN = new RegExp(
  [
    '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]',
    '\\p{Surrogate}',
    '(?<![\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d',
    '(?<![\\p{Script=Arabic}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Malayalam}\\p{Script=Khmer}])\\u200c',
  ].join('|'),
  'gu',
);

/**
 * Text as nodes, with each character that would not be seen named in a small mark instead.
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function shown(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(UNSEEN)) {
    if (match.index > from) nodes.push(text.slice(from, match.index));
    const code = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
    nodes.push(h('span', { class: 'unseen', title: 'An invisible or direction-changing character' }, `U+${code}`));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}

/** @param {unknown} value anything of a card that should be text */
export function words(value) {
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value);
}

/** The words of an inline text (commands/cards/card.ts) without markup. */
export function plain(inline) {
  if (!Array.isArray(inline)) return words(inline);
  return inline
    .map((span) => {
      if (typeof span !== 'object' || span === null) return words(span);
      if ('time' in span) return clock(span.time).textContent;
      if ('call' in span) return `@${words(span.call)}`;
      return words(span.bold ?? span.code ?? span.link);
    })
    .join('');
}

/** An inline text as nodes. */
export function inline(value) {
  if (!Array.isArray(value)) return shown(words(value));
  return value.flatMap((span) => {
    if (typeof span !== 'object' || span === null) return shown(words(span));
    if ('bold' in span) return [h('strong', {}, ...shown(words(span.bold)))];
    if ('code' in span) return [h('code', {}, ...shown(words(span.code)))];
    if ('time' in span) return span.live ? [clock(span.time), countdown(span.time)] : [clock(span.time)];
    if ('call' in span) return [h('strong', {}, ...shown(`@${words(span.call)}`))];
    const label = shown(words(span.link));
    const href = ownAddress(span.href);
    return href === null ? label : [h('a', { href, target: '_blank', rel: 'noopener' }, ...label)];
  });
}

/** Only addresses of this console become links. @returns {string | null} */
export function ownAddress(href) {
  if (typeof href !== 'string' || !(href.startsWith('/') || href.startsWith(`${location.origin}/`))) return null;
  try {
    const url = new URL(href, location.origin);
    return url.origin === location.origin ? url.href : null;
  } catch {
    return null;
  }
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const DATE_AND_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

function timed(ms, format) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return h('span', {}, words(ms));
  const iso = date.toISOString();
  return h('time', { datetime: iso, title: iso }, format(date));
}

/** Date and time to the second, in the reader's zone. */
export function clock(ms) {
  return timed(ms, (date) => {
    const day = date.getFullYear() === new Date().getFullYear() ? DATE : DATE_AND_YEAR;
    return `${day.format(date)} ${CLOCK.format(date)}`;
  });
}

/** How long it is until then, or since; it counts for as long as it is shown. */
function countdown(ms) {
  const node = h('span', { class: 'countdown' }, left(ms));
  let wasShown = false;
  const timer = setInterval(() => {
    if (node.isConnected) wasShown = true;
    else if (wasShown) clearInterval(timer);
    node.textContent = left(ms);
  }, 15_000);
  return node;
}

/** ` (in 2 d 3 h)`, ` (over for 5 min)`. */
function left(ms) {
  const minutes = Math.floor(Math.abs(ms - Date.now()) / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  const text = days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
  return ms >= Date.now() ? ` (in ${text})` : ` (over for ${text})`;
}

/** Hours and minutes. */
export const minute = (ms) => timed(ms, (date) => MINUTE.format(date));

/** `Today`, `Yesterday` or the day's full date. */
export function dayName(ms) {
  const day = new Date(ms);
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (day.toDateString() === new Date().toDateString()) return 'Today';
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return DAY.format(day);
}
