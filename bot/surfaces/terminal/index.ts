import { renderText, type TextOptions } from '../../cards/text.js';
import { type Answer, DeliveryError, type Feature, type Surface } from '../types.js';

export interface TerminalChat {
  answer: Answer;
  /** As in the identity `terminal:<user>` of the person who asks. */
  user: string;
  /** Named tenant; otherwise the only one this person has. */
  tenant: string | null;
  /** Command line, with or without `/mdr`. */
  text: string;
  /** Whether to use ANSI colours. */
  colour: boolean;
  /** Columns of the terminal. */
  width?: number;
}

/**
 * One command from a terminal, answered as text.
 *
 * `user` is whom the caller says to be: whoever can run this reaches the database with its credentials, and could read it without us.
 * So it is no proof of identity; it chooses whose roles apply and whose name is written down. It must be a registered person all the same
 * (`mdr people add <id> --identity terminal:<user>`): nobody acts under a name that is not known.
 * @returns what to print, and whether the command did what it was asked
 */
export async function terminalChat({
  answer,
  user,
  tenant,
  text,
  colour,
  width = process.stdout.columns,
}: TerminalChat): Promise<{ text: string; ok: boolean }> {
  const card = await answer({
    surface: TERMINAL,
    user,
    channel: TERMINAL,
    thread: null,
    direct: true,
    text,
    tenant,
  });
  const printed: string[] = [];
  const terminal = terminalSurface((text) => printed.push(text), { colour, ...(width && { width }) });
  await terminal.post(TERMINAL, card, 'answer', null);
  return { text: printed.join('\n'), ok: card.tone !== 'error' };
}

const TERMINAL = 'terminal';
/** Whoever types reads the answer alone. */
const SUPPORTS = new Set<Feature>(['ephemeral', 'once']);

/**
 * A terminal as a surface: cards are printed one after the other. What was printed stays as it was: a change is printed again, a reply
 * comes after what it answers, and files and addresses are not to be had here.
 * @param print writes one card, as text without a line break at its end
 */
export function terminalSurface(print: (text: string) => void, options: TextOptions = {}): Surface {
  const printed = new Set<string>();
  const checked = (channel: string) => {
    if (channel !== TERMINAL) throw new DeliveryError('gone', `there is no channel ${channel} in a terminal`);
  };
  return {
    name: TERMINAL,
    supports: SUPPORTS,
    async post(channel, card, key) {
      checked(channel);
      if (!printed.has(key)) print(renderText(card, options));
      printed.add(key);
      return { channel, message: key };
    },
    async edit({ channel, message }, card) {
      checked(channel);
      if (!printed.has(message)) throw new DeliveryError('gone', 'nothing of this kind was printed here');
      print(renderText(card, options));
    },
    async find(channel, key) {
      checked(channel);
      return printed.has(key) ? { channel, message: key } : null;
    },
    async start() {},
    async stop() {},
  };
}
