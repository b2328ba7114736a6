import type { MessageRef } from '../types.js';
import { CODE, codeOf } from './errors.js';
import type { Gateway } from './gateway.js';
import { unescaped } from './inline.js';

/**
 * Post into a channel, or into the thread of one of its messages. A thread has the id of the message it began with, and is begun by the
 * first reply, named after that message.
 * @throws DeliveryError; `gone` when the message or its thread was deleted
 */
export async function inThread(
  gateway: Gateway,
  channel: string,
  thread: string | null,
  post: (channel: string) => Promise<string>,
): Promise<MessageRef> {
  const place = thread ?? channel;
  try {
    return { channel: place, message: await post(place) };
  } catch (error) {
    if (thread === null || codeOf(error) !== CODE.unknownChannel) throw error;
  }
  const root = await gateway.message(channel, thread);
  const name = unescaped(root.embeds?.[0]?.title ?? '').trim() || 'mdr';
  await gateway.startThread(channel, thread, name).catch((error: unknown) => {
    // Somebody else was quicker; a deleted one is found out by the post.
    if (codeOf(error) !== CODE.threadExists) throw error;
  });
  return { channel: place, message: await post(place) };
}
