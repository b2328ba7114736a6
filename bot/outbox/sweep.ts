import type { Clock } from '../../engine/clock.js';
import { idOf } from '../../engine/ids.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { Tenant } from '../../engine/store/tenants.js';
import type { Surface } from '../surfaces/types.js';
import { rootKey, type ThreadId, targetsOf } from './keys.js';

const WINDOW_MS = 24 * 3600 * 1000;
const MAX_ALERTS = 5000;
const CHUNK = 500;

export interface SweepOptions {
  store: Store;
  queues: Queues;
  surfaces: ReadonlyMap<string, Surface>;
  clock: Clock;
}

/**
 * Look for threads behind their record and enqueue them: whoever changed a record may have died before saying so.
 * Looks at alerts changed within a day; one job at a time for each thread, however often it is found.
 * @returns how many threads were behind
 */
export async function sweep({ store, queues, surfaces, clock }: SweepOptions): Promise<number> {
  let behind = 0;
  for (const { _id } of await store.tenants.find({}, { _id: 1 }).lean<Pick<Tenant, '_id'>[]>()) {
    const tenant = await store.forTenant(_id);
    const alerts = await recentAlerts(tenant, clock() - WINDOW_MS);
    for (const { surface, channel } of targetsOf(tenant.tenant, surfaces)) {
      for (let at = 0; at < alerts.length; at += CHUNK) {
        const threads = await behindOf(tenant, surface, channel, alerts.slice(at, at + CHUNK));
        behind += threads.length;
        await queues.addBulk(
          'outbox',
          threads.map((thread) => ({
            data: { ...thread, kind: 'alert' },
            options: {
              jobId: `sweep-${idOf(rootKey(thread))}`,
              attempts: 1,
              removeOnComplete: true,
              // What fails is found again by the next sweep, which must be able to use the same id.
              removeOnFail: true,
            },
          })),
        );
      }
    }
  }
  return behind;
}

type Revision = { number: number; revision: number };

/** Oldest change first, so that threads appear in the order in which things happened. */
async function recentAlerts(tenant: TenantStore, since: number): Promise<Revision[]> {
  const latest = await tenant.alerts.aggregate<Revision>([
    { $match: { updated: { $gte: since } } },
    { $sort: { updated: -1 } },
    { $limit: MAX_ALERTS },
    { $project: { number: 1, revision: 1 } },
  ]);
  return latest.reverse();
}

async function behindOf(
  tenant: TenantStore,
  surface: string,
  channel: string,
  alerts: readonly Revision[],
): Promise<ThreadId[]> {
  const threads = alerts.map(({ number, revision }) => {
    const thread: ThreadId = { tenant: tenant.id, surface, channel, number };
    return { thread, revision, key: rootKey(thread) };
  });
  const roots = await tenant.posts.find({ _id: { $in: threads.map(({ key }) => key) } }, { limit: CHUNK });
  const shown = new Map(
    roots.map((root) => [root._id, root.state === 'gone' ? Number.POSITIVE_INFINITY : root.revision]),
  );
  return threads.flatMap(({ thread, revision, key }) => ((shown.get(key) ?? -1) < revision ? [thread] : []));
}
