import type { Redis } from 'ioredis';
import { Gauge, type Registry } from 'prom-client';

/** What waits longer than this is nobody's news any more. */
const FORGOTTEN_MS = 7 * 24 * 3600_000;
const MAX_WAITING = 5000;
const MAX_WHY = 300;

/** One channel that messages wait for. */
export interface Late {
  surface: string;
  channel: string;
  /** Epoch ms since when the oldest of them waits. */
  since: number;
  waiting: number;
  why: string;
}

/** What a message goes to. */
export interface Place {
  tenant: string;
  surface: string;
  channel: string;
}

/**
 * Which messages to chat wait because a surface does not take them: noted by the bot, shown by `/mdr status`, the console and the
 * engine's metrics. Keys are hash-tagged by tenant.
 */
export function lateness(redis: Redis, prefix: string) {
  const waitingKey = (tenant: string) => `${prefix}:{${tenant}}:outbox:late`;
  const whyKey = (tenant: string) => `${prefix}:{${tenant}}:outbox:late:why`;
  const tenantsKey = `${prefix}:outbox:late:tenants`;
  const member = ({ surface, channel }: Place, what: string) => JSON.stringify([surface, channel, what]);
  return {
    /**
     * @param what the thread or message, so that it counts once however often it is tried
     * @param since epoch ms when it was to be delivered; the first that is noted holds
     */
    async note(place: Place, what: string, since: number, why: string): Promise<void> {
      const { tenant, surface, channel } = place;
      await Promise.all([
        redis.zadd(waitingKey(tenant), 'NX', since, member(place, what)),
        redis.hset(whyKey(tenant), JSON.stringify([surface, channel]), why.slice(0, MAX_WHY)),
        redis.sadd(tenantsKey, tenant),
      ]);
    },
    /** It was delivered, or never will be. */
    async done(place: Place, what: string): Promise<void> {
      await redis.zrem(waitingKey(place.tenant), member(place, what));
    },
    /** Tenants that had messages waiting; some may not any more. */
    tenants: (): Promise<string[]> => redis.smembers(tenantsKey),
    /** Nothing of this tenant waits. */
    async settle(tenant: string): Promise<void> {
      await Promise.all([redis.srem(tenantsKey, tenant), redis.del(whyKey(tenant))]);
    },
    /** @param now epoch ms @returns the channels that are behind, the oldest first */
    async read(tenant: string, now: number): Promise<Late[]> {
      const key = waitingKey(tenant);
      await redis.zremrangebyscore(key, '-inf', String(now - FORGOTTEN_MS));
      const [found, reasons] = await Promise.all([
        redis.zrange(key, '0', String(MAX_WAITING - 1), 'WITHSCORES'),
        redis.hgetall(whyKey(tenant)),
      ]);
      const channels = new Map<string, Late>();
      for (let i = 0; i + 1 < found.length; i += 2) {
        const [surface, channel] = JSON.parse(found[i]!) as [string, string];
        const at = JSON.stringify([surface, channel]);
        const late = channels.get(at) ?? {
          surface,
          channel,
          since: Number(found[i + 1]),
          waiting: 0,
          why: reasons[at] ?? '',
        };
        late.waiting += 1;
        channels.set(at, late);
      }
      return [...channels.values()];
    },
  };
}
export type Lateness = ReturnType<typeof lateness>;

/** Counts of deliveries, kept in Redis because bots have no door of their own for metrics. */
export function deliveries(redis: Redis, prefix: string) {
  const key = `${prefix}:outbox:deliveries`;
  return {
    count: async (surface: string, outcome: string): Promise<void> => {
      await redis.hincrby(key, JSON.stringify([surface, outcome]), 1);
    },
    async read(): Promise<{ surface: string; outcome: string; count: number }[]> {
      return Object.entries(await redis.hgetall(key)).map(([field, count]) => {
        const [surface, outcome] = JSON.parse(field) as [string, string];
        return { surface, outcome, count: Number(count) };
      });
    },
  };
}

/** Prometheus figures of the outbox, read from Redis when they are asked for. */
export function outboxMetrics(registry: Registry, redis: Redis, prefix: string, clock: () => number): void {
  const late = lateness(redis, prefix);
  const labelNames = ['tenant', 'surface'];
  const each = async (show: (tenant: string, late: Late, now: number) => void): Promise<void> => {
    if (redis.status !== 'ready') return;
    const now = clock();
    // The oldest of a surface comes first, so it is set last.
    for (const tenant of await late.tenants())
      for (const one of (await late.read(tenant, now)).reverse()) show(tenant, one, now);
  };
  new Gauge({
    name: 'mdr_outbox_waiting',
    help: 'Threads and messages that wait because a chat does not take them.',
    labelNames,
    registers: [registry],
    async collect() {
      this.reset();
      await each((tenant, { surface, waiting }) => this.inc({ tenant, surface }, waiting));
    },
  });
  new Gauge({
    name: 'mdr_outbox_oldest_seconds',
    help: 'Age of the oldest thread or message that waits because a chat does not take it.',
    labelNames,
    registers: [registry],
    async collect() {
      this.reset();
      await each((tenant, { surface, since }, now) => this.set({ tenant, surface }, Math.max(0, now - since) / 1000));
    },
  });
  new Gauge({
    name: 'mdr_outbox_deliveries',
    help: 'Attempts to deliver to a chat since the beginning, by outcome.',
    labelNames: ['surface', 'outcome'],
    registers: [registry],
    async collect() {
      if (redis.status !== 'ready') return;
      for (const { surface, outcome, count } of await deliveries(redis, prefix).read())
        this.set({ surface, outcome }, count);
    },
  });
}
