import type { Model, PipelineStage, QueryFilter, UpdateQuery } from 'mongoose';
import { auditedBulk } from './audited.js';

/** Sort, limit and skip of a listing; and the only fields to be read, also inside lists. */
export interface Page {
  fields?: Readonly<Record<string, 0 | 1>>;
  sort?: Record<string, 1 | -1>;
  limit?: number;
  skip?: number;
}

const DUPLICATE_KEY = 11000;

/** Whether an error says that a unique key exists already. */
export function isDuplicate(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === DUPLICATE_KEY;
}

/** The ids that a filter names, when it asks for nothing else. */
function onlyIds(filter: object): readonly unknown[] | null {
  const [[name, value] = [], ...more] = Object.entries(filter);
  if (name !== '_id' || more.length > 0 || typeof value !== 'object' || value === null) return null;
  const [[operator, ids] = [], ...others] = Object.entries(value as object);
  return operator === '$in' && Array.isArray(ids) && others.length === 0 ? ids : null;
}

/**
 * One collection, seen by one tenant. Every filter and every new record gets the tenant's id here and nowhere else,
 * so that no caller can forget it, and a filter that names another tenant finds nothing.
 */
export class Scoped<T extends { tenant: string }> {
  constructor(
    private readonly model: Model<T>,
    readonly tenant: string,
  ) {}

  private filter(filter: QueryFilter<T>): QueryFilter<T> {
    // Flat where it can be: some servers use an index only when a filter has exactly its fields.
    if ('tenant' in filter) return { $and: [filter, { tenant: this.tenant }] } as QueryFilter<T>;
    return { ...filter, tenant: this.tenant } as QueryFilter<T>;
  }

  async find(filter: QueryFilter<T> = {}, page: Page = {}): Promise<T[]> {
    const ids = onlyIds(filter);
    if (ids && !page.fields) return this.findOwn(ids, page);
    let query = this.model.find(this.filter(filter)).lean<T[]>();
    if (page.fields) query = query.select(page.fields);
    if (page.sort) query = query.sort(page.sort);
    if (page.skip) query = query.skip(page.skip);
    return query.limit(page.limit ?? 1000);
  }

  /** As `own`, but the records. */
  private async findOwn(ids: readonly unknown[], page: Page): Promise<T[]> {
    let query = this.model.find({ _id: { $in: [...ids] } } as QueryFilter<T>).lean<T[]>();
    if (page.sort) query = query.sort(page.sort);
    const found = (await query).filter(({ tenant }) => tenant === this.tenant);
    return found.slice(page.skip ?? 0, (page.skip ?? 0) + (page.limit ?? 1000));
  }

  /**
   * A filter for those of these records that are this tenant's. By ids alone, since some servers use no index for a list of ids beside
   * another condition; the tenant of a record never changes.
   */
  private async own(ids: readonly unknown[]): Promise<{ _id: { $in: unknown[] } }> {
    if (ids.length === 0) return { _id: { $in: [] } };
    const found = await this.model
      .find({ _id: { $in: [...ids] } } as QueryFilter<T>)
      .select({ tenant: 1 })
      .lean<{ _id: unknown; tenant: string }[]>();
    return { _id: { $in: found.filter(({ tenant }) => tenant === this.tenant).map(({ _id }) => _id) } };
  }

  async findOne(filter: QueryFilter<T>): Promise<T | null> {
    return this.model.findOne(this.filter(filter)).lean<T>();
  }

  async count(filter: QueryFilter<T> = {}): Promise<number> {
    return this.model.countDocuments(this.filter(filter));
  }

  /** @returns false when a record with the same unique key is there already; nothing is changed then */
  async insert(record: Omit<T, 'tenant'>): Promise<boolean> {
    try {
      await this.model.create({ ...record, tenant: this.tenant } as unknown as T);
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  /** Insert what is not there yet; records whose key exists are left as they are. @returns how many were new */
  async insertNew(records: Omit<T, 'tenant'>[]): Promise<number> {
    if (records.length === 0) return 0;
    const documents = records.map((record) => ({ ...record, tenant: this.tenant }));
    try {
      const result = await this.bulk('insertMany', documents, () =>
        this.model.collection.insertMany(documents as never[], { ordered: false }),
      );
      return result.insertedCount;
    } catch (error) {
      const { writeErrors } = error as { writeErrors?: { code?: number }[] };
      const faults = Array.isArray(writeErrors) ? writeErrors : [];
      if (!isDuplicate(error) || faults.some((fault) => fault.code !== DUPLICATE_KEY)) throw error;
      // Counted from the faults: the count in the answer differs between the kinds of MongoDB.
      return faults.length > 0 ? records.length - faults.length : 0;
    }
  }

  /** @returns whether a record matched */
  async update(filter: QueryFilter<T>, change: UpdateQuery<T>): Promise<boolean> {
    const result = await this.model.updateOne(this.filter(filter), change);
    return result.matchedCount > 0;
  }

  async updateMany(filter: QueryFilter<T>, change: UpdateQuery<T>): Promise<number> {
    const ids = onlyIds(filter);
    if (ids?.length === 0) return 0;
    const result = await this.model.updateMany(ids ? await this.own(ids) : this.filter(filter), change);
    return result.modifiedCount;
  }

  /** Many changes in one request, each to all records that its filter finds; in no order. */
  async updateEach(changes: readonly { filter: QueryFilter<T>; change: UpdateQuery<T> }[]): Promise<void> {
    if (changes.length === 0) return;
    const own = new Set((await this.own(changes.flatMap(({ filter }) => onlyIds(filter) ?? [])))._id.$in);
    const many = changes.map(({ filter, change }) => {
      const ids = onlyIds(filter)?.filter((id) => own.has(id));
      return { updateMany: { filter: ids ? { _id: { $in: ids } } : this.filter(filter), update: change } };
    });
    await this.bulk('bulkWrite', many, () => this.model.bulkWrite(many as never[], { ordered: false }));
  }

  /** As `updateEach`, for records that were read before: they tell whose they are, and nobody else's are changed. */
  async updateRead(changes: readonly { records: readonly (T & { _id: unknown })[]; change: UpdateQuery<T> }[]) {
    const many = changes.flatMap(({ records, change }) => {
      const ids = records.filter(({ tenant }) => tenant === this.tenant).map(({ _id }) => _id);
      return ids.length > 0 ? [{ updateMany: { filter: { _id: { $in: ids } }, update: change } }] : [];
    });
    if (many.length > 0)
      await this.bulk('bulkWrite', many, () => this.model.bulkWrite(many as never[], { ordered: false }));
  }

  private bulk<R>(op: string, change: unknown, write: () => Promise<R>): Promise<R> {
    return auditedBulk(this.model as never, this.tenant, op, change, write);
  }

  /** @returns how many records are gone */
  async deleteMany(filter: QueryFilter<T>): Promise<number> {
    const result = await this.model.deleteMany(this.filter(filter));
    return result.deletedCount;
  }

  async upsert(filter: QueryFilter<T>, change: UpdateQuery<T>): Promise<void> {
    // An upsert takes equality terms of the filter into the new record, so the tenant goes in flat here.
    await this.model.updateOne({ ...filter, tenant: this.tenant } as QueryFilter<T>, change, { upsert: true });
  }

  async aggregate<R>(stages: PipelineStage[]): Promise<R[]> {
    return this.model.aggregate<R>([{ $match: { tenant: this.tenant } }, ...stages]);
  }
}
