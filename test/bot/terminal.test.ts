import { describe, expect, it } from 'vitest';
import { terminalChat } from '../../bot/surfaces/terminal/index.js';
import type { Ask } from '../../bot/surfaces/types.js';
import type { Card } from '../../commands/cards/card.js';

const asks: Ask[] = [];
const answering = (card: Card) => async (ask: Ask) => {
  asks.push(ask);
  return card;
};
const card: Card = { title: 'Hello \u001b[31mthere', tone: 'ok', blocks: [{ kind: 'text', text: 'word '.repeat(30) }] };

describe('the terminal surface', () => {
  it('asks as the named user, in a conversation with the bot alone, and prints the card safely', async () => {
    const shown = await terminalChat({
      answer: answering(card),
      user: 'ana',
      tenant: 'acme',
      text: 'alerts',
      colour: false,
      width: 40,
    });
    expect(asks.at(-1)).toEqual({
      surface: 'terminal',
      user: 'ana',
      channel: 'terminal',
      thread: null,
      direct: true,
      text: 'alerts',
      tenant: 'acme',
    });
    expect(shown.ok).toBe(true);
    expect(shown.text.split('\n')[0]).toBe('Hello \\u{1b}[31mthere');
    expect(Math.max(...shown.text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  it('says that it failed, for scripts', async () => {
    const answer = answering({ title: 'No', tone: 'error', blocks: [] });
    const { ok, text } = await terminalChat({ answer, user: 'ana', tenant: null, text: 'x', colour: true });
    expect(ok).toBe(false);
    expect(text).toContain('Error: No');
  });
});
