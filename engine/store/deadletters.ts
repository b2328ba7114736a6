import { type Connection, Schema } from 'mongoose';
import type { ErrorCode } from '../errors.js';

/** Something a door or a stage refused: kept, counted, shown. */
export interface DeadLetter {
  /** Hash of tenant, source, code and content: the same refusal is kept once. */
  _id: string;
  tenant: string;
  source: string;
  code: ErrorCode;
  message: string;
  /** The first 8 KiB of what was refused, invalid UTF-8 shown as U+FFFD. */
  sample: string;
  /** Size of what was refused, in bytes. */
  bytes: number;
  at: number;
}

const schema = new Schema<DeadLetter>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    source: { type: String, required: true },
    code: { type: String, required: true },
    message: { type: String, required: true },
    sample: { type: String, default: '' },
    bytes: { type: Number, required: true },
    at: { type: Number, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, at: -1 });
export const deadLetterModel = (connection: Connection) =>
  connection.model<DeadLetter>('DeadLetter', schema, 'deadletters');
