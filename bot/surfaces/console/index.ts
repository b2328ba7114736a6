import type { Card } from '../../../commands/cards/card.js';
import { systemClock } from '../../../engine/clock.js';
import { codeOf } from '../../../engine/errors.js';
import { idOf } from '../../../engine/ids.js';
import { DeliveryError, type MessageRef } from '../types.js';
import { openBoard } from './board.js';
import { BOT, CONSOLE, tenantOfChannel } from './channel.js';
import { openNotices } from './notices.js';
import { openServer } from './server.js';
import { ensureOperator } from './sign-in.js';
import type { ConsoleOptions, ConsoleSurface } from './types.js';

export { CONSOLE, consoleChannel, tenantOfChannel } from './channel.js';
export { OPERATOR } from './sign-in.js';
export type { CommandInfo, ConsoleOptions, ConsoleSurface } from './types.js';

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
