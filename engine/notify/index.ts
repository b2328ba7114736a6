import { theLaw } from '../breach/index.js';
import { followBreaches } from '../breach/watch.js';
import type { Clock } from '../clock.js';
import { codeOf } from '../errors.js';
import { LockBusyError, withLock } from '../lock.js';
import type { Log } from '../log.js';
import type { ReadCalendar } from '../oncall/fetch.js';
import { refresh } from '../oncall/work.js';
import type { Queues } from '../queues.js';
import { followCases } from '../respond/case/follow.js';
import type { Store } from '../store/index.js';
import type { Tenant } from '../store/tenants.js';
import { followQuestions } from '../triage/ask/follow.js';
import { deliver } from './deliver.js';
import { makeDigests } from './digest.js';
import { lookout } from './lookout.js';
import { callReminders } from './reminders.js';
import { makeScheduled } from './schedules.js';
import type { Secrets } from './secrets.js';
import type { Send } from './send.js';
import { takeSteps } from './steps.js';
import { endStorms } from './storms.js';

export interface NotifyOptions {
  store: Store;
  queues: Queues;
  secrets: Secrets;
  send: Send;
  /** Reads calendars of rotas again; without it they stay as they are. */
  readCalendar?: ReadCalendar;
  clock: Clock;
  log: Log;
  /** Time between two looks, in ms. */
  everyMs?: number;
}

export interface Notify {
  /** Do now what is due for every tenant. */
  tick(): Promise<void>;
  /** Finish what is in hand, take no more. */
  stop(): Promise<void>;
}

const EVERY_MS = 5000;
const MAX_TICKS = 4;
/** Tenants at work on at once. */
const DECIDING = 8;
const DELIVERING = 32;

/**
 * The scheduler of notification: judges alerts that nobody has judged, takes the steps of escalations, calls about the clocks of cases, makes digests and sends pages.
 * Everything it does is read from the store, so it can be killed at any moment; of several engines one at a time works on a tenant.
 */
export function startNotify(options: NotifyOptions): Notify {
  const { store, queues, secrets, send, readCalendar, clock, log, everyMs = EVERY_MS } = options;
  const { redis, prefix } = queues;
  const lookFor = lookout({ redis, prefix, clock });

  /** What has to be one engine's at a time. */
  async function decideFor(id: string): Promise<void> {
    const tenant = await store.forTenant(id);
    const touched: number[] = [];
    await withLock(redis, `${prefix}:{${id}}:lock:notify`, 0, async (held) => {
      touched.push(...(await lookFor(tenant)));
      if (await held()) touched.push(...(await takeSteps(store, tenant, clock())));
      if (await held()) touched.push(...(await callReminders(store, tenant, clock())));
      if (await held()) touched.push(...(await followQuestions(tenant, clock())));
      if (await held()) {
        const followed = await followCases(store, tenant, clock, log);
        touched.push(...followed.alerts);
        await tellCases(id, followed.cases);
      }
      if (await held()) await tellCases(id, await followBreaches(store, tenant, theLaw, clock, log));
      if (await held()) await post(id, await makeDigests(tenant, clock()));
      if (await held()) await post(id, await makeScheduled(store, tenant, clock()));
      for (const number of await endStorms(tenant, redis, prefix, clock()))
        await queues.add('changes', { tenant: id, kind: 'storm', number });
    });
    await tell(id, touched);
  }

  /** Receivers can be slow, so nothing else waits for this. */
  async function deliverFor(id: string): Promise<void> {
    const tenant = await store.forTenant(id);
    if (readCalendar) await refresh(tenant.rotas, readCalendar, clock);
    await tell(id, await deliver({ store: tenant, secrets, send, clock, log }));
  }

  async function post(tenant: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await queues.addBulk(
      'dispatches',
      ids.map((id) => ({ data: { tenant, id } })),
    );
  }

  async function tell(tenant: string, numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return;
    await queues.addBulk(
      'changes',
      [...new Set(numbers)].map((number) => ({ data: { tenant, kind: 'alert' as const, number } })),
    );
  }

  async function tellCases(tenant: string, numbers: readonly number[]): Promise<void> {
    await queues.addBulk(
      'changes',
      [...new Set(numbers)].map((number) => ({ data: { tenant, kind: 'case' as const, number } })),
    );
  }

  const inHand = new Map<string, Promise<void>>();
  /** A tenant's work is done once at a time; whoever asks meanwhile waits for the same. */
  function once(name: string, id: string, work: (id: string) => Promise<void>): Promise<void> {
    const key = `${name} ${id}`;
    let running = inHand.get(key);
    if (!running) {
      running = work(id)
        .catch((error: Error) => {
          if (error instanceof LockBusyError || codeOf(error) === 'MDR_TENANT_UNKNOWN') return;
          log.warn({ tenant: id, error: error.message }, 'notification: will be tried again');
        })
        .finally(() => inHand.delete(key));
      inHand.set(key, running);
    }
    return running;
  }

  async function forEach(parallel: number, ids: readonly string[], work: (id: string) => Promise<void>) {
    const waiting = [...ids];
    const worker = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await work(id);
    };
    await Promise.all(Array.from({ length: Math.min(parallel, ids.length) }, worker));
  }

  async function tick(): Promise<void> {
    const ids = (await store.tenants.find({}, { _id: 1 }).lean<Pick<Tenant, '_id'>[]>()).map(({ _id }) => _id);
    await forEach(DECIDING, ids, (id) => once('decide', id, decideFor));
    if (readCalendar) await once('calendar', '*', async () => void (await refresh(store.rotas, readCalendar, clock)));
    await forEach(DELIVERING, ids, (id) => once('deliver', id, deliverFor));
  }

  const ticks = new Set<Promise<void>>();
  const quietly = () => {
    // A few may wait for slow receivers; more than that would only pile up.
    if (ticks.size >= MAX_TICKS) return;
    const mine = tick()
      .catch((error: Error) => log.warn({ error: error.message }, 'notification: the store did not answer'))
      .finally(() => ticks.delete(mine));
    ticks.add(mine);
  };
  const timer = setInterval(quietly, everyMs);
  quietly();

  return {
    tick,
    async stop() {
      clearInterval(timer);
      await Promise.all(ticks);
    },
  };
}
