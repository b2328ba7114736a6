import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Card } from '../../../commands/cards/card.js';
import { clip } from '../../../commands/words/arguments.js';
import type { Log } from '../../../engine/log.js';
import type { Incoming, ReplyTo } from './asks.js';

/** What is older than this without an answer will not get one: whoever worked on it has died. */
const LOST_MS = 60_000;
const MOST_TEXT = 200;

const schema = z.object({ at: z.number(), text: z.string(), to: z.custom<ReplyTo>((to) => typeof to === 'object') });

/**
 * What was acknowledged and not answered yet, in Redis: Slack does not send again what was acknowledged, so a bot that dies in between
 * would leave a person waiting. It is not done a second time by itself, since nobody knows how far it came; the person is told.
 */
export class Pending {
  private readonly key: string;

  constructor(
    private readonly redis: Redis,
    prefix: string,
    private readonly log: Log,
  ) {
    this.key = `${prefix}:slack:pending`;
  }

  /** Without Redis a person still gets an answer: that must not wait. */
  begin({ id, ask, to }: Incoming): void {
    const entry = { at: Date.now(), text: clip(ask.text, MOST_TEXT), to };
    void this.quietly(this.redis.hset(this.key, id, JSON.stringify(entry)));
  }

  end(id: string): void {
    void this.quietly(this.redis.hdel(this.key, id));
  }

  /** Tell the people whose answers were lost, each once. @param now epoch ms */
  async tell(now: number, reply: (to: ReplyTo, card: Card) => Promise<void>): Promise<void> {
    for (const [id, value] of Object.entries(await this.redis.hgetall(this.key))) {
      const { at, text, to } = schema.parse(JSON.parse(value));
      if (now - at < LOST_MS || (await this.redis.hdel(this.key, id)) === 0) continue;
      await reply(to, lostCard(text)).catch((error: Error) =>
        this.log.warn({ error: error.message }, 'slack: nobody could be told that an answer was lost'),
      );
    }
  }

  private async quietly(work: Promise<unknown>): Promise<void> {
    await work.catch((error: Error) => this.log.warn({ error: error.message }, 'slack: Redis keeps no note of an ask'));
  }
}

const lostCard = (text: string): Card => ({
  title: 'Your answer was lost in a restart',
  tone: 'medium',
  blocks: [
    { kind: 'text', text: ['You asked ', { code: text }, '. It may have been done or not; it was not done twice.'] },
    { kind: 'note', text: 'Next: look at the record, then ask again if it is still needed.' },
  ],
});
