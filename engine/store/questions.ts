import { type Connection, Schema } from 'mongoose';
import type { Said } from './answers.js';

/**
 * `draft`: shown to whoever asks, not sent. `asked`: on its way or there. `answered`: see `answer`. `expired`: nobody answered in time.
 * `withdrawn`: taken back by the provider.
 */
export type QuestionState = 'draft' | 'asked' | 'answered' | 'expired' | 'withdrawn';

/** What a person said to a question, once it counts. */
export interface QuestionAnswer {
  said: Said;
  /** Epoch ms. */
  at: number;
  /** The chat identity that it came from. */
  identity: string;
  /** Whether the one-time code came with it, which the person got by another way than the question. */
  confirmed: boolean;
}

/** A question to one of the customer's people about an alert: was this you? */
export interface Question {
  /** Hash of tenant and number. */
  _id: string;
  tenant: string;
  /** What people call it: Q1, Q2 … per tenant. */
  number: number;
  /** The alert's number. */
  alert: number;
  state: QuestionState;
  /** Who is asked. */
  person: { id: string; name: string };
  /** Who asks. */
  by: { id: string; name: string };
  text: string;
  /** The identity that it is sent to, `slack:U0123`; null: the person has none that mdr can write to. */
  to: string | null;
  /** `salt:hash` of the one-time code, never the code; empty before it was sent. */
  code: string;
  /** Codes made so far, wrong tries of the present one, and epoch ms when it was used. */
  codes: number;
  tries: number;
  used: number | null;
  /** Epoch ms. */
  created: number;
  expires: number;
  answer: QuestionAnswer | null;
  /** Whether the alert and the evidence have the answer; another process finishes what one left half done. */
  recorded: boolean;
  /** Raised by one with each change: the optimistic lock. */
  revision: number;
}

const schema = new Schema<Question>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    alert: { type: Number, required: true },
    state: { type: String, required: true },
    person: { type: Schema.Types.Mixed, required: true },
    by: { type: Schema.Types.Mixed, required: true },
    text: { type: String, required: true },
    to: { type: String, default: null },
    code: { type: String, default: '' },
    codes: { type: Number, default: 0 },
    tries: { type: Number, default: 0 },
    used: { type: Number, default: null },
    created: { type: Number, required: true },
    expires: { type: Number, required: true },
    answer: { type: Schema.Types.Mixed, default: null },
    recorded: { type: Boolean, default: true },
    revision: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, number: 1 }, { unique: true });
schema.index({ tenant: 1, alert: 1, number: 1 });
schema.index({ tenant: 1, 'person.id': 1, state: 1 });
schema.index({ tenant: 1, state: 1, expires: 1 });
export const questionModel = (connection: Connection) => connection.model<Question>('Question', schema, 'questions');
