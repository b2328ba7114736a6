import type { Redis } from 'ioredis';
import { idOf } from '../ids.js';
import type { Policy } from './policy.js';

// Members are alerts, scores are times: asking again about the same alert takes no second place.
const ADMIT = `
redis.call('zremrangebyscore', KEYS[1], '-inf', ARGV[2] - ARGV[3])
if redis.call('zscore', KEYS[1], ARGV[1]) then return 1 end
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('zadd', KEYS[1], ARGV[2], ARGV[1])
redis.call('pexpire', KEYS[1], ARGV[3])
return 1`;

/**
 * Whether an alert may have a thread of its own in a channel, or there have been too many lately. A Redis that forgets starts
 * counting anew: then more is posted, never less.
 * @param now epoch ms
 */
export async function admit(
  redis: Redis,
  prefix: string,
  storm: NonNullable<Policy['storm']>,
  at: { tenant: string; channel: string; number: number; now: number },
): Promise<boolean> {
  const key = `${prefix}:{${at.tenant}}:notify:storm:${idOf(at.channel)}`;
  const window = storm.minutes * 60_000;
  return (await redis.eval(ADMIT, 1, key, String(at.number), at.now, window, storm.posts)) === 1;
}

/** Epoch ms when what a storm held back is told: the end of the present window, counted from the hour. */
export function afterStorm(storm: NonNullable<Policy['storm']>, now: number): number {
  const window = storm.minutes * 60_000;
  return (Math.floor(now / window) + 1) * window;
}
