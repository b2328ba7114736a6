import type { Clock } from '../clock.js';
import { idOf } from '../ids.js';
import { providerChannels } from '../notify/channels.js';
import type { Send } from '../notify/send.js';
import type { Anchor, Dispatch } from '../store/dispatches.js';
import type { TenantStore } from '../store/index.js';
import { headOf } from './chain.js';
import { AUDIT } from './log.js';

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * Post the head of the audit log into the provider's channels of a tenant, once a day from the day after its first entry on; the day's
 * anchor stays the one that was made first.
 * @returns ids of dispatches to post; null: it is too early
 */
export async function anchorAudit(store: TenantStore, clock: Clock): Promise<string[] | null> {
  const now = clock();
  const day = dayOf(now);
  const first = await store.chainEntries.findOne({ chain: AUDIT, seq: 1 });
  if (!first || dayOf(first.at) >= day) return null;
  const ids = providerChannels(store.tenant).map((to) => ({
    to,
    _id: idOf('anchor', store.id, day, to.surface, to.channel),
  }));
  const known = await store.dispatches.find({ _id: { $in: ids.map(({ _id }) => _id) } });
  const missing = ids.filter(({ _id }) => !known.some((each) => each._id === _id));
  if (missing.length === 0) return [];
  const head = (await headOf(store, AUDIT))!;
  const said = known.flatMap(({ content }) => (content.kind === 'anchor' ? [content.anchor] : []))[0];
  const anchor: Anchor = said ?? { day, seq: head.seq, hash: head.hash };
  const records = missing.map(
    ({ _id, to: { surface, channel } }): Omit<Dispatch, 'tenant'> => ({
      ...{ _id, to: { kind: 'channel', surface, channel }, content: { kind: 'anchor', anchor } },
      ...{ state: 'due', attempts: 0, due: now, created: now, ended: null, error: '' },
    }),
  );
  await store.dispatches.insertNew(records);
  return records.map(({ _id }) => _id);
}

/** Anchors that were posted and are still known here, with those that somebody brings from outside. */
export async function anchorsOf(store: TenantStore): Promise<Anchor[]> {
  const found = await store.dispatches.find({ 'content.kind': 'anchor' } as never, { limit: 100_000 });
  return found.flatMap(({ content }) => (content.kind === 'anchor' ? [content.anchor] : []));
}

/**
 * Send the head to a webhook, once a day.
 * @param done the last day that it has, by tenant: kept by the caller, so that after a restart it is sent again
 */
export async function anchorOutside(
  store: TenantStore,
  send: Send,
  url: string,
  done: Map<string, string>,
  clock: Clock,
): Promise<void> {
  const day = dayOf(clock());
  if (done.get(store.id) === day) return;
  const head = await headOf(store, AUDIT);
  if (!head || head.seq === 0) return;
  const { status } = await send(url, JSON.stringify({ tenant: store.id, day, seq: head.seq, hash: head.hash }), {});
  if (status >= 200 && status < 300) done.set(store.id, day);
  else throw new Error(`the webhook for anchors answered ${status}`);
}
