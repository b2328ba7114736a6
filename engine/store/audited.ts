import { hash as hashOnce, randomUUID } from 'node:crypto';
import mongoose, { type Connection, type Model, type Query, Schema } from 'mongoose';
import { actorNow } from '../actor.js';
import { PROVIDER } from './indicators.js';

/** A change on its way into the audit log: written before the change itself, so none can be without. */
export interface SpooledChange {
  /** Time and a random part: in the order in which they came. */
  _id: string;
  /** Whose chain it goes into; `*` for what is no tenant's. */
  tenant: string;
  /** Epoch ms. */
  at: number;
  body: Record<string, unknown>;
}

const schema = new Schema<SpooledChange>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    at: { type: Number, required: true },
    body: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, at: 1 });
const NAME = 'audit_spool';

/**
 * Collections whose writes are no change of state that anybody decided: what the hot path counts and remembers, how deliveries stand, and
 * the log itself. Everything else is audited, a new collection too.
 */
export const UNAUDITED: ReadonlySet<string> = new Set([
  ...[NAME, 'chain_entries', 'chain_heads', 'counters'],
  ...[
    'detections',
    'quiets',
    'deadletters',
    'messages',
    'posts',
    'files',
    'notifications',
    'dispatches',
    'escalations',
  ],
  ...['webhookdeliveries', 'huntruns', 'rules', 'rulesetparts', 'indicators', 'channelteams', 'actionplaces'],
]);

const spools = new WeakMap<Connection, Model<SpooledChange>>();

/** The changes of this connection go into the audit log from here on. */
export function auditOf(connection: Connection): Model<SpooledChange> {
  const spool = connection.model<SpooledChange>('SpooledChange', schema, NAME);
  spools.set(connection, spool);
  return spool;
}

const MOST = 1500;
/** Secrets are sealed where they are kept, and their ciphertext and hashes are nobody's business either. */
const HIDDEN = /^(?:sealed|hash|key|salt|secret|password|token)$/i;
const HIDES_KEY = new Set(['evidence_items', 'secrets', 'tokens', 'installations', 'provider_keys']);

/** As plain JSON without secrets; what is long, as its hash and its beginning. */
function shown(collection: string, value: unknown): unknown {
  const isHidden = (name: string, each: unknown): boolean =>
    typeof each === 'string' &&
    ((name === 'code' && collection === 'questions') ||
      (HIDDEN.test(name) && (name !== 'key' || HIDES_KEY.has(collection))));
  const text = JSON.stringify(value, (name, each: unknown) => (isHidden(name, each) ? '(hidden)' : each)) ?? 'null';
  if (text.length <= MOST) return JSON.parse(text);
  return { sha256: hashOnce('sha256', text, 'hex'), starts: text.slice(0, 300), length: text.length };
}

interface Change {
  collection: string;
  op: string;
  filter?: unknown;
  change?: unknown;
}

/** Of a record, a filter or a tenant's own record. */
function tenantOf(collection: string, of: Record<string, unknown>): string {
  const and = Array.isArray(of.$and) ? (of.$and as Record<string, unknown>[]) : [];
  const found =
    collection === 'tenants' ? of._id : (of.tenant ?? and.find((each) => typeof each.tenant === 'string')?.tenant);
  return typeof found === 'string' ? found : PROVIDER;
}

/** @returns takes the entry back, when nothing was changed; null: such writes are not audited */
async function spooled(
  model: Model<never>,
  of: Record<string, unknown>,
  { collection, op, filter, change }: Change,
): Promise<(() => Promise<void>) | null> {
  const spool = spools.get(model.db as Connection);
  if (!spool || UNAUDITED.has(collection) || isSign(collection, change)) return null;
  const at = Date.now();
  const { id, name, where, what } = actorNow();
  const _id = `${String(at).padStart(15, '0')}-${randomUUID()}`;
  const body = {
    ...{ by: { id, name }, where, what, collection, op },
    ...(filter !== undefined && { filter: shown(collection, filter) }),
    ...(change !== undefined && { change: shown(collection, change) }),
  };
  await spool.collection.insertOne({ _id, tenant: tenantOf(collection, of), at, body } as never);
  return async () => void (await spool.collection.deleteOne({ _id } as never));
}

/** Of a collection, the field that only says that somebody is at it: alone, it changes nothing that anybody decided. */
const SIGNS: Readonly<Record<string, string>> = { evidence_items: 'touched', webhooks: 'seen' };
const isSign = (collection: string, change: unknown): boolean => {
  const set = (change as { $set?: object } | undefined)?.$set;
  return (
    set !== undefined && Object.keys(set).join() === SIGNS[collection] && Object.keys(change as object).length === 1
  );
};

/** For writes of many records at once, which no hook sees. */
export async function auditedBulk<T>(
  model: Model<never>,
  tenant: string,
  op: string,
  change: unknown,
  write: () => Promise<T>,
): Promise<T> {
  await spooled(model, { tenant }, { collection: model.collection.collectionName, op, change });
  return write();
}

const taken = new WeakMap<object, () => Promise<void>>();

mongoose.plugin((of: Schema) => {
  const ops = ['updateOne', 'updateMany', 'findOneAndUpdate', 'deleteOne', 'deleteMany', 'findOneAndDelete'] as const;
  of.pre(
    ops as never,
    { query: true, document: false } as never,
    async function (this: Query<unknown, unknown>) {
      const filter = this.getFilter() as Record<string, unknown>;
      const collection = this.model.collection.collectionName;
      const change = this.getUpdate() ?? undefined;
      const back = await spooled(this.model as never, filter, {
        collection,
        op: (this as never as { op: string }).op,
        filter,
        change,
      });
      if (back) taken.set(this, back);
    } as never,
  );
  of.post(
    ops as never,
    { query: true, document: false } as never,
    async function (this: Query<unknown, unknown>, result: unknown) {
      const back = taken.get(this);
      const { matchedCount, upsertedCount, deletedCount } = (result ?? {}) as Record<string, number | undefined>;
      const isNone = result === null || matchedCount === 0 || deletedCount === 0;
      if (back && isNone && !upsertedCount) await back();
    } as never,
  );
  of.pre('save', async function () {
    const model = this.constructor as unknown as Model<never>;
    const record = this.toObject() as Record<string, unknown>;
    const collection = model.collection?.collectionName;
    if (!collection || !this.isNew) return;
    const back = await spooled(model, record, { collection, op: 'insert', change: record });
    if (back) taken.set(this, back);
  });
  // A record that is there already is no change. Three arguments make it the hook of failures, which goes on with them by itself.
  of.post('save', async function (this: object, _error: unknown, _record: unknown, _next: unknown) {
    await taken.get(this)?.();
  } as never);
});
