import type { Redis } from 'ioredis';
import { holdKey, type ThreadId } from './keys.js';

/** Not a failure: come again after `ms`. */
export class Later extends Error {
  override readonly name = 'Later';
  /** @param why what a person should know of: the surface holds us up; null for our own short waits */
  constructor(
    readonly ms: number,
    readonly why: string | null = null,
  ) {
    super(`again in ${ms} ms`);
  }
}

const LEAST_HOLD_MS = 500;
const WHY = 'rate limit';

/** After a surface said "too many", nobody sends anything to that channel until its time is over. */
export function openHold(redis: Redis, prefix: string, thread: ThreadId) {
  const key = holdKey(prefix, thread);
  return {
    /** @throws Later while the channel is held */
    async check(): Promise<void> {
      const left = await redis.pttl(key);
      if (left > 0) throw new Later(left, WHY);
    },
    /** @throws Later always */
    async set(ms: number): Promise<never> {
      const wait = Math.max(LEAST_HOLD_MS, Math.ceil(ms));
      await redis.set(key, '1', 'PX', wait);
      throw new Later(wait, WHY);
    },
  };
}
export type Hold = ReturnType<typeof openHold>;
