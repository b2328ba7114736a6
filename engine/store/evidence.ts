import { type Connection, Schema } from 'mongoose';
import type { Said } from './alerts.js';

/** A file that somebody gave to an alert or a case, or that an action fetched for one. Its bytes are in `blobs` (engine/store/blobs.ts) under the same id. */
export interface Evidence {
  /** Hash of tenant, surface, file and record, or of tenant and action: the same is kept once. */
  _id: string;
  tenant: string;
  /** Number of its alert, of its case, of the action that fetched it; null, or absent, for none. */
  alert: number | null;
  case?: number | null;
  action?: number | null;
  /** As it was called, made safe to show; never a path to anything. */
  name: string;
  /** As the surface said; nobody has looked. */
  type: string;
  /** Bytes. */
  size: number;
  sha256: string;
  /** Who gave it, a person's id, and the name then. */
  by: string;
  byName: string;
  /** The message that it came with; null: an action fetched it. */
  said: Said | null;
  /** Epoch ms when it was kept. */
  kept: number;
  /** What was found in it, once it was looked into. */
  examined?: Examined;
}

/** What looking into a file came to. All of it is what the file says: hostile, bounded. */
export interface Examined {
  /** Epoch ms. */
  at: number;
  /** Which kind of file it was taken for: `mail`, `eventlog`; empty: nobody knows it. */
  kind: string;
  /** Lines of text. */
  lines: string[];
  /** Whether something in it is known to be bad, or a rule fired. */
  isBad: boolean;
  /** Why it could not be looked into: a code of ours; null: it could. */
  refused: string | null;
}

const schema = new Schema<Evidence>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    alert: { type: Number, default: null },
    case: { type: Number, default: null },
    action: { type: Number, default: null },
    name: { type: String, required: true },
    type: { type: String, default: '' },
    size: { type: Number, required: true },
    sha256: { type: String, required: true },
    by: { type: String, required: true },
    byName: { type: String, required: true },
    said: { type: Schema.Types.Mixed, default: null },
    kept: { type: Number, required: true },
    examined: Schema.Types.Mixed,
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, alert: 1, kept: 1 });
schema.index({ tenant: 1, case: 1, kept: 1 });
schema.index({ kept: 1 });
export const evidenceModel = (connection: Connection) => connection.model<Evidence>('Evidence', schema, 'evidence');
