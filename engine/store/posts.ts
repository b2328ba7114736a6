import { type Connection, Schema } from 'mongoose';

/** What the outbox has put on a surface: chat is a view, this is the view's state. */
export interface Post {
  /** Surface, channel and the part of the record: unique, so nothing is posted twice. */
  _id: string;
  tenant: string;
  surface: string;
  channel: string;
  /** Message id of the thread's first message; null for that message itself. */
  thread: string | null;
  /** The surface's id of the message; null while the first attempt is under way or its outcome unknown. */
  message: string | null;
  /** Hash of the card as last delivered. */
  digest: string;
  updated: number;
}

const schema = new Schema<Post>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    surface: { type: String, required: true },
    channel: { type: String, required: true },
    thread: { type: String, default: null },
    message: { type: String, default: null },
    digest: { type: String, default: '' },
    updated: { type: Number, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, surface: 1, channel: 1, message: 1 });
export const postModel = (connection: Connection) => connection.model<Post>('Post', schema, 'posts');
