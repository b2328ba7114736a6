import { channelOf, type Method, SlackRefusal, shown, words } from './method.js';

/** What is put on a message: pins and reactions. */
export const MARKS: Record<string, Method> = {
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
};
