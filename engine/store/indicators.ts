import { type Connection, createConnection, type Model, Schema } from 'mongoose';

/** Owner of the indicators that are every tenant's; no tenant can be called so. */
export const PROVIDER = '*';

/** A value known to be bad, as one source tells it. */
export interface IndicatorRecord {
  /** Hash of owner, type, value and source. */
  _id: string;
  /** Whose it is: a tenant's own is looked for in that tenant's events alone; `*` in everybody's. */
  tenant: string;
  /** `ip` (an address or a CIDR range), `domain`, `url`, `md5`, `sha1`, `sha256`, `imphash` or `email`. */
  type: string;
  /** In its normal form. */
  value: string;
  source: string;
  /** 0–100. */
  confidence: number;
  /** Epoch ms; null: never. */
  expires: number | null;
  /** A domain that is meant alone, without its sub-domains. */
  exact: boolean;
  threat: { name: string; techniques: string[] } | null;
  /** Epoch ms when it came first and last. */
  added: number;
  updated: number;
}

const schema = new Schema<IndicatorRecord>(
  {
    _id: { type: String, required: true },
    tenant: { type: String, required: true },
    type: { type: String, required: true },
    value: { type: String, required: true },
    source: { type: String, required: true },
    confidence: { type: Number, required: true },
    expires: { type: Number, default: null },
    exact: { type: Boolean, default: false },
    threat: { type: Schema.Types.Mixed, default: null },
    added: { type: Number, required: true },
    updated: { type: Number, required: true },
  },
  { versionKey: false, minimize: false },
);
schema.index({ tenant: 1, value: 1 });
schema.index({ tenant: 1, source: 1 });
schema.index({ confidence: -1, _id: 1 });
schema.index({ expires: 1 });

export const indicatorModel = (connection: Connection) =>
  connection.model<IndicatorRecord>('Indicator', schema, 'indicators');

/** Write records; those that are there already are brought up to date. @returns how many are new */
export async function upsertIndicators(
  model: Model<IndicatorRecord>,
  records: readonly IndicatorRecord[],
): Promise<number> {
  if (records.length === 0) return 0;
  const result = await model.collection.bulkWrite(
    records.map(({ _id, added, ...rest }) => ({
      updateOne: { filter: { _id: _id as never }, update: { $set: rest, $setOnInsert: { added } }, upsert: true },
    })),
    { ordered: false },
  );
  return result.upsertedCount;
}

/** All that hold at a time or later, the most confident first, read as a stream. */
export function streamIndicators(model: Model<IndicatorRecord>, since: number): AsyncIterable<IndicatorRecord> {
  return model.collection
    .find({ $or: [{ expires: null }, { expires: { $gte: since } }] })
    .sort({ confidence: -1, _id: 1 })
    .allowDiskUse()
    .batchSize(5000) as unknown as AsyncIterable<IndicatorRecord>;
}

/** The collection over a connection of its own, for a thread that has no store. */
export async function openIndicators(
  uri: string,
  database: string,
): Promise<{ model: Model<IndicatorRecord>; close(): Promise<void> }> {
  const connection = createConnection(uri, { dbName: database, serverSelectionTimeoutMS: 8000, autoIndex: false });
  await connection.asPromise();
  return { model: indicatorModel(connection), close: () => connection.close() };
}
