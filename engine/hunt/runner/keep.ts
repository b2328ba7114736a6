import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { Redis } from 'ioredis';
import { type ModelRecord, newTenantRecord, type TenantRecord } from './types.js';

const pack = promisify(deflate);
const unpack = promisify(inflate);
/** Largest state, compressed and as text. */
export const MAX_STATE = 8 * 1024 * 1024;
const MAX_TEXT = 256 * 1024 * 1024;
const TENANT = '.tenant';

/** Where the models of a tenant are kept: one hash of their records, and each one's state. Keys are hash-tagged by tenant. */
export interface Kept {
  records(): Promise<{ models: Map<string, ModelRecord>; tenant: TenantRecord }>;
  /** @returns null when there is none, or it cannot be unpacked; what goes wrong with Redis is thrown, since nothing is lost then */
  state(model: string): Promise<unknown>;
  /** A state and its record, together or not at all. */
  save(model: string, record: ModelRecord, packed: Buffer): Promise<void>;
  saveTenant(record: TenantRecord): Promise<void>;
  /** Learn anew from the beginning; only by whoever runs the models. */
  drop(model: string): Promise<void>;
  /** Ask that a model learns anew with its next run. */
  ask(model: string): Promise<void>;
  /** Models of which that was asked, and those that have begun to. */
  asked(): Promise<string[]>;
  begun(model: string): Promise<void>;
}

export const packState = (state: unknown): Promise<Buffer> => pack(JSON.stringify(state), { level: 1 });

export function kept(redis: Redis, prefix: string, tenant: string): Kept {
  const records = `${prefix}:{${tenant}}:models`;
  const again = `${records}:.again`;
  const stateOf = (model: string) => `${records}:${model}`;
  return {
    async records() {
      const found = await redis.hgetall(records);
      const models = new Map<string, ModelRecord>();
      let own = newTenantRecord();
      for (const [name, text] of Object.entries(found)) {
        const value = JSON.parse(text);
        if (name === TENANT) own = value as TenantRecord;
        else models.set(name, value as ModelRecord);
      }
      return { models, tenant: own };
    },
    async state(model) {
      const packed = await redis.getBuffer(stateOf(model));
      if (!packed) return null;
      try {
        return JSON.parse(String(await unpack(packed, { maxOutputLength: MAX_TEXT })));
      } catch {
        return null;
      }
    },
    async save(model, record, packed) {
      const done = await redis.multi().set(stateOf(model), packed).hset(records, model, JSON.stringify(record)).exec();
      for (const [error] of done ?? [[new Error('the state was not saved')] as [Error]]) if (error) throw error;
    },
    async saveTenant(record) {
      await redis.hset(records, TENANT, JSON.stringify(record));
    },
    async ask(model) {
      await redis.sadd(again, model);
    },
    asked: () => redis.smembers(again),
    async begun(model) {
      await redis.srem(again, model);
    },
    async drop(model) {
      await redis.multi().del(stateOf(model)).hdel(records, model).exec();
    },
  };
}
