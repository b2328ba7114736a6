import { MdrError } from '../../errors.js';
import { canonical } from '../../ids.js';
import { minute } from '../../say.js';
import type { EvidenceItem } from '../../store/evidenceitems.js';
import { record } from './custody.js';
import { heldBy } from './holds.js';
import { changeItem, itemOf, wrongState } from './items.js';
import { casesOf } from './lineage.js';
import { signed } from './signing.js';
import type { Doing, EvidenceDesk } from './types.js';

const DAY_MS = 86_400_000;

/** Until when an item is kept, epoch ms, and by what; null: for good. */
export async function keptUntil(
  { store }: Pick<EvidenceDesk, 'store'>,
  { keep, kept }: EvidenceItem,
): Promise<{ until: number; why: string } | null> {
  if (keep) return keep.until === null ? null : { until: keep.until, why: keep.why };
  const schedule = await store.keeping.schedule();
  return schedule && kept !== null ? { until: kept + schedule.days * DAY_MS, why: schedule.why } : null;
}

/** @param until epoch ms; null: for good. @throws MdrError MDR_EVIDENCE_UNKNOWN, MDR_EVIDENCE_STATE, MDR_CONFLICT */
export async function setKeep(
  desk: EvidenceDesk,
  number: number,
  until: number | null,
  doing: Doing,
): Promise<EvidenceItem> {
  const { item } = await changeItem(desk.store, number, ({ state }) => {
    if (state !== 'kept') throw wrongState(`EV${number} is disposed of.`, 'Its record and certificate stay.');
    return { keep: { until, why: doing.why } };
  });
  await record(desk, item, 'retention set', doing, { more: { until } });
  return item;
}

function stillKept({ number, state }: EvidenceItem): void {
  if (state === 'kept') return;
  const how = state === 'disposing' ? 'is being disposed of' : 'is disposed of';
  throw wrongState(`EV${number} ${how} already.`, 'Its record and certificate stay.');
}

/** @throws MdrError MDR_EVIDENCE_HELD, MDR_EVIDENCE_STATE: why it has to stay */
async function mayGo(desk: EvidenceDesk, item: EvidenceItem): Promise<void> {
  const { number } = item;
  stillKept(item);
  const held = [...new Set([...item.held, ...(await heldBy(desk.store, item))])];
  if (held.length > 0)
    throw new MdrError(
      'MDR_EVIDENCE_HELD',
      `EV${number} is under legal hold ${held.join(', ')}: nobody can dispose of it.`,
      'Two people release a hold: `/mdr evidence release <hold> because …`.',
    );
  const due = await keptUntil(desk, item);
  if (!due || due.until > desk.clock())
    throw wrongState(
      due ? `EV${number} is kept until ${minute(due.until)}: ${due.why}` : `EV${number} is kept for good.`,
      'What is kept can be shortened with a reason: `/mdr evidence keep`.',
    );
  const cases = await casesOf(desk.store, item);
  const found = await desk.store.cases.find({ number: { $in: cases } }, { limit: cases.length || 1 });
  const open = found.find(({ state }) => state !== 'closed');
  if (open) throw wrongState(`case ${open.number} is open.`, 'Evidence of an open case stays.');
}

/** The first of two people says that an item may go. @throws MdrError as `mayGo`, MDR_EVIDENCE_UNKNOWN, MDR_CONFLICT */
export async function askDisposal(desk: EvidenceDesk, number: number, doing: Doing): Promise<EvidenceItem> {
  await mayGo(desk, await itemOf(desk.store, number));
  const { item } = await changeItem(desk.store, number, ({ disposal }) =>
    disposal ? null : { disposal: { asked: { by: doing.by, at: desk.clock(), why: doing.why } } },
  );
  await record(desk, item, 'disposal asked', { ...doing, request: `${item.disposal?.asked.at}` });
  return item;
}

/**
 * The second person has looked at it, and agrees or not.
 * @throws MdrError as `askDisposal`; MDR_FORBIDDEN for whoever asked; MDR_SECRET
 */
