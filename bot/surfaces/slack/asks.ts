import { z } from 'zod';
import type { Ask } from '../types.js';
import { readAction } from './actions.js';
import type { Meta } from './views.js';

/** Where an answer goes. */
export type ReplyTo =
  /** To one person, through the address that came with what they did. */
  | {
      kind: 'url';
      url: string;
      channel: string;
      user: string;
      /** Of a slash command: what was said through it can be replaced. (Of a click, that would be the message clicked on.) */
      own?: boolean;
      /** Put this in the place of what was said through it before. */
      replace?: boolean;
    }
  /** To one person, in a channel or one of its threads. */
  | { kind: 'whisper'; channel: string; user: string; thread: string | null }
  /** As a message: in a conversation with the bot nobody else reads along. */
  | { kind: 'message'; channel: string; thread: string | null }
  /** In the place of a message of ours. */
  | { kind: 'edit'; channel: string; message: string }
  /** In a dialog that is open; when it is not any more, otherwise. */
  | { kind: 'view'; view: string; meta: Meta; otherwise: ReplyTo };

/** Something a person asked, with the id that makes it the same thing again. */
export interface Incoming {
  id: string;
  /** The workspace that it came from, when it says so. */
  team: string | null;
  ask: Ask;
  to: ReplyTo;
  /** Opens a dialog, within three seconds. */
  trigger: string | null;
  /** Answered in a dialog, whatever the answer is. */
  dialog?: boolean;
  /** Answered with the person's own page. */
  home?: boolean;
}

const MOST_TEXT = 4000;
export const id = z.string().min(1).max(200);

const teamSchema = z.object({
  team_id: z.string().optional(),
  team: z.object({ id: z.string() }).nullish(),
  authorizations: z.array(z.object({ team_id: z.string().nullish() })).optional(),
});

/** The workspace in which the app was spoken to; in a shared channel that is not always the speaker's. */
export function teamOf(body: unknown): string | null {
  const { authorizations, team, team_id } = teamSchema.safeParse(body).data ?? {};
  return authorizations?.[0]?.team_id ?? team?.id ?? team_id ?? null;
}

/**
 * What a person typed, as they typed it: Slack escapes `&<>`, wraps links and names in angle brackets, and its editors turn quotes
 * and `--` into typographic ones.
 */
export function typed(text: string): string {
  return text
    .slice(0, MOST_TEXT)
    .replace(/<([^<>|]*)\|([^<>]*)>/g, '$2')
    .replace(/<(?:mailto:)?([^<>|]*)>/g, '$1')
    .replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>' })[name] ?? '')
    .replace(/[“”„]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/(^|\s)[—–](?=\w)/g, '$1--')
    .trim();
}

/** A command line without what addresses the bot: `@mdr alerts`, `/mdr alerts`, `mdr alerts`; nothing at all asks for the menu. */
const commandLine = (text: string): string => typed(text).replace(/^\/?mdr(?:\s+|$)/i, '') || 'menu';

const commandSchema = z.object({
  user_id: id,
  channel_id: id,
  text: z.string().default(''),
  response_url: z.url(),
  trigger_id: id,
});

/** `/mdr …`. @returns null when it is none of ours */
export function askOfCommand(body: unknown): Incoming | null {
  const parsed = commandSchema.safeParse(body);
  if (!parsed.success) return null;
  const { user_id: user, channel_id: channel, text, response_url: url, trigger_id: trigger } = parsed.data;
  return {
    id: trigger,
    team: teamOf(body),
    trigger,
    ask: {
      surface: 'slack',
      user,
      channel,
      thread: null,
      direct: isDirect(channel),
      text: commandLine(text),
      tenant: null,
    },
    to: { kind: 'url', url, channel, user, own: true },
  };
}

/** What was pressed or chosen, wherever it stood. */
export const clicked = z
  .array(
    z.object({
      action_id: id,
      value: z.string().optional(),
      selected_option: z.object({ value: z.string() }).nullish(),
    }),
  )
  .min(1);
const clickSchema = z.object({
  user: z.object({ id }),
  container: z.object({ channel_id: id, message_ts: id, thread_ts: id.optional() }),
  trigger_id: id,
  response_url: z.url(),
  actions: clicked,
});

/** A click on one of our buttons on a message, or a choice in one of our selects. @returns null when it is none of ours */
export function askOfClick(body: unknown): Incoming | null {
  const parsed = clickSchema.safeParse(body);
  const action = parsed.data?.actions[0];
  if (!parsed.success || !action) return null;
  const read = readAction(action.action_id, action.selected_option?.value ?? action.value ?? '');
  if (!read) return null;
  const { user, container, trigger_id: trigger, response_url: url } = parsed.data;
  const channel = container.channel_id;
  const isReply = container.thread_ts !== undefined && container.thread_ts !== container.message_ts;
  return {
    id: trigger,
    team: teamOf(body),
    trigger,
    ask: {
      surface: 'slack',
      user: user.id,
      channel,
      thread: container.thread_ts ?? container.message_ts,
      direct: isDirect(channel),
      ...read,
    },
    // The address of a click answers in the channel; whoever clicked inside a thread looks at the thread.
    to: isReply
      ? { kind: 'whisper', channel, user: user.id, thread: container.thread_ts ?? null }
      : { kind: 'url', url, channel, user: user.id },
  };
}

const messageSchema = z.object({
  event_id: id,
  authorizations: z.array(z.object({ user_id: z.string() })).default([]),
  event: z.object({
    type: z.enum(['app_mention', 'message']),
    channel_type: z.string().optional(),
    user: id,
    text: z.string().default(''),
    channel: id,
    ts: id,
    thread_ts: id.optional(),
    // There when it is not simply what a person wrote: an edit, a deletion, a bot's message.
    subtype: z.undefined().optional(),
    bot_id: z.undefined().optional(),
  }),
});

/** A mention of the bot in a channel, or a message to it alone. @returns null when it is none of ours, as what bots write */
export function askOfMessage(body: unknown): Incoming | null {
  const parsed = messageSchema.safeParse(body);
  if (!parsed.success) return null;
  const { event, event_id: eventId, authorizations } = parsed.data;
  const { user, channel } = event;
  const direct = event.type === 'message';
  const self = authorizations[0]?.user_id;
  if ((direct && event.channel_type !== 'im') || user === self) return null;
  const thread = event.thread_ts ?? null;
  const mention = self ? event.text.indexOf(`<@${self}`) : -1;
  const text = mention < 0 ? event.text : event.text.slice(mention).replace(/^<[^>]*>[:,]?/, '');
  return {
    id: eventId,
    team: teamOf(body),
    trigger: null,
    ask: { surface: 'slack', user, channel, thread, direct, text: commandLine(text), tenant: null },
    to: direct ? { kind: 'message', channel, thread } : { kind: 'whisper', channel, user, thread },
  };
}

/** Slack's ids of conversations between two start with D. */
export const isDirect = (channel: string): boolean => channel.startsWith('D');
