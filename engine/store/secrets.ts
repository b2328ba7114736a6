import { type Connection, Schema } from 'mongoose';

/** A secret that a tenant's policy uses, encrypted with the service's own key (engine/notify/secrets.ts). */
export interface Secret {
  /** Hash of tenant and name. */
  _id: string;
  tenant: string;
  name: string;
  /** Base64: initialisation vector, authentication tag and ciphertext. */
  sealed: string;
  /** Epoch ms. */
  changed: number;
}

const schema = new Schema<Secret>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    name: { type: String, required: true },
    sealed: { type: String, required: true },
    changed: { type: Number, required: true },
  },
  { versionKey: false },
);
schema.index({ tenant: 1, name: 1 });
export const secretModel = (connection: Connection) => connection.model<Secret>('Secret', schema, 'secrets');
