import type { Card } from '../../../commands/cards/card.js';
import { type Clock, systemClock } from '../../../engine/clock.js';
import { MdrError } from '../../../engine/errors.js';
import type { Store } from '../../../engine/store/index.js';
import type { Message } from '../../../engine/store/messages.js';
import { boundedCard } from '../../cards/bounded.js';
import type { Room } from './channel.js';
import type { Notices } from './notices.js';

/** What a message says: a person's words or a card. */
export type Content = { text: string } | { card: Card };

/** A message as the browser gets it. */
export interface Line {
  id: string;
  thread: string | null;
  author: Message['author'];
  text?: string;
  card?: unknown;
  /** Epoch ms. */
  at: number;
  edited?: number;
  /** Only on messages of the channel itself. */
  replies: { count: number; last: number };
}

export interface Listing {
  /** Oldest first. */
  messages: Line[];
  /** Whether there are older ones. */
  more: boolean;
}

export const PAGE = 100;

/** The console's chat server: messages in the store, with a notice after each write. One room at a time. */
export function openBoard(store: Store, notices: Notices, clock: Clock = systemClock) {
  let latest = 0;
  // Messages of one process never share a millisecond, so that a thread keeps the order in which it was written.
  const now = () => {
    latest = Math.max(clock(), latest + 1);
    return latest;
  };

  async function withReplies({ tenant, channel }: Room, messages: Message[]): Promise<Line[]> {
    const { messages: collection } = await store.forTenant(tenant);
    const heads = messages.filter((message) => message.thread === null).map((message) => message._id);
    const groups = heads.length
      ? await collection.aggregate<{ _id: string; count: number; last: number }>([
          { $match: { channel, thread: { $in: heads } } },
          { $group: { _id: '$thread', count: { $sum: 1 }, last: { $max: '$at' } } },
        ])
      : [];
    const replies = new Map(groups.map(({ _id, count, last }) => [_id, { count, last }]));
    return messages.map(({ _id, thread, author, text, card, at, edited }) => ({
      id: _id,
      thread,
      author,
      ...(text !== undefined && { text }),
      ...(card !== undefined && { card }),
      at,
      ...(edited !== undefined && { edited }),
      replies: replies.get(_id) ?? { count: 0, last: 0 },
    }));
  }

  return {
    /** @returns false when a message with this id is there already; it is left as it is */
    async insert(
      { tenant, channel }: Room,
      message: Pick<Message, '_id' | 'thread' | 'author'> & { content: Content },
    ): Promise<boolean> {
      const { messages } = await store.forTenant(tenant);
      const { _id, thread, author } = message;
      const content = 'card' in message.content ? { card: boundedCard(message.content.card) } : message.content;
      const isNew = await messages.insert({ _id, channel, thread, author, at: now(), ...content });
      if (isNew) notices.publish({ tenant, channel, id: _id, thread });
      return isNew;
    },

    /** @returns false when there is no such message */
    async replaceCard({ tenant, channel }: Room, id: string, card: Card): Promise<boolean> {
      const { messages } = await store.forTenant(tenant);
      const message = await messages.findOne({ _id: id, channel });
      if (!message) return false;
      await messages.update({ _id: id, channel }, { $set: { card: boundedCard(card), edited: clock() } });
      notices.publish({ tenant, channel, id, thread: message.thread });
      return true;
    },

    async get(room: Room, id: string): Promise<Line | null> {
      return (await this.pick(room, [id]))[0] ?? null;
    },

    async pick(room: Room, ids: string[]): Promise<Line[]> {
      const { messages } = await store.forTenant(room.tenant);
      const found = await messages.find({ _id: { $in: ids }, channel: room.channel }, { sort: { at: 1, _id: 1 } });
      return withReplies(room, found);
    },

    /**
     * The newest messages of the channel, or of a thread, that are older than message `before`.
     * @throws MdrError MDR_REQUEST_BAD when `before` is not there
     */
    async list(room: Room, thread: string | null, before: string | null): Promise<Listing> {
      const { messages } = await store.forTenant(room.tenant);
      const filter = { channel: room.channel, thread };
      const mark = before === null ? null : await messages.findOne({ ...filter, _id: before });
      if (before !== null && !mark)
        throw new MdrError('MDR_REQUEST_BAD', 'There is no such message to go back from.', 'Reload the page.');
      const older = mark ? { $or: [{ at: { $lt: mark.at } }, { at: mark.at, _id: { $lt: mark._id } }] } : {};
      const found = await messages.find({ ...filter, ...older }, { sort: { at: -1, _id: -1 }, limit: PAGE + 1 });
      const more = found.length > PAGE;
      return { messages: await withReplies(room, found.slice(0, PAGE).reverse()), more };
    },

    /** Messages of the channel itself that others wrote after a moment, counted up to 100. */
    async unread({ tenant, channel }: Room, after: number, reader: string): Promise<number> {
      const { messages } = await store.forTenant(tenant);
      const found = await messages.find(
        { channel, thread: null, at: { $gt: after }, 'author.id': { $ne: reader } },
        { limit: 100 },
      );
      return found.length;
    },
  };
}
export type Board = ReturnType<typeof openBoard>;
