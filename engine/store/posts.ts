import { type Connection, Schema } from 'mongoose';

/**
 * `sending`: an attempt is under way, or its outcome is unknown: look before posting again. `unsent`: the last attempt was not stored.
 * `sent`: it is there as `digest` says. `refused`: the surface takes neither the card nor its plain form.
 * `gone`: channel or message does not exist any more, nothing more is posted there.
 */
export type PostState = 'sending' | 'unsent' | 'sent' | 'refused' | 'gone';

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
  state: PostState;
  /** Of a thread's first message: the record's revision that the whole thread shows. */
  revision: number;
  /** Of a room's entry: whom we let in, by the surface's ids. */
  users?: string[];
  /** Epoch ms of the last delivery. */
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
    state: { type: String, default: 'sending' },
    revision: { type: Number, default: 0 },
    users: { type: [String], default: undefined },
    updated: { type: Number, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, surface: 1, channel: 1, message: 1 });
schema.index({ tenant: 1, state: 1 });
export const postModel = (connection: Connection) => connection.model<Post>('Post', schema, 'posts');
