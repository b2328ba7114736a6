import { MdrError } from '../../errors.js';
import type { EvidenceItem, Someone } from '../../store/evidenceitems.js';
import { record } from './custody.js';
import { badEvidence, changeItem, wrongState } from './items.js';
import type { Doing, EvidenceDesk } from './types.js';

type Desk = Pick<EvidenceDesk, 'store' | 'clock'>;

const forbidden = (text: string, hint: string) => new MdrError('MDR_FORBIDDEN', text, hint);

/**
 * Whoever has an item in custody gives it to somebody, who has to take it over.
 * @param mayAll whether somebody else than the holder may do so: a lead, when the holder is gone
 * @throws MdrError MDR_EVIDENCE_UNKNOWN, MDR_EVIDENCE_STATE, MDR_EVIDENCE_BAD, MDR_FORBIDDEN, MDR_CONFLICT
 */
export async function handOver(
  desk: Desk,
  number: number,
  to: Someone,
  doing: Doing,
  mayAll: boolean,
): Promise<EvidenceItem> {
  const { item } = await changeItem(desk.store, number, (found) => {
    const { state, holder, transfer } = found;
    if (state !== 'kept') throw wrongState(`EV${number} is disposed of.`, 'Its record and certificate stay.');
    if (holder.id !== doing.by.id && !mayAll)
      throw forbidden(`EV${number} is in the custody of ${holder.name}.`, 'They pass it on, or a lead does.');
    if (to.id === holder.id) throw badEvidence(`${holder.name} has EV${number} already.`, 'Name somebody else.');
    if (transfer?.to.id === to.id) return null;
    return { transfer: { to, by: doing.by, at: desk.clock(), why: doing.why } };
  });
  const { holder, transfer } = item;
  await record(desk, item, 'handed over', { ...doing, request: `${transfer?.at}` }, { from: holder, to });
  return item;
}

/**
 * Take over what was handed to one, or refuse it.
 * @throws MdrError MDR_EVIDENCE_UNKNOWN, MDR_EVIDENCE_STATE, MDR_FORBIDDEN, MDR_CONFLICT
 */
export async function takeOver(desk: Desk, number: number, doing: Doing, isTaken: boolean): Promise<EvidenceItem> {
  let before: EvidenceItem | null = null;
  const { item } = await changeItem(desk.store, number, (found) => {
    const { transfer } = found;
    if (!transfer) throw wrongState(`EV${number} is on the way to nobody.`, 'It has to be handed over first.');
    if (transfer.to.id !== doing.by.id)
      throw forbidden(`EV${number} was handed to ${transfer.to.name}.`, 'They take it over.');
    before = found;
    return { transfer: null, ...(isTaken && { holder: transfer.to }) };
  });
  const { holder, transfer } = before!;
  const action = isTaken ? 'taken over' : 'hand-over refused';
  await record(
    desk,
    item,
    action,
    { ...doing, request: `${transfer?.at}` },
    { from: holder, ...(isTaken && { to: doing.by }) },
  );
  return item;
}
