import type { types, webApi } from '@slack/bolt';
import type { Config } from '../../../engine/config.js';
import { DeliveryError } from '../types.js';
import { deliveryError, httpError } from './errors.js';
import type { Method } from './scopes.js';

/** A card as Slack takes it. */
export interface Rendered {
  /** Fallback for notifications and screen readers. */
  text: string;
  blocks: types.KnownBlock[];
}

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
}

export interface Gateway {
  identity(): Promise<Identity>;
  /** @returns the message's `ts` */
  post(channel: string, message: Rendered, thread: string | null, key: string | null): Promise<string>;
  update(channel: string, ts: string, message: Rendered): Promise<void>;
  /** Show a message to one person only. */
  whisper(channel: string, user: string, message: Rendered, thread: string | null): Promise<void>;
  /** The same, through the `response_url` of what that person did. */
  respond(url: string, message: Rendered): Promise<void>;
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

/**
 * The one place that calls Slack's Web API. Bolt is loaded with the first call.
 * Every method throws DeliveryError.
 * @param timeout milliseconds to wait for an answer
 */
export function slackGateway(config: Config, logger: webApi.Logger, timeout = TIMEOUT_MS): Gateway {
  let client: Promise<webApi.WebClient> | undefined;
  const open = () => {
    client ??= import('@slack/bolt').then(
      (bolt) => new bolt.webApi.WebClient(config.SLACK_BOT_TOKEN, { ...clientOptions(config, timeout), logger }),
    );
    return client;
  };

  type Answered = webApi.WebAPICallResult & Record<string, unknown>;
  async function call(method: Method, args: Record<string, unknown>, repeatable = true): Promise<Answered> {
    try {
      return (await (await open()).apiCall(method, args)) as Answered;
    } catch (error) {
      throw deliveryError(error, repeatable);
    }
  }

  return {
    async identity() {
      const answer = await call('auth.test', {});
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
    async respond(url, message) {
      let answer: Response;
      try {
        answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message, ...AS_IS }),
          redirect: 'error',
          signal: AbortSignal.timeout(timeout),
        });
        await answer.arrayBuffer();
      } catch (error) {
        throw deliveryError(error, false);
      }
      if (!answer.ok) throw httpError(answer.status, answer.headers.get('retry-after'), false);
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
