import { type Connection, Schema } from 'mongoose';
import { neverDeleted } from './kept.js';

/** One entry of a hash chain. Nothing ever changes it or takes it out. */
export interface ChainEntry {
  /** Hash of tenant, chain and what the entry is of: the same thing is written down once. */
  _id: string;
  tenant: string;
  /** Name of its chain: `audit`, or `evidence:3`. */
  chain: string;
  /** 1, 2, 3 … without a gap. */
  seq: number;
  /** Epoch ms. */
  at: number;
  body: Record<string, unknown>;
  /** Hash of the entry before it; of the first one: 64 zeros. */
  prev: string;
  /** SHA-256 of the canonical JSON of all that stands here but `_id` and this. */
  hash: string;
}

/** Where a chain ends. */
export interface ChainHead {
  /** Hash of tenant and name. */
  _id: string;
  tenant: string;
  name: string;
  /** Of its last entry; 0 while there is none. */
  seq: number;
  hash: string;
  /** Entries that belong to it already, on their way to their own collection: so a crash in between loses none. */
  tail: ChainEntry[];
  /** Up to which entry a forwarder has sent. */
  forwarded?: number;
}

const entrySchema = new Schema<ChainEntry>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    chain: { type: String, required: true },
    seq: { type: Number, required: true },
    at: { type: Number, required: true },
    body: { type: Schema.Types.Mixed, required: true },
    prev: { type: String, required: true },
    hash: { type: String, required: true },
  },
  { versionKey: false, minimize: false },
);
entrySchema.index({ tenant: 1, chain: 1, seq: 1 }, { unique: true });
neverDeleted(entrySchema, 'an entry of the record');
export const chainEntryModel = (connection: Connection) =>
  connection.model<ChainEntry>('ChainEntry', entrySchema, 'chain_entries');

const headSchema = new Schema<ChainHead>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    name: { type: String, required: true },
    seq: { type: Number, required: true },
    hash: { type: String, required: true },
    tail: { type: [Schema.Types.Mixed], default: [] } as never,
    forwarded: Number,
  },
  { versionKey: false, minimize: false },
);
neverDeleted(headSchema, 'the head of a record');
export const chainHeadModel = (connection: Connection) =>
  connection.model<ChainHead>('ChainHead', headSchema, 'chain_heads');
