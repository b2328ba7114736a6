import type { JobsOptions } from 'bullmq';
import { caseCard } from '../../commands/cards/case.js';
import { caseEntryCard, customerCaseCard, customerCaseEntries } from '../../commands/cards/caselog.js';
import { alertsPublished } from '../../commands/case/customer.js';
import type { Queues } from '../../engine/queues.js';
import type { Case } from '../../engine/store/cases.js';
import type { TenantStore } from '../../engine/store/index.js';
import type { BoundChannel } from '../../engine/store/tenants.js';
import type { Surface } from '../surfaces/types.js';
import type { Delivery } from './attempt.js';
import { rootKey, type ThreadId, targetsOf } from './keys.js';
import { keepRoom, openRoom, roomToBe } from './rooms.js';
import { keepRuns } from './runs.js';
import { isCustomersOwn, keepThread } from './thread.js';

const CHUNK = 500;

/**
 * Bring one case's thread in one channel up to date with its record: the status card, which is edited in place, what happened as replies,
 * and the checklists of its playbook runs.
 * @returns a thread to go on with under its own lock: that of a room which was just made
 * @throws Later, DeliveryError as `bringUp`
 */
export async function bringUpCase(delivery: Delivery): Promise<ThreadId | undefined> {
  const { store, thread } = delivery;
  const record = await store.cases.findOne({ number: thread.number });
  if (!record) return;
  if (thread.channel === roomToBe(record.number)) {
    const channel = await openRoom(delivery, record);
    // Not here: other changes bring up the room by its own name already, and two at work would post twice.
    return channel === null ? undefined : { ...thread, channel };
  }
  const isCustomers = isCustomersOwn(delivery);
  const shown = isCustomers
    ? {
        card: customerCaseCard(record, await alertsPublished(store, record), store.tenant),
        entries: customerCaseEntries(record.log),
      }
    : {
        card: caseCard(record, store.tenant),
        entries: record.log.map((entry) => ({ entry, card: caseEntryCard(entry) })),
      };
  await keepThread(delivery, { revision: record.revision, isShown: !isCustomers || !!record.published, ...shown });
  if (record.room?.channel === thread.channel) await keepRoom(delivery, record);
  await keepRuns(delivery, record, isCustomers);
  return;
}

type Shown = Pick<Case, 'number' | 'revision' | 'published' | 'room'>;

/** Enqueue the threads of a case: in the provider's lane, and once it is published, or has a thread there, in the customer's. */
export async function tellCase(
  store: TenantStore,
  queues: Queues,
  number: number,
  surfaces: ReadonlyMap<string, Surface>,
): Promise<void> {
  const record = await store.cases.findOne({ number });
  if (!record) return;
  const threads = await threadsOf(store, [record], targetsOf(store.tenant, surfaces), surfaces);
  await queues.addBulk(
    'outbox',
    threads.map(({ thread }) => ({ data: { ...thread, kind: 'case' as const } })),
  );
}

/** Threads of cases changed since then that do not show what their case is by now. */
export async function casesBehind(
  store: TenantStore,
  surfaces: ReadonlyMap<string, Surface>,
  since: number,
): Promise<ThreadId[]> {
  const cases = await store.cases.find(
    { updated: { $gte: since } },
    { fields: { number: 1, revision: 1, published: 1, room: 1 }, sort: { updated: 1 }, limit: CHUNK },
  );
  if (cases.length === 0) return [];
  const threads = await threadsOf(store, cases, targetsOf(store.tenant, surfaces), surfaces);
  return threads.filter(({ revision, shown }) => shown < revision).map(({ thread }) => thread);
}

export async function tellCases(queues: Queues, threads: readonly ThreadId[], once: (key: string) => JobsOptions) {
  await queues.addBulk(
    'outbox',
    threads.map((thread) => ({ data: { ...thread, kind: 'case' as const }, options: once(rootKey(thread)) })),
  );
}

/** The room of a case, or where one is to be made. */
function roomsOf({ number, room }: Shown, surfaces: ReadonlyMap<string, Surface>): BoundChannel[] {
  if (!room || !surfaces.get(room.surface)?.room || (room.channel === '' && room.closed !== null)) return [];
  return [{ surface: room.surface, channel: room.channel || roomToBe(number), lane: 'provider' }];
}

/** @returns each thread that is there or is to be, with the revision that it shows; -1 for none */
async function threadsOf(
  store: TenantStore,
  cases: readonly Shown[],
  targets: readonly BoundChannel[],
  surfaces: ReadonlyMap<string, Surface>,
): Promise<{ thread: ThreadId; revision: number; shown: number }[]> {
  const all = cases.flatMap((record) =>
    [...targets, ...roomsOf(record, surfaces)].map(({ surface, channel, lane }) => {
      const thread: ThreadId = { tenant: store.id, surface, channel, kind: 'case', number: record.number };
      return { thread, lane, record, key: rootKey(thread) };
    }),
  );
  const posts = await store.posts.find({ _id: { $in: all.map(({ key }) => key) } }, { limit: all.length || 1 });
  const roots = new Map(posts.map((post) => [post._id, post]));
  return all.flatMap(({ thread, lane, record, key }) => {
    const root = roots.get(key);
    if (lane === 'customer' && !record.published && !root) return [];
    // A room that was closed before anything stood in it.
    if (record.room?.channel === thread.channel && record.room.closed !== null && !root) return [];
    const shown = root ? (root.state === 'gone' ? Number.POSITIVE_INFINITY : root.revision) : -1;
    return [{ thread, revision: record.revision, shown }];
  });
}
