import { DelayedError, type Job } from 'bullmq';
import type { Clock } from '../engine/clock.js';
import { codeOf } from '../engine/errors.js';
import { LockBusyError, withLock } from '../engine/lock.js';
import type { Log } from '../engine/log.js';
import { judge } from '../engine/notify/judge.js';
import type { Queues } from '../engine/queues.js';
import type { Store, TenantStore } from '../engine/store/index.js';
import { BUSY_MS, type Delivery } from './outbox/attempt.js';
import { postDispatch } from './outbox/dispatch.js';
import { lockKey, type ThreadId, targetsOf } from './outbox/keys.js';
import { Later, openHold } from './outbox/later.js';
import { shownIn } from './outbox/shown.js';
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
    const alert = await tenant.alerts.findOne({ number: data.number });
    if (!alert) return;
    const { redis, prefix } = queues;
    const { notifications, touched } = await judge({ store: tenant, redis, prefix, clock }, alert);
    const targets = await shownIn(tenant, data.number, notifications, targetsOf(tenant.tenant, surfaces));
    await queues.addBulk(
      'outbox',
      targets.map(({ surface, channel }) => ({ data: { ...data, surface, channel } })),
    );
    await queues.addBulk(
      'changes',
      touched.map((number) => ({ data: { ...data, number } })),
    );
  });

  const outbox = queues.work('outbox', THREADS, (job, token) =>
    unlessLater(job, token, async ({ tenant: id, surface, channel, number }) => {
      const tenant = await tenantOf(id);
      if (tenant) await deliver(tenant, { tenant: id, surface, channel, number }, bringUp);
    }),
  );

  const dispatches = queues.work('dispatches', FAN_OUTS, (job, token) =>
    unlessLater(job, token, async ({ tenant: id, id: dispatch }) => {
      const tenant = await tenantOf(id);
      const to = (await tenant?.dispatches.findOne({ _id: dispatch }))?.to;
      if (!tenant || to?.kind !== 'channel') return;
      const thread = { tenant: id, surface: to.surface, channel: to.channel, number: 0 };
      await deliver(tenant, thread, (delivery) => postDispatch(delivery, dispatch));
    }),
  );

  async function deliver(store: TenantStore, thread: ThreadId, send: (delivery: Delivery) => Promise<void>) {
    const surface = surfaces.get(thread.surface);
    // A bot that has this surface finds the thread by its sweep.
    if (!surface) return log.warn({ ...thread }, 'no such surface here');
    const hold = openHold(queues.redis, queues.prefix, thread);
    await withLock(queues.redis, lockKey(queues.prefix, thread), 0, (held) =>
      send({ store, surface, thread, hold, held, clock, log, debounceMs }),
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
      await Promise.all([changes.close(), outbox.close(), dispatches.close()]);
    },
  };
}

/** Do a job; when it has to wait, that is no failure. */
async function unlessLater<T>(job: Job<T>, token: string | undefined, work: (data: T) => Promise<void>): Promise<void> {
  try {
    await work(job.data);
  } catch (error) {
    if (error instanceof LockBusyError) return again(job, token, BUSY_MS);
    if (error instanceof Later) return again(job, token, error.ms);
    throw error;
  }
}

/** Put the job back for later without counting it as a failure. A little disorder keeps those who waited together from coming together. */
async function again(job: Job, token: string | undefined, ms: number): Promise<never> {
  await job.moveToDelayed(Date.now() + ms + Math.floor(Math.random() * 50), token);
  throw new DelayedError();
}
