import { append } from '../../audit/chain.js';
import type { ChainEntry } from '../../store/chains.js';
import type { EvidenceItem, Someone } from '../../store/evidenceitems.js';
import type { Doing, EvidenceDesk } from './types.js';

export type CustodyAction =
  | 'collected'
  | 'received again'
  | 'read'
  | 'verified'
  | 'exported'
  | 'handed over'
  | 'taken over'
  | 'hand-over refused'
  | 'held'
  | 'release asked'
  | 'released'
  | 'retention set'
  | 'disposal asked'
  | 'disposal refused'
  | 'disposed';

/** What a custody record says: who did what to the item, when, where, how, why, and from whom it went to whom. */
export interface CustodyBody extends Record<string, unknown> {
  item: string;
  action: CustodyAction;
  by: Someone;
  where: string;
  how: string;
  why: string;
  from?: Someone | string;
  to?: Someone;
  /** What else belongs to it: a hold's id, hashes. */
  more?: Record<string, unknown>;
}

export const chainOf = ({ number }: Pick<EvidenceItem, 'number'>): string => `evidence:EV${number}`;

/** Write into the custody record of an item; the same action of the same request is written once. */
export async function record(
  { store, clock }: Pick<EvidenceDesk, 'store' | 'clock'>,
  item: EvidenceItem,
  action: CustodyAction,
  { by, why, where, how = '', request }: Doing,
  more: Pick<CustodyBody, 'from' | 'to' | 'more'> = {},
): Promise<ChainEntry> {
  await begin({ store, clock }, item);
  const body: CustodyBody = { item: `EV${item.number}`, action, by, where, how, why, ...more };
  const [entry] = await append(store, chainOf(item), [{ key: `${action}:${request}`, at: clock(), body }]);
  return entry!;
}

/** The first entry of an item's custody record: written from what the item itself says, so that any crash leaves it to the next one. */
export async function begin({ store }: Pick<EvidenceDesk, 'store' | 'clock'>, item: EvidenceItem): Promise<void> {
  if (item.begun || item.kept === null) return;
  const { size, sha256, sha1, md5, name, source, by, where, how, why, from } = item;
  const body: CustodyBody = {
    ...{ item: `EV${item.number}`, action: 'collected', by, where, how, why, ...(from !== '' && { from }), to: by },
    more: { name, source, size, sha256, sha1, md5, case: item.case, alert: item.alert, sameAs: item.sameAs },
  };
  await append(store, chainOf(item), [{ key: 'collected', at: item.kept, body }]);
  await store.evidenceItems.update({ _id: item._id }, { $set: { begun: true } });
}
