import { checkChoices, checkCommand, checkForm, checkMessage } from './validate.js';
import type {
  Attachment,
  Component,
  Content,
  DiscordChannel,
  DiscordMessage,
  Embed,
  Interaction,
  Workspace,
} from './workspace.js';

export interface Request {
  params: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
  files: Attachment[];
}

/** An error answer, thrown from anywhere in a route. */
export class DiscordRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

const MOST_BYTES = 10 * 1024 * 1024;
const NONCE_MS = 5 * 60 * 1000;
const EPHEMERAL = 64;

const refuse = {
  channel: () => new DiscordRefusal(404, 10003, 'Unknown Channel'),
  message: () => new DiscordRefusal(404, 10008, 'Unknown Message'),
  user: () => new DiscordRefusal(404, 10013, 'Unknown User'),
  webhook: () => new DiscordRefusal(404, 10015, 'Unknown Webhook'),
  interaction: () => new DiscordRefusal(404, 10062, 'Unknown interaction'),
  form: (detail: string) => new DiscordRefusal(400, 50035, `Invalid Form Body: ${detail}`),
};

function channelOf(workspace: Workspace, id: string, writing = false): DiscordChannel {
  const channel = workspace.channels.get(id);
  if (!channel) throw refuse.channel();
  if (!channel.visible) throw new DiscordRefusal(403, 50001, 'Missing Access');
  if (writing && !channel.writable) throw new DiscordRefusal(403, 50013, 'Missing Permissions');
  if (writing && channel.archived) throw new DiscordRefusal(400, 50083, 'Thread is archived');
  return channel;
}

function contentOf(body: Request['body']): Content {
  const fault = checkMessage(body);
  if (fault) throw refuse.form(fault);
  return {
    content: String(body.content ?? ''),
    embeds: (body.embeds ?? []) as Embed[],
    components: (body.components ?? []) as Component[],
  };
}

/** Whom a message notifies: users whose mention stands in its content, as far as `allowed_mentions` lets it. */
function notified(body: Request['body']): string[] {
  const content = String(body.content ?? '');
  const allowed = body.allowed_mentions as { parse?: string[]; users?: string[] } | undefined;
  const mentioned = [...content.matchAll(/<@!?(\d+)>/g)].map(([, id]) => id!);
  const everyone =
    /@everyone|@here/.test(content) && (allowed?.parse?.includes('everyone') ?? true) ? ['everyone'] : [];
  return [
    ...everyone,
    ...mentioned.filter((id) => !allowed || allowed.users?.includes(id) || allowed.parse?.includes('users')),
  ];
}

const shown = ({ id, channel, author, content, embeds, components, attachments }: DiscordMessage) => ({
  id,
  channel_id: channel,
  author: { id: author, bot: true },
  type: 0,
  content,
  embeds,
  components,
  attachments: attachments.map(({ filename, content_type, data }) => ({ filename, content_type, size: data.length })),
});

const channelShown = (workspace: Workspace, { id, name, type, parent }: DiscordChannel) => ({
  id,
  name,
  type,
  ...(type !== 1 && { guild_id: workspace.guild.id }),
  ...(parent && { parent_id: parent }),
});

function interactionOf(workspace: Workspace, token: string): Interaction {
  const found = workspace.interactions.get(token);
  if (!found) throw refuse.webhook();
  if (Date.now() > found.expires) throw new DiscordRefusal(401, 50027, 'Invalid Webhook Token');
  return found;
}

type Route = (workspace: Workspace, request: Request) => unknown;

