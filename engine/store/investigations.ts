import { type Connection, Schema } from 'mongoose';
import type { Investigation } from '../investigate/types.js';

/** One version of what was found out about an alert or campaign. Never changed. */
export interface InvestigationRecord {
  /** Hash of tenant, alert and version. */
  _id: string;
  tenant: string;
  alert: number;
  version: number;
  /** Epoch ms. */
  made: number;
  /** Who asked for it: a person's id and name, or `mdr`. */
  by: { id: string; name: string };
  /** Hash of what it concludes: the same again is no new version. */
  content: string;
  found: Investigation;
}

const schema = new Schema<InvestigationRecord>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    alert: { type: Number, required: true },
    version: { type: Number, required: true },
    made: { type: Number, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    content: { type: String, required: true },
    found: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, alert: 1, version: 1 }, { unique: true });

export const investigationModel = (connection: Connection) =>
  connection.model<InvestigationRecord>('Investigation', schema, 'investigations');
