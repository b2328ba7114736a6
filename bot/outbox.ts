import { DelayedError, type Job } from 'bullmq';
import type { Clock } from '../engine/clock.js';
import { codeOf } from '../engine/errors.js';
import { deliveries, lateness } from '../engine/lateness.js';
import { LockBusyError, withLock } from '../engine/lock.js';
import type { Log } from '../engine/log.js';
import { judge } from '../engine/notify/judge.js';
import type { Queues } from '../engine/queues.js';
import type { Store, TenantStore } from '../engine/store/index.js';
import { BUSY_MS, type Delivery } from './outbox/attempt.js';
import { bringUpCase, tellCase } from './outbox/cases.js';
import { counting } from './outbox/counting.js';
import { postDispatch } from './outbox/dispatch.js';
import { lockKey, type ThreadId, targetsOf } from './outbox/keys.js';
import { Later, openHold } from './outbox/later.js';
import { tellLateness } from './outbox/notice.js';
import { shownIn } from './outbox/shown.js';
import { Slots } from './outbox/slots.js';
import { bringUpStorm, tellStorm, tellStorms } from './outbox/storms.js';
import { sweep } from './outbox/sweep.js';
import { bringUp } from './outbox/thread.js';
import { DeliveryError, type Surface } from './surfaces/types.js';

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
/** Records judged at once: nearly all of it is waiting for the store, and a storm brings thousands. */
const FAN_OUTS = 12;
/** Deliveries under way at once; of them in one channel, and in one surface. */
const THREADS = 16;
const IN_CHANNEL = 4;
const IN_SURFACE = 12;

/**
 * Keeps every thread a true view of its record. A change of a record becomes one job for each channel that shows it; such a job does not
 * carry the change, it brings the thread up to the record as it is by then. So no order of jobs is wrong, and a job too many does nothing.
 */
export function startOutbox(options: OutboxOptions): Outbox {
  const { store, queues, clock, log, debounceMs = DEBOUNCE_MS, sweepMs = SWEEP_MS } = options;
  const { count } = deliveries(queues.redis, queues.prefix);
  const tenantOfRoom = (surface: string, channel: string) => options.store.tenantOfRoom(surface, channel);
  const late = lateness(queues.redis, queues.prefix);
  const slots = new Slots(IN_CHANNEL, IN_SURFACE);
  const surfaces = new Map(options.surfaces.map((surface) => [surface.name, counting(surface, count)]));

  const changes = queues.work('changes', FAN_OUTS, async ({ data }) => {
    const tenant = await tenantOf(data.tenant);
    if (!tenant) return;
    if (data.kind === 'storm') return tellStorm(tenant, queues, data.number, surfaces);
    if (data.kind === 'case') return tellCase(tenant, queues, data.number, surfaces);
    const alert = await tenant.alerts.findOne({ number: data.number });
    if (!alert) return;
    const { redis, prefix } = queues;
    const { notifications, touched } = await judge({ store: tenant, redis, prefix, clock }, alert);
    const targets = await shownIn(tenant, alert, notifications, targetsOf(tenant.tenant, surfaces));
    await queues.addBulk(
      'outbox',
      targets.map(({ surface, channel }) => ({ data: { ...data, surface, channel } })),
    );
    await tellStorms(queues, data.tenant, notifications, surfaces);
    await queues.addBulk(
      'changes',
      touched.map((number) => ({ data: { ...data, number } })),
    );
  });

  const outbox = queues.work('outbox', THREADS, (job, token) =>
    unlessLater(job, token, async ({ tenant: id, surface, channel, kind, number }) => {
      const tenant = await tenantOf(id);
      const thread = { tenant: id, surface, channel, kind, number };
      if (!tenant) return;
      const next = await deliver(tenant, thread, job.timestamp, BRING_UP[kind]);
      if (next) await queues.add('outbox', { ...next, kind });
    }),
  );

  const dispatches = queues.work('dispatches', FAN_OUTS, (job, token) =>
    unlessLater(job, token, async ({ tenant: id, id: dispatch }) => {
      const tenant = await tenantOf(id);
      const to = (await tenant?.dispatches.findOne({ _id: dispatch }))?.to;
      if (!tenant || !to || to.kind === 'way') return;
      // Where a person is alone with us is found out on the way.
      const channel = to.kind === 'channel' ? to.channel : `person:${to.user}`;
      const thread = { tenant: id, surface: to.surface, channel, number: 0 };
      await deliver(tenant, thread, job.timestamp, (delivery) => postDispatch(delivery, dispatch));
    }),
  );

  /**
   * @param since epoch ms when it was to be delivered
   * @returns what `send` returned, as a thread to be brought up next
   */
  async function deliver<T>(
    store: TenantStore,
    thread: ThreadId,
    since: number,
    send: (delivery: Delivery) => Promise<T>,
  ): Promise<T | undefined> {
    const surface = surfaces.get(thread.surface);
    // A bot that has this surface finds the thread by its sweep.
    if (!surface) {
      log.warn({ ...thread }, 'no such surface here');
      return;
    }
    const hold = openHold(queues.redis, queues.prefix, thread);
    const what = `${thread.kind ?? 'alert'} ${thread.number}`;
    try {
      const next = await slots.use(thread, () =>
        withLock(queues.redis, lockKey(queues.prefix, thread), 0, (held) =>
          send({ store, surface, thread, hold, held, clock, log, debounceMs, tenantOfRoom }),
        ),
      );
      await late.done(thread, what);
      return next;
    } catch (error) {
      const why = error instanceof Later ? error.why : error instanceof DeliveryError ? error.message : null;
      if (why !== null) await late.note(thread, what, since, why);
      throw error;
    }
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
  const notices = () =>
    tellLateness({ late, store, surfaces, queues, clock, log }).catch((error) =>
      log.warn({ error: (error as Error).message }, 'messages are late, and that could not be told'),
    );
  let telling: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    quietly();
    telling = telling.then(notices);
  }, sweepMs);
  quietly();

  return {
    sweep: sweepOnce,
    async stop() {
      clearInterval(timer);
      await Promise.all([sweeping?.catch(() => {}), telling]);
      await Promise.all([changes.close(), outbox.close(), dispatches.close()]);
    },
  };
}

type BringUp = (delivery: Delivery) => Promise<ThreadId | undefined>;
const alone =
  (send: (delivery: Delivery) => Promise<void>): BringUp =>
  async (delivery) => {
    await send(delivery);
    return undefined;
  };
/** Each says which thread is to be brought up next, if any. */
const BRING_UP: Readonly<Record<NonNullable<ThreadId['kind']>, BringUp>> = {
  alert: alone(bringUp),
  storm: alone(bringUpStorm),
  case: bringUpCase,
};

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
