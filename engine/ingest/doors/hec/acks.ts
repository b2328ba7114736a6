import type { Queues } from '../../../queues.js';
import type { Grant } from '../../tokens.js';
import { within } from '../../within.js';

/** Channels that a token keeps; those not used for longest are forgotten. */
const MAX_CHANNELS = 1000;
/** A token that gets no acknowledgement for so long is forgotten with its channels. */
const KEEP_SECONDS = 86_400;

// KEYS: how many ids each channel was given, when each was used last. ARGV: channel, now, keep seconds, channels.
const GIVE = `
redis.call('zadd', KEYS[2], ARGV[2], ARGV[1])
for _, old in ipairs(redis.call('zrange', KEYS[2], 0, -1 - tonumber(ARGV[4]))) do
  redis.call('zrem', KEYS[2], old)
  redis.call('hdel', KEYS[1], old)
end
local id = redis.call('hincrby', KEYS[1], ARGV[1], 1) - 1
redis.call('expire', KEYS[1], ARGV[3])
redis.call('expire', KEYS[2], ARGV[3])
return id`;

/**
 * Indexer acknowledgement. An id is given once the request's events are stored in the queue, so every id that was given is
 * acknowledged, and a number for each channel is all that must be kept. It stays acknowledged: an answer may be lost on the way.
 */
export function hecAcks(queues: Queues) {
  const keys = ({ tenant, id }: Grant) => {
    const base = `${queues.prefix}:{${tenant}}:hec:${id.slice(0, 32)}`;
    return { given: `${base}:given`, used: `${base}:used` };
  };
  return {
    /** @returns the next id of the channel, from 0. @throws MdrError MDR_SERVICE_DOWN */
    async give(grant: Grant, channel: string, now: number): Promise<number> {
      const { given, used } = keys(grant);
      const next = queues.redis.eval(GIVE, 2, given, used, channel, now, KEEP_SECONDS, MAX_CHANNELS);
      return (await within('Redis', next)) as number;
    },
    /** @returns for each id, whether its events are stored. @throws MdrError MDR_SERVICE_DOWN */
    async ask(grant: Grant, channel: string, ids: readonly number[]): Promise<Record<string, boolean>> {
      const count = Number((await within('Redis', queues.redis.hget(keys(grant).given, channel))) ?? 0);
      return Object.fromEntries(ids.map((id) => [String(id), id < count]));
    },
  };
}
