import type { Redis } from 'ioredis';
import { idOf } from '../ids.js';
import type { Policy } from './policy.js';

/** More arrivals than any bound; the oldest beyond them are forgotten. */
const MAX_ARRIVALS = 2000;

// Two sets of alerts by time: those that came, and those that were given a thread. What came counts too, so that a storm lasts until
// it is over, and does not let another lot through each time the window has moved on. Asking again about an alert changes nothing.
const ADMIT = `
local old = ARGV[2] - ARGV[3]
for i = 1, 2 do redis.call('zremrangebyscore', KEYS[i], '-inf', old) end
if redis.call('zscore', KEYS[2], ARGV[1]) then return 1 end
redis.call('zadd', KEYS[1], 'NX', ARGV[2], ARGV[1])
redis.call('zremrangebyrank', KEYS[1], 0, -1 - ARGV[5])
redis.call('pexpire', KEYS[1], ARGV[3])
if redis.call('zcard', KEYS[1]) > tonumber(ARGV[4]) then return 0 end
redis.call('zadd', KEYS[2], ARGV[2], ARGV[1])
redis.call('pexpire', KEYS[2], ARGV[3])
return 1`;

type Bound = NonNullable<Policy['storm']>;

const keyOf = (prefix: string, tenant: string, channel: string, set: 'came' | 'shown'): string =>
  `${prefix}:{${tenant}}:notify:storm:${set}:${idOf(channel)}`;

/**
 * Whether an alert may have a thread of its own in a channel, or too many have come lately. A Redis that forgets starts
 * counting anew: then more is posted, never less.
 * @param now epoch ms
 */
export async function admit(
  redis: Redis,
  prefix: string,
  storm: Bound,
  at: { tenant: string; channel: string; number: number; now: number },
): Promise<boolean> {
  const keys = (['came', 'shown'] as const).map((set) => keyOf(prefix, at.tenant, at.channel, set));
  const args = [String(at.number), at.now, storm.minutes * 60_000, storm.posts, MAX_ARRIVALS];
  return (await redis.eval(ADMIT, 2, ...keys, ...args)) === 1;
}

/** Whether no more alerts come into a channel than it may have threads. @param now epoch ms */
export async function isCalm(
  redis: Redis,
  prefix: string,
  storm: Bound,
  at: { tenant: string; channel: string; now: number },
): Promise<boolean> {
  const since = at.now - storm.minutes * 60_000;
  return (await redis.zcount(keyOf(prefix, at.tenant, at.channel, 'came'), `(${since}`, '+inf')) <= storm.posts;
}
