import type { JobsOptions } from 'bullmq';
import { stormCard } from '../../commands/cards/storm.js';
import { idOf } from '../../engine/ids.js';
import { channelKey, customerChannels } from '../../engine/notify/channels.js';
import { heldBy, stormFacts } from '../../engine/notify/storms.js';
import type { Queues } from '../../engine/queues.js';
import type { TenantStore } from '../../engine/store/index.js';
import type { Notification } from '../../engine/store/notifications.js';
import type { Surface } from '../surfaces/types.js';
import type { Delivery } from './attempt.js';
import { rootKey } from './keys.js';
import { keepEdited, postOnce } from './thread.js';

/** Time between two looks at a storm that grows, in ms: however many alerts come in it, its message is edited once. */
const SPACING_MS = 4000;
const DAY_MS = 24 * 3600_000;
const MAX_STORMS = 100;

/**
 * Bring the one message of a storm up to date: posted once, edited while the storm grows, and when it is over.
 * @throws Later, DeliveryError as `bringUp`
 */
export async function bringUpStorm(delivery: Delivery): Promise<void> {
  const { store, thread } = delivery;
  // A storm tells of alerts that nobody has published.
  if (customerChannels(store.tenant).some((bound) => channelKey(bound) === channelKey(thread))) return;
  const storm = await store.storms.findOne({ number: thread.number });
  if (!storm) return;
  const _id = rootKey(thread);
  const facts = await stormFacts(store, storm.number);
  // All of it was let through after all.
  if (facts.count === 0 && !(await store.posts.findOne({ _id }))) return;
  const card = stormCard(storm, facts, store.tenant);
  const post = await postOnce(delivery, _id, card, null);
  if ((await keepEdited(delivery, post, card)) === 'gone') return;
  await store.posts.update({ _id }, { $set: { revision: revisionOf(facts.count, storm.ended) } });
}

/** What a storm's message has to show at least. */
const revisionOf = (count: number, ended: number | null): number => 2 * count + (ended === null ? 0 : 1);

/** Enqueue the messages of the storms that hold these back, once for each stretch of time. */
export async function tellStorms(
  queues: Queues,
  tenant: string,
  notifications: readonly Notification[],
  surfaces: ReadonlyMap<string, Surface>,
): Promise<void> {
  const held = notifications.filter(({ how, surface }) => how === 'storm' && surfaces.has(surface));
  // Read after the records were written: the job of this stretch runs after its end, so it sees them.
  const now = Date.now();
  const stretch = Math.floor(now / SPACING_MS);
  await queues.addBulk(
    'outbox',
    held.map(({ surface, channel, storm }) => ({
      data: { tenant, surface, channel, kind: 'storm' as const, number: storm!.number },
      options: {
        jobId: `storm-${idOf(tenant, String(storm!.number), String(stretch))}`,
        delay: (stretch + 1) * SPACING_MS - now,
      },
    })),
  );
}

/** Enqueue the message of a storm that has changed. */
export async function tellStorm(
  store: TenantStore,
  queues: Queues,
  number: number,
  surfaces: ReadonlyMap<string, Surface>,
  options: JobsOptions = {},
): Promise<void> {
  const storm = await store.storms.findOne({ number });
  if (!storm || !surfaces.has(storm.surface)) return;
  const { surface, channel } = storm;
  await queues.addBulk('outbox', [{ data: { tenant: store.id, surface, channel, kind: 'storm', number }, options }]);
}

/** Numbers of the storms of the last day whose message does not show what they are by now. */
export async function stormsBehind(
  store: TenantStore,
  surfaces: ReadonlyMap<string, Surface>,
  now: number,
): Promise<number[]> {
  const storms = await store.storms.find(
    { $or: [{ ended: null }, { ended: { $gte: now - DAY_MS } }] },
    { sort: { number: -1 }, limit: MAX_STORMS },
  );
  const behind: number[] = [];
  for (const { number, surface, channel, ended } of storms) {
    if (!surfaces.has(surface)) continue;
    const _id = rootKey({ tenant: store.id, surface, channel, kind: 'storm', number });
    const [post, count] = await Promise.all([store.posts.findOne({ _id }), heldBy(store, number)]);
    if (!post && count === 0) continue;
    if (post?.state !== 'gone' && (post?.revision ?? -1) < revisionOf(count, ended)) behind.push(number);
  }
  return behind;
}
