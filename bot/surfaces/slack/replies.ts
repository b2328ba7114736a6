import { setTimeout as sleep } from 'node:timers/promises';
import type { Card } from '../../../commands/cards/card.js';
import { DeliveryError } from '../types.js';
import type { ReplyTo } from './asks.js';
import type { Gateway, Rendered } from './gateway.js';
import { render } from './render.js';

const ATTEMPTS = 4;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Bring an answer to the person who asked. Nothing waits behind it, so it is not the outbox's: a few attempts, then an error.
 * @throws DeliveryError of the last attempt
 */
export async function reply(gateway: Gateway, to: ReplyTo, card: Card): Promise<void> {
  let message = render(card);
  let place = to;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(gateway, place, message);
    } catch (error) {
      if (!(error instanceof DeliveryError) || attempt >= ATTEMPTS) throw error;
      if (error.kind === 'unknown' && place.kind === 'message') throw error;
      // Used up or expired: there is another way to the same person.
      if (error.kind === 'gone' && place.kind === 'url')
        place = { kind: 'whisper', channel: place.channel, user: place.user, thread: null };
      else if (error.kind === 'gone') throw error;
      else if (error.kind === 'refused') message = { text: message.text, blocks: [] };
      else await sleep(Math.min(error.retryAfterMs || FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS));
    }
  }
}

async function send(gateway: Gateway, to: ReplyTo, message: Rendered): Promise<void> {
  if (to.kind === 'url') await gateway.respond(to.url, message);
  else if (to.kind === 'whisper') await gateway.whisper(to.channel, to.user, message, to.thread);
  else await gateway.post(to.channel, message, to.thread, null);
}
