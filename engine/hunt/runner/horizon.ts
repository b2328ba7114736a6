import type { TenantLake } from '../../lake/index.js';
import type { Queues } from '../../queues.js';
import { gridOf } from './one.js';

/** Events are waited for so long; what lands later is passed over. */
export const LATE_MS = 10 * 60_000;
/** Accepted batches that are still on their way are waited for so long. */
export const HELD_MS = 6 * 3_600_000;
const ON_THEIR_WAY = ['active', 'wait', 'delayed', 'prioritized'] as const;

/** Up to which time events may be taken in: all that was accepted before it is in the lake, within bounds. */
export async function horizonOf(lake: TenantLake, queues: Queues, now: number): Promise<number> {
  const since = [await lake.waitingSince(), ...(await queuedSince(queues))].filter((each) => each !== null);
  return gridOf(Math.max(Math.min(now, ...since), now - HELD_MS) - LATE_MS);
}

/** Since when the first batches of the queue wait; those of all tenants, since they are taken in turn. */
async function queuedSince(queues: Queues): Promise<number[]> {
  const queue = queues.queue('events');
  const first = await Promise.all(ON_THEIR_WAY.map((state) => queue.getJobs([state], 0, 0, true)));
  // One may have been done between being listed and being read.
  return first.flat().flatMap((job) => (job?.data ? [job.data.received] : []));
}
