import { type Connection, Schema } from 'mongoose';

/** How much may be sent with one token; null: as much as the engine takes. */
export interface Quota {
  eventsPerSecond: number | null;
  bytesPerDay: number | null;
}

/** Permission to send events for one tenant and source. The token itself is not kept, only its SHA-256. */
export interface Token {
  _id: string;
  tenant: string;
  /** Source name, or `*` for any source of the tenant. */
  source: string;
  created: number;
  /** Epoch ms; null: until revoked. */
  expires: number | null;
  /** Events sent with it are part of a simulation, and every alert from them says so. */
  simulated: boolean;
  /** Not there on tokens made before there were quotas: none. */
  quota?: Quota | null;
}

const schema = new Schema<Token>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    source: { type: String, required: true },
    created: { type: Number, required: true },
    expires: { type: Number, default: null },
    simulated: { type: Boolean, default: false },
    quota: { type: { eventsPerSecond: Number, bytesPerDay: Number }, default: null, _id: false },
  },
  { versionKey: false },
);
export const tokenModel = (connection: Connection) => connection.model<Token>('Token', schema, 'tokens');
