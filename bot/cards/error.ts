import type { Card } from '../../commands/cards/card.js';
import type { MdrError } from '../../engine/errors.js';

/**
 * What went wrong, and what to do.
 * @param reference what the log calls it, for failures inside
 */
export function errorCard(error: MdrError, reference: string | null = null): Card {
  return {
    title: error.message.charAt(0).toUpperCase() + error.message.slice(1),
    tone: 'error',
    blocks: [
      { kind: 'note', text: [{ code: error.code }, ...(reference ? [' · reference ', { code: reference }] : [])] },
      { kind: 'text', text: error.hint || 'Type /mdr help for what can be done here.' },
    ],
  };
}
