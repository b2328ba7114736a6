import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Secrets } from '../../notify/secrets.js';
import type { Queues } from '../../queues.js';
import type { Store } from '../../store/index.js';
import { loadCarriers } from './carriers/index.js';
import type { Carriers } from './registry.js';
import { actionOf } from './save.js';
import { startSchedule, tellCase } from './schedule.js';
import { workOn } from './work.js';

const AT_ONCE = 4;

export interface ActionParts {
  store: Store;
  queues: Queues;
  secrets: Secrets;
  /** MDR_ACTIONS_ALLOW */
  allowed: readonly string[];
  carriers?: Carriers;
  clock: Clock;
  log: Log;
}

/** Consumer of the `actions` queue, and what is due by itself. */
export async function startActions(given: ActionParts): Promise<{ stop(): Promise<void> }> {
  const parts = { ...given, carriers: given.carriers ?? (await loadCarriers()) };
  const { store, queues, clock, log } = parts;
  const worker = queues.work('actions', AT_ONCE, async ({ data: { tenant, number } }) => {
    try {
      await workOn(parts, tenant, number);
      const scope = await store.forTenant(tenant);
      const record = await actionOf(scope, number);
      if (record.untold) await tellCase(scope, queues, record, clock);
    } catch (error) {
      // The schedule comes back to it; trying what is wrong in itself again does not help.
      if (!(error instanceof MdrError)) throw error;
      log.warn({ tenant, action: number, error: error.toLine() }, 'an action');
    }
  });
  const schedule = startSchedule(parts);
  return {
    async stop() {
      await schedule.stop();
      await worker.close();
    },
  };
}
