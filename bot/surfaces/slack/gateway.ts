import type { types, webApi } from '@slack/bolt';
import type { Config } from '../../../engine/config.js';
import { DeliveryError, type UploadFile } from '../types.js';
import { deliveryError, httpError, isSlackError } from './errors.js';
import { download } from './files.js';
import { type Answered, type RoomCalls, roomCalls } from './roomcalls.js';
import type { Method } from './scopes.js';

/** A card as Slack takes it. */
export interface Rendered {
  /** Fallback for notifications and screen readers. */
  text: string;
  blocks: types.KnownBlock[];
}

/** A dialog, or the bot's own page. */
export type View = types.View;

/** Who the bot's token belongs to. */
export interface Identity {
  user: string;
  bot: string;
  team: string;
  teamName: string;
  scopes: string[];
}

/** A stored message, as far as we look at it. */
export interface StoredMessage {
  ts?: string;
  bot_id?: string;
  user?: string;
  metadata?: { event_type?: string; event_payload?: Record<string, unknown> };
  blocks?: { block_id?: string }[];
}

/** A message that somebody wrote, as far as we look at it. */
export interface ReadMessage {
  user: string;
  text: string;
  thread: string | null;
  link: string;
}

export interface Gateway extends RoomCalls {
  /** The same for one workspace; null: which one is found by the channel. */
  in(team: string | null): Gateway;
  /** Open a dialog. @returns its id @throws DeliveryError `gone` when the trigger is too old */
  openView(trigger: string, view: View): Promise<string>;
  updateView(id: string, view: View): Promise<void>;
  /** The bot's own page, for one person. */
  publishHome(user: string, view: View): Promise<void>;
  /** One message, by the emoji it has. */
  reacted(channel: string, ts: string): Promise<ReadMessage>;
  /** Address of a message. */
  permalink(channel: string, ts: string): Promise<string>;
  /** What a person is called now. */
  nameOf(user: string): Promise<string>;
  /** The bytes of a file that was uploaded to Slack. @param url as Slack gave it */
  download(url: string): Promise<AsyncIterable<Uint8Array>>;
  /** Who the bot is where that channel is; null: where it is at all. */
  identity(channel?: string | null): Promise<Identity>;
  /** Whether the bot's token of a workspace sees a channel. */
  sees(channel: string, token: string): Promise<boolean>;
  /** @returns the message's `ts` */
  post(channel: string, message: Rendered, thread: string | null, key: string | null): Promise<string>;
  update(channel: string, ts: string, message: Rendered): Promise<void>;
  /** Show a message to one person only. */
  whisper(channel: string, user: string, message: Rendered, thread: string | null): Promise<void>;
  /** The same, through the `response_url` of what that person did. */
  respond(url: string, message: Rendered, replace?: boolean): Promise<void>;
  /**
   * Put a file into a channel or thread. The message that holds it appears a moment later: Slack does not say which one it is.
   * @param blocks what the message says
   */
  share(channel: string, thread: string | null, file: UploadFile, blocks: types.KnownBlock[]): Promise<void>;
  /** @param name of the emoji, without colons */
  react(channel: string, ts: string, name: string): Promise<void>;
  /** The conversation between the bot and one person. @returns its channel id */
  direct(user: string): Promise<string>;
  /** Name of a user; null when there is none of this id. */
  userName(user: string): Promise<string | null>;
  /** One page of a channel's messages (newest first), or of a thread's (oldest first). */
  page(channel: string, thread: string | null, cursor: string): Promise<{ messages: StoredMessage[]; next: string }>;
}

/** Kind of metadata that carries a post's key. */
export const POST_EVENT = 'mdr_post';
const TIMEOUT_MS = 10_000;
const PAGE = 200;
/** Values are shown as they are: no links, names or formatting made of them, no previews. */
const AS_IS = { parse: 'none', link_names: false, mrkdwn: false, unfurl_links: false, unfurl_media: false } as const;

