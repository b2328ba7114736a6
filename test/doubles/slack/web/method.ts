import { checkBlocks } from '../blocks.js';
import { escaped } from '../payloads.js';
import type { SlackChannel, SlackMessage, Workspace } from '../workspace.js';

/** Arguments of a call, from a form or from JSON; nested values are parsed already. */
export type Args = Record<string, unknown>;
export type Reply = { ok: boolean; error?: string } & Record<string, unknown>;

/** One method of the Web API. */
export interface Method {
  /** Scopes of which one is needed. */
  scopes: readonly string[];
  run(workspace: Workspace, args: Args): Reply;
}

/** An error answer, thrown from anywhere in a method. */
export class SlackRefusal extends Error {
  constructor(
    readonly error: string,
    readonly detail = '',
  ) {
    super(error);
  }
}

const MOST_TEXT = 40_000;

export const words = (value: unknown): string => (typeof value === 'string' ? value : '');
export const flag = (value: unknown): boolean => value === true || value === 'true' || value === '1';

/** The channel of a call, of which the app has to be a member. @throws SlackRefusal */
export function channelOf(workspace: Workspace, args: Args, writing: boolean): SlackChannel {
  const channel = workspace.channels.get(words(args.channel));
  if (!channel) throw new SlackRefusal('channel_not_found');
  if (writing && channel.archived) throw new SlackRefusal('is_archived');
  if (!channel.member && channel.kind !== 'im') throw new SlackRefusal('not_in_channel');
  return channel;
}

/** Text and blocks of a message, refused as Slack refuses them. */
export function content(args: Args): { text: string; blocks: Record<string, unknown>[] } {
  const text = words(args.text);
  const blocks = args.blocks ?? [];
  const fault = checkBlocks(blocks);
  if (fault) throw new SlackRefusal(fault.error, fault.detail);
  if (text === '' && (blocks as unknown[]).length === 0) throw new SlackRefusal('no_text');
  if (text.length > MOST_TEXT) throw new SlackRefusal('msg_too_long');
  return { text, blocks: blocks as Record<string, unknown>[] };
}

/** A message as the Web API gives it. */
export function shown(message: SlackMessage, workspace: Workspace, withMetadata: boolean): Record<string, unknown> {
  const replies = workspace.replies(message.channel, message.ts);
  return {
    type: 'message',
    ts: message.ts,
    user: message.user,
    // What people write is escaped; what apps write is as they gave it.
    text: message.bot_id ? message.text : escaped(message.text),
    blocks: message.blocks,
    ...(message.files && { files: message.files.map(({ bytes, ...file }) => ({ ...file, size: bytes.length })) }),
    ...(message.bot_id && { bot_id: message.bot_id, app_id: workspace.bot.app }),
    ...(message.thread_ts && { thread_ts: message.thread_ts }),
    ...(replies.length > 0 && { thread_ts: message.ts, reply_count: replies.length }),
    ...(message.metadata && withMetadata && { metadata: message.metadata }),
  };
}

/** One page of messages, from `cursor` on. */
export function page(messages: SlackMessage[], workspace: Workspace, args: Args): Reply {
  const limit = Math.min(Number(args.limit ?? 100), 999);
  const from = Number(Buffer.from(words(args.cursor), 'base64').toString() || 0);
  const next = from + limit < messages.length ? Buffer.from(String(from + limit)).toString('base64') : '';
  return {
    ok: true,
    messages: messages
      .slice(from, from + limit)
      .map((message) => shown(message, workspace, flag(args.include_all_metadata))),
    has_more: next !== '',
    response_metadata: { next_cursor: next },
  };
}
