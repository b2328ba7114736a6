import { checkBlocks } from '../blocks.js';
import type { SlackMessage } from '../workspace.js';
import { channelOf, type Method, SlackRefusal, words } from './method.js';

/** Files, in the two steps of an upload. */
export const FILES: Record<string, Method> = {
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
};
