import type { APIChannel, APIEmbed, REST } from 'discord.js';
import type { Config } from '../../../engine/config.js';
import { idOf } from '../../../engine/ids.js';
import { DeliveryError, type UploadFile } from '../types.js';
import { deliveryError } from './errors.js';
import type { Rendered } from './render.js';

/** A stored message, as far as we look at it. */
export interface StoredMessage {
  id: string;
  author?: { id?: string };
  embeds?: Pick<APIEmbed, 'title' | 'footer'>[];
}

/** What stands behind a token. */
export interface Identity {
  user: string;
  name: string;
  application: string;
}

const VERSION = '10';
const TIMEOUT_MS = 10_000;
/** Discord wants an interaction acknowledged within three seconds; two attempts have to fit. */
const ACKNOWLEDGE_MS = 1300;
const MOST_NAME = 100;
const ARCHIVE_MINUTES = 10_080;
const PAGE = 100;

/** The small print by which a message with this key is found again. */
export const markOf = (key: string): string => `mdr · ${idOf(key).slice(0, 16)}`;

/** Address of an interaction: its id to acknowledge it, its application's webhook to answer. */
export interface InteractionAddress {
  id: string;
  application: string;
  token: string;
}

export type Gateway = ReturnType<typeof discordGateway>;

/** The library's REST client: one attempt a call, since the outbox decides what happens after a failure. */
export async function openRest(config: Config, timeout = TIMEOUT_MS): Promise<REST> {
  const { REST } = await import('discord.js');
  return new REST({
    version: VERSION,
    ...(config.DISCORD_API_URL && { api: config.DISCORD_API_URL }),
    retries: 0,
    rejectOnRateLimit: () => true,
    timeout,
    // Its own choice is an older undici, whose uploads break once another library has set a newer one's dispatcher for the process.
    makeRequest: (url, init) => fetch(url, init as RequestInit) as never,
  }).setToken(config.DISCORD_TOKEN ?? '');
}

/**
 * The one place that calls Discord's REST API. The library is loaded with the first call.
 * Every method throws DeliveryError.
 * @param timeout milliseconds to wait for an answer
 */
export function discordGateway(config: Config, timeout = TIMEOUT_MS) {
  let rest: Promise<REST> | undefined;

  interface Call {
    body?: unknown;
    query?: Record<string, string>;
    files?: UploadFile[];
    /** False for an interaction's own address, which is its own password. */
    auth?: boolean;
    ms?: number;
    repeatable?: boolean;
  }
  type Method = 'get' | 'post' | 'put' | 'patch';
  async function call<T>(method: Method, path: `/${string}`, options: Call = {}): Promise<T> {
    const { body, query, files, auth = true, ms, repeatable = true } = options;
    try {
      rest ??= openRest(config, timeout);
      const client = await rest;
      // After one 401 the library forgets the token; a token that works again must be used again.
      client.setToken(config.DISCORD_TOKEN ?? '');
      return (await client[method](path, {
        auth,
        ...(body !== undefined && { body }),
        ...(query && { query: new URLSearchParams(query) }),
        ...(files && {
          files: files.map(({ name, type, data }) => ({ name, contentType: type, data: Buffer.from(data) })),
        }),
        ...(ms && { signal: AbortSignal.timeout(ms) }),
      })) as T;
    } catch (error) {
      throw deliveryError(error, repeatable);
    }
  }

  async function post(channel: string, message: Rendered, key: string | null, files?: UploadFile[]): Promise<string> {
    // Discord itself gives the first message back when the same nonce comes again within minutes.
    const nonce = key === null ? {} : { nonce: idOf(key).slice(0, 25), enforce_nonce: true };
    const { id } = await call<{ id?: string }>('post', `/channels/${channel}/messages`, {
      body: { ...bodyOf(message), ...nonce },
      ...(files && { files }),
      repeatable: false,
    });
    if (!id) throw new DeliveryError('unknown', 'Discord: an answer without a message');
    return id;
  }

  return {
    async identity(): Promise<Identity> {
      const self = await call<{ id: string; username: string }>('get', '/users/@me');
      const application = config.DISCORD_APPLICATION_ID ?? (await call<{ id: string }>('get', '/applications/@me')).id;
      return { user: self.id, name: self.username, application };
    },
    /** The application's flags: which privileged intents it is allowed. */
    flags: async () => (await call<{ flags?: number }>('get', '/applications/@me')).flags ?? 0,
    /** @returns the message's id */
    post,
    async edit(channel: string, message: string, rendered: Rendered): Promise<void> {
      await call('patch', `/channels/${channel}/messages/${message}`, { body: bodyOf(rendered) });
    },
    message: (channel: string, message: string) =>
      call<StoredMessage>('get', `/channels/${channel}/messages/${message}`),
    channel: (id: string) => call<APIChannel>('get', `/channels/${id}`),
    /** Messages of a channel or thread, newest first. @param before id to go back from */
    async page(channel: string, before: string | null): Promise<StoredMessage[]> {
      const query = { limit: String(PAGE), ...(before !== null && { before }) };
      const found = await call<StoredMessage[]>('get', `/channels/${channel}/messages`, { query });
      if (!Array.isArray(found)) throw new DeliveryError('unavailable', 'Discord: an answer without messages');
      return found;
    },
    /** A thread on a message; it gets the message's own id. */
    async startThread(channel: string, message: string, name: string): Promise<void> {
      const body = { name: name.slice(0, MOST_NAME), auto_archive_duration: ARCHIVE_MINUTES };
      await call('post', `/channels/${channel}/messages/${message}/threads`, { body });
    },
    /** The conversation with one person. @returns its channel id */
    async directChannel(user: string): Promise<string> {
      return (await call<{ id: string }>('post', '/users/@me/channels', { body: { recipient_id: user } })).id;
    },
    async user(id: string): Promise<string> {
      const found = await call<{ username: string; global_name?: string | null }>('get', `/users/${id}`);
      return found.global_name ?? found.username;
    },
    async react(channel: string, message: string, emoji: string): Promise<void> {
      await call('put', `/channels/${channel}/messages/${message}/reactions/${encodeURIComponent(emoji)}/@me`);
    },
    /** The first answer to an interaction: a deferral, choices or a form. */
    async acknowledge({ id, token }: InteractionAddress, body: unknown): Promise<void> {
      await call('post', `/interactions/${id}/${token}/callback`, { body, auth: false, ms: ACKNOWLEDGE_MS });
    },
    /** Put the answer where its deferral waits. */
    async respond({ application, token }: InteractionAddress, message: Rendered): Promise<void> {
      await call('patch', `/webhooks/${application}/${token}/messages/@original`, {
        body: bodyOf(message),
        auth: false,
      });
    },
    commands: (application: string) => call<unknown[]>('get', `/applications/${application}/commands`),
    /** Make or replace the application command of this name; others are left alone. */
    async register(application: string, command: unknown): Promise<void> {
      await call('post', `/applications/${application}/commands`, { body: command });
    },
  };
}

/** Only those whom the card calls are notified, whatever its values hold. */
function bodyOf({ embeds, components, calls }: Rendered) {
  return {
    content: calls.map((user) => `<@${user}>`).join(' '),
    embeds,
    components,
    allowed_mentions: { parse: [], users: calls },
  };
}
