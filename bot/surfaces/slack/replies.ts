import { setTimeout as sleep } from 'node:timers/promises';
import type { Card } from '../../../commands/cards/card.js';
import { DeliveryError } from '../types.js';
import type { ReplyTo } from './asks.js';
import type { Gateway, Rendered } from './gateway.js';
import { render } from './render.js';
import { cardView } from './views.js';

const ATTEMPTS = 4;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A person who sees nothing for longer asks again. */
const WORKING_MS = 1500;
const WORKING: Card = {
  title: 'Working on it …',
  tone: 'neutral',
  blocks: [{ kind: 'note', text: 'The answer follows here.' }],
};

/**
 * Bring an answer to the person who asked. Nothing waits behind it, so it is not the outbox's: a few attempts, then an error.
 * @throws DeliveryError of the last attempt
 */
export async function reply(gateway: Gateway, to: ReplyTo, card: Card): Promise<void> {
  let message: Rendered = render(card);
  let place = to;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (place.kind === 'view') return await gateway.updateView(place.view, cardView(card, place.meta));
      return await send(gateway, place, message);
    } catch (error) {
      if (!(error instanceof DeliveryError) || attempt >= ATTEMPTS) throw error;
      if (error.kind === 'unknown' && place.kind === 'message') throw error;
      // Used up or expired: there is another way to the same person.
      if (error.kind === 'gone' && place.kind === 'url')
        place = { kind: 'whisper', channel: place.channel, user: place.user, thread: null };
      else if (place.kind === 'view' && (error.kind === 'gone' || error.kind === 'refused')) place = place.otherwise;
      else if (error.kind === 'gone') throw error;
      else if (error.kind === 'refused') message = { text: message.text, blocks: [] };
      else await sleep(Math.min(error.retryAfterMs || FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS));
    }
  }
}

/**
 * Find an answer; when that takes long, say meanwhile that it is being worked on.
 * @returns the answer, and where it goes: in the place of those words, where they can be replaced
 */
export async function whileWorking(
  gateway: Gateway,
  to: ReplyTo,
  answer: () => Promise<Card>,
): Promise<{ card: Card; to: ReplyTo }> {
  let said: Promise<ReplyTo> | undefined;
  const timer = setTimeout(() => {
    // A courtesy: what fails here is no reason not to answer.
    said = sayWorking(gateway, to).catch(() => to);
  }, WORKING_MS);
  try {
    const card = await answer();
    return { card, to: said ? await said : to };
  } finally {
    clearTimeout(timer);
  }
}

async function sayWorking(gateway: Gateway, to: ReplyTo): Promise<ReplyTo> {
  // A dialog says so from the moment it opens.
  if (to.kind === 'view') return to;
  const message = render(WORKING);
  if (to.kind === 'message')
    return { kind: 'edit', channel: to.channel, message: await gateway.post(to.channel, message, to.thread, null) };
  // The address of a click leads to the message that was clicked on.
  if (to.kind === 'url' && !to.own) await gateway.whisper(to.channel, to.user, message, null);
  else await send(gateway, to, message);
  return to.kind === 'url' && to.own ? { ...to, replace: true } : to;
}

async function send(gateway: Gateway, to: Exclude<ReplyTo, { kind: 'view' }>, message: Rendered): Promise<void> {
  if (to.kind === 'url') await gateway.respond(to.url, message, to.replace);
  else if (to.kind === 'whisper') await gateway.whisper(to.channel, to.user, message, to.thread);
  else if (to.kind === 'edit') await gateway.update(to.channel, to.message, message);
  else await gateway.post(to.channel, message, to.thread, null);
}

/** Do what can be done again without harm, until Slack lets us. @throws the last attempt's error, or at once what no attempt will change */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DeliveryError) || attempt >= ATTEMPTS) throw error;
      if (error.kind === 'gone' || error.kind === 'refused') throw error;
      await sleep(Math.min(error.retryAfterMs || FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS));
    }
  }
}
