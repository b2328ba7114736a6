import { setTimeout as sleep } from 'node:timers/promises';
import { MdrError } from '../../errors.js';
import type { EvidenceItem } from '../../store/evidenceitems.js';
import type { TenantStore } from '../../store/index.js';

const ATTEMPTS = 20;

/** @throws MdrError MDR_EVIDENCE_UNKNOWN, also for what never became evidence */
export async function itemOf({ evidenceItems, tenant }: TenantStore, number: number): Promise<EvidenceItem> {
  const item = await evidenceItems.findOne({ number });
  if (item && item.state !== 'uploading' && item.state !== 'abandoned') return item;
  throw new MdrError(
    'MDR_EVIDENCE_UNKNOWN',
    item?.state === 'uploading'
      ? `EV${number} of ${tenant.name} is still coming in.`
      : item
        ? `EV${number} of ${tenant.name} broke off while it came in: nothing of it is kept.`
        : `there is no evidence EV${number} of ${tenant.name}.`,
    'See `evidence list`.',
  );
}

type Set = Partial<Omit<EvidenceItem, '_id' | 'tenant' | 'number' | 'revision'>>;

/**
 * Read, decide, and write only if nobody wrote in between; otherwise read again.
 * @param decide what to set; null: it is so already
 * @returns the item as it is now
 * @throws MdrError MDR_EVIDENCE_UNKNOWN, MDR_CONFLICT, what `decide` throws
 */
export async function changeItem(
  store: TenantStore,
  number: number,
  decide: (item: EvidenceItem) => Set | null,
): Promise<{ item: EvidenceItem; changed: boolean }> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const item = await itemOf(store, number);
    const set = decide(item);
    if (!set) return { item, changed: false };
    const revision = item.revision + 1;
    if (await store.evidenceItems.update({ number, revision: item.revision }, { $set: { ...set, revision } }))
      return { item: { ...item, ...set, revision }, changed: true };
    await sleep(Math.random() * 10 * attempt);
  }
  throw new MdrError('MDR_CONFLICT', `EV${number} was changed by others all the time.`, 'Try again in a moment.');
}

export const badEvidence = (text: string, hint: string): MdrError => new MdrError('MDR_EVIDENCE_BAD', text, hint);
export const wrongState = (text: string, hint: string): MdrError => new MdrError('MDR_EVIDENCE_STATE', text, hint);
