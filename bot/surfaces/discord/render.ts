import type { APIEmbed, APIEmbedField } from 'discord.js';
import type { Action, Block, Card, Inline, Tone } from '../../../commands/cards/card.js';
import { table as columns } from '../../cards/columns.js';
import { safe } from '../../cards/safe.js';
import { line, spans } from '../../cards/spans.js';
import { MARKS } from '../../cards/tones.js';
import { actionRows, type Row } from './actions.js';
import { bounded, markdown, userOf } from './inline.js';

/** A card as Discord takes it. */
export interface Rendered {
  embeds: APIEmbed[];
  components: Row[];
  /** Users that the card calls: the only ones whom the message notifies. */
  calls: string[];
}

// Discord's limits; those of text count all embeds of a message together.
const MOST_EMBEDS = 10;
const MOST_TOGETHER = 6000;
const MOST_TITLE = 256;
const MOST_DESCRIPTION = 4096;
const MOST_FIELDS = 25;
const MOST_CALLS = 50;
// Ours: what one block of a card may take, so that one long value does not push out the rest.
const MOST_TEXT = 1800;
const MOST_ITEM = 500;
const MOST_NAME = 100;
const MOST_VALUE = 500;
const MOST_NOTE = 500;
const MOST_CELL = 200;
const MOST_COLUMNS = 12;
const MOST_LINES = 60;
/** What fits beside each other on a desk; a telephone wraps it. */
const TABLE_WIDTH = 58;
const INLINE_VALUE = 40;
/** Room for the sentence on what was left out. */
const SPARE = 120;

const COLOURS: Record<Tone, number> = {
  neutral: 0x5c6b7a,
  ok: 0x2e9e5b,
  low: 0x2f7fd1,
  medium: 0xe0a800,
  high: 0xe8710a,
  critical: 0xd32f2f,
  error: 0xb00020,
};

type Piece = { text: string } | { fields: APIEmbedField[] };

const small = (text: Inline): string => `-# ${markdown(text, MOST_NOTE, true)}`;
const more = (count: number, what: string): string[] => (count > 0 ? [small(`… and ${count} more ${what}`)] : []);
const textPiece = (...lines: string[]): Piece[] => (lines.join('').trim() === '' ? [] : [{ text: lines.join('\n') }]);
const isEmpty = (text: Inline): boolean => line(text, 10).trim() === '';

/** A value to be read letter by letter; one that would end the block is shown as plain text. */
function fence(text: string): string {
  return text.includes('```') ? bounded(text, MOST_TEXT) : `\`\`\`\n${text}\n\`\`\``;
}

/** As many as fit into `most` characters, and how many did not. */
function fitting(lines: readonly string[], most: number): { taken: string[]; leftOut: number } {
  let room = most;
  const end = lines.findIndex((each) => {
    room -= each.length + 1;
    return room < 0;
  });
  const taken = end < 0 ? lines : lines.slice(0, end);
  return { taken: [...taken], leftOut: lines.length - taken.length };
}

function fields(block: Extract<Block, { kind: 'fields' }>): Piece[] {
  const all = block.fields.map(({ name, value }): APIEmbedField => {
    const shown = markdown(value, MOST_VALUE);
    return {
      name: bounded(name, MOST_NAME, true).trim() || '—',
      value: shown.trim() || '—',
      inline: line(value, 100).length <= INLINE_VALUE,
    };
  });
  const { taken } = fitting(
    all.map(({ name, value }) => name + value),
    MOST_TEXT,
  );
  const shown = all.slice(0, Math.min(taken.length, MOST_FIELDS));
  return [
    ...(shown.length > 0 ? [{ fields: shown }] : []),
    ...textPiece(...more(block.fields.length - shown.length, 'fields')),
  ];
}

