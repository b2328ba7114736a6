import type { JobsOptions } from 'bullmq';
import type { Clock } from '../../engine/clock.js';
import { idOf } from '../../engine/ids.js';
import { channelsNamed } from '../../engine/notify/channels.js';
import { ruleFor } from '../../engine/notify/decide.js';
import { policyOf } from '../../engine/notify/policy.js';
import type { Queues } from '../../engine/queues.js';
import type { Alert } from '../../engine/store/alerts.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import type { BoundChannel, Tenant } from '../../engine/store/tenants.js';
import type { Surface } from '../surfaces/types.js';
import { casesBehind, tellCases } from './cases.js';
import { rootKey, type ThreadId, targetsOf } from './keys.js';
import { stormsBehind, tellStorm } from './storms.js';

const WINDOW_MS = 24 * 3600 * 1000;
const MAX_ALERTS = 5000;
const MANY_WAITING = 500;
const CHUNK = 500;
/** More channels than a tenant has. */
const MAX_CHANNELS = 50;

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
  // While very many changes wait, what nobody has judged yet is among them.
  const isFlooded = (await queues.queue('changes').getJobCountByTypes('waiting', 'prioritized')) > MANY_WAITING;
  for (const { _id } of await store.tenants.find({}, { _id: 1 }).lean<Pick<Tenant, '_id'>[]>()) {
    const tenant = await store.forTenant(_id);
    const since = clock() - WINDOW_MS;
    const alerts = await recentAlerts(tenant, since);
    for (const { surface, channel, lane } of targetsOf(tenant.tenant, surfaces)) {
      for (let at = 0; at < alerts.length; at += CHUNK) {
        const threads = await behindOf(tenant, surface, channel, lane, alerts.slice(at, at + CHUNK));
        behind += threads.length;
        await queues.addBulk(
          'outbox',
          threads
            .filter(({ judged }) => judged)
            .map(({ thread }) => ({ data: { ...thread, kind: 'alert' }, options: once(rootKey(thread)) })),
        );
        // Whether these have a thread at all is still to be decided.
        await queues.addBulk(
          'changes',
          threads
            .filter(({ judged }) => !judged && !isFlooded)
            .map(({ thread: { tenant: id, number } }) => ({
              data: { tenant: id, kind: 'alert', number },
              options: once(`${id}:${number}`),
            })),
        );
      }
    }
    behind += await sweepDispatches(tenant, queues, surfaces, since);
    const cases = await casesBehind(tenant, surfaces, since);
    behind += cases.length;
    await tellCases(queues, cases, once);
    const storms = await stormsBehind(tenant, surfaces, clock());
    behind += storms.length;
    for (const number of storms) await tellStorm(tenant, queues, number, surfaces, once(`storm:${_id}:${number}`));
  }
  return behind;
}

/** Digests and tests that nobody has posted yet. */
async function sweepDispatches(
  tenant: TenantStore,
  queues: Queues,
  surfaces: ReadonlyMap<string, Surface>,
  since: number,
): Promise<number> {
  const due = await tenant.dispatches.find(
    { state: 'due', 'to.kind': { $in: ['channel', 'person'] }, created: { $gte: since } },
    { sort: { created: 1 }, limit: CHUNK },
  );
  const ours = due.filter(({ to }) => to.kind !== 'way' && surfaces.has(to.surface));
  await queues.addBulk(
    'dispatches',
    ours.map(({ _id: id }) => ({ data: { tenant: tenant.id, id }, options: once(id) })),
  );
  return ours.length;
}

const once = (key: string): JobsOptions => ({
  jobId: `sweep-${idOf(key)}`,
  attempts: 1,
  removeOnComplete: true,
  // What fails is found again by the next sweep, which must be able to use the same id.
  removeOnFail: true,
});

type Revision = Pick<Alert, 'number' | 'revision' | 'level' | 'score' | 'published'>;

/** Oldest change first, so that threads appear in the order in which things happened. */
async function recentAlerts(tenant: TenantStore, since: number): Promise<Revision[]> {
  const latest = await tenant.alerts.aggregate<Revision>([
    { $match: { updated: { $gte: since } } },
    { $sort: { updated: -1 } },
    { $limit: MAX_ALERTS },
    { $project: { number: 1, revision: 1, level: 1, score: 1, published: 1 } },
  ]);
  return latest.reverse();
}

/** Threads that do not show their record; `judged` when it is decided that there is one. */
async function behindOf(
  tenant: TenantStore,
  surface: string,
  channel: string,
  lane: BoundChannel['lane'],
  alerts: readonly Revision[],
): Promise<{ thread: ThreadId; judged: boolean }[]> {
  const threads = alerts.map((alert) => {
    const thread: ThreadId = { tenant: tenant.id, surface, channel, number: alert.number };
    return { thread, alert, key: rootKey(thread) };
  });
  const roots = await tenant.posts.find({ _id: { $in: threads.map(({ key }) => key) } }, { limit: CHUNK });
  const shown = new Map(
    roots.map((root) => [root._id, root.state === 'gone' ? Number.POSITIVE_INFINITY : root.revision]),
  );
  const behind = threads.filter(({ key, alert }) => (shown.get(key) ?? -1) < alert.revision);
  if (lane === 'customer')
    return behind
      .filter(({ key, alert }) => shown.has(key) || alert.published)
      .map(({ thread }) => ({ thread, judged: true }));
  const without = behind.filter(({ key }) => !shown.has(key)).map(({ thread }) => thread.number);
  const decided = without.length
    ? await tenant.notifications.find({ number: { $in: without } }, { limit: CHUNK * MAX_CHANNELS })
    : [];
  const here = new Map(
    decided.filter((one) => one.surface === surface && one.channel === channel).map(({ number, how }) => [number, how]),
  );
  return behind.flatMap(({ thread, alert, key }): { thread: ThreadId; judged: boolean }[] => {
    const how = here.get(thread.number);
    if (shown.has(key) || how === 'now') return [{ thread, judged: true }];
    const { to } = ruleFor(policyOf(tenant.tenant), alert);
    const isMeant = channelsNamed(tenant.tenant, to).some((one) => one.surface === surface && one.channel === channel);
    return how === undefined && isMeant ? [{ thread, judged: false }] : [];
  });
}
