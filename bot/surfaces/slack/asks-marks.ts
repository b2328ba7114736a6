import { z } from 'zod';
import type { AskPlace } from '../../gate.js';
import type { Message } from '../../marks.js';
import { id, isDirect, teamOf, typed } from './asks.js';
import { timeOfTs } from './asks-views.js';

/** The emoji that puts a message on the timeline. */
const PIN = 'pushpin';
const MOST_FILES = 20;

/** An event of a workspace, with the id that makes it the same thing again. */
interface Marked {
  id: string;
  team: string | null;
  ask: AskPlace;
}

const reactionSchema = z.object({
  event_id: id,
  event: z.object({
    type: z.enum(['reaction_added', 'reaction_removed']),
    user: id,
    reaction: z.literal(PIN),
    item: z.object({ type: z.literal('message'), channel: id, ts: id }),
    event_ts: id,
  }),
});

export interface Reaction extends Marked {
  added: boolean;
  message: string;
  /** Epoch ms, with fractions: Slack's order of events. */
  at: number;
}

/** The pin emoji, put on a message or taken away. @returns null for all others */
export function reactionOf(body: unknown): Reaction | null {
  const { data } = reactionSchema.safeParse(body);
  if (!data) return null;
  const { user, item, type, event_ts } = data.event;
  return {
    id: data.event_id,
    team: teamOf(body),
    ask: { surface: 'slack', user, channel: item.channel, thread: null, direct: isDirect(item.channel), tenant: null },
    added: type === 'reaction_added',
    message: item.ts,
    at: Number(event_ts) * 1000 || 0,
  };
}

const uploadSchema = z.object({
  event_id: id,
  event: z.object({
    type: z.literal('message'),
    subtype: z.literal('file_share'),
    bot_id: z.undefined().optional(),
    user: id,
    text: z.string().default(''),
    channel: id,
    ts: id,
    /** Absent for what is given into a channel itself: it may be the room of a case. */
    thread_ts: id.optional(),
    files: z
      .array(
        z.object({
          id,
          name: z.string().nullish(),
          mimetype: z.string().nullish(),
          size: z.number().nonnegative().default(0),
          url_private_download: z.string().max(3000).optional(),
          url_private: z.string().max(3000).optional(),
        }),
      )
      .min(1)
      .max(MOST_FILES),
  }),
});

export interface SharedFile {
  id: string;
  name: string;
  type: string;
  size: number;
  url: string;
}

export interface Upload extends Marked {
  message: Message;
  files: SharedFile[];
}

/** Files given into a thread or a channel. @returns null for all other messages */
export function uploadOf(body: unknown): Upload | null {
  const { data } = uploadSchema.safeParse(body);
  if (!data || data.event.thread_ts === data.event.ts) return null;
  const { user, channel, ts, thread_ts: thread = null, text, files } = data.event;
  return {
    id: data.event_id,
    team: teamOf(body),
    ask: { surface: 'slack', user, channel, thread, direct: isDirect(channel), tenant: null },
    message: {
      ...{ surface: 'slack', channel, message: ts, at: timeOfTs(ts), author: `slack:${user}`, authorName: user },
      ...{ text: typed(text), link: '' },
    },
    files: files.map((file) => ({
      id: file.id,
      name: file.name ?? '',
      type: file.mimetype ?? '',
      size: file.size,
      url: file.url_private_download ?? file.url_private ?? '',
    })),
  };
}

const homeSchema = z.object({
  event: z.object({ type: z.literal('app_home_opened'), user: id, tab: z.literal('home') }),
});

/** Who looks at the bot's own page. */
export function homeOpenedBy(body: unknown): { user: string; team: string | null } | null {
  const { data } = homeSchema.safeParse(body);
  return data ? { user: data.event.user, team: teamOf(body) } : null;
}
