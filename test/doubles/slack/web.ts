import { checkBlocks, checkView } from './blocks.js';
import { escaped } from './payloads.js';
import type { SlackChannel, SlackMessage, Workspace } from './workspace.js';

/** Arguments of a call, from a form or from JSON; nested values are parsed already. */
export type Args = Record<string, unknown>;
export type Reply = { ok: boolean; error?: string } & Record<string, unknown>;

interface Method {
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

const HISTORY = ['channels:history', 'groups:history', 'im:history'] as const;
const MOST_TEXT = 40_000;

const words = (value: unknown): string => (typeof value === 'string' ? value : '');
const flag = (value: unknown): boolean => value === true || value === 'true' || value === '1';

function channelOf(workspace: Workspace, args: Args, writing: boolean): SlackChannel {
  const channel = workspace.channels.get(words(args.channel));
  if (!channel) throw new SlackRefusal('channel_not_found');
  if (writing && channel.archived) throw new SlackRefusal('is_archived');
  if (!channel.member && channel.kind !== 'im') throw new SlackRefusal('not_in_channel');
  return channel;
}

/** Text and blocks of a message, refused as Slack refuses them. */
function content(args: Args): { text: string; blocks: Record<string, unknown>[] } {
  const text = words(args.text);
  const blocks = args.blocks ?? [];
  const fault = checkBlocks(blocks);
  if (fault) throw new SlackRefusal(fault.error, fault.detail);
  if (text === '' && (blocks as unknown[]).length === 0) throw new SlackRefusal('no_text');
  if (text.length > MOST_TEXT) throw new SlackRefusal('msg_too_long');
  return { text, blocks: blocks as Record<string, unknown>[] };
}

function shown(message: SlackMessage, workspace: Workspace, withMetadata: boolean): Record<string, unknown> {
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

function page(messages: SlackMessage[], workspace: Workspace, args: Args): Reply {
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

/** The part of Slack's Web API that the product and its tests use. */
export const METHODS: Record<string, Method> = {
  'api.test': { scopes: [], run: () => ({ ok: true }) },
  'auth.test': {
    scopes: [],
    run: ({ team, bot }) => ({
      ok: true,
      url: 'https://double.slack.com/',
      team: team.name,
      team_id: team.id,
      user: bot.name,
      user_id: bot.user,
      bot_id: bot.id,
    }),
  },
  'team.info': { scopes: ['team:read'], run: ({ team }) => ({ ok: true, team }) },
  'chat.postMessage': {
    scopes: ['chat:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, true);
      const thread = words(args.thread_ts);
      if (thread && !workspace.message(channel.id, thread)) throw new SlackRefusal('thread_not_found');
      const message = workspace.add({
        channel: channel.id,
        ...(thread && { thread_ts: thread }),
        user: workspace.bot.user,
        bot_id: workspace.bot.id,
        ...content(args),
        metadata: args.metadata as SlackMessage['metadata'],
        unfurl: args.unfurl_links !== 'false' && args.unfurl_links !== false,
      });
      return { ok: true, channel: channel.id, ts: message.ts, message: shown(message, workspace, true) };
    },
  },
  'chat.update': {
    scopes: ['chat:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, true);
      const message = workspace.message(channel.id, words(args.ts));
      if (!message) throw new SlackRefusal('message_not_found');
      if (message.user !== workspace.bot.user) throw new SlackRefusal('cant_update_message');
      const next = content(args);
      message.before.push({ text: message.text, blocks: message.blocks });
      Object.assign(message, next, args.metadata ? { metadata: args.metadata } : {});
      workspace.emit('change');
      return { ok: true, channel: channel.id, ts: message.ts, text: message.text };
    },
  },
  'chat.delete': {
    scopes: ['chat:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, true);
      const message = workspace.message(channel.id, words(args.ts));
      if (!message) throw new SlackRefusal('message_not_found');
      channel.messages.splice(channel.messages.indexOf(message), 1);
      workspace.emit('change');
      return { ok: true, channel: channel.id, ts: message.ts };
    },
  },
  'chat.postEphemeral': {
    scopes: ['chat:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, true);
      if (!workspace.users.has(words(args.user))) throw new SlackRefusal('user_not_in_channel');
      const thread = words(args.thread_ts);
      workspace.whisper({
        channel: channel.id,
        user: words(args.user),
        ...(thread && { thread_ts: thread }),
        ...content(args),
        via: 'chat.postEphemeral',
      });
      return { ok: true, message_ts: workspace.nextTs() };
    },
  },
  'conversations.history': {
    scopes: HISTORY,
    run(workspace, args) {
      const channel = channelOf(workspace, args, false);
      return page(workspace.roots(channel.id).toReversed(), workspace, args);
    },
  },
  'conversations.replies': {
    scopes: HISTORY,
    run(workspace, args) {
      const channel = channelOf(workspace, args, false);
      const root = workspace.message(channel.id, words(args.ts));
      if (!root) throw new SlackRefusal('thread_not_found');
      return page([root, ...workspace.replies(channel.id, root.ts)], workspace, args);
    },
  },
  'conversations.info': {
    scopes: ['channels:read', 'groups:read', 'im:read'],
    run(workspace, args) {
      const channel = workspace.channels.get(words(args.channel));
      if (!channel) throw new SlackRefusal('channel_not_found');
      const { id, name, archived, member, kind } = channel;
      return { ok: true, channel: { id, name, is_archived: archived, is_member: member, is_im: kind === 'im' } };
    },
  },
  'conversations.open': {
    scopes: ['im:write'],
    run(workspace, args) {
      const user = words(args.users);
      if (!workspace.users.has(user)) throw new SlackRefusal('user_not_found');
      const id = `D${user.slice(1)}`;
      const channel = workspace.channels.get(id) ?? workspace.addChannel(id, { name: user, kind: 'im' });
      return { ok: true, channel: { id: channel.id } };
    },
  },
  'conversations.create': {
    scopes: ['channels:manage', 'groups:write'],
    run(workspace, args) {
      const name = words(args.name);
      if (name === '') throw new SlackRefusal('invalid_name_required');
      if (name.length > 80) throw new SlackRefusal('invalid_name_maxlength');
      if (!/^[\p{L}\p{N}_-]+$/u.test(name) || name !== name.toLowerCase())
        throw new SlackRefusal('invalid_name_specials');
      if ([...workspace.channels.values()].some((channel) => channel.name === name))
        throw new SlackRefusal('name_taken');
      const isPrivate = flag(args.is_private);
      const id = `C0ROOM${workspace.channels.size + 1}`;
      const channel = workspace.addChannel(id, {
        ...{ name, kind: isPrivate ? 'private' : 'public', creator: workspace.bot.user },
      });
      workspace.emit('change');
      return {
        ok: true,
        channel: {
          id,
          name: channel.name,
          is_channel: true,
          is_private: isPrivate,
          is_archived: false,
          creator: workspace.bot.user,
        },
      };
    },
  },
  'conversations.list': {
    scopes: ['channels:read', 'groups:read', 'im:read', 'mpim:read'],
    run(workspace, args) {
      const kinds = (words(args.types) || 'public_channel').split(',');
      const all = [...workspace.channels.values()].filter(
        ({ kind, archived, member }) =>
          kinds.includes(`${kind}_channel`) &&
          // Of private channels, an app sees those that it is in.
          (kind !== 'private' || member) &&
          !(flag(args.exclude_archived) && archived),
      );
      const limit = Math.min(Number(args.limit ?? 100), 1000);
      const from = Number(Buffer.from(words(args.cursor), 'base64').toString() || 0);
      const next = from + limit < all.length ? Buffer.from(String(from + limit)).toString('base64') : '';
      return {
        ok: true,
        channels: all.slice(from, from + limit).map(({ id, name, archived, kind, creator }) => ({
          ...{ id, name, creator, is_archived: archived, is_private: kind === 'private' },
        })),
        response_metadata: { next_cursor: next },
      };
    },
  },
  'conversations.invite': {
    scopes: ['channels:manage', 'groups:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, true);
      const users = words(args.users).split(',').filter(Boolean);
      if (users.length === 0) throw new SlackRefusal('no_user');
      if (users.length > 1000) throw new SlackRefusal('too_many_users');
      const faultOf = (user: string): string | null => {
        if (user === workspace.bot.user) return 'cant_invite_self';
        if (!workspace.users.has(user)) return 'user_not_found';
        return channel.members.has(user) ? 'already_in_channel' : null;
      };
      const good = users.filter((user) => faultOf(user) === null);
      const fault = users.map(faultOf).find((found) => found !== null);
      // Without `force` one who cannot be invited keeps all the others out.
      if (fault && (!flag(args.force) || good.length === 0)) throw new SlackRefusal(fault);
      for (const user of good) channel.members.add(user);
      workspace.emit('change');
      return { ok: true, channel: { id: channel.id, name: channel.name } };
    },
  },
  'conversations.kick': {
    scopes: ['channels:manage', 'groups:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, true);
      const user = words(args.user);
      if (user === workspace.bot.user) throw new SlackRefusal('cant_kick_self');
      if (!workspace.users.has(user)) throw new SlackRefusal('user_not_found');
      if (!channel.members.delete(user)) throw new SlackRefusal('not_in_channel');
      workspace.emit('change');
      return { ok: true };
    },
  },
  'conversations.setTopic': {
    scopes: ['channels:manage', 'groups:write', 'im:write', 'mpim:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, true);
      const topic = words(args.topic);
      if (topic.length > 250) throw new SlackRefusal('too_long');
      channel.topic = topic;
      workspace.emit('change');
      return { ok: true, channel: { id: channel.id, topic: { value: topic } } };
    },
  },
  'conversations.archive': {
    scopes: ['channels:manage', 'groups:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, false);
      if (channel.kind === 'im') throw new SlackRefusal('method_not_supported_for_channel_type');
      if (channel.archived) throw new SlackRefusal('already_archived');
      channel.archived = true;
      workspace.emit('change');
      return { ok: true };
    },
  },
  'pins.add': {
    scopes: ['pins:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, true);
      const ts = words(args.timestamp);
      if (!workspace.message(channel.id, ts)) throw new SlackRefusal('message_not_found');
      if (channel.pins.includes(ts)) throw new SlackRefusal('already_pinned');
      channel.pins.push(ts);
      workspace.emit('change');
      return { ok: true };
    },
  },
  'users.info': {
    scopes: ['users:read'],
    run(workspace, args) {
      const user = workspace.users.get(words(args.user));
      if (!user) throw new SlackRefusal('user_not_found');
      return { ok: true, user: { ...user, real_name: user.name, profile: { display_name: user.name } } };
    },
  },
  'files.getUploadURLExternal': {
    scopes: ['files:write'],
    run(workspace, args) {
      const name = words(args.filename);
      const length = Number(args.length);
      if (name === '' || !Number.isInteger(length) || length <= 0) throw new SlackRefusal('invalid_arguments');
      const id = `FUP${workspace.uploads.size + 1}`;
      workspace.uploads.set(id, { id, name, length, data: null });
      return { ok: true, file_id: id, upload_url: `${workspace.base}/upload/${id}` };
    },
  },
  'files.completeUploadExternal': {
    scopes: ['files:write'],
    run(workspace, args) {
      const channel = channelOf(workspace, { channel: args.channel_id }, true);
      const thread = words(args.thread_ts);
      if (thread && !workspace.message(channel.id, thread)) throw new SlackRefusal('thread_not_found');
      const files = (args.files as { id: string; title?: string }[]).map(({ id, title }) => {
        const file = workspace.uploads.get(id);
        if (!file?.data) throw new SlackRefusal('file_not_found');
        const shared = { id, name: file.name, title: title ?? file.name, mimetype: '', bytes: file.data };
        workspace.files.set(id, shared);
        return shared;
      });
      const blocks = (args.blocks ?? []) as SlackMessage['blocks'];
      const fault = checkBlocks(blocks);
      if (fault) throw new SlackRefusal(fault.error, fault.detail);
      // Slack answers first, and shares the file a moment later.
      setTimeout(() => {
        const place = { channel: channel.id, ...(thread && { thread_ts: thread }), user: workspace.bot.user };
        workspace.add({ ...place, bot_id: workspace.bot.id, text: '', blocks, files, unfurl: false });
      }, 30);
      return { ok: true, files: files.map(({ id, title }) => ({ id, title })) };
    },
  },
  'reactions.add': {
    scopes: ['reactions:write'],
    run(workspace, args) {
      const message = workspace.message(channelOf(workspace, args, true).id, words(args.timestamp));
      if (!message) throw new SlackRefusal('message_not_found');
      if (message.reactions.includes(words(args.name))) throw new SlackRefusal('already_reacted');
      message.reactions.push(words(args.name));
      workspace.emit('change');
      return { ok: true };
    },
  },
  'reactions.get': {
    scopes: ['reactions:read'],
    run(workspace, args) {
      const channel = channelOf(workspace, args, false);
      const message = workspace.message(channel.id, words(args.timestamp));
      if (!message) throw new SlackRefusal('message_not_found');
      const permalink = `https://double.slack.com/archives/${channel.id}/p${message.ts.replace('.', '')}`;
      return {
        ok: true,
        type: 'message',
        channel: channel.id,
        message: { ...shown(message, workspace, false), permalink },
      };
    },
  },
  'chat.getPermalink': {
    scopes: [],
    run(workspace, args) {
      const channel = channelOf(workspace, args, false);
      const message = workspace.message(channel.id, words(args.message_ts));
      if (!message) throw new SlackRefusal('message_not_found');
      return { ok: true, permalink: `https://double.slack.com/archives/${channel.id}/p${message.ts.replace('.', '')}` };
    },
  },
  'views.open': {
    scopes: [],
    run(workspace, args) {
      const until = workspace.triggers.get(words(args.trigger_id));
      if (until === undefined) throw new SlackRefusal('invalid_trigger_id');
      if (until === 0) throw new SlackRefusal('exchanged_trigger_id');
      if (until < Date.now()) throw new SlackRefusal('expired_trigger_id');
      workspace.triggers.set(words(args.trigger_id), 0);
      return putView(workspace, args, `V${++workspace.dialogs}`);
    },
  },
  'views.publish': {
    scopes: [],
    run(workspace, args) {
      if (!workspace.users.has(words(args.user_id))) throw new SlackRefusal('user_not_found');
      workspace.published += 1;
      return putView(workspace, args, `home:${words(args.user_id)}`);
    },
  },
  'views.update': {
    scopes: [],
    run(workspace, args) {
      if (!workspace.views.has(words(args.view_id))) throw new SlackRefusal('not_found');
      return putView(workspace, args, words(args.view_id));
    },
  },
};

/** A view that an app gave, in the answer to something. @throws SlackRefusal */
export function putView(workspace: Workspace, args: Args, id: string): Reply {
  const view = args.view as Record<string, unknown> | undefined;
  const fault = view ? checkView(view) : { detail: 'no view' };
  if (!view || fault) throw new SlackRefusal('invalid_arguments', fault?.detail);
  const versions = Number(workspace.views.get(id)?.hash ?? 0);
  workspace.views.set(id, { ...view, id, hash: String(versions + 1) });
  workspace.emit('change');
  return { ok: true, view: { ...view, id } };
}

/** A message, or an edit of one, given through a `response_url`. @throws SlackRefusal */
export function respond(workspace: Workspace, id: string, args: Args): void {
  const url = workspace.responseUrls.get(id);
  if (!url || url.expires < Date.now()) throw new SlackRefusal('expired_url');
  if (url.uses <= 0) throw new SlackRefusal('used_url');
  url.uses -= 1;
  const body = content(args);
  const original = url.message ? workspace.message(url.channel, url.message) : undefined;
  if (flag(args.replace_original) && original) {
    original.before.push({ text: original.text, blocks: original.blocks });
    Object.assign(original, body);
    workspace.emit('change');
    return;
  }
  // Without a message of its own it replaces what was said through it last.
  const before = flag(args.replace_original) ? workspace.ephemerals.findLast((one) => one.url === id) : undefined;
  if (before) {
    before.before.push({ text: before.text, blocks: before.blocks });
    Object.assign(before, body);
    workspace.emit('change');
    return;
  }
  const thread = words(args.thread_ts);
  const place = { channel: url.channel, ...(thread && { thread_ts: thread }), ...body };
  if (args.response_type === 'in_channel')
    workspace.add({ ...place, user: workspace.bot.user, bot_id: workspace.bot.id, unfurl: false });
  else workspace.whisper({ ...place, user: url.user, via: 'response_url', url: id });
}
