import { type Connection, Schema } from 'mongoose';
import { neverDeleted } from './kept.js';

/**
 * `uploading`: bytes come in, and it is no evidence yet. `kept`: whole. `abandoned`: the upload broke off, nothing is kept.
 * `disposing`, `disposed`: gone by a reviewed disposal; what it was, its custody and the certificate stay.
 */
export type EvidenceState = 'uploading' | 'kept' | 'abandoned' | 'disposing' | 'disposed';

export interface Someone {
  /** Person id, `mdr`, or `operator:<account>` for whoever works at the server. */
  id: string;
  name: string;
}

/** A file, or a slice of the lake, that is held for a case or an alert. Its bytes are in the vault. */
export interface EvidenceItem {
  /** Hash of tenant and of the request that it came with. */
  _id: string;
  tenant: string;
  /** What people call it: EV1, EV2 … per tenant. */
  number: number;
  case: number | null;
  alert: number | null;
  state: EvidenceState;
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
  /** As it was called, made safe to show; never a path to anything. */
  name: string;
  /** As whoever brought it said; nobody has looked. */
  type: string;
  /** How it came here. */
  source: 'upload' | 'lake' | 'collection' | 'command' | 'file';
  by: Someone;
  /** From whom or from what it was taken. */
  from: string;
  where: string;
  how: string;
  why: string;
  /** Bytes, and hashes of them, hexadecimal; 0 and empty until it is kept. */
  size: number;
  sha256: string;
  sha1: string;
  md5: string;
  /** Under which its bytes are in the vault; another for each attempt to bring them in. */
  upload: string;
  /** Frames of it there. */
  frames: number;
  /** Key of the bytes, sealed with the service's own; empty once it is destroyed. */
  key: string;
  /** Epoch ms: a sign of life of whoever brings the bytes. */
  touched: number;
  created: number;
  kept: number | null;
  /** Whether its custody record has been begun. */
  begun: boolean;
  /** Numbers of other items with the same bytes. */
  sameAs: number[];
  /** Who has it in custody, and to whom it is on the way. */
  holder: Someone;
  transfer: { to: Someone; by: Someone; at: number; why: string } | null;
  /** Ids of the legal holds on it. */
  held: string[];
  /** Until when it has to be kept, epoch ms, and why; null: for good, or as the tenant's schedule says. */
  keep: { until: number | null; why: string } | null;
  disposal: { asked: { by: Someone; at: number; why: string }; approved?: { by: Someone; at: number } } | null;
  /** Of the disposal: canonical JSON and its signature, base64. */
  certificate?: { text: string; signature: string };
}

const someone = { type: Schema.Types.Mixed, required: true };
const schema = new Schema<EvidenceItem>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    case: { type: Number, default: null },
    alert: { type: Number, default: null },
    state: { type: String, required: true },
    revision: { type: Number, required: true },
    name: { type: String, required: true },
    type: { type: String, default: '' },
    source: { type: String, required: true },
    by: someone,
    from: { type: String, default: '' },
    where: { type: String, default: '' },
    how: { type: String, default: '' },
    why: { type: String, default: '' },
    size: { type: Number, default: 0 },
    sha256: { type: String, default: '' },
    sha1: { type: String, default: '' },
    md5: { type: String, default: '' },
    upload: { type: String, required: true },
    frames: { type: Number, default: 0 },
    key: { type: String, default: '' },
    touched: { type: Number, required: true },
    created: { type: Number, required: true },
    kept: { type: Number, default: null },
    begun: { type: Boolean, default: false },
    sameAs: { type: [Number], default: [] },
    holder: someone,
    transfer: { type: Schema.Types.Mixed, default: null },
    held: { type: [String], default: [] },
    keep: { type: Schema.Types.Mixed, default: null },
    disposal: { type: Schema.Types.Mixed, default: null },
    certificate: Schema.Types.Mixed,
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, case: 1 });
schema.index({ tenant: 1, sha256: 1 });
schema.index({ state: 1, touched: 1 });
neverDeleted(schema, 'a record of evidence');

// Here rather than in whoever asks: what is held does not go, whichever way it is asked for, and also when the hold came a moment ago.
schema.pre(['updateOne', 'updateMany', 'findOneAndUpdate'], function () {
  const set = { ...(this.getUpdate() as Record<string, unknown>) };
  const state = (set.$set as { state?: string } | undefined)?.state ?? (set as { state?: string }).state;
  if (state === 'disposing' || state === 'disposed') this.where({ held: { $size: 0 } });
});
schema.pre('bulkWrite', () => {
  throw new Error('records of evidence are changed one at a time');
});
export const evidenceItemModel = (connection: Connection) =>
  connection.model<EvidenceItem>('EvidenceItem', schema, 'evidence_items');
