import type { types } from '@slack/bolt';
import type { Block, Card, Inline } from '../../../commands/cards/card.js';
import { safe } from '../../cards/safe.js';
import { line } from '../../cards/spans.js';
import { MARKS } from '../../cards/tones.js';
import { actionBlocks } from './actions.js';
import type { Rendered } from './gateway.js';
import { elements, escapeText, smallPrint } from './inline.js';

// Slack's limits. That on all blocks together is not documented; about 13,200 characters of JSON were observed to be refused.
const MOST_BLOCKS = 50;
const MOST_JSON = 12_000;
const MOST_HEADER = 150;
// Ours: what one block of a card may take, so that one long value does not push out the rest.
const MOST_TEXT = 2800;
const MOST_ITEMS = 4000;
const MOST_CELL = 48;
const MOST_COLUMNS = 12;
const MOST_ROWS = 200;
const MOST_NOTE = 1000;
const MOST_FALLBACK = 1000;

type Part = types.RichTextBlockElement;
const rich = (...parts: Part[]): types.KnownBlock[] =>
  parts.length > 0 ? [{ type: 'rich_text', elements: parts as [Part, ...Part[]] }] : [];
const section = (found: types.RichTextElement[]): types.RichTextSection[] =>
  found.length > 0 ? [{ type: 'rich_text_section', elements: found }] : [];
const context = (text: Inline): types.KnownBlock[] => {
  const found = smallPrint(text, MOST_NOTE);
  return found.length > 0 ? [{ type: 'context', elements: found }] : [];
};

/** As many items as fit into `MOST_ITEMS` characters of JSON, and how many did not. */
function fitting<T, R>(items: readonly T[], draw: (item: T) => R): { drawn: R[]; leftOut: number } {
  const drawn: R[] = [];
  let size = 0;
  for (const item of items) {
    const next = draw(item);
    size += JSON.stringify(next).length;
    if (size > MOST_ITEMS && drawn.length > 0) break;
    drawn.push(next);
  }
  return { drawn, leftOut: items.length - drawn.length };
}

const more = (count: number, what: string): types.KnownBlock[] =>
  count > 0 ? context(`… and ${count} more ${what}`) : [];

function fields(block: Extract<Block, { kind: 'fields' }>): types.KnownBlock[] {
  const { drawn, leftOut } = fitting(block.fields, ({ name, value }): types.RichTextElement[] => [
    { type: 'text', text: `${safe(name, 80, true)}: `, style: { bold: true } },
    ...elements(value, 600),
    { type: 'text', text: '\n' },
  ]);
  return [...rich(...section(drawn.flat().slice(0, -1))), ...more(leftOut, 'fields')];
}

function list(block: Extract<Block, { kind: 'list' }>): types.KnownBlock[] {
  const { drawn, leftOut } = fitting(block.items, (item) => section(elements(item, 600)));
  const items = drawn.flat();
  if (items.length === 0) return [];
  return [...rich({ type: 'rich_text_list', style: 'bullet', elements: items }), ...more(leftOut, 'items')];
}

/** Preformatted columns: Slack's own table allows one a message and is refused in some places. */
function table(block: Extract<Block, { kind: 'table' }>): types.KnownBlock[] {
  const columns = block.columns.slice(0, MOST_COLUMNS);
  const cells = [columns, ...block.rows.slice(0, MOST_ROWS)].map((row) =>
    columns.map((_, at) => line(row[at] ?? '', MOST_CELL)),
  );
  const length = (text: string) => [...text].length;
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => length(row[at] ?? ''))));
  const draw = (row: string[]) =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - length(cell)))
      .join('  ')
      .trimEnd();
  const [head = '', ...rows] = cells.map(draw);
  const { drawn } = fitting(rows, (row) => row);
  const text = [head, draw(widths.map((width) => '─'.repeat(width))), ...drawn].join('\n');
  if (text.trim() === '') return [];
  return [
    ...rich({ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }),
    ...more(block.rows.length - drawn.length, 'rows'),
    ...more(block.columns.length - columns.length, 'columns'),
  ];
}

function draw(block: Block): types.KnownBlock[] {
  switch (block.kind) {
    case 'text':
      return rich(...section(elements(block.text, MOST_TEXT)));
    case 'fields':
      return fields(block);
    case 'list':
      return list(block);
    case 'table':
      return table(block);
    case 'code': {
      const text = safe(block.text, MOST_TEXT);
      return text === '' ? [] : rich({ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] });
    }
    case 'note':
      return context(block.text);
    case 'actions': {
      const { blocks, leftOut } = actionBlocks(block.actions);
      return [...blocks, ...more(leftOut, 'actions')];
    }
  }
}

const size = (blocks: readonly types.KnownBlock[]): number =>
  blocks.reduce((sum, block) => sum + JSON.stringify(block).length + 1, 2);

/** Fallback text: the title, and the first words of the card. */
function fallback(card: Card): string {
  const first = card.blocks.find((block) => block.kind === 'text');
  const text = [card.title, ...(first ? [first.text] : [])].map((inline) => line(inline, MOST_FALLBACK)).join(' · ');
  return escapeText(safe(text, MOST_FALLBACK)) || 'mdr';
}

/**
 * A card as Slack blocks, and a fallback text. Every value goes into plain or rich text, where Slack looks for no markup; what is
 * invisible becomes visible; everything fits Slack's limits, and what had no room is counted. Buttons come before long values:
 * they are placed first, so that a huge log line cannot push *Acknowledge* out of an alert.
 */
export function render(card: Card): Rendered {
  const mark = MARKS[card.tone];
  const title = `${mark}${line(card.title, MOST_HEADER - mark.length)}`.trim() || 'mdr';
  const header: types.KnownBlock = { type: 'header', text: { type: 'plain_text', text: title, emoji: false } };
  const drawn = card.blocks.map(draw);
  // Room for the header and for the sentence on what was left out.
  let blocks = MOST_BLOCKS - 2;
  let room = MOST_JSON - size([header]) - 200;
  const placed = new Set<number>();
  const place = (isAction: boolean) => {
    for (const [at, found] of drawn.entries()) {
      if ((card.blocks[at]?.kind === 'actions') !== isAction) continue;
      if (found.length > blocks || size(found) > room) continue;
      placed.add(at);
      blocks -= found.length;
      room -= size(found);
    }
  };
  place(true);
  place(false);
  const leftOut = drawn.filter((found, at) => found.length > 0 && !placed.has(at)).length;
  return {
    text: fallback(card),
    blocks: [
      header,
      ...drawn.filter((_, at) => placed.has(at)).flat(),
      ...(leftOut > 0 ? context(`… and ${leftOut} more parts of this message, which Slack has no room for`) : []),
    ],
  };
}
