import { DeliveryError, type Feature, type MessageRef, type Surface } from '../../bot/surfaces/types.js';
import { type Card, plain } from '../../commands/cards/card.js';

export type Operation = 'post' | 'edit' | 'find';
/** What goes wrong with a call: `lost` means stored, but the answer never came; a number is a rate limit in ms. */
export type Fault = 'lost' | 'unknown' | 'unavailable' | 'gone' | 'refused' | number | null;

export interface Shown {
  id: string;
  channel: string;
  thread: string | null;
  key: string;
  card: Card;
  edits: number;
}

/** A surface in memory which can fail in every way that a real one does. */
export class FakeSurface implements Surface {
  readonly supports: ReadonlySet<Feature> = new Set(['thread', 'edit']);
  readonly messages: Shown[] = [];
  readonly calls: { operation: Operation; channel: string; at: number }[] = [];
  /** Most calls under way at once for one thread. */
  mostAtOnce = 0;
  fault: (operation: Operation, card: Card | null, count: number) => Fault = () => null;
  private readonly underWay = new Map<string, number>();

  constructor(
    readonly name: string,
    private readonly delayMs = 0,
  ) {}

  async post(channel: string, card: Card, key: string, thread: string | null): Promise<MessageRef> {
    return this.call('post', channel, card, key, () => {
      const id = `m${this.messages.length + 1}`;
      this.messages.push({ id, channel, thread, key, card, edits: 0 });
      return { channel, message: id };
    });
  }

  async edit(ref: MessageRef, card: Card): Promise<void> {
    const message = this.messages.find(({ id }) => id === ref.message)!;
    await this.call('edit', ref.channel, card, message.key, () => {
      message.card = card;
      message.edits++;
    });
  }

  async find(channel: string, key: string, thread: string | null): Promise<MessageRef | null> {
    return this.call('find', channel, null, key, () => {
      const found = this.messages.find((m) => m.channel === channel && m.key === key && m.thread === thread);
      return found ? { channel, message: found.id } : null;
    });
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  /** Titles of a thread, first message first. */
  thread(channel: string, number = 1): string[] {
    const root = this.messages.find((m) => m.channel === channel && m.key.endsWith(`:alert:${number}:root`));
    if (!root) return [];
    return [root, ...this.messages.filter((m) => m.thread === root.id)].map(({ card }) => plain(card.title));
  }

  private async call<T>(
    operation: Operation,
    channel: string,
    card: Card | null,
    key: string,
    effect: () => T,
  ): Promise<T> {
    this.calls.push({ operation, channel, at: Date.now() });
    const thread = key.slice(0, key.lastIndexOf(':'));
    const now = (this.underWay.get(thread) ?? 0) + 1;
    this.underWay.set(thread, now);
    this.mostAtOnce = Math.max(this.mostAtOnce, now);
    try {
      if (this.delayMs) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
      const count = this.calls.filter((made) => made.operation === operation).length;
      const fault = this.fault(operation, card, count);
      if (typeof fault === 'number') throw new DeliveryError('rate-limited', 'too many', fault);
      if (fault === 'lost') {
        effect();
        throw new DeliveryError('unknown', 'no answer');
      }
      if (fault) throw new DeliveryError(fault, fault);
      return effect();
    } finally {
      this.underWay.set(thread, this.underWay.get(thread)! - 1);
    }
  }
}
