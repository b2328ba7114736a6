import { type Connection, Schema } from 'mongoose';

/** A message in the web console, which has no chat server behind it: this collection is that server. */
export interface Message {
  _id: string;
  tenant: string;
  channel: string;
  /** Id of the thread's first message; null for a message in the channel itself. */
  thread: string | null;
  author: { id: string; name: string };
  /** What a person typed; absent when `card` is there. */
  text?: string;
  /** A card (commands/cards/card.ts) as data; the browser renders it. */
  card?: unknown;
  at: number;
  edited?: number;
}

const schema = new Schema<Message>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    channel: { type: String, required: true },
    thread: { type: String, default: null },
    author: { type: Schema.Types.Mixed, required: true },
    text: String,
    card: Schema.Types.Mixed,
    at: { type: Number, required: true },
    edited: Number,
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, channel: 1, thread: 1, at: 1 });
export const messageModel = (connection: Connection) => connection.model<Message>('Message', schema, 'messages');
