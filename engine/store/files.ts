import { type Connection, Schema } from 'mongoose';

/** A file in the web console, which has no chat server to keep it. One document each, so its size is bounded by MongoDB's 16 MB. */
export interface StoredFile {
  /** Deterministic: the key of the message that shows it. */
  _id: string;
  tenant: string;
  name: string;
  type: string;
  /** Bytes. */
  size: number;
  data: Uint8Array;
  /** Epoch ms. */
  at: number;
}

const schema = new Schema<StoredFile>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    name: { type: String, required: true },
    type: { type: String, required: true },
    size: { type: Number, required: true },
    data: { type: Buffer, required: true } as never,
    at: { type: Number, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, at: 1 });
export const fileModel = (connection: Connection) => connection.model<StoredFile>('File', schema, 'files');

/** The bytes of a file as a query without documents gives them: the driver's own kind of binary value. */
export function bytesOf({ data }: Pick<StoredFile, 'data'>): Buffer {
  const { buffer } = data as { buffer: Uint8Array | ArrayBuffer };
  return data instanceof Uint8Array ? Buffer.from(data) : Buffer.from(buffer as Uint8Array);
}
