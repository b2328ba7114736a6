import { isForCustomers, runCard } from '../../commands/cards/run.js';
import { viewsOf } from '../../commands/playbook/view.js';
import type { Case } from '../../engine/store/cases.js';
import type { Delivery } from './attempt.js';
import { entryKey, rootKey } from './keys.js';
import { keepEdited, postOnce } from './thread.js';

/**
 * The checklist of each playbook run of a case, as one message that is edited in place: in the case's thread, and in its room for itself
 * and pinned. Customers get one once there is something in it for them.
 * @throws Later, DeliveryError
 */
export async function keepRuns(delivery: Delivery, record: Case, isCustomers: boolean): Promise<void> {
  const { store, surface, thread } = delivery;
  if (isCustomers && !record.published) return;
  const root = await store.posts.findOne({ _id: rootKey(thread) });
  if (!root?.message || root.state === 'gone') return;
  const isRoom = record.room?.channel === thread.channel;
  for (const view of await viewsOf(store, record.number)) {
    const key = entryKey(thread, `run-${view.record.number}`);
    const card = runCard(view, store.tenant, !isCustomers);
    const before = await store.posts.findOne({ _id: key });
    if (!before && isCustomers && !isForCustomers(view)) continue;
    const post = await postOnce(delivery, key, card, isRoom ? null : root.message);
    if (isRoom && !before && post.message !== null && surface.room)
      await surface.room.pin({ channel: post.channel, message: post.message });
    await keepEdited(delivery, post, card);
  }
}
