import type { Queues } from '../../../queues.js';
import type { Grant } from '../../tokens.js';
import { within } from '../../within.js';

/** Acknowledgements that a channel keeps; older ones are forgotten. */
const MAX_IDS = 10_000;
/** Channels that a token keeps; those not used for longest are forgotten. */
const MAX_CHANNELS = 1000;
/** What is not asked for in this time is forgotten. */
const KEEP_SECONDS = 900;

// KEYS: ids of the channel, channels of the token. ARGV: channel, now, keep seconds, ids, channels, key prefix of channels.
const GIVE = `
redis.call('zadd', KEYS[2], ARGV[2], ARGV[1])
redis.call('expire', KEYS[2], ARGV[3])
for _, old in ipairs(redis.call('zrange', KEYS[2], 0, -1 - tonumber(ARGV[5]))) do
  redis.call('zrem', KEYS[2], old)
  redis.call('del', ARGV[6] .. old)
end
local last = redis.call('zrange', KEYS[1], -1, -1)[1]
local id = last and tonumber(last) + 1 or 0
redis.call('zadd', KEYS[1], id, id)
redis.call('zremrangebyrank', KEYS[1], 0, -1 - tonumber(ARGV[4]))
redis.call('expire', KEYS[1], ARGV[3])
return id`;

/**
 * Indexer acknowledgement. An id is given once the request's events are stored in the queue, so an id that is known is
 * acknowledged; it stays so, since an answer may be lost on the way.
 */
export function hecAcks(queues: Queues) {
  const keys = ({ tenant, id }: Grant) => {
    const base = `${queues.prefix}:{${tenant}}:hec:${id.slice(0, 32)}`;
    return { channels: `${base}:channels`, prefix: `${base}:ids:` };
  };
  return {
    /** @param channel of `[A-Za-z0-9-]`. @returns the next id of the channel, from 0. @throws MdrError MDR_SERVICE_DOWN */
    async give(grant: Grant, channel: string, now: number): Promise<number> {
      const { channels, prefix } = keys(grant);
      const bounds = [KEEP_SECONDS, MAX_IDS, MAX_CHANNELS];
      const given = queues.redis.eval(GIVE, 2, prefix + channel, channels, channel, now, ...bounds, prefix);
      return (await within('Redis', given)) as number;
    },
    /** @returns for each id, whether its events are stored. @throws MdrError MDR_SERVICE_DOWN */
    async ask(grant: Grant, channel: string, ids: readonly number[]): Promise<Record<string, boolean>> {
      if (ids.length === 0) return {};
      const asked = queues.redis.zmscore(keys(grant).prefix + channel, ...ids.map(String));
      const scores = await within('Redis', asked);
      return Object.fromEntries(ids.map((id, i) => [String(id), scores[i] !== null]));
    },
  };
}
