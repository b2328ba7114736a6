import { type Connection, Schema } from 'mongoose';
import type { Observable, Strand } from './alerts.js';

/** Related detections that are not an alert: what they say together is too little. It becomes one when more joins it. */
export interface Quiet {
  /** Hash of tenant and the detection that it began with. */
  _id: string;
  tenant: string;
  strands: Strand[];
  /** By what further strands find it. */
  keys: string[];
  observables: Observable[];
  /** Ids of the latest detections (bounded), to know them again after a crash. */
  recent: string[];
  score: number;
  /** Event times, epoch ms. */
  first: number;
  last: number;
  simulated: boolean;
  /** Raised by one with each change. */
  revision: number;
}

const schema = new Schema<Quiet>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    strands: { type: [Schema.Types.Mixed], default: [] } as never,
    keys: { type: [String], default: [] },
    observables: { type: [Schema.Types.Mixed], default: [] } as never,
    recent: { type: [String], default: [] },
    score: { type: Number, required: true },
    first: { type: Number, required: true },
    last: { type: Number, required: true },
    simulated: { type: Boolean, default: false },
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, last: -1 });

export const quietModel = (connection: Connection) => connection.model<Quiet>('Quiet', schema, 'quiets');
