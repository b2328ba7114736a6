import { channelKey } from '../../engine/notify/channels.js';
import type { TenantStore } from '../../engine/store/index.js';
import type { Notification } from '../../engine/store/notifications.js';
import type { BoundChannel } from '../../engine/store/tenants.js';
import { rootKey } from './keys.js';

/**
 * The channels in which an alert has a thread of its own: where the policy decided so, and where there is one already, which has to
 * stay true whatever the policy says by now.
 */
export async function shownIn(
  tenant: TenantStore,
  number: number,
  notifications: readonly Notification[],
  targets: readonly BoundChannel[],
): Promise<BoundChannel[]> {
  const now = new Set(notifications.filter(({ how }) => how === 'now').map(channelKey));
  const others = targets
    .filter((target) => !now.has(channelKey(target)))
    .map(({ surface, channel }) => rootKey({ tenant: tenant.id, surface, channel, number }));
  const posts = others.length ? await tenant.posts.find({ _id: { $in: others } }) : [];
  const there = new Set(posts.map(channelKey));
  return targets.filter((target) => now.has(channelKey(target)) || there.has(channelKey(target)));
}
