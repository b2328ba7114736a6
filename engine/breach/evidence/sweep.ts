import type { EvidenceItem } from '../../store/evidenceitems.js';
import type { TenantStore } from '../../store/index.js';
import { begin } from './custody.js';
import { finishDisposal } from './dispose.js';
import { settleHolds } from './holds.js';
import type { EvidenceDesk } from './types.js';

/** Whoever brings bytes gives a sign of life this often. */
export const SIGN_MS = 10_000;
/** So long after the last one, nobody is at it any more. The queue's attempts have to go on for longer. */
export const LOST_MS = 3 * 60_000;

/** Whether nobody is at it any more. @param now epoch ms */
export const isLost = ({ touched }: Pick<EvidenceItem, 'touched'>, now: number): boolean => now - touched > LOST_MS;

/** Give an upload up, and take out what came of it. Whoever still brings it is refused at the end. */
export async function abandon(
  store: TenantStore,
  { _id, upload }: Pick<EvidenceItem, '_id' | 'upload'>,
): Promise<void> {
  await store.evidenceItems.update({ _id, upload, state: 'uploading' }, { $set: { state: 'abandoned', key: '' } });
  const now = await store.evidenceItems.findOne({ _id });
  if (now?.state === 'abandoned' && now.upload === upload) await store.vault.destroy(upload);
}

/**
 * Finish what a process that died left: bytes of uploads that broke off go, custody records and disposals that were decided are
 * completed. @returns how many items it put right
 */
export async function sweepEvidence(desk: EvidenceDesk): Promise<number> {
  const { store, clock } = desk;
  await settleHolds(desk);
  const uploads = await store.evidenceItems.find(
    { state: 'uploading', touched: { $lt: clock() - LOST_MS } },
    { limit: 100 },
  );
  for (const item of uploads) await abandon(store, item);
  const unbegun = await store.evidenceItems.find({ state: 'kept', begun: false }, { limit: 100 });
  for (const item of unbegun) await begin(desk, item);
  // What was held meanwhile stays as far as it is there.
  const going = (await store.evidenceItems.find({ state: 'disposing' }, { limit: 20 })).filter(
    ({ held }) => held.length === 0,
  );
  for (const item of going) await finishDisposal(desk, item);
  return uploads.length + unbegun.length + going.length;
}
