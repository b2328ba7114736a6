import type { Card } from '../../commands/cards/card.js';
import { dispatchCard } from '../../commands/cards/digest.js';
import type { Report } from '../../engine/store/dispatches.js';
import { weekPicture } from '../charts/week.js';
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
  if (post.message !== null && dispatch.content.kind === 'report')
    await postPicture(delivery, id, dispatch.content.report, post.message, card);
  const change =
    post.message === null
      ? { state: 'failed' as const, error: `the channel does not take it (${post.state})` }
      : { state: 'sent' as const };
  await store.dispatches.update({ _id: id, state: 'due' }, { $set: { ...change, ended: clock() } });
}

/** The picture of a week, into the thread of its numbers, once. Where a surface takes no files, the numbers' own table has to do. */
async function postPicture(delivery: Delivery, id: string, report: Report, thread: string, card: Card): Promise<void> {
  const { surface } = delivery;
  const { upload } = surface;
  if (!upload || report.days.length === 0) return;
  const key = `${dispatchKey(delivery.thread, id)}:picture`;
  const data = await weekPicture(report.days);
  const name = `alerts-${report.days[0]!.day}-${report.days.at(-1)!.day}.png`;
  const send = () => upload.call(surface, delivery.thread.channel, { name, type: 'image/png', data }, key, thread);
  await postOnce(delivery, key, card, thread, send);
}
