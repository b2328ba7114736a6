import { channelKey } from '../../engine/notify/channels.js';
import type { Alert } from '../../engine/store/alerts.js';
import type { TenantStore } from '../../engine/store/index.js';
import type { Notification } from '../../engine/store/notifications.js';
import type { BoundChannel } from '../../engine/store/tenants.js';
import { rootKey } from './keys.js';

/**
 * The channels in which an alert has a thread of its own. In the provider's lane: where the policy decided so. In the customer's: when
 * it is published, and no policy has a say in that. In both: where there is one already, which has to stay true.
 */
export async function shownIn(
  tenant: TenantStore,
  { number, published }: Pick<Alert, 'number' | 'published'>,
  notifications: readonly Notification[],
  targets: readonly BoundChannel[],
): Promise<BoundChannel[]> {
  const now = new Set(notifications.filter(({ how }) => how === 'now').map(channelKey));
  const isDue = (target: BoundChannel) => (target.lane === 'customer' ? !!published : now.has(channelKey(target)));
  const others = targets
    .filter((target) => !isDue(target))
    .map(({ surface, channel }) => rootKey({ tenant: tenant.id, surface, channel, number }));
  const posts = others.length ? await tenant.posts.find({ _id: { $in: others } }) : [];
  const there = new Set(posts.map(channelKey));
  return targets.filter((target) => isDue(target) || there.has(channelKey(target)));
}
