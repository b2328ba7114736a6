import { channelOf, flag, type Method, page, SlackRefusal, words } from './method.js';

const HISTORY = ['channels:history', 'groups:history', 'im:history'] as const;

/** Channels, and what is in them. */
export const CONVERSATIONS: Record<string, Method> = {
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
};
