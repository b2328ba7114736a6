import type { Card } from '../../../commands/cards/card.js';
import { systemClock } from '../../../engine/clock.js';
import { codeOf } from '../../../engine/errors.js';
import { idOf } from '../../../engine/ids.js';
import { checkedFile } from '../shared/files.js';
import { DeliveryError, type Feature, type MessageRef } from '../types.js';
import { openBoard } from './board.js';
import { BOT, CONSOLE, type Room, roomOf } from './channel.js';
import { fileCard, keepFile } from './files.js';
import { openNotices } from './notices.js';
import { openServer } from './server.js';
import { ensureOperator, personOf } from './sign-in.js';
import type { ConsoleOptions, ConsoleSurface } from './types.js';

export { CONSOLE, consoleChannel } from './channel.js';
export { OPERATOR } from './sign-in.js';
export type { CommandInfo, ConsoleOptions, ConsoleSurface } from './types.js';

const SUPPORTS = new Set<Feature>(['thread', 'edit', 'once', 'upload', 'link', 'person']);

/** The web console. It has no chat server behind it: the `messages` collection is that server. */
export function consoleSurface(options: ConsoleOptions): ConsoleSurface {
  const { store, redis, prefix, log, clock = systemClock } = options;
  const notices = openNotices(redis, prefix, log);
  const board = openBoard(store, notices, clock);
  const server = openServer({ ...options, clock, board, notices });

  return {
    name: CONSOLE,
    supports: SUPPORTS,
    address: server.address,
    signInLink: server.signInLink,

    async post(channel, card, key, thread): Promise<MessageRef> {
      const message = idOf(CONSOLE, channel, key);
      await delivered(channel, (room) => board.insert(room, { _id: message, thread, author: BOT, content: { card } }));
      return { channel, message };
    },

    async edit(ref, card: Card): Promise<void> {
      const there = await delivered(ref.channel, (room) => board.replaceCard(room, ref.message, card));
      if (!there) throw new DeliveryError('gone', `message ${ref.message} is not in ${ref.channel}`);
    },

    async find(channel, key): Promise<MessageRef | null> {
      const message = idOf(CONSOLE, channel, key);
      const line = await delivered(channel, (room) => board.get(room, message));
      return line ? { channel, message } : null;
    },

    async upload(channel, file, key, thread): Promise<MessageRef> {
      const message = idOf(CONSOLE, channel, key);
      const checked = checkedFile(file);
      await delivered(channel, async (room) => {
        await keepFile(await store.forTenant(room.tenant), message, checked, clock());
        const card = fileCard(room, message, checked);
        return board.insert(room, { _id: message, thread, author: BOT, content: { card } });
      });
      return { channel, message };
    },

    async link({ channel, message }): Promise<string> {
      const head = await delivered(channel, async (room) => {
        const line = await board.get(room, message);
        return line && `${room.channel}/${line.thread ?? line.id}`;
      });
      if (!head) throw new DeliveryError('gone', `message ${message} is not in ${channel}`);
      return `${server.address()}/#/${head}`;
    },

    async person(user): Promise<string | null> {
      return (await personOf(store, `${CONSOLE}:${user}`))?.name ?? null;
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
async function delivered<T>(channel: string, attempt: (room: Room) => Promise<T>): Promise<T> {
  const room = roomOf(channel);
  if (room === null) throw new DeliveryError('gone', `${channel} is not a channel of the console`);
  try {
    return await attempt(room);
  } catch (cause) {
    if (cause instanceof DeliveryError) throw cause;
    if (codeOf(cause) === 'MDR_TENANT_UNKNOWN')
      throw new DeliveryError('gone', `no tenant has the channel ${channel}`, 0, { cause });
    throw new DeliveryError('unavailable', 'the message store did not answer', 0, { cause });
  }
}
