import { createHash } from 'node:crypto';
import { verifyChain } from '../../audit/verify.js';
import { codeOf } from '../../errors.js';
import { unseal } from '../../seal.js';
import type { EvidenceItem } from '../../store/evidenceitems.js';
import { aadOf } from './add.js';
import { begin, type CustodyAction, chainOf, record } from './custody.js';
import { damaged, FRAME_BYTES, openFrame } from './frames.js';
import { wrongState } from './items.js';
import type { Doing, EvidenceDesk } from './types.js';

/**
 * The bytes of an item, decrypted frame by frame. That they are read is written into its custody record before the first one.
 * @throws MdrError MDR_EVIDENCE_STATE when it is disposed of, MDR_EVIDENCE_DAMAGED naming the place, MDR_SECRET
 */
export async function* readEvidence(
  desk: EvidenceDesk,
  item: EvidenceItem,
  doing: Doing,
  action: CustodyAction = 'read',
): AsyncGenerator<Buffer> {
  if (item.state !== 'kept')
    throw wrongState(`EV${item.number} is disposed of: its bytes are gone.`, 'Its record and certificate stay.');
  await record(desk, item, action, doing);
  yield* bytesOf(desk, item);
}

/** The same without a record, for what writes one of its own. */
export async function* bytesOf({ store, secret }: EvidenceDesk, item: EvidenceItem): AsyncGenerator<Buffer> {
  const { number, upload, frames, size, sha256 } = item;
  const key = keyOf({ store, secret }, item);
  const aad = aadOf(store.id, item._id, upload);
  const hash = createHash('sha256');
  let read = 0;
  for (let at = 0; at < frames; at++) {
    const sealed = await store.vault.get(upload, at);
    if (!sealed) throw damaged(`EV${number}: frame ${at} (from byte ${at * FRAME_BYTES} on) is missing.`);
    const frame = openFrame(key, aad, at, at === frames - 1, sealed);
    hash.update(frame);
    read += frame.length;
    yield frame;
  }
  if (await store.vault.get(upload, frames)) throw damaged(`EV${number}: frames were put in after its end.`);
  if (read !== size) throw damaged(`EV${number} has ${read} bytes, and had ${size}.`);
  if (hash.digest('hex') !== sha256)
    throw damaged(`EV${number}: its record names another SHA-256 than its bytes have.`);
}

function keyOf({ store, secret }: Pick<EvidenceDesk, 'store' | 'secret'>, item: EvidenceItem): Buffer {
  try {
    return Buffer.from(unseal(secret, store.id, `evidence:${item.upload}`, item.key), 'base64');
  } catch (cause) {
    if (codeOf(cause) !== 'MDR_INTERNAL') throw cause;
    throw damaged(
      `EV${item.number}: its key does not open with the MDR_SECRET_KEY that is set, or was changed.`,
      cause,
    );
  }
}

export interface Verdict {
  number: number;
  name: string;
  isWhole: boolean;
  /** Entries of its custody record. */
  entries: number;
  /** Hash of the last one. */
  head: string;
  /** Each names a place. */
  faults: string[];
}

/**
 * Check an item: every frame, its three hashes, its custody record, and that the two say the same. Writes that it was done, and what came
 * of it, into the custody record.
 * @throws MdrError MDR_SECRET
 */
export async function verifyEvidence(desk: EvidenceDesk, item: EvidenceItem, doing: Doing): Promise<Verdict> {
  await begin(desk, item);
  const chain = await verifyChain(desk.store, chainOf(item));
  const faults = [...chain.faults.map(({ text }) => text), ...(await sameAsRecorded(desk, item))];
  if (item.state === 'kept') {
    const hashes = { sha1: createHash('sha1'), md5: createHash('md5') };
    try {
      for await (const frame of bytesOf(desk, item)) for (const hash of Object.values(hashes)) hash.update(frame);
      for (const [name, hash] of Object.entries(hashes))
        if (hash.digest('hex') !== item[name as 'sha1' | 'md5'])
          faults.push(`EV${item.number}: its record names another ${name.toUpperCase()} than its bytes have`);
    } catch (error) {
      if (codeOf(error) !== 'MDR_EVIDENCE_DAMAGED') throw error;
      const { message } = error as Error;
      faults.push(message.startsWith('EV') ? message : `EV${item.number}: ${message}`);
    }
  }
  const isWhole = faults.length === 0;
  const { seq } = await record(desk, item, 'verified', doing, { more: { isWhole, faults: faults.slice(0, 20) } });
  return { number: item.number, name: item.name, isWhole, entries: seq, head: chain.head, faults };
}

/** What the item says of its bytes has to be what stood in its custody record from the first. */
async function sameAsRecorded({ store }: EvidenceDesk, item: EvidenceItem): Promise<string[]> {
  const first = await store.chainEntries.findOne({ chain: chainOf(item), seq: 1 });
  const said = (first?.body as { more?: Record<string, unknown> } | undefined)?.more ?? {};
  return (['name', 'size', 'sha256', 'sha1', 'md5', 'case', 'alert'] as const).flatMap((field) =>
    said[field] === item[field] ? [] : [`EV${item.number}: its ${field} is not what its custody record began with`],
  );
}
