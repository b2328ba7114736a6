import { placeHold, releaseHold } from '../../lake/holds.js';
import type { EvidenceItem } from '../../store/evidenceitems.js';
import type { TenantStore } from '../../store/index.js';
import type { Hold } from '../../store/tenants.js';
import { record } from './custody.js';
import { itemOf } from './items.js';
import type { Doing, EvidenceDesk } from './types.js';

type Desk = Pick<EvidenceDesk, 'store' | 'clock'>;

/** Ids of the holds that are on an item by now, its own and those of its case or alert. */
export async function heldBy({ keeping }: TenantStore, item: EvidenceItem): Promise<string[]> {
  return (await keeping.holds()).filter((hold) => !hold.released && isOn(hold, item)).map(({ id }) => id);
}

function isOn({ of }: Hold, item: EvidenceItem): boolean {
  if (of?.kind === 'item') return of.number === item.number;
  return of !== undefined && item[of.kind] === of.number;
}

/**
 * Place a legal hold on an item, or on all evidence of a case or an alert, also what is still to come.
 * @throws MdrError MDR_EVIDENCE_UNKNOWN
 */
export async function holdEvidence(desk: Desk, of: NonNullable<Hold['of']>, { by, why }: Doing): Promise<Hold> {
  if (of.kind === 'item') await itemOf(desk.store, of.number);
  const hold = await placeHold(desk.store, { of, why, by: by.id, byName: by.name }, desk.clock);
  await settleHolds(desk);
  return hold;
}

/**
 * Ask for the release of a hold, of evidence or of events; somebody else's asking releases it.
 * @throws MdrError MDR_LAKE_HELD, MDR_CONFLICT
 */
export async function releaseEvidence(desk: Desk, id: string, { by, why, where }: Doing): Promise<Hold> {
  const hold = await releaseHold(desk.store, id, { by: by.id, name: by.name, why }, desk.clock);
  if (hold.released) await settleHolds(desk);
  else
    for (const item of await itemsUnder(desk.store, hold))
      await record(
        desk,
        item,
        'release asked',
        { by, why, where, request: `${id}:${hold.asked?.at}` },
        { more: { hold: id } },
      );
  return hold;
}

async function itemsUnder({ evidenceItems }: TenantStore, { of }: Hold): Promise<EvidenceItem[]> {
  if (!of) return [];
  const items = await evidenceItems.find(of.kind === 'item' ? { number: of.number } : { [of.kind]: of.number }, {
    limit: 100_000,
  });
  return items.filter(({ state }) => state !== 'abandoned' && state !== 'disposed');
}

/** Marks items with the holds that are on them, and takes the marks of those that were released off; the same again does nothing. */
export async function settleHolds(desk: Desk): Promise<void> {
  const { store } = desk;
  for (const hold of await store.keeping.holds()) {
    if (!hold.of) continue;
    const { id, released, asked, why } = hold;
    const wanted = (await itemsUnder(store, hold)).filter(({ held }) => held.includes(id) === (released !== undefined));
    for (const item of wanted) {
      const change = released ? { $pull: { held: id } } : { $addToSet: { held: id } };
      await store.evidenceItems.update({ _id: item._id }, { ...change, $inc: { revision: 1 } });
      if (item.state === 'uploading') continue;
      const who = released
        ? { id: released.by, name: released.name ?? released.by }
        : { id: hold.by, name: hold.byName ?? hold.by };
      const more = { hold: id, ...(released && { asked }) };
      const doing = { by: who, why: released ? (asked?.why ?? '') : why, where: '', request: id };
      await record(desk, item, released ? 'released' : 'held', doing, { more });
    }
  }
}
