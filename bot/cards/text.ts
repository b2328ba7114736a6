import type { Action, Block, Card, Inline, Tone } from '../../commands/cards/card.js';
import { padded, table, widthOf, wrapped } from './columns.js';

export interface TextOptions {
  /** Columns of the terminal. */
  width?: number;
  /** Whether to use ANSI colours. */
  colour?: boolean;
}

const MIN_WIDTH = 20;
const DEFAULT_WIDTH = 100;
const MAX_CODE_LINES = 60;
/** Characters of one value: more is for files, not for eyes. */
const MAX_VALUE = 20_000;
const MAX_CELL = 2000;

/** Controls, bidirectional marks, zero-width and other invisible characters, half surrogates, and letters that look like nothing. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Many accents on one letter: somebody drawing over the neighbouring lines. */
const PILE = /(\p{M}{3})\p{M}+/gu;

/**
 * A value that cannot act on a terminal nor hide anything: characters that are not seen are written out, `\u{1b}`.
 * @param keepLines keep line breaks, for values shown as code
 */
export function clean(value: string, keepLines = false): string {
  return value.replace(PILE, '$1').replace(INVISIBLE, (char) => {
    if (char === '\n') return keepLines ? char : ' ';
    if (char === '\t') return ' ';
    if (char === '\r' && keepLines) return '';
    return `\\u{${char.codePointAt(0)!.toString(16)}}`;
  });
}

const TONE_WORDS: Partial<Record<Tone, string>> = { error: 'Error: ' };
const TONE_COLOURS: Record<Tone, string> = {
  neutral: '1',
  ok: '1;32',
  low: '1;36',
  medium: '1;33',
  high: '1;31',
  critical: '1;97;41',
  error: '1;31',
};

/** A card as plain text, for terminals and as a fallback. No line is wider than `width`, whatever the values hold. */
export function renderText(card: Card, { width = DEFAULT_WIDTH, colour = false }: TextOptions = {}): string {
  const columns = Math.max(MIN_WIDTH, Math.floor(width));
  const paint = (text: string, code: string) => (colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text);
  const title = wrapped(`${TONE_WORDS[card.tone] ?? ''}${words(card.title)}`, columns);
  const parts = [title.map((line) => paint(line, TONE_COLOURS[card.tone]))];
  for (const block of card.blocks) {
    const lines = blockLines(block, columns);
    if (lines.length === 0) continue;
    parts.push(block.kind === 'note' || block.kind === 'code' ? lines.map((line) => paint(line, '2')) : lines);
  }
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

function blockLines(block: Block, width: number): string[] {
  switch (block.kind) {
    case 'text':
    case 'note':
      return wrapped(words(block.text), width);
    case 'fields':
      return fieldLines(block.fields, width);
    case 'list':
      return block.items.flatMap((item) => indented(wrapped(words(item), width - 2), '- ', '  '));
    case 'table':
      return table(
        [block.columns, ...block.rows].map((row) => row.map((cell) => bounded(words(cell), MAX_CELL))),
        width,
      );
    case 'code':
      return codeLines(block.text, width);
    case 'actions':
      return block.actions.flatMap((action) => indented(wrapped(actionWords(action), width - 2), '> ', '  '));
  }
}

function fieldLines(fields: readonly { name: string; value: Inline }[], width: number): string[] {
  const names = fields.map(({ name }) => clean(name));
  const room = Math.min(Math.max(0, ...names.map(widthOf)), Math.floor(width / 2) - 2);
  return fields.flatMap(({ value }, i) =>
    indented(wrapped(words(value), width - room - 2), `${padded(names[i]!, room)}  `, ' '.repeat(room + 2)),
  );
}

/** Each line gets a bar, so that a value cannot pass for a line of ours. */
function codeLines(text: string, width: number): string[] {
  const lines = clean(bounded(text), true)
    .split('\n')
    .flatMap((line) => wrapped(line, width - 4, true));
  const left = lines.length - MAX_CODE_LINES;
  const shown = lines.slice(0, MAX_CODE_LINES).map((line) => `  | ${line}`);
  return left > 0 ? [...shown, `  … ${left} more lines`] : shown;
}

/** A button as what one would type. */
function actionWords({ label, command, tenant, record, choices, choice: fixed }: Action): string {
  const choice = choices ? ` <${choices.map(({ value }) => value).join('|')}>` : fixed ? ` ${fixed}` : '';
  return clean(`${label}: mdr chat --tenant ${tenant} "${command} ${record}${choice}"`);
}

/** A value's beginning, and how much more there is. */
function bounded(text: string, most = MAX_VALUE): string {
  return text.length > most ? `${text.slice(0, most)}… (${text.length - most} more characters)` : text;
}

function words(text: Inline): string {
  return bounded(spanWords(text));
}

function spanWords(text: Inline): string {
  if (typeof text === 'string') return clean(bounded(text));
  return text
    .map((span) => {
      if (typeof span === 'string') return clean(span);
      if ('bold' in span) return clean(span.bold);
      if ('code' in span) return `\`${clean(span.code)}\``;
      if ('time' in span) return timeWords(span.time);
      if ('call' in span) return clean(`@${span.call}`);
      return clean(`${span.link} (${span.href})`);
    })
    .join('');
}

/** `2026-11-24 17:06:31 UTC`; a number that is no time is shown as it is. */
function timeWords(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function indented(lines: readonly string[], first: string, rest: string): string[] {
  return lines.map((line, i) => (i === 0 ? first : rest) + line);
}
