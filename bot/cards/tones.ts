import type { Tone } from '../../commands/cards/card.js';

/** What stands before a title, so that the tone is not told by colour alone. */
export const MARKS: Record<Tone, string> = {
  neutral: '',
  ok: '🟢 ',
  low: '🔵 ',
  medium: '🟡 ',
  high: '🟠 ',
  critical: '🔴 ',
  error: '⛔ ',
};
