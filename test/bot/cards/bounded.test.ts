import { expect, test } from 'vitest';
import { boundedCard } from '../../../bot/cards/bounded.js';
import type { Card } from '../../../commands/cards/card.js';

test('an ordinary card stays as it is', () => {
  const card: Card = { title: ['a', { bold: 'b' }], tone: 'ok', blocks: [{ kind: 'text', text: [{ time: 1 }, 'x'] }] };
  expect(boundedCard(card)).toEqual(card);
});

test('a huge value is cut and counted, wherever it stands', () => {
  const huge = 'x'.repeat(1_000_000);
  const card = boundedCard({
    title: huge,
    tone: 'ok',
    blocks: [{ kind: 'fields', fields: [{ name: 'n', value: [{ code: huge }] }] }],
  });
  expect(JSON.stringify(card).length).toBeLessThan(50_000);
  expect(JSON.stringify(card).match(/980000 more characters/g)).toHaveLength(2);
});

test('parts beyond all reason are left out and counted', () => {
  const blocks = Array.from({ length: 200 }, () => ({ kind: 'code' as const, text: 'x'.repeat(15_000) }));
  const card = boundedCard({ title: 'x', tone: 'ok', blocks });
  expect(JSON.stringify(card).length).toBeLessThan(1_010_000);
  expect(card.blocks.at(-1)).toEqual({
    kind: 'note',
    text: `… and ${200 - (card.blocks.length - 1)} more parts of this message`,
  });
});
