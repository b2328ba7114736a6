import { CHAT } from './web/chat.js';
import { CONVERSATIONS } from './web/conversations.js';
import { FILES } from './web/files.js';
import { MARKS } from './web/marks.js';
import { type Args, content, flag, type Method, SlackRefusal, words } from './web/method.js';
import { VIEWS } from './web/views.js';
import type { Workspace } from './workspace.js';

export { type Args, type Reply, SlackRefusal } from './web/method.js';
export { putView } from './web/views.js';

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
  'users.info': {
    scopes: ['users:read'],
    run(workspace, args) {
      const user = workspace.users.get(words(args.user));
      if (!user) throw new SlackRefusal('user_not_found');
      return { ok: true, user: { ...user, real_name: user.name, profile: { display_name: user.name } } };
    },
  },
  ...CHAT,
  ...CONVERSATIONS,
  ...FILES,
  ...MARKS,
  ...VIEWS,
};

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
