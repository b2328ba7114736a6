import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { Log } from '../../log.js';
import type { Queues } from '../../queues.js';
import type { HuntPlan } from '../../store/huntplans.js';
import type { Store, TenantStore } from '../../store/index.js';
import type { Tenant } from '../../store/tenants.js';
import { savedCalled, savedHunts } from '../saved/index.js';
import { hand, startRun } from './runs.js';
import { nextDue, savedRun } from './saved.js';
import { tell } from './tell.js';

const TICK_MS = 30_000;
/** A hunt whose job was lost is handed over again after this. */
const LOST_MS = 2 * 60_000;
/** And one that no worker has brought to its end after this is given up. */
const GIVEN_UP_MS = 6 * 3600_000;
/** What could not be told for so long is not told any more. */
const UNTOLD_MS = 24 * 3600_000;
const AT_ONCE = 50;
/** What will be so the next minute as well: a plan that cannot start waits for its next time, and is in nobody's way. */
const NEVER: ReadonlySet<string> = new Set(['MDR_HUNT_UNKNOWN', 'MDR_HUNT_BAD', 'MDR_TENANT_UNKNOWN']);

export interface PlanParts {
  store: Store;
  queues: Queues;
  clock: Clock;
  log: Log;
}

/** Let a saved hunt run by itself; what was planned of it before is replaced. */
export async function planHunt(store: TenantStore, plan: Omit<HuntPlan, '_id' | 'tenant'>): Promise<void> {
  const _id = idOf('huntplan', store.id, plan.name);
  await store.huntPlans.upsert({ _id }, { $set: { ...plan, error: null } });
}

/** @returns whether there was one */
export const unplanHunt = async (store: TenantStore, name: string): Promise<boolean> =>
  (await store.huntPlans.deleteMany({ name })) > 0;

/** Starts what is due, twice a minute. Several workers may do it: a run is known by its plan and time. */
export function startPlans(parts: PlanParts): { stop(): Promise<void> } {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= runPlans(parts)
      .catch((error) => parts.log.warn({ error: (error as Error).message }, 'planned hunts'))
      .finally(() => {
        running = null;
      });
  }, TICK_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Start every plan that is due, once; what was missed while nothing ran is made up for once. */
export async function runPlans(parts: PlanParts): Promise<void> {
  const { store, queues, clock, log } = parts;
  const now = clock();
  const due = await store.huntPlans
    .find({ due: { $lte: now } })
    .sort({ due: 1 })
    .limit(AT_ONCE)
    .lean<HuntPlan[]>();
  const hunts = due.length > 0 ? await savedHunts() : [];
  for (const plan of due) {
    try {
      const scope = await store.forTenant(plan.tenant);
      const zone = scope.tenant.profile.timeZone;
      const hunt = savedCalled(hunts, plan.name);
      const wanted = savedRun(hunt, plan.params, { words: [], zone, now: plan.due }, plan.owner);
      await startRun(scope, queues, { ...wanted, scheduled: true, post: plan.post }, clock, `${plan.name}:${plan.due}`);
      const due = nextDue(plan.every, zone, now);
      await scope.huntPlans.update({ _id: plan._id, due: plan.due }, { $set: { due, error: null } });
    } catch (error) {
      // Too many at once, or the store is away: it is tried again, the others go on.
      const line = error instanceof MdrError ? error.toLine() : (error as Error).message;
      log.warn({ tenant: plan.tenant, hunt: plan.name, error: line }, 'a planned hunt could not be started');
      if (error instanceof MdrError && NEVER.has(error.code)) await putOff(parts, plan, error, now);
    }
  }
  await handAgain(parts, now);
}

async function putOff({ store }: PlanParts, plan: HuntPlan, { code, message }: MdrError, now: number): Promise<void> {
  const zone = (await store.tenants.findById(plan.tenant).lean<Tenant>())?.profile.timeZone ?? 'UTC';
  const error = { at: now, code, message: message.slice(0, 300) };
  const filter = { _id: plan._id, due: plan.due };
  await store.huntPlans.updateOne(filter, { $set: { due: nextDue(plan.every, zone, now), error } });
}

/** A process that was killed may have kept a hunt and not handed it over, or ended it and not told. */
async function handAgain(parts: PlanParts, now: number): Promise<void> {
  const { store, queues, log } = parts;
  const error = { code: 'MDR_INTERNAL', message: 'no worker brought it to its end.', hint: 'Run it again.' };
  await store.huntRuns.updateMany(
    { state: 'running', started: { $lt: now - GIVEN_UP_MS } },
    { $set: { state: 'failed', ended: now, error, told: false } },
  );
  const lost = await some({ state: 'waiting', created: { $lt: now - LOST_MS } });
  // Whose job is gone; where it is not, this is the same job.
  const left = await some({ state: 'running', started: { $lt: now - LOST_MS } });
  for (const { _id, tenant } of [...lost, ...left]) await hand(queues, tenant, _id);
  const untold = { told: false, ended: { $lt: now - LOST_MS, $gt: now - UNTOLD_MS } };
  for (const { _id, tenant } of await some(untold)) {
    try {
      const scope = await store.forTenant(tenant);
      const run = await scope.huntRuns.findOne({ _id });
      if (run) await tell(parts, scope, run);
    } catch (error) {
      log.warn({ tenant, run: _id, error: (error as Error).message }, 'the end of a hunt could not be told');
    }
  }

  function some(filter: object) {
    return store.huntRuns
      .find(filter)
      .sort({ created: 1 })
      .select('_id tenant')
      .limit(AT_ONCE)
      .lean<{ _id: string; tenant: string }[]>();
  }
}