/** Options for every client of the SDK: one attempt, since the outbox decides what happens after a failure. */
export function clientOptions(config: Config, timeout = TIMEOUT_MS): webApi.WebClientOptions {
  return {
    ...(config.SLACK_API_URL && { slackApiUrl: config.SLACK_API_URL }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
  };
}

/** Who calls: which workspace, and about which channel. */
export interface Caller {
  team: string | null;
  channel: string | null;
}

/** The bot's token for a workspace, or for that of a channel. @throws DeliveryError when there is none */
export type TokenFor = (caller: Caller) => Promise<string>;

/**
 * The one place that calls Slack's Web API. Bolt is loaded with the first call.
 * Every method throws DeliveryError.
 * @param timeout milliseconds to wait for an answer
 * @param tokenFor without it, SLACK_BOT_TOKEN is the token of all
 */
export function slackGateway(
  config: Config,
  logger: webApi.Logger,
  timeout = TIMEOUT_MS,
  tokenFor: TokenFor = async () => config.SLACK_BOT_TOKEN ?? '',
): Gateway {
  let client: Promise<webApi.WebClient> | undefined;
  const open = () => {
    client ??= import('@slack/bolt').then(
      (bolt) => new bolt.webApi.WebClient(undefined, { ...clientOptions(config, timeout), logger }),
    );
    return client;
  };
  return gatewayOf({ config, timeout, tokenFor, open }, null);
}

interface Parts {
  config: Config;
  timeout: number;
  tokenFor: TokenFor;
  open(): Promise<webApi.WebClient>;
}

function gatewayOf(parts: Parts, team: string | null): Gateway {
  const { config, timeout, tokenFor, open } = parts;
  async function call(method: Method, args: Record<string, unknown>, repeatable = true): Promise<Answered> {
    const channel = typeof args.channel === 'string' ? args.channel : null;
    try {
      const token = await tokenFor({ team, channel });
      return (await (await open()).apiCall(method, { token, ...args })) as Answered;
    } catch (error) {
      throw deliveryError(error, repeatable);
    }
  }

  return {
    ...roomCalls(call, (channel) => tokenFor({ team, channel })),
    in: (other) => gatewayOf(parts, other),
    async openView(trigger_id, view) {
      const { view: opened } = await call('views.open', { trigger_id, view }, false);
      return String((opened as { id?: unknown } | undefined)?.id ?? '');
    },
    async updateView(view_id, view) {
      await call('views.update', { view_id, view });
    },
    async publishHome(user_id, view) {
      await call('views.publish', { user_id, view });
    },
    async reacted(channel, timestamp) {
      const { message } = await call('reactions.get', { channel, timestamp, full: true });
      const found = (message ?? {}) as Record<string, unknown>;
      const word = (value: unknown) => (typeof value === 'string' ? value : '');
      return {
        user: word(found.user) || word(found.bot_id),
        text: word(found.text),
        thread: word(found.thread_ts) || null,
        link: word(found.permalink),
      };
    },
    async permalink(channel, message_ts) {
      return String((await call('chat.getPermalink', { channel, message_ts })).permalink ?? '');
    },
    async nameOf(user) {
      const { user: found } = await call('users.info', { user });
      const { real_name, name, profile } = (found ?? {}) as {
        real_name?: string;
        name?: string;
        profile?: { display_name?: string };
      };
      return profile?.display_name || real_name || name || user;
    },
    async download(url) {
      const token = await tokenFor({ team, channel: null });
      return download(url, token, config.SLACK_API_URL, timeout);
    },
    async sees(channel, token) {
      try {
        await (await open()).apiCall('conversations.info', { token, channel });
        return true;
      } catch (error) {
        const failure = deliveryError(error, true);
        if (failure.kind === 'gone') return false;
        throw failure;
      }
    },
    async identity(channel = null) {
      const answer = await call('auth.test', { token: await tokenFor({ team, channel }) });
      return {
        user: String(answer.user_id ?? ''),
        bot: String(answer.bot_id ?? ''),
        team: String(answer.team_id ?? ''),
        teamName: String(answer.team ?? ''),
        scopes: answer.response_metadata?.scopes ?? [],
      };
    },
    async post(channel, message, thread, key) {
      const metadata = key === null ? {} : { metadata: { event_type: POST_EVENT, event_payload: { key } } };
      const place = { channel, ...(thread && { thread_ts: thread }) };
      const answer = await call('chat.postMessage', { ...place, ...message, ...AS_IS, ...metadata }, false);
      return String(answer.ts);
    },
    async update(channel, ts, message) {
      await call('chat.update', { channel, ts, ...message, parse: 'none', link_names: false });
    },
    async whisper(channel, user, message, thread) {
      const place = { channel, user, ...(thread && { thread_ts: thread }) };
      await call('chat.postEphemeral', { ...place, ...message, parse: 'none', link_names: false }, false);
    },
    async respond(url, message, replace = false) {
      let answer: Response;
      try {
        answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ response_type: 'ephemeral', replace_original: replace, ...message, ...AS_IS }),
          redirect: 'error',
          signal: AbortSignal.timeout(timeout),
        });
        await answer.arrayBuffer();
      } catch (error) {
        throw deliveryError(error, false);
      }
      if (!answer.ok) throw httpError(answer.status, answer.headers.get('retry-after'), false);
    },
    async share(channel, thread, { name, type, data }, blocks) {
      const slot = await call('files.getUploadURLExternal', { filename: name, length: data.length });
      try {
        const answer = await fetch(String(slot.upload_url), {
          method: 'POST',
          headers: { 'content-type': type },
          body: Buffer.from(data),
          redirect: 'error',
          signal: AbortSignal.timeout(timeout),
        });
        await answer.arrayBuffer();
        if (!answer.ok) throw httpError(answer.status, answer.headers.get('retry-after'), true);
      } catch (error) {
        // Nobody sees it before it is completed.
        throw deliveryError(error, true);
      }
      const place = { channel_id: channel, ...(thread && { thread_ts: thread }) };
      await call(
        'files.completeUploadExternal',
        { files: [{ id: slot.file_id, title: name }], ...place, blocks },
        false,
      );
    },
    async react(channel, ts, name) {
      await call('reactions.add', { channel, timestamp: ts, name }).catch((error: unknown) => {
        if (!isSlackError(error, 'already_reacted')) throw error;
      });
    },
    async direct(users) {
      const { channel } = await call('conversations.open', { users }).catch((cause: unknown) => {
        if (!isSlackError(cause, 'user_not_found')) throw cause;
        throw new DeliveryError('gone', 'Slack: user_not_found', 0, { cause });
      });
      return String((channel as { id?: unknown } | undefined)?.id ?? '');
    },
    async userName(user) {
      try {
        const found = (await call('users.info', { user })).user as { real_name?: string; name?: string } | undefined;
        return found?.real_name ?? found?.name ?? null;
      } catch (error) {
        if (isSlackError(error, 'user_not_found')) return null;
        throw error;
      }
    },
    async page(channel, thread, cursor) {
      const range = { channel, limit: PAGE, include_all_metadata: true, ...(cursor && { cursor }) };
      const answer = thread
        ? await call('conversations.replies', { ...range, ts: thread })
        : await call('conversations.history', range);
      if (!Array.isArray(answer.messages)) throw new DeliveryError('unavailable', 'Slack: an answer without messages');
      return {
        messages: answer.messages as StoredMessage[],
        next: answer.response_metadata?.next_cursor ?? '',
      };
    },
  };
}
