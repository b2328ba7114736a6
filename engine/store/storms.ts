import { type Connection, Schema } from 'mongoose';

/** A time in which one channel had more alerts than it may have threads: they are told together, in one message. */
export interface Storm {
  /** Hash of channel and turn: of several who see it begin, one writes it down. */
  _id: string;
  tenant: string;
  /** What people call it: 1, 2, 3 … per tenant. */
  number: number;
  surface: string;
  channel: string;
  /** Which storm of its channel. */
  turn: number;
  /** Epoch ms. */
  began: number;
  /** Epoch ms; null while it lasts. */
  ended: number | null;
}

const schema = new Schema<Storm>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    number: { type: Number, required: true },
    surface: { type: String, required: true },
    channel: { type: String, required: true },
    turn: { type: Number, required: true },
    began: { type: Number, required: true },
    ended: { type: Number, default: null },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, number: 1 });
schema.index({ tenant: 1, surface: 1, channel: 1, turn: -1 });
schema.index({ tenant: 1, ended: 1 });
export const stormModel = (connection: Connection) => connection.model<Storm>('Storm', schema, 'storms');
