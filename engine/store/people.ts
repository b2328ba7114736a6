import { type Connection, Schema } from 'mongoose';

/** From least to most: each may do what those before it may. */
export const ROLES = ['viewer', 'responder', 'analyst', 'lead', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Person {
  _id: string;
  name: string;
  side: 'provider' | 'customer';
  /** Chat identities, `slack:U0123`. An id belongs to one person. */
  identities: string[];
  /** Role per tenant; tenant `*` means every tenant and is for the provider's own people. */
  grants: { tenant: string; role: Role }[];
}

const schema = new Schema<Person>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    side: { type: String, required: true },
    identities: { type: [String], default: [] },
    grants: { type: [Schema.Types.Mixed], default: [] } as never,
  },
  { versionKey: false },
);
schema.index({ identities: 1 }, { unique: true });
export const personModel = (connection: Connection) => connection.model<Person>('Person', schema, 'people');

/** The role a person has for a tenant, or null. A customer's person never gets a role by `*`. */
export function roleOf(person: Person, tenant: string): Role | null {
  let best = -1;
  for (const grant of person.grants) {
    const counts = grant.tenant === '*' ? person.side === 'provider' : grant.tenant === tenant;
    if (counts) best = Math.max(best, ROLES.indexOf(grant.role));
  }
  return ROLES[best] ?? null;
}

/** Whether a role may do what `needed` may. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
