import { type Connection, mongo } from 'mongoose';
import { MdrError } from '../errors.js';
import type { EvidenceItem } from './evidenceitems.js';

/**
 * Where the encrypted bytes of evidence are, frame by frame: the seam for other storage. Each frame is read and written by its own key,
 * since a sorted query over all of a file's, as GridFS makes, is held in memory by some servers.
 */
export interface Vault {
  /** @param at 0, 1, 2 … in this order */
  put(upload: string, at: number, frame: Uint8Array): Promise<void>;
  /** @returns null when it is not there */
  get(upload: string, at: number): Promise<Buffer | null>;
  /**
   * Destroy the frames of an upload, the last one first.
   * @throws MdrError MDR_EVIDENCE_HELD unless its item is being disposed of without a hold, or was never whole
   */
  destroy(upload: string): Promise<number>;
}

interface Frame {
  _id: string;
  data: Uint8Array | mongo.Binary;
}

const MOST_GAP = 40;

/** Of one tenant; an upload of another finds nothing. */
export function openVault(connection: Connection, tenant: string): Vault {
  const frames = () => connection.db!.collection<Frame>('vault');
  const keyOf = (upload: string, at: number) => `${tenant}/${upload}/${at}`;
  return {
    async put(upload, at, frame) {
      await frames().insertOne({ _id: keyOf(upload, at), data: new mongo.Binary(Buffer.from(frame)) });
    },
    async get(upload, at) {
      const found = await frames().findOne({ _id: keyOf(upload, at) });
      if (!found) return null;
      return Buffer.from(found.data instanceof Uint8Array ? found.data : found.data.buffer);
    },
    async destroy(upload) {
      const items = connection.db!.collection<EvidenceItem>('evidence_items');
      const item = await items.findOne({ tenant, upload });
      const mayGo = !item || item.state === 'abandoned' || (item.state === 'disposing' && item.held.length === 0);
      if (!mayGo)
        throw new MdrError(
          'MDR_EVIDENCE_HELD',
          `EV${item.number} is kept${item.held.length > 0 ? ` under legal hold ${item.held.join(', ')}` : ''}.`,
          'Evidence goes by its reviewed disposal only: see docs/evidence.md.',
        );
      // Some past a gap: whoever was slow to learn that it was given up may have put a few more.
      let [end, count] = [0, 0];
      for (let at = 0; at < end + MOST_GAP; at++)
        if (await frames().findOne({ _id: keyOf(upload, at) }, { projection: { _id: 1 } })) {
          end = at + 1;
          count++;
        }
      // From the end, so that a crash half-way leaves what the next attempt finds again.
      for (let at = end - 1; at >= 0; at--) await frames().deleteOne({ _id: keyOf(upload, at) });
      return count;
    },
  };
}
