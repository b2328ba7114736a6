import type { Block, Card } from '../../commands/cards/card.js';

/** Characters of one value. */
const MOST_VALUE = 20_000;
/** Characters of a card as JSON: far from what a document of the store may have. */
const MOST_CARD = 1_000_000;

function bounded<T>(value: T): T {
  if (typeof value === 'string')
    return (
      value.length > MOST_VALUE
        ? `${value.slice(0, MOST_VALUE)}… (${value.length - MOST_VALUE} more characters)`
        : value
    ) as T;
  if (Array.isArray(value)) return value.map(bounded) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bounded(inner)])) as T;
}

/** A card that can be kept: long values are cut, and parts beyond all reason left out; both are counted where they are missing. */
export function boundedCard(card: Card): Card {
  const { blocks, ...rest } = bounded(card);
  let room = MOST_CARD;
  const kept = blocks.filter((block) => {
    const size = JSON.stringify(block).length;
    if (size > room) return false;
    room -= size;
    return true;
  });
  const leftOut = blocks.length - kept.length;
  const note: Block[] = leftOut > 0 ? [{ kind: 'note', text: `… and ${leftOut} more parts of this message` }] : [];
  return { ...rest, blocks: [...kept, ...note] };
}