/** The part of Discord's REST API v10 that the product and its tests use. `undefined` answers 204. */
export const ROUTES: Record<string, Route> = {
  'GET /users/@me': ({ bot }) => ({ ...bot, bot: true }),
  'GET /applications/@me': ({ application, bot, flags }) => ({ id: application, name: bot.username, flags }),
  'GET /users/:user': ({ users }, { params }) => {
    const user = users.get(params.user!);
    if (!user) throw refuse.user();
    return user;
  },
  'POST /users/@me/channels': (workspace, { body }) => {
    const user = workspace.users.get(String(body.recipient_id));
    if (!user) throw refuse.user();
    const id = `6${user.id.slice(1)}`;
    return channelShown(
      workspace,
      workspace.channels.get(id) ?? workspace.addChannel(id, { name: user.username, type: 1 }),
    );
  },
  'GET /applications/:application/commands': ({ commands }) => commands,
  'POST /applications/:application/commands': (workspace, { body }) => {
    const fault = checkCommand(body);
    if (fault) throw refuse.form(fault);
    const at = workspace.commands.findIndex(({ name }) => name === body.name);
    // As Discord shows it: with ids and versions of its own, without what is false.
    const options = ((body.options ?? []) as Record<string, unknown>[]).map(({ required, ...rest }) => ({
      ...rest,
      ...(required === true && { required }),
    }));
    const stored = { ...body, options, id: workspace.snowflake(), version: workspace.snowflake(), nsfw: false };
    workspace.commands.splice(at < 0 ? workspace.commands.length : at, at < 0 ? 0 : 1, stored);
    workspace.changed();
    return stored;
  },
  'GET /channels/:channel': (workspace, { params }) => channelShown(workspace, channelOf(workspace, params.channel!)),
  'GET /channels/:channel/messages': (workspace, { params, query }) => {
    const { messages } = channelOf(workspace, params.channel!);
    const before = query.get('before');
    const older = before === null ? messages : messages.filter(({ id }) => BigInt(id) < BigInt(before));
    return older
      .slice(-Number(query.get('limit') ?? 50))
      .toReversed()
      .map(shown);
  },
  'GET /channels/:channel/messages/:message': (workspace, { params }) => {
    channelOf(workspace, params.channel!);
    const message = workspace.message(params.channel!, params.message!);
    if (!message) throw refuse.message();
    return shown(message);
  },
  'POST /channels/:channel/messages': (workspace, { params, body, files }) => {
    const channel = channelOf(workspace, params.channel!, true);
    if (
      channel.type === 1 &&
      [...workspace.users.values()].some(({ id, closed }) => closed && channel.id === `6${id.slice(1)}`)
    )
      throw new DiscordRefusal(403, 50007, 'Cannot send messages to this user');
    if (files.some(({ data }) => data.length > MOST_BYTES))
      throw new DiscordRefusal(413, 40005, 'Request entity too large');
    const content = contentOf(body);
    if (content.content.trim() === '' && content.embeds.length === 0 && files.length === 0)
      throw new DiscordRefusal(400, 50006, 'Cannot send an empty message');
    const nonce = body.nonce === undefined ? null : String(body.nonce);
    const same = channel.messages.find((message) => message.nonce === nonce && message.at > Date.now() - NONCE_MS);
    if (nonce !== null && body.enforce_nonce === true && same) return { ...shown(same), nonce };
    const stored = workspace.add({
      channel: channel.id,
      author: workspace.bot.id,
      ...content,
      nonce,
      attachments: files,
      notified: notified(body),
    });
    return { ...shown(stored), ...(nonce !== null && { nonce }) };
  },
  'PATCH /channels/:channel/messages/:message': (workspace, { params, body }) => {
    channelOf(workspace, params.channel!, true);
    const message = workspace.message(params.channel!, params.message!);
    if (!message) throw refuse.message();
    if (message.author !== workspace.bot.id)
      throw new DiscordRefusal(403, 50005, 'Cannot edit a message authored by another user');
    const next = contentOf(body);
    const { content, embeds, components } = message;
    message.before.push({ content, embeds, components });
    Object.assign(message, next);
    workspace.changed();
    return shown(message);
  },
  'POST /channels/:channel/messages/:message/threads': (workspace, { params, body }) => {
    const channel = channelOf(workspace, params.channel!, true);
    const message = workspace.message(channel.id, params.message!);
    if (!message) throw refuse.message();
    if (workspace.channels.has(message.id))
      throw new DiscordRefusal(400, 160004, 'A thread has already been created for this message');
    const name = String(body.name ?? '');
    if (name.trim() === '' || name.length > 100) throw refuse.form('name: must be between 1 and 100 in length');
    return channelShown(workspace, workspace.addChannel(message.id, { name, type: 11, parent: channel.id }));
  },
  'PUT /channels/:channel/messages/:message/reactions/:emoji/@me': (workspace, { params }) => {
    channelOf(workspace, params.channel!);
    const message = workspace.message(params.channel!, params.message!);
    if (!message) throw refuse.message();
    const emoji = decodeURIComponent(params.emoji!);
    if (!/\p{Emoji}/u.test(emoji)) throw new DiscordRefusal(400, 10014, 'Unknown Emoji');
    if (!message.reactions.includes(emoji)) message.reactions.push(emoji);
    workspace.changed();
  },
  'POST /interactions/:interaction/:token/callback': (workspace, { params, body }) => {
    const found = workspace.interactions.get(params.token!);
    if (!found || found.id !== params.interaction || Date.now() > found.acknowledgeBy) throw refuse.interaction();
    if (found.state !== 'new') throw new DiscordRefusal(400, 40060, 'Interaction has already been acknowledged.');
    const data = (body.data ?? {}) as Record<string, unknown>;
    const fault = body.type === 9 ? checkForm(data) : body.type === 8 ? checkChoices(data) : checkMessage(data);
    if (fault) throw refuse.form(fault);
    found.state = body.type === 5 ? 'deferred' : 'answered';
    found.ephemeral = (Number(data.flags ?? 0) & EPHEMERAL) !== 0;
    found.acknowledged(body);
  },
  'PATCH /webhooks/:application/:token/messages/@original': (workspace, { params, body }) => {
    const found = interactionOf(workspace, params.token!);
    if (found.state === 'new') throw refuse.webhook();
    const content = contentOf(body);
    if (found.shown) Object.assign(found.shown, content);
    else if (found.ephemeral) {
      found.shown = { channel: found.channel, user: found.user, ...content };
      workspace.ephemerals.push(found.shown);
    } else
      found.shown = {
        ...workspace.add({ channel: found.channel, author: workspace.bot.id, ...content }),
        user: found.user,
      };
    workspace.changed();
    return { id: workspace.snowflake(), channel_id: found.channel, ...content };
  },
};

const PATTERNS = Object.keys(ROUTES).map((name) => {
  const [method, path = ''] = name.split(' ');
  return { name, method, pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`) };
});

/** Which route a request is for, as in `POST /channels/:channel/messages`; the most specific first. */
export function routeOf(method: string, path: string): { name: string; params: Record<string, string> } | null {
  for (const { name, method: wanted, pattern } of PATTERNS) {
    const match = wanted === method ? pattern.exec(path) : null;
    if (match) return { name, params: { ...match.groups } };
  }
  return null;
}
