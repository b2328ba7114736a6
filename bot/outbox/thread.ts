import { alertCard, entryCard } from '../../commands/cards/alert.js';
import type { Card } from '../../commands/cards/card.js';
import { customerCard, customerEntries } from '../../commands/cards/customer.js';
import { idOf } from '../../engine/ids.js';
import { channelKey, customerChannels } from '../../engine/notify/channels.js';
import type { Post } from '../../engine/store/posts.js';
import { attempt, BUSY_MS, type Delivery, wasNotStored } from './attempt.js';
import { entryKey, rootKey } from './keys.js';
import { Later } from './later.js';

/**
 * Bring one alert's thread in one channel up to date with its record: first message, replies in order, then the first message's edit.
 * Done again it changes nothing; stopped anywhere, the next call goes on from there.
 * @throws Later when it has to wait (rate limit, edit too soon); DeliveryError `unavailable` or `unknown` when it has to be tried again
 */
export async function bringUp(delivery: Delivery): Promise<void> {
  const { store, thread } = delivery;
  const alert = await store.alerts.findOne({ number: thread.number });
  if (!alert) return;
  const isCustomers = isCustomersOwn(delivery);
  await keepThread(delivery, {
    revision: alert.revision,
    // Whether the customer sees it is decided here once more: what was enqueued may be older than the decision.
    isShown: !isCustomers || !!alert.published,
    card: isCustomers ? customerCard(alert, store.tenant) : alertCard(alert, store.tenant),
    entries: isCustomers
      ? customerEntries(alert.log)
      : alert.log.map((entry) => ({ entry, card: entryCard(entry, store.id) })),
  });
}

/** Whether the customer reads where this goes. */
export const isCustomersOwn = ({ store, thread }: Delivery): boolean =>
  customerChannels(store.tenant).some((bound) => channelKey(bound) === channelKey(thread));

/** What a thread is to show of its record. */
export interface Threaded {
  revision: number;
  /** When it is not, nothing new is posted; a thread that is there gets its last replies, and stays as it is. */
  isShown: boolean;
  card: Card;
  entries: readonly { entry: { id: string }; card: Card }[];
}

/**
 * Bring a thread up to what it is to show: first message, replies in order, then the first message's edit.
 * @throws Later, DeliveryError as `bringUp`
 */
export async function keepThread(
  delivery: Delivery,
  { revision, isShown, card, entries: told }: Threaded,
): Promise<void> {
  const { store, thread } = delivery;
  const _id = rootKey(thread);
  // Said last: until then the sweep takes the thread for unfinished.
  const settle = () => store.posts.update({ _id, revision: { $lt: revision } }, { $set: { revision } });
  const gone = () => store.posts.update({ _id }, { $set: { state: 'gone' } });

  const before = isShown ? null : await store.posts.findOne({ _id });
  if (!isShown && !before) return;
  const root = before ?? (await postOnce(delivery, _id, card, null));
  if (root.message === null || root.state === 'gone') {
    await settle();
    return;
  }
  const entries = told.map(({ entry, card: reply }) => ({ key: entryKey(thread, entry.id), card: reply }));
  const posted = new Map(
    (await store.posts.find({ _id: { $in: entries.map(({ key }) => key) } }, { limit: entries.length || 1 })).map(
      (post) => [post._id, post],
    ),
  );
  for (const entry of entries) {
    const known = posted.get(entry.key);
    if (known && isFinal(known, digestOf(entry.card))) continue;
    const reply = await postOnce(delivery, entry.key, entry.card, root.message);
    // A thread that is gone for one reply is gone for those after it.
    if (reply.state === 'gone') {
      await gone();
      return;
    }
  }
  if (before || (await keepEdited(delivery, root, card)) !== 'gone') await settle();
}

/**
 * Edit a message that shows something else than this card, not too soon after the last edit.
 * @returns the message's state
 * @throws Later, DeliveryError as `bringUp`
 */
export async function keepEdited(delivery: Delivery, post: Post, card: Card): Promise<Post['state']> {
  const { store, surface, clock } = delivery;
  const digest = digestOf(card);
  if (post.message === null || post.digest === digest) return post.state;
  const wait = post.updated + delivery.debounceMs - clock();
  if (wait > 0) throw new Later(wait);
  const ref = { channel: post.channel, message: post.message };
  const state = await attempt(delivery, card, (shown) => surface.edit(ref, shown));
  await store.posts.update({ _id: post._id }, { $set: { digest, state, updated: clock() } });
  return state;
}

/**
 * Post a card (or, with `send`, whatever stands for it) unless it is there. The key is claimed before posting, so that after a crash the next attempt knows that there may be
 * a message already, and looks for it.
 * @returns the post: `sent`; or `refused` or `gone`, then without a message
 */
export async function postOnce(
  delivery: Delivery,
  key: string,
  card: Card,
  thread: string | null,
  send = (shown: Card) => delivery.surface.post(delivery.thread.channel, shown, key, thread),
): Promise<Post> {
  const { store, surface, clock } = delivery;
  const { channel } = delivery.thread;
  const digest = digestOf(card);
  const before = await store.posts.findOne({ _id: key });
  if (before && isFinal(before, digest)) return before;
  await delivery.hold.check();

  const claim: Post = {
    _id: key,
    tenant: store.id,
    surface: surface.name,
    channel,
    thread,
    message: null,
    digest: '',
    state: 'sending',
    revision: 0,
    updated: clock(),
  };
  const record = async (change: Pick<Post, 'message' | 'digest' | 'state'>): Promise<Post> => {
    const set = { ...change, updated: clock() };
    await store.posts.update({ _id: key }, { $set: set });
    return { ...(before ?? claim), ...set };
  };
  if (!before) {
    // Somebody claimed it just now, so our lock is not ours any more.
    if (!(await store.posts.insert(claim))) throw new Later(BUSY_MS);
  } else if (before.state === 'sending') {
    const found = await surface.find(channel, key, thread);
    // The first message may show an older state of the record than the present: its digest is taken as unknown.
    if (found) return record({ message: found.message, digest: thread === null ? '' : digest, state: 'sent' });
  } else await store.posts.update({ _id: key }, { $set: { state: 'sending' } });

  let message: string | null = null;
  let state: Post['state'];
  try {
    state = await attempt(delivery, card, async (shown) => {
      message = (await send(shown)).message;
    });
  } catch (error) {
    if (wasNotStored(error)) await store.posts.update({ _id: key }, { $set: { state: 'unsent' } });
    throw error;
  }
  return record({ message, digest, state });
}

/** Whether there is nothing more to do for this card. A refused one is tried again once it says something else. */
function isFinal(post: Post, digest: string): boolean {
  return post.message !== null || post.state === 'gone' || (post.state === 'refused' && post.digest === digest);
}

const digestOf = (card: Card): string => idOf(JSON.stringify(card));
