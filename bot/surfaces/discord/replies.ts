import { setTimeout as sleep } from 'node:timers/promises';
import type { Card } from '../../../commands/cards/card.js';
import type { Log } from '../../../engine/log.js';
import { DeliveryError } from '../types.js';
import { CODE, codeOf } from './errors.js';
import type { Gateway, InteractionAddress } from './gateway.js';
import { type Rendered, render } from './render.js';

const ATTEMPTS = 4;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** An answer that takes its time, for one person's eyes. */
const DEFERRED = { type: 5, data: { flags: 64 } };

/**
 * Tell Discord that the interaction is being worked on.
 * @returns false when nobody waits for the answer here: it came too late, another process has it, or Discord cannot be reached
 */
export async function acknowledge(gateway: Gateway, to: InteractionAddress, log: Log): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await gateway.acknowledge(to, DEFERRED);
      return true;
    } catch (error) {
      const code = codeOf(error);
      // After an attempt whose answer was lost it was acknowledged by us.
      if (code === CODE.interactionAcknowledged) return attempt > 1;
      if (code === CODE.unknownInteraction) {
        log.info({ interaction: to.id }, 'discord: an interaction came too late to be answered');
        return false;
      }
      if (attempt > 1 || !(error instanceof DeliveryError) || error.kind === 'refused') {
        log.warn({ error: (error as Error).message }, 'discord: an interaction could not be acknowledged');
        return false;
      }
    }
  }
}

/** Try a few times; nothing waits behind an answer, so it is not the outbox's. @throws DeliveryError of the last attempt */
async function insist(send: (message: Rendered) => Promise<unknown>, card: Card, repeatable: boolean): Promise<void> {
  let message = render(card);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await send(message);
      return;
    } catch (error) {
      if (!(error instanceof DeliveryError) || attempt >= ATTEMPTS || error.kind === 'gone') throw error;
      if (error.kind === 'unknown' && !repeatable) throw error;
      if (error.kind === 'refused') {
        // Already as little as it can be.
        if (message.embeds.length === 1 && !message.embeds[0]?.description) throw error;
        message = render({ title: card.title, tone: card.tone, blocks: [] });
      } else await sleep(Math.min(error.retryAfterMs || FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS));
    }
  }
}

/** Put the answer where its deferral waits. @throws DeliveryError */
export const respond = (gateway: Gateway, to: InteractionAddress, card: Card): Promise<void> =>
  insist((message) => gateway.respond(to, message), card, true);

/** A card in the conversation with one person, whom nobody there overhears. @throws DeliveryError */
export async function tell(gateway: Gateway, user: string, card: Card): Promise<void> {
  const channel = await gateway.directChannel(user);
  await insist((message) => gateway.post(channel, message, null), card, false);
}
