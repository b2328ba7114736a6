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
  /** A record that a door had accepted, whole, with what its batch said of it: it can be queued again. Null for everything else. */
  record?: LetterRecord | null;
  /** The last time that it was queued again; null: never, or it was refused again since. */
  replay?: LetterReplay | null;
}

export interface LetterRecord {
  format: string | null;
  carrier: 'envelope' | 'document' | null;
  simulated: boolean;
  /** Epoch ms at the door. */
  received: number;
  /** The record, when the sample is not all of it; empty otherwise. */
  whole: string;
}

export interface LetterReplay {
  /** Of the command that took it: one at a time may. */
  claim: string;
  at: number;
  by: string;
  /** Whether it is in the queue; if not, whoever took it was interrupted. */
  done: boolean;
}

const record = { format: String, carrier: String, simulated: Boolean, received: Number, whole: String };
const replay = { claim: String, at: Number, by: String, done: Boolean };
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
    record: { type: record, default: null, _id: false },
    replay: { type: replay, default: null, _id: false },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, at: -1 });
export const deadLetterModel = (connection: Connection) =>
  connection.model<DeadLetter>('DeadLetter', schema, 'deadletters');
