import { type Connection, type Model, Schema } from 'mongoose';
import { isDuplicate } from './scoped.js';

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
  /** Who changed what, oldest first (bounded): written together with the change, so neither is without the other. */
  log?: PersonEntry[];
  /** Raised by one with each change: the optimistic lock. Absent on records made before there was one. */
  revision?: number;
}

export interface PersonEntry {
  /** Epoch ms. */
  at: number;
  /** Person id, or `operator` for whoever works at the server. */
  actor: string;
  actorName: string;
  /** The tenant that it concerns; `*` for every one. */
  tenant: string;
  text: string;
}

/** People one at a time, for `engine/people`, which decides who may change whom. */
export interface PeopleStore {
  get(id: string): Promise<Person | null>;
  /** Somebody else who has one of these identities. */
  ownerOf(identities: readonly string[], except: string): Promise<Person | null>;
  /** People with an entry about one of these tenants in their log. */
  changed(tenants: readonly string[]): Promise<Person[]>;
  /** @param before as it was read; null: there was nobody. @returns false when it is another one by now, or an identity is somebody else's */
  save(before: Person | null, after: Person): Promise<boolean>;
}

const MAX_CHANGED = 200;

export function peopleStore(model: Model<Person>): PeopleStore {
  return {
    get: (id) => model.findById(id).lean<Person>(),
    ownerOf: (identities, except) =>
      model.findOne({ _id: { $ne: except }, identities: { $in: [...identities] } }).lean<Person>(),
    changed: (tenants) =>
      model
        .find({ 'log.tenant': { $in: [...tenants] } })
        .limit(MAX_CHANGED)
        .lean<Person[]>(),
    async save(before, { _id, revision: _, ...after }) {
      try {
        if (!before) {
          await model.create({ _id, ...after, revision: 1 });
          return true;
        }
        const same = before.revision === undefined ? { revision: { $exists: false } } : { revision: before.revision };
        const change = { $set: { ...after, revision: (before.revision ?? 0) + 1 } };
        return (await model.updateOne({ _id, ...same }, change)).matchedCount > 0;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
  };
}

const schema = new Schema<Person>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    side: { type: String, required: true },
    identities: { type: [String], default: [] },
    grants: { type: [Schema.Types.Mixed], default: [] } as never,
    log: { type: [Schema.Types.Mixed], default: undefined } as never,
    revision: Number,
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
