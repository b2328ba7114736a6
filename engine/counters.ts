import type { Redis } from 'ioredis';

export const COUNTERS = ['accepted', 'processed', 'refused', 'unrecognised', 'detections', 'late', 'cut'] as const;
export type CounterName = (typeof COUNTERS)[number];
export type Counts = Record<CounterName, number>;

// The mark and the counts change together, so a batch that is done again after a crash is counted once.
const COUNT_ONCE = `
if redis.call('set', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then
  for i = 2, #ARGV, 2 do redis.call('hincrby', KEYS[2], ARGV[i], ARGV[i + 1]) end
  return 1
end
return 0`;

const MARK_SECONDS = 7 * 24 * 3600;

/** A tenant's counts. Keys are hash-tagged by tenant, so a cluster keeps them on one node. */
export function counters(redis: Redis, prefix: string, tenant: string) {
  const key = `${prefix}:{${tenant}}:counts`;
  return {
    /**
     * @param once the id of what is counted; the same id is counted once within a week
     * @returns whether it was counted now
     */
    async add(once: string, counts: Partial<Counts>): Promise<boolean> {
      const pairs = Object.entries(counts).flatMap(([name, value]) => (value ? [name, String(value)] : []));
      return (
        (await redis.eval(COUNT_ONCE, 2, `${prefix}:{${tenant}}:counted:${once}`, key, MARK_SECONDS, ...pairs)) === 1
      );
    },
    async read(): Promise<Counts> {
      const stored = await redis.hgetall(key);
      return Object.fromEntries(COUNTERS.map((name) => [name, Number(stored[name] ?? 0)])) as Counts;
    },
  };
}
