import { dispatchCard } from '../../commands/cards/digest.js';
import type { Delivery } from './attempt.js';
import { dispatchKey } from './keys.js';
import { postOnce } from './thread.js';

/**
 * Post a digest or a test message into its channel, once.
 * @throws Later, DeliveryError as `bringUp`
 */
export async function postDispatch(delivery: Delivery, id: string): Promise<void> {
  const { store, clock, thread } = delivery;
  const dispatch = await store.dispatches.findOne({ _id: id });
  if (dispatch?.state !== 'due') return;
  const card = dispatchCard(dispatch, store.tenant);
  if (!card) return;
  const post = await postOnce(delivery, dispatchKey(thread, id), card, null);
  const change =
    post.message === null
      ? { state: 'failed' as const, error: `the channel does not take it (${post.state})` }
      : { state: 'sent' as const };
  await store.dispatches.update({ _id: id, state: 'due' }, { $set: { ...change, ended: clock() } });
}
