import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';

const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;
const RENEW = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0`;
const HELD_MS = 10_000;

/** Somebody else holds the lock: the same may be tried again soon. */
export class LockBusyError extends Error {
  override readonly name = 'LockBusyError';
}

/**
 * Run `work` while nobody else holds the lock. It keeps two workers from getting into each other's way; what must be
 * right even when a lock is lost (a paused process) is guarded by unique keys and revisions.
 * @param waitMs how long to wait for the lock
 * @param work gets a function that renews the lock and says whether it is still held, to ask before what cannot be undone
 * @throws LockBusyError when the lock is not free in time: the job that asked is tried again
 */
export async function withLock<T>(
  redis: Redis,
  key: string,
  waitMs: number,
  work: (held: () => Promise<boolean>) => Promise<T>,
): Promise<T> {
  const token = randomUUID();
  const until = Date.now() + waitMs;
  while ((await redis.set(key, token, 'PX', HELD_MS, 'NX')) === null) {
    if (Date.now() >= until) throw new LockBusyError(`lock ${key} is busy`);
    await sleep(20);
  }
  const held = async () => (await redis.eval(RENEW, 1, key, token, HELD_MS)) === 1;
  const renewal = setInterval(() => void held().catch(() => {}), HELD_MS / 3);
  try {
    return await work(held);
  } finally {
    clearInterval(renewal);
    await redis.eval(RELEASE, 1, key, token).catch(() => {});
  }
}
