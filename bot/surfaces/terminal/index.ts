import { renderText } from '../../cards/text.js';
import type { Answer } from '../types.js';

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
    surface: 'terminal',
    user,
    channel: 'terminal',
    thread: null,
    direct: true,
    text,
    tenant,
  });
  return { text: renderText(card, { colour, ...(width && { width }) }), ok: card.tone !== 'error' };
}
