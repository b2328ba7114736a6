import { type Connection, Schema } from 'mongoose';

/** The lists that firewalls, proxies and resolvers fetch. `rpz` is in the response policy zone only, as a domain is besides its list. */
export const BLOCK_LISTS = ['ip', 'domain', 'url', 'rpz'] as const;
export type BlockListName = (typeof BLOCK_LISTS)[number];

/** One value on one list, because of one action. Two actions can want the same value: it stays until both are over. */
export interface BlockEntry {
  /** Hash of tenant, list, value and action. */
  _id: string;
  tenant: string;
  list: BlockListName;
  /** In its one spelling (engine/detect/indicators/value). */
  value: string;
  /** Number of the action. */
  action: number;
  /** Epoch ms. */
  added: number;
  /** Epoch ms when it falls off by itself; null: when it is taken off. */
  expires: number | null;
  /** Epoch ms when it was taken off. Such entries are kept for a while: the zone's serial number counts on from them. */
  removed: number | null;
}

const schema = new Schema<BlockEntry>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    list: { type: String, required: true },
    value: { type: String, required: true },
    action: { type: Number, required: true },
    added: { type: Number, required: true },
    expires: { type: Number, default: null },
    removed: { type: Number, default: null },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, list: 1, removed: 1 });

export const blockModel = (connection: Connection) => connection.model<BlockEntry>('Block', schema, 'blocks');