function table(block: Extract<Block, { kind: 'table' }>): Piece[] {
  const names = block.columns.slice(0, MOST_COLUMNS);
  const rows = [names, ...block.rows.slice(0, MOST_LINES)].map((row) =>
    names.map((_, at) => line(row[at] ?? '', MOST_CELL).replaceAll('```', "'''")),
  );
  for (let shown = rows.length; shown > 0; shown -= 1) {
    const drawn = columns(rows.slice(0, shown), TABLE_WIDTH).join('\n');
    if (drawn.trim() === '') return [];
    if (drawn.length > MOST_TEXT) continue;
    return textPiece(
      fence(drawn),
      ...more(block.rows.length - (shown - 1), 'rows'),
      ...more(block.columns.length - names.length, 'columns'),
    );
  }
  return textPiece(...more(block.rows.length, 'rows'));
}

function draw(block: Block): Piece[] {
  switch (block.kind) {
    case 'text':
      return textPiece(markdown(block.text, MOST_TEXT));
    case 'note':
      return isEmpty(block.text) ? [] : textPiece(small(block.text));
    case 'code': {
      const text = safe(block.text, MOST_TEXT);
      return text.trim() === '' ? [] : textPiece(fence(text));
    }
    case 'list': {
      const items = block.items.filter((item) => !isEmpty(item)).map((item) => `- ${markdown(item, MOST_ITEM, true)}`);
      const { taken, leftOut } = fitting(items, MOST_TEXT);
      return textPiece(...taken, ...more(leftOut, 'items'));
    }
    case 'fields':
      return fields(block);
    case 'table':
      return table(block);
    case 'actions':
      return [];
  }
}

const sizeOf = (piece: Piece): number =>
  'text' in piece
    ? piece.text.length + 1
    : piece.fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);

/** Put a piece where it belongs, in a further embed when the last has none of that room left. @returns false when there is none at all */
function place(embeds: APIEmbed[], piece: Piece, color: number, most: number): boolean {
  const last = embeds.at(-1);
  const hasFields = last?.fields !== undefined;
  const fits =
    last &&
    ('text' in piece
      ? !hasFields && (last.description?.length ?? -1) + 1 + piece.text.length <= MOST_DESCRIPTION
      : (last.fields?.length ?? 0) + piece.fields.length <= MOST_FIELDS);
  const embed = fits ? last : { color };
  if (!fits) {
    if (embeds.length >= most) return false;
    embeds.push(embed);
  }
  if ('text' in piece)
    embed.description = embed.description === undefined ? piece.text : `${embed.description}\n${piece.text}`;
  else embed.fields = [...(embed.fields ?? []), ...piece.fields];
  return true;
}

function callsOf(card: Card): string[] {
  const texts = card.blocks.flatMap((block) => (block.kind === 'text' || block.kind === 'note' ? [block.text] : []));
  const found = texts.flatMap((text) =>
    spans(text).flatMap((span) => (typeof span === 'object' && 'call' in span ? [userOf(span.identities)] : [])),
  );
  return [...new Set(found.filter((user) => user !== null))].slice(0, MOST_CALLS);
}

/**
 * A card as embeds and rows of buttons. Every value is escaped, so that Discord finds no markup in it; what is invisible becomes
 * visible; everything fits Discord's limits, and what had no room is counted. Buttons are no part of the text and keep their place.
 * @param mark small print at the end, by which the message is found again
 */
export function render(card: Card, mark = ''): Rendered {
  const color = COLOURS[card.tone];
  const sign = MARKS[card.tone];
  const title = `${sign}${bounded(line(card.title, MOST_TITLE), MOST_TITLE - sign.length, true)}`.trim() || 'mdr';
  const embeds: APIEmbed[] = [{ color, title }];
  const actions = card.blocks.flatMap((block): Action[] => (block.kind === 'actions' ? block.actions : []));
  const { rows, leftOut } = actionRows(actions);
  const missing = more(leftOut, 'actions').map((text): Piece => ({ text }));
  let room = MOST_TOGETHER - title.length - mark.length - SPARE;
  let without = 0;
  for (const piece of [...card.blocks.flatMap(draw), ...missing]) {
    const size = sizeOf(piece);
    if (size <= room && place(embeds, piece, color, MOST_EMBEDS - 1)) room -= size;
    else without += 1;
  }
  for (const text of more(without, 'parts of this message, which Discord has no room for'))
    place(embeds, { text }, color, MOST_EMBEDS);
  if (mark) embeds.at(-1)!.footer = { text: mark };
  return { embeds, components: rows, calls: callsOf(card) };
}
