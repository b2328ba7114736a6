import { describe, expect, it } from 'vitest';
import { widthOf } from '../../bot/cards/columns.js';
import { clean, renderText } from '../../bot/cards/text.js';
import type { Block, Card } from '../../commands/cards/card.js';

const card = (...blocks: Block[]): Card => ({ title: 'Title', tone: 'neutral', blocks });
const body = (...blocks: Block[]) =>
  renderText(card(...blocks))
    .split('\n')
    .slice(2)
    .join('\n');

const HOSTILE = [
  '\u001b[2J\u001b]0;owned\u0007',
  '\u009b31m',
  'a\u202egpj.exe',
  'zero\u200bwidth\u2060joined\ufeff',
  '\u2066isolated\u2069',
  'line\u2028separator\u2029paragraph',
  'back\b\b\bspace\r\nnew\u0085line',
  'tag\u{e0041}\u{e007f}',
  'filler\u3164\u115f\uffa0\u00ad\u034f',
  '\ud800 half',
];
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

describe('values on a terminal', () => {
  it.each(HOSTILE)('writes out what would act or hide: %j', (value) => {
    expect(UNSAFE.test(clean(value))).toBe(false);
    expect(clean(value).length).toBeGreaterThan(0);
    const everywhere: Card = {
      title: value,
      tone: 'high',
      blocks: [
        { kind: 'text', text: [value, { bold: value }, { code: value }, { link: value, href: 'http://localhost/' }] },
        { kind: 'fields', fields: [{ name: value, value }] },
        { kind: 'list', items: [value] },
        { kind: 'table', columns: [value, 'b'], rows: [[value, value]] },
        { kind: 'code', text: value },
        { kind: 'note', text: value },
        { kind: 'actions', actions: [{ id: 'a', label: value, command: 'ack', tenant: 'acme', record: value }] },
      ],
    };
    for (const line of renderText(everywhere).split('\n')) expect(UNSAFE.test(line)).toBe(false);
  });

  it('shows which character it was', () => {
    expect(clean('a\u202eb\u001bc')).toBe('a\\u{202e}b\\u{1b}c');
  });

  it('leaves ordinary words of any language alone', () => {
    expect(clean('Grüße, 你好, שלום, é, 🔥')).toBe('Grüße, 你好, שלום, é, 🔥');
  });

  it('marks each line of a value, so that it cannot pass for a line of ours', () => {
    const lines = body({ kind: 'code', text: 'evil\nAlert 1: closed' }).split('\n');
    expect(lines).toEqual(['  | evil', '  | Alert 1: closed']);
  });

  it('bounds a value with very many lines, and letters drawn over their neighbours', () => {
    expect(body({ kind: 'code', text: 'x\n'.repeat(1000) }).split('\n').length).toBeLessThan(70);
    expect(body({ kind: 'text', text: `a${'\u0300'.repeat(500)}` }).length).toBeLessThan(10);
  });
});

describe('layout', () => {
  const wide: Card = {
    title: 'A long title that has to be wrapped at some point, because terminals are narrow '.repeat(2),
    tone: 'critical',
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'A name', value: 'value '.repeat(40) },
          { name: 'x'.repeat(90), value: '漢字'.repeat(30) },
        ],
      },
      {
        kind: 'table',
        columns: ['No.', 'Alert', 'On'],
        rows: [
          ['1', 'word '.repeat(30), 'host'],
          ['22', '漢字漢字漢字漢字', 'x'.repeat(300)],
        ],
      },
      { kind: 'code', text: 'y'.repeat(500) },
      { kind: 'list', items: ['item '.repeat(60)] },
    ],
  };

  it.each([20, 33, 80, 120])('keeps every line within %i columns', (width) => {
    for (const line of renderText(wide, { width }).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width);
  });

  it('aligns the columns of a table, also with wide characters', () => {
    const text = body({
      kind: 'table',
      columns: ['Host', 'Score'],
      rows: [
        ['漢字', '7'],
        ['ws01', '42'],
      ],
    });
    expect(text.split('\n')).toEqual(['Host  Score', '----  -----', '漢字  7', 'ws01  42']);
  });

  it('aligns names and values, and turns buttons into what one types', () => {
    expect(
      body(
        {
          kind: 'fields',
          fields: [
            { name: 'State', value: 'New' },
            { name: 'First seen', value: [{ time: 0 }] },
          ],
        },
        {
          kind: 'actions',
          actions: [
            {
              id: 'close',
              label: 'Close as…',
              command: 'close',
              tenant: 'acme',
              record: '7',
              choices: [
                { value: 'benign', label: 'Benign' },
                { value: 'test', label: 'Test' },
              ],
            },
          ],
        },
      ),
    ).toBe(
      'State       New\nFirst seen  1970-01-01 00:00:00 UTC\n\n> Close as…: mdr chat --tenant acme "close 7 <benign|test>"',
    );
  });

  it('lists a table that has more columns than room', () => {
    const columns = Array.from({ length: 12 }, (_, i) => `c${i}`);
    const text = renderText(card({ kind: 'table', columns, rows: [columns.map((_, i) => `v${i}`)] }), { width: 40 });
    expect(text).toContain('c11: v11');
  });

  it('uses colours only when asked', () => {
    const sequence = '\u001b[';
    expect(renderText(wide)).not.toContain(sequence);
    expect(renderText(wide, { colour: true })).toContain(sequence);
  });
});
