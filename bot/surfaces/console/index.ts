import type { Redis } from 'ioredis';
import type { Card } from '../../../commands/cards/card.js';
import { type Clock, systemClock } from '../../../engine/clock.js';
import type { Config } from '../../../engine/config.js';
import { codeOf } from '../../../engine/errors.js';
import { idOf } from '../../../engine/ids.js';
import type { Log } from '../../../engine/log.js';
import type { Store } from '../../../engine/store/index.js';
import { type Answer, DeliveryError, type MessageRef, type Surface } from '../types.js';
import { openBoard } from './board.js';
import { BOT, CONSOLE, tenantOfChannel } from './channel.js';
import { openNotices } from './notices.js';
import type { CommandInfo } from './said.js';
import { openServer } from './server.js';
import { ensureOperator } from './sign-in.js';

export { CONSOLE, consoleChannel, tenantOfChannel } from './channel.js';
export type { CommandInfo } from './said.js';
export { OPERATOR } from './sign-in.js';

export interface ConsoleOptions {
  config: Config;
  store: Store;
  /** For sessions and for publishing; a duplicate of it subscribes. */
  redis: Redis;
  /** Prefix of Redis keys and of the pub/sub topic. */
  prefix: string;
  answer: Answer;
  /** For completion in the message box; only these can be run by a button. */
  commands: readonly CommandInfo[];
  log: Log;
  clock?: Clock;
  /** How often an open stream is kept alive and its session looked at again. */
  heartbeatMs?: number;
}

export interface ConsoleSurface extends Surface {
  /** Where it listens, `http://127.0.0.1:8788`, or `MDR_CONSOLE_URL` when that is set. Known after `start`. */
  address(): string;
  /** A link that signs the operator in. A new one each time, good once; with MDR_CONSOLE_TOKEN the same one, good always. */
  signInLink(): string;
}

/** The web console. It has no chat server behind it: the `messages` collection is that server. */
export function consoleSurface(options: ConsoleOptions): ConsoleSurface {
  const { store, redis, prefix, log, clock = systemClock } = options;
  const notices = openNotices(redis, prefix, log);
  const board = openBoard(store, notices, clock);
  const server = openServer({ ...options, clock, board, notices });

  return {
    name: CONSOLE,
    address: server.address,
    signInLink: server.signInLink,

    async post(channel, card, key, thread): Promise<MessageRef> {
      const message = idOf(CONSOLE, channel, key);
      await delivered(channel, (tenant) =>
        board.insert(tenant, { _id: message, thread, author: BOT, content: { card } }),
      );
      return { channel, message };
    },

    async edit(ref, card: Card): Promise<void> {
      const there = await delivered(ref.channel, (tenant) => board.replaceCard(tenant, ref.message, card));
      if (!there) throw new DeliveryError('gone', `message ${ref.message} is not in ${ref.channel}`);
    },

    async find(channel, key): Promise<MessageRef | null> {
      const message = idOf(CONSOLE, channel, key);
      const line = await delivered(channel, (tenant) => board.get(tenant, message));
      return line ? { channel, message } : null;
    },

    async start() {
      await ensureOperator(store);
      await notices.start();
      await server.start();
      log.info({ address: server.address() }, 'console listens');
    },

    async stop() {
      await server.stop();
      await notices.stop();
    },
  };
}

/** Ids are deterministic, so an attempt with an unknown outcome is simply made again: every failure of the store is `unavailable`. */
async function delivered<T>(channel: string, attempt: (tenant: string) => Promise<T>): Promise<T> {
  const tenant = tenantOfChannel(channel);
  if (tenant === null) throw new DeliveryError('gone', `${channel} is not a channel of the console`);
  try {
    return await attempt(tenant);
  } catch (cause) {
    if (codeOf(cause) === 'MDR_TENANT_UNKNOWN')
      throw new DeliveryError('gone', `no tenant has the channel ${channel}`, 0, { cause });
    throw new DeliveryError('unavailable', 'the message store did not answer', 0, { cause });
  }
}
