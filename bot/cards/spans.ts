import type { Inline, Span } from '../../commands/cards/card.js';
import { safe } from './safe.js';

/** Latest instant that a JavaScript date can hold, epoch ms. */
const LAST_INSTANT = 8.64e15;
const MOST_URL = 3000;

export const isInstant = (ms: number): boolean => ms >= 0 && ms <= LAST_INSTANT;

/** ISO time in UTC, or the number as it is when it is no instant since 1970. */
export const isoTime = (ms: number): string => (isInstant(ms) ? new Date(ms).toISOString() : String(ms));

/** The words of a span, not yet made safe. */
export function words(span: Span): string {
  if (typeof span === 'string') return span;
  if ('bold' in span) return span.bold;
  if ('code' in span) return span.code;
  if ('time' in span) return isoTime(span.time);
  if ('call' in span) return `@${span.call}`;
  return span.link;
}

export const spans = (text: Inline): Span[] => (typeof text === 'string' ? [text] : text);

/** An inline text on one line without any formatting, safe and bounded. */
export function line(text: Inline, most: number): string {
  return safe(spans(text).map(words).join(''), most, true);
}

/** Whether an address can be a link in a message. */
export function isWeb(href: string): boolean {
  return href.length <= MOST_URL && /^https?:\/\/[^\s<>|]+$/.test(href);
}
