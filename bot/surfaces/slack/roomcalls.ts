import type { webApi } from '@slack/bolt';
import { isSlackError } from './errors.js';
import type { Method } from './scopes.js';

/** What Slack answered. */
export type Answered = webApi.WebAPICallResult & Record<string, unknown>;

/** Calls about channels that the bot itself makes, such as the room of a case. Every one throws DeliveryError. */
export interface RoomCalls {
  /** Open a private channel. @param near a channel of the same workspace @throws DeliveryError; with Slack's `name_taken` as its cause */
  createRoom(name: string, near: string): Promise<string>;
  /** The private channel of this name that the bot itself has made; null when there is none. */
  roomNamed(name: string, near: string): Promise<string | null>;
  invite(channel: string, users: readonly string[]): Promise<void>;
  /** Take somebody out of a channel. */
  kick(channel: string, user: string): Promise<void>;
  setTopic(channel: string, topic: string): Promise<void>;
  pin(channel: string, ts: string): Promise<void>;
  archive(channel: string): Promise<void>;
}

/** Channels of one page. */
const PAGE = 200;
/** Pages of channels that are looked through for one by name. */
const MOST_LISTS = 25;
/** What Slack says when everybody is there already, or somebody cannot come: no reason to stop. */
const INVITED = ['already_in_channel', 'cant_invite_self', 'cant_invite', 'user_not_found', 'ura_max_channels'];

/** What Slack says of somebody who is not there, or whom only an administrator takes out: no reason to stop. */
const NOT_KICKED = ['not_in_channel', 'cant_kick_self', 'user_not_found', 'restricted_action'];

interface ListedChannel {
  id?: string;
  name?: string;
  creator?: string;
}

/**
 * @param call one method; `repeatable`: calling it twice does nothing twice
 * @param tokenOf the token for the workspace of a channel
 */
export function roomCalls(
  call: (method: Method, args: Record<string, unknown>, repeatable?: boolean) => Promise<Answered>,
  tokenOf: (near: string) => Promise<string>,
): RoomCalls {
  return {
    async createRoom(name, near) {
      const token = await tokenOf(near);
      const { channel } = await call('conversations.create', { token, name, is_private: true }, false);
      return String((channel as { id?: unknown } | undefined)?.id ?? '');
    },
    async roomNamed(name, near) {
      const token = await tokenOf(near);
      const us = String((await call('auth.test', { token })).user_id ?? '');
      let cursor = '';
      for (let page = 0; us !== '' && page < MOST_LISTS; page += 1) {
        const range = { types: 'private_channel', exclude_archived: true, limit: PAGE, ...(cursor && { cursor }) };
        const answer = await call('conversations.list', { token, ...range });
        const channels = Array.isArray(answer.channels) ? (answer.channels as ListedChannel[]) : [];
        const found = channels.find((channel) => channel.name === name);
        if (found) return found.id && found.creator === us ? found.id : null;
        cursor = answer.response_metadata?.next_cursor ?? '';
        if (!cursor) return null;
      }
      return null;
    },
    async invite(channel, users) {
      // With `force`, those who can be invited are, whatever the others are.
      await call('conversations.invite', { channel, users: users.join(','), force: true }).catch((error: unknown) => {
        if (!INVITED.some((name) => isSlackError(error, name))) throw error;
      });
    },
    async kick(channel, user) {
      await call('conversations.kick', { channel, user }).catch((error: unknown) => {
        if (!NOT_KICKED.some((name) => isSlackError(error, name))) throw error;
      });
    },
    async setTopic(channel, topic) {
      await call('conversations.setTopic', { channel, topic });
    },
    async pin(channel, timestamp) {
      await call('pins.add', { channel, timestamp }).catch((error: unknown) => {
        if (!isSlackError(error, 'already_pinned')) throw error;
      });
    },
    async archive(channel) {
      await call('conversations.archive', { channel }).catch((error: unknown) => {
        if (!isSlackError(error, 'already_archived')) throw error;
      });
    },
  };
}
