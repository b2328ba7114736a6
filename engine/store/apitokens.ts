import { type Connection, Schema } from 'mongoose';
import type { Role } from './people.js';

/** What a token may do, besides what its person may. */
export const SCOPES = [
  'cases:read',
  'cases:write',
  'alerts:read',
  'alerts:write',
  'evidence:read',
  'cases:export',
  'cases:import',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Permission to use the API. The token itself is not kept, only its SHA-256. */
export interface ApiToken {
  _id: string;
  /** What people call it. */
  name: string;
  /** Whose it is: it can do what that person can by then. Null: an integration's, with a role and a side of its own. */
  person: string | null;
  side: 'provider' | 'customer';
  role: Role;
  /** Ids, exactly; never all of them. */
  tenants: string[];
  scopes: Scope[];
  created: number;
  /** Epoch ms; null: until revoked. */
  expires: number | null;
  revoked: number | null;
}

const schema = new Schema<ApiToken>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    person: { type: String, default: null },
    side: { type: String, required: true },
    role: { type: String, required: true },
    tenants: { type: [String], required: true },
    scopes: { type: [String], required: true } as never,
    created: { type: Number, required: true },
    expires: { type: Number, default: null },
    revoked: { type: Number, default: null },
  },
  { versionKey: false },
);
schema.index({ tenants: 1 });
export const apiTokenModel = (connection: Connection) => connection.model<ApiToken>('ApiToken', schema, 'apitokens');
