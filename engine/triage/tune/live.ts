import type { Redis } from 'ioredis';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { TenantStore } from '../../store/index.js';
import { expireDue } from './expire.js';
import { Tuning } from './tuning.js';

/** Most exceptions of one tenant that may be live at a time; `accept` refuses more. */
export const MAX_LIVE = 500;
const MAX_TUNED_RULES = 20_000;
/** Without a change, read again after this long: a note of a change that was lost is then made good. */
const READ_AGAIN_MS = 30_000;
const MAX_TENANTS = 500;

const keyOf = (prefix: string, tenant: string): string => `${prefix}:{${tenant}}:tuning`;

/** Tell all workers that a tenant's tuning has changed: their next batch of that tenant reads it again. */
export async function tuningChanged(redis: Redis, prefix: string, tenant: string): Promise<void> {
  await redis.incr(keyOf(prefix, tenant));
}

/** The tuning of each tenant, as of now. */
export interface Tunings {
  /** For one batch: costs one question to Redis while nothing changes. */
  forTenant(scope: TenantStore): Promise<Tuning>;
}

export function liveTunings({
  redis,
  prefix,
  clock,
  log,
}: {
  redis: Redis;
  prefix: string;
  clock: Clock;
  log: Log;
}): Tunings {
  const held = new Map<string, { version: string | null; tuning: Tuning; until: number }>();

  async function read(scope: TenantStore, version: string | null): Promise<Tuning> {
    const now = clock();
    await expireDue(scope, now);
    const [tunings, exceptions] = await Promise.all([
      scope.ruleTunings.find({ $or: [{ disabled: true }, { level: { $ne: null } }] }, { limit: MAX_TUNED_RULES }),
      scope.exceptions.find(
        { state: { $in: ['monitor', 'active'] }, expires: { $gt: now } },
        { sort: { number: 1 }, limit: MAX_LIVE },
      ),
    ]);
    const tuning = new Tuning(tunings, exceptions);
    for (const fault of tuning.faults) log.warn({ tenant: scope.id, ...fault }, 'an exception hides nothing');
    const until = exceptions.reduce((least, { expires }) => Math.min(least, expires), now + READ_AGAIN_MS);
    held.delete(scope.id);
    held.set(scope.id, { version, tuning, until });
    if (held.size > MAX_TENANTS) held.delete(held.keys().next().value!);
    return tuning;
  }

  return {
    async forTenant(scope) {
      // Asked before the records are read: a change in between raises it again, and the next batch sees that.
      const version = await redis.get(keyOf(prefix, scope.id));
      const known = held.get(scope.id);
      if (known && known.version === version && clock() < known.until) return known.tuning;
      return read(scope, version);
    },
  };
}
