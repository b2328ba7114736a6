import type { Card } from '../../commands/cards/card.js';
import { dispatchCard } from '../../commands/cards/digest.js';
import type { Dispatch } from '../../engine/store/dispatches.js';
import { numbersPicture } from '../charts/numbers.js';
import { weekPicture } from '../charts/week.js';
import { DeliveryError } from '../surfaces/types.js';
import type { Delivery } from './attempt.js';
import { dispatchKey } from './keys.js';
import { postOnce } from './thread.js';

/**
 * Post a digest or a test message into its channel, once.
 * @throws Later, DeliveryError as `bringUp`
 */
export async function postDispatch(given: Delivery, id: string): Promise<void> {
  const { store, clock } = given;
  const dispatch = await store.dispatches.findOne({ _id: id });
  if (dispatch?.state !== 'due') return;
  const delivery = dispatch.to.kind === 'person' ? await alone(given, dispatch.to.user) : given;
  if (typeof delivery === 'string') {
    const set = { state: 'failed' as const, error: delivery, ended: clock() };
    await store.dispatches.update({ _id: id, state: 'due' }, { $set: set });
    return;
  }
  const { thread } = delivery;
  const card = dispatchCard(dispatch, store.tenant);
  if (!card) return;
  const post = await postOnce(delivery, dispatchKey(thread, id), card, null);
  if (post.message !== null) await postPictures(delivery, id, dispatch.content, post.message, card);
  const change =
    post.message === null
      ? { state: 'failed' as const, error: `the channel does not take it (${post.state})` }
      : { state: 'sent' as const };
  await store.dispatches.update({ _id: id, state: 'due' }, { $set: { ...change, ended: clock() } });
}

/**
 * The same delivery to one person alone.
 * @returns why there is no way to them
 * @throws Later, DeliveryError
 */
async function alone(delivery: Delivery, user: string): Promise<Delivery | string> {
  const { surface, thread, hold } = delivery;
  if (!surface.direct) return `${surface.name} writes to nobody alone`;
  await hold.check();
  try {
    return { ...delivery, thread: { ...thread, channel: await surface.direct(user) } };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    if (error.kind === 'rate-limited') return hold.set(error.retryAfterMs);
    if (error.kind === 'gone' || error.kind === 'refused') return error.message.slice(0, 300);
    throw error;
  }
}

/** Pictures of numbers, into the thread of the card, each once. Where a surface takes no files, the card's own tables have to do. */
async function postPictures(
  delivery: Delivery,
  id: string,
  content: Dispatch['content'],
  thread: string,
  card: Card,
): Promise<void> {
  const { surface } = delivery;
  const { upload } = surface;
  if (!upload) return;
  for (const { key: what, name, draw } of picturesOf(content)) {
    const key = `${dispatchKey(delivery.thread, id)}:${what}`;
    const data = await draw();
    const send = () => upload.call(surface, delivery.thread.channel, { name, type: 'image/png', data }, key, thread);
    await postOnce(delivery, key, card, thread, send);
  }
}

interface Picture {
  key: string;
  name: string;
  draw(): Promise<Uint8Array>;
}

function picturesOf(content: Dispatch['content']): Picture[] {
  if (content.kind === 'numbers') {
    const { weeks, from, until } = content.numbers;
    const name = `numbers-${dayOf(from)}-${dayOf(until - 1)}.png`;
    return [{ key: 'numbers', name, draw: () => numbersPicture(weeks) }];
  }
  if (content.kind !== 'report' || content.report.days.length === 0) return [];
  const { days, weeks = [] } = content.report;
  const span = `${days[0]!.day}-${days.at(-1)!.day}`;
  return [
    { key: 'picture', name: `alerts-${span}.png`, draw: () => weekPicture(days) },
    ...(weeks.length > 0 ? [{ key: 'numbers', name: `numbers-${span}.png`, draw: () => numbersPicture(weeks) }] : []),
  ];
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
