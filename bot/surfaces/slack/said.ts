import { z } from 'zod';
import type { Said } from '../../heard.js';
import { typed } from './asks.js';

const id = z.string().min(1).max(200);
const schema = z.object({
  authorizations: z.array(z.object({ user_id: z.string() })).default([]),
  event: z.object({
    type: z.literal('message'),
    channel_type: z.enum(['channel', 'group']),
    user: id,
    text: z.string(),
    channel: id,
    ts: id,
    thread_ts: id,
    // There when it is not simply what a person wrote; a file's message has words too.
    subtype: z.literal('file_share').optional(),
    bot_id: z.undefined().optional(),
  }),
});

/** What a person wrote in a thread, not to the bot. @returns null when it is something else */
export function saidOfMessage(body: unknown): Said | null {
  const parsed = schema.safeParse(body);
  if (!parsed.success) return null;
  const { event, authorizations } = parsed.data;
  const self = authorizations[0]?.user_id;
  // A mention of the bot comes as an event of its own, and is answered.
  if (self && (event.user === self || event.text.includes(`<@${self}>`))) return null;
  return {
    surface: 'slack',
    user: event.user,
    channel: event.channel,
    thread: event.thread_ts,
    message: event.ts,
    text: typed(event.text),
  };
}