export async function reviewDisposal(
  desk: EvidenceDesk,
  number: number,
  doing: Doing,
  agrees: boolean,
): Promise<EvidenceItem> {
  const found = await itemOf(desk.store, number);
  if (!found.disposal && found.state === 'kept')
    throw wrongState(`nobody asked to dispose of EV${number}.`, 'Ask first, with a reason.');
  if (found.disposal?.asked.by.id === doing.by.id)
    throw new MdrError(
      'MDR_FORBIDDEN',
      'you asked for it yourself: somebody else has to review it.',
      'Ask another lead.',
    );
  if (!agrees) {
    const { item } = await changeItem(desk.store, number, (now) => {
      // Once its bytes go, nobody can say any more that it stays; and who agreed belongs to its certificate.
      stillKept(now);
      return { disposal: null };
    });
    await record(desk, item, 'disposal refused', doing);
    return item;
  }
  await mayGo(desk, found);
  // Before anything is destroyed, so that the certificate can be signed after it.
  await signed(desk, Buffer.alloc(0));
  const approved = { by: doing.by, at: desk.clock() };
  const revision = found.revision + 1;
  const set = { state: 'disposing' as const, disposal: { ...found.disposal!, approved }, revision };
  // The store itself refuses this for what is held, also since a moment ago.
  if (!(await desk.store.evidenceItems.update({ number, state: 'kept', revision: found.revision }, { $set: set })))
    throw new MdrError('MDR_CONFLICT', `EV${number} was changed or held at this moment.`, 'Look at it again.');
  return finishDisposal(desk, { ...found, ...set });
}

/**
 * Destroys the key and the bytes, then writes the certificate, then the custody record, and only then says that it is done: begun again
 * after a crash at any moment, it goes on, with the certificate that was signed.
 */
export async function finishDisposal(desk: EvidenceDesk, item: EvidenceItem): Promise<EvidenceItem> {
  const { store } = desk;
  const { _id, disposal } = item;
  const frames = await store.vault.destroy(item.upload);
  const certificate = await certified(desk, item, frames);
  await store.evidenceItems.update(
    { _id, state: 'disposing', certificate: { $exists: false } },
    { $set: { key: '', certificate }, $inc: { revision: 1 } },
  );
  const gone = (await store.evidenceItems.findOne({ _id }))!;
  const { by, at } = disposal?.approved ?? { by: UNKNOWN, at: 'unknown' };
  const why = disposal?.asked.why ?? 'its disposal was begun; who asked and who agreed stands above';
  await record(
    desk,
    gone,
    'disposed',
    { by, why, where: '', request: String(at) },
    { more: { asked: disposal?.asked.by ?? null, certificate: gone.certificate?.signature } },
  );
  await store.evidenceItems.update({ _id, state: 'disposing' }, { $set: { state: 'disposed' }, $inc: { revision: 1 } });
  return (await store.evidenceItems.findOne({ _id }))!;
}

/** Of an item whose reviewers were taken out of its record: it says so, rather than naming somebody. */
const UNKNOWN = { id: 'mdr', name: 'mdr' };

async function certified(
  desk: EvidenceDesk,
  item: EvidenceItem,
  frames: number,
): Promise<NonNullable<EvidenceItem['certificate']>> {
  const { name, size, sha256, sha1, md5, kept, frames: of, disposal, number } = item;
  const text = canonical({
    ...{ certificate: 'disposal of evidence', tenant: desk.store.id, item: `EV${number}` },
    ...{ case: item.case, alert: item.alert, name, size, sha256, sha1, md5, kept },
    ...{ asked: disposal?.asked, approved: disposal?.approved, disposed: desk.clock() },
    method: `its key was destroyed, and all ${Math.max(of, frames)} encrypted frames were deleted`,
  });
  return { text, signature: (await signed(desk, Buffer.from(text))).signature };
}
