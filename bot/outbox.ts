import { DelayedError, type Job } from 'bullmq';
import type { Clock } from '../engine/clock.js';
import { codeOf } from '../engine/errors.js';
import { LockBusyError, withLock } from '../engine/lock.js';
import type { Log } from '../engine/log.js';
import type { Payloads, Queues } from '../engine/queues.js';
import type { Store } from '../engine/store/index.js';
import { BUSY_MS } from './outbox/attempt.js';
import { lockKey, targetsOf } from './outbox/keys.js';
import { Later, openHold } from './outbox/later.js';
import { sweep } from './outbox/sweep.js';
import { bringUp } from './outbox/thread.js';
import type { Surface } from './surfaces/types.js';

export interface OutboxOptions {
  store: Store;
  queues: Queues;
  surfaces: readonly Surface[];
  clock: Clock;
  log: Log;
  /** Least time between two edits of the same message, in ms. */
  debounceMs?: number;
  /** Time between two sweeps, in ms. */
  sweepMs?: number;
}

export interface Outbox {
  /** Look now for threads behind their record. @returns how many there were */
  sweep(): Promise<number>;
  /** Finish what is in hand, take no more. To be called before the surfaces stop. */
  stop(): Promise<void>;
}

const DEBOUNCE_MS = 2000;
const SWEEP_MS = 30_000;
const FAN_OUTS = 4;
const THREADS = 8;

/**
 * Keeps every thread a true view of its record. A change of a record becomes one job for each channel that shows it; such a job does not
 * carry the change, it brings the thread up to the record as it is by then. So no order of jobs is wrong, and a job too many does nothing.
 */
export function startOutbox(options: OutboxOptions): Outbox {
  const { store, queues, clock, log, debounceMs = DEBOUNCE_MS, sweepMs = SWEEP_MS } = options;
  const surfaces = new Map(options.surfaces.map((surface) => [surface.name, surface]));

  const changes = queues.work('changes', FAN_OUTS, async ({ data }) => {
    const tenant = await tenantOf(data.tenant);
    if (!tenant) return;
    const jobs = targetsOf(tenant.tenant, surfaces).map(({ surface, channel }) => ({
      data: { ...data, surface, channel },
    }));
    await queues.addBulk('outbox', jobs);
  });

  const outbox = queues.work('outbox', THREADS, async (job, token) => {
    try {
      await deliver(job.data);
    } catch (error) {
      if (error instanceof LockBusyError) return again(job, token, BUSY_MS);
      if (error instanceof Later) return again(job, token, error.ms);
      throw error;
    }
  });

  async function deliver(data: Payloads['outbox']): Promise<void> {
    const surface = surfaces.get(data.surface);
    // A bot that has this surface finds the thread by its sweep.
    if (!surface) return log.warn({ ...data }, 'no such surface here');
    const tenant = await tenantOf(data.tenant);
    if (!tenant) return;
    const thread = { tenant: data.tenant, surface: data.surface, channel: data.channel, number: data.number };
    const hold = openHold(queues.redis, queues.prefix, thread);
    await withLock(queues.redis, lockKey(queues.prefix, thread), 0, (held) =>
      bringUp({ store: tenant, surface, thread, hold, held, clock, log, debounceMs }),
    );
  }

  /** A tenant that was removed has no threads to keep. */
  async function tenantOf(id: string) {
    try {
      return await store.forTenant(id);
    } catch (error) {
      if (codeOf(error) !== 'MDR_TENANT_UNKNOWN') throw error;
      log.warn({ tenant: id }, 'a change of a tenant that does not exist');
      return null;
    }
  }

  let sweeping: Promise<number> | null = null;
  function sweepOnce(): Promise<number> {
    sweeping ??= sweep({ store, queues, surfaces, clock }).finally(() => {
      sweeping = null;
    });
    return sweeping;
  }
  const quietly = () =>
    void sweepOnce().then(
      (behind) => behind > 0 && log.info({ behind }, 'threads behind their record'),
      (error) => log.warn({ error: (error as Error).message }, 'sweep'),
    );
  const timer = setInterval(quietly, sweepMs);
  quietly();

  return {
    sweep: sweepOnce,
    async stop() {
      clearInterval(timer);
      await sweeping?.catch(() => {});
      await Promise.all([changes.close(), outbox.close()]);
    },
  };
}

/** Put the job back for later without counting it as a failure. A little disorder keeps those who waited together from coming together. */
async function again(job: Job<Payloads['outbox']>, token: string | undefined, ms: number): Promise<never> {
  await job.moveToDelayed(Date.now() + ms + Math.floor(Math.random() * 50), token);
  throw new DelayedError();
}
