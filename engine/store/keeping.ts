import { type Connection, type Model, Schema } from 'mongoose';
import { neverDeleted } from './kept.js';
import { isDuplicate } from './scoped.js';
import type { Hold, Tenant } from './tenants.js';

/** How long evidence of a tenant is kept where an item says nothing itself. */
export interface KeepSchedule {
  days: number;
  why: string;
  by: string;
  /** Epoch ms. */
  at: number;
}

/** The key with which the provider signs exports and certificates. */
export interface ProviderKey {
  _id: 'ed25519';
  /** SPKI, PEM. */
  publicKey: string;
  /** PKCS #8, PEM, sealed with the service's own key. */
  sealed: string;
  created: number;
}

/** What says how long evidence and events stay; and the provider's key. Always read anew. */
export interface Keeping {
  /** In the order in which they were placed; none is ever taken out. */
  holds(): Promise<Hold[]>;
  /** @param count of the holds that were seen; another one in between refuses it */
  addHold(hold: Hold, count: number): Promise<boolean>;
  /** Replace one, unless somebody else asked for its release, or released it, since it was seen. */
  changeHold(place: number, seen: Hold, set: Pick<Hold, 'asked' | 'released'>): Promise<boolean>;
  schedule(): Promise<KeepSchedule | null>;
  setSchedule(schedule: KeepSchedule | null): Promise<void>;
  providerKey(): Promise<ProviderKey | null>;
  /** @returns false when there is one already, which stays */
  addProviderKey(key: ProviderKey): Promise<boolean>;
}

const keySchema = new Schema<ProviderKey>(
  {
    _id: { type: String, required: true } as never,
    publicKey: { type: String, required: true },
    sealed: { type: String, required: true },
    created: { type: Number, required: true },
  },
  { versionKey: false },
);
neverDeleted(keySchema, "the provider's key");
export const providerKeyModel = (connection: Connection) =>
  connection.model<ProviderKey>('ProviderKey', keySchema, 'provider_keys');

export function openKeeping(tenants: Model<Tenant>, keys: Model<ProviderKey>, tenant: string): Keeping {
  const read = async () => tenants.findById(tenant).select({ holds: 1, evidenceKeep: 1 }).lean<Tenant>();
  return {
    holds: async () => (await read())?.holds ?? [],
    async addHold(hold, count) {
      const nobodyElse = count === 0 ? { 'holds.0': { $exists: false } } : { holds: { $size: count } };
      return (await tenants.updateOne({ _id: tenant, ...nobodyElse }, { $push: { holds: hold } })).matchedCount > 0;
    },
    async changeHold(place, { asked }, set) {
      const same = asked
        ? { [`holds.${place}.asked.at`]: asked.at, [`holds.${place}.asked.by`]: asked.by }
        : { [`holds.${place}.asked`]: { $exists: false } };
      const open = { [`holds.${place}.released`]: { $exists: false } };
      const change = Object.fromEntries(Object.entries(set).map(([name, value]) => [`holds.${place}.${name}`, value]));
      return (await tenants.updateOne({ _id: tenant, ...open, ...same }, { $set: change })).matchedCount > 0;
    },
    schedule: async () => (await read())?.evidenceKeep ?? null,
    async setSchedule(schedule) {
      await tenants.updateOne(
        { _id: tenant },
        schedule ? { $set: { evidenceKeep: schedule } } : { $unset: { evidenceKeep: 1 } },
      );
    },
    providerKey: () => keys.findById('ed25519').lean<ProviderKey>(),
    async addProviderKey(key) {
      try {
        await keys.create(key);
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
  };
}
