import { describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { render } from '../../bot/surfaces/slack/render.js';
import { entryCard } from '../../commands/cards/alert.js';
import { type Card, plain } from '../../commands/cards/card.js';
import { NOW } from '../commands/world.js';
import { checkBlocks } from '../doubles/slack/blocks.js';

const entry = (identities: string[], name = 'Ana') =>
  entryCard({
    id: 'e',
    at: NOW,
    actor: 'mdr',
    actorName: 'mdr',
    kind: 'escalated',
    text: '5 minutes without an acknowledgement.',
    calls: [{ name, identities }],
  });
const inSlack = (card: Card) => {
  const { blocks } = render(card);
  expect(checkBlocks(blocks)).toBeNull();
  return JSON.stringify(blocks);
};

describe('calling a person', () => {
  it('mentions them in Slack by their Slack identity, and by name elsewhere', () => {
    const card = entry(['terminal:ana', 'slack:U0123ABC']);
    expect(inSlack(card)).toContain('{"type":"user","user_id":"U0123ABC"}');
    expect(renderText(card)).toContain('@Ana');
    expect(plain(card.title)).toBe('Nobody has acknowledged it yet');
  });

  it.each([[[]], [['terminal:ana']], [['slack:channel']], [['slack:U1> <!channel']], [['slack:!here']]])(
    'names them where they have no identity that can be called: %j',
    (identities) => {
      const shown = inSlack(entry(identities));
      expect(shown).not.toContain('"type":"user"');
      expect(shown).toContain('@Ana');
    },
  );

  it('lets no value of a log call anybody', () => {
    const card = entryCard({
      id: 'e',
      at: NOW,
      actor: 'a',
      actorName: '<@U0123ABC>',
      kind: 'note',
      text: '<@U0123ABC> <!here> @Ana',
    });
    expect(inSlack(card)).not.toContain('"type":"user"');
  });
});
