import type { SlackMessage } from '../workspace.js';
import { channelOf, content, type Method, SlackRefusal, shown, words } from './method.js';

/** What an app says. */
export const CHAT: Record<string, Method> = {
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
  'chat.getPermalink': {
    scopes: [],
    run(workspace, args) {
      const channel = channelOf(workspace, args, false);
      const message = workspace.message(channel.id, words(args.message_ts));
      if (!message) throw new SlackRefusal('message_not_found');
      return { ok: true, permalink: `https://double.slack.com/archives/${channel.id}/p${message.ts.replace('.', '')}` };
    },
  },
};
