import { type Connection, Schema } from 'mongoose';
import type { Said } from './alerts.js';

/** A file that somebody gave to an alert. Its bytes are in `blobs` (engine/store/blobs.ts) under the same id. */
export interface Evidence {
  /** Hash of tenant, surface, file and alert: the same upload is kept once. */
  _id: string;
  tenant: string;
  alert: number;
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
  /** The message that it came with. */
  said: Said;
  /** Epoch ms when it was kept. */
  kept: number;
}

const schema = new Schema<Evidence>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    alert: { type: Number, required: true },
    name: { type: String, required: true },
    type: { type: String, default: '' },
    size: { type: Number, required: true },
    sha256: { type: String, required: true },
    by: { type: String, required: true },
    byName: { type: String, required: true },
    said: { type: Schema.Types.Mixed, required: true },
    kept: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, alert: 1, kept: 1 });
export const evidenceModel = (connection: Connection) => connection.model<Evidence>('Evidence', schema, 'evidence');
