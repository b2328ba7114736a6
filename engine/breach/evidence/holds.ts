import { placeHold, releaseHold } from '../../lake/holds.js';
import type { EvidenceItem } from '../../store/evidenceitems.js';
import type { TenantStore } from '../../store/index.js';
import type { Hold } from '../../store/tenants.js';
import { record } from './custody.js';
import { itemOf } from './items.js';
import { allEvidence, type Lineage, lineageOf } from './lineage.js';
import type { Doing, EvidenceDesk } from './types.js';

type Desk = Pick<EvidenceDesk, 'store' | 'clock'>;

/** Ids of the holds that are on an item by now: its own, and those of the cases and alerts that it belongs to. */
export async function heldBy(store: TenantStore, item: EvidenceItem): Promise<string[]> {
  const holds = (await store.keeping.holds()).filter(({ of, released }) => of && !released);
  if (holds.length === 0) return [];
  const of = await lineageOf(store, [item]);
  return holds.filter((hold) => isOn(hold, item, of)).map(({ id }) => id);
}

function isOn({ of }: Hold, item: EvidenceItem, lineage: Lineage): boolean {
  if (of === undefined) return false;
  if (of.kind === 'item') return of.number === item.number;
  return (of.kind === 'case' ? lineage.cases(item) : lineage.alerts(item)).has(of.number);
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

const isThere = ({ state }: EvidenceItem): boolean => state !== 'abandoned' && state !== 'disposed';

/** What a hold is on, or was when it was marked: its alert may have gone into another case since. */
async function itemsUnder(store: TenantStore, hold: Hold): Promise<EvidenceItem[]> {
  const found: EvidenceItem[] = [];
  if (!hold.of) return found;
  for await (const { items, of } of allEvidence(store))
    found.push(...items.filter((item) => isThere(item) && (item.held.includes(hold.id) || isOn(hold, item, of))));
  return found;
}

/** Marks items with the holds that are on them, and takes the marks of those that were released off; the same again does nothing. */
export async function settleHolds(desk: Desk): Promise<void> {
  const holds = (await desk.store.keeping.holds()).filter(({ of }) => of);
  if (holds.length === 0) return;
  for await (const { items, of } of allEvidence(desk.store))
    for (const item of items.filter(isThere))
      for (const hold of holds) {
        const isMarked = item.held.includes(hold.id);
        if (hold.released ? isMarked : !isMarked && isOn(hold, item, of)) await mark(desk, item, hold);
      }
}

async function mark(desk: Desk, item: EvidenceItem, hold: Hold): Promise<void> {
  const { id, released, asked, why } = hold;
  const change = released ? { $pull: { held: id } } : { $addToSet: { held: id } };
  await desk.store.evidenceItems.update({ _id: item._id }, { ...change, $inc: { revision: 1 } });
  if (item.state === 'uploading') return;
  const who = released
    ? { id: released.by, name: released.name ?? released.by }
    : { id: hold.by, name: hold.byName ?? hold.by };
  const more = { hold: id, ...(released && { asked }) };
  const doing = { by: who, why: released ? (asked?.why ?? '') : why, where: '', request: id };
  await record(desk, item, released ? 'released' : 'held', doing, { more });
}
