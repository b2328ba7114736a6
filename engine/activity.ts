import type { Redis } from 'ioredis';
import type { LogSource, Parsed } from './event.js';

export const DAY_MS = 24 * 3600 * 1000;
/** How long the counts of a day are kept, and how old an event may be to be counted on its day. */
export const ACTIVITY_DAYS = 800;
const KEEP_SECONDS = ACTIVITY_DAYS * 24 * 3600;
const MARK_SECONDS = 7 * 24 * 3600;
/** Kinds times sources on one day; a sender who makes up more names is counted under `OTHER`. */
const MAX_FIELDS = 1000;
const OTHER = '/:@';

/** Events of one kind from one source on one day. */
export interface Activity {
  /** The day, UTC, as `2026-11-24`. */
  day: string;
  product: string;
  service: string;
  categories: string[];
  /** The source named by the sender's token or address. */
  source: string;
  events: number;
}

// The mark and the counts change together, so that a batch done again after a crash is counted once.
const COUNT_ONCE = `
if not redis.call('set', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return 0 end
for i = 4, #ARGV, 3 do
  local key, field = KEYS[tonumber(ARGV[i])], ARGV[i + 1]
  if redis.call('hlen', key) >= tonumber(ARGV[3]) and redis.call('hexists', key, field) == 0 then field = '${OTHER}' end
  redis.call('hincrby', key, field, ARGV[i + 2])
end
for i = 2, #KEYS do redis.call('expire', KEYS[i], ARGV[2]) end
return 1`;

/** The activity of one batch. Events dated later than tomorrow or more than 800 days ago are left out: no day is theirs. */
export class BatchActivity {
  private readonly kinds = new Map<LogSource, Map<number, { events: number }>>();
  private readonly newest: number;
  private lastKind: LogSource | null = null;
  private lastDay = -1;
  private current = { events: 0 };

  /** @param received epoch ms at the door */
  constructor(received: number) {
    this.newest = Math.floor(received / DAY_MS) + 1;
  }

  /** Once for every event, on the hot path: most are of the same kind and day as the one before. */
  note({ logsource, time }: Pick<Parsed, 'logsource' | 'time'>): void {
    const day = Math.floor(time / DAY_MS);
    if (logsource !== this.lastKind || day !== this.lastDay) {
      this.current = this.counterOf(logsource, day);
      this.lastKind = logsource;
      this.lastDay = day;
    }
    this.current.events++;
  }

  private counterOf(kind: LogSource, day: number): { events: number } {
    if (!(day <= this.newest && day > this.newest - ACTIVITY_DAYS)) return { events: 0 };
    const days = this.kinds.get(kind) ?? new Map<number, { events: number }>();
    const counter = days.get(day) ?? { events: 0 };
    this.kinds.set(kind, days.set(day, counter));
    return counter;
  }

  /** Kind, number of the day since 1970, events. */
  *counts(): Generator<[LogSource, number, number]> {
    for (const [kind, days] of this.kinds) for (const [day, { events }] of days) yield [kind, day, events];
  }
}

/** What a tenant's log sources sent, by day of the events. Keys are hash-tagged by tenant, so a cluster keeps them on one node. */
export function activity(redis: Redis, prefix: string, tenant: string) {
  const keyOf = (day: number) => `${prefix}:{${tenant}}:activity:${day}`;
  return {
    /**
     * @param once the batch's id; the same id is counted once within a week
     * @returns whether it was counted now
     */
    async add(once: string, source: string, batch: BatchActivity): Promise<boolean> {
      const keys = [`${prefix}:{${tenant}}:counted:activity:${once}`];
      const places = new Map<number, number>();
      const args: (string | number)[] = [MARK_SECONDS, KEEP_SECONDS, MAX_FIELDS];
      for (const [{ product, service, categories }, day, events] of batch.counts()) {
        if (!places.has(day)) places.set(day, keys.push(keyOf(day)));
        args.push(places.get(day)!, `${product}/${service}:${categories.join(',')}@${source}`, events);
      }
      if (keys.length === 1) return false;
      return (await redis.eval(COUNT_ONCE, keys.length, ...keys, ...args)) === 1;
    },

    /**
     * @param from epoch ms, inclusive; whole days are read
     * @param until epoch ms, exclusive
     * @returns in order of days
     */
    async read(from: number, until: number): Promise<Activity[]> {
      const first = Math.max(Math.floor(from / DAY_MS), Math.ceil(until / DAY_MS) - ACTIVITY_DAYS);
      const days = Array.from({ length: Math.max(0, Math.ceil(until / DAY_MS) - first) }, (_, i) => first + i);
      const stored = await Promise.all(days.map((day) => redis.hgetall(keyOf(day))));
      return stored.flatMap((fields, i) =>
        Object.entries(fields).map(([field, events]) => ({
          day: new Date(days[i]! * DAY_MS).toISOString().slice(0, 10),
          ...kindOf(field),
          events: Number(events),
        })),
      );
    },
  };
}

function kindOf(field: string): Pick<Activity, 'product' | 'service' | 'categories' | 'source'> {
  const [, product = '', service = '', categories = '', source = ''] =
    /^([^/]*)\/([^:]*):([^@]*)@(.*)$/s.exec(field) ?? [];
  return { product, service, categories: categories.split(',').filter(Boolean), source };
}
