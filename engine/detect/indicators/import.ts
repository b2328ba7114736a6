import type { Redis } from 'ioredis';
import { idOf } from '../../ids.js';
import type { Store } from '../../store/index.js';
import { type IndicatorRecord, upsertIndicators } from '../../store/indicators.js';
import { admit, type Terms } from './admit.js';
import { readIndicators } from './read/index.js';
import type { IndicatorType, Refusal } from './types.js';

/** Source names: they are shown and matched, so they are plain. */
export const SOURCE_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/;
/** How long an expired indicator is kept: events come late, and are held against what was known when they happened. */
export const KEPT_AFTER_MS = 7 * 86_400_000;

export interface ImportCounts {
  /** New ones, and ones known before that were brought up to date. */
  added: number;
  updated: number;
  types: Partial<Record<IndicatorType, number>>;
  refused: Partial<Record<Refusal, number>>;
}

/** Key under which workers see that indicators have changed. */
export const indicatorsKey = (prefix: string): string => `${prefix}:indicators:version`;

/** Tell the workers that indicators have changed. */
export async function announce(redis: Redis, prefix: string): Promise<void> {
  await redis.incr(indicatorsKey(prefix));
}

/**
 * Take a file's indicators in. The same file again changes nothing but dates and confidence: one record for each owner, type, value
 * and source. Workers must be told afterwards (`announce`), also when it failed half-way.
 * @param owner a tenant's id, or `*`
 * @throws MdrError MDR_FILE_UNREADABLE; what was read before the fault is in
 */
export async function importIndicators(
  store: Pick<Store, 'indicators'>,
  file: string,
  { owner, source, ...terms }: Terms & { owner: string; source: string },
  onProgress: (counts: ImportCounts) => void = () => {},
): Promise<ImportCounts> {
  const counts: ImportCounts = { added: 0, updated: 0, types: {}, refused: {} };
  for await (const items of readIndicators(file)) {
    // By id: a value that stands in a batch twice would be two writes to one record at the same moment.
    const records = new Map<string, IndicatorRecord>();
    for (const item of items) {
      const ready = 'refused' in item ? item : admit(item, terms);
      if ('refused' in ready) {
        counts.refused[ready.refused] = (counts.refused[ready.refused] ?? 0) + 1;
        continue;
      }
      const _id = idOf('indicator', owner, ready.type, ready.value, source);
      records.set(_id, { _id, tenant: owner, source, ...ready, added: terms.now, updated: terms.now });
    }
    const added = await upsertIndicators(store.indicators, [...records.values()]);
    counts.added += added;
    counts.updated += records.size - added;
    for (const { type } of records.values())
      counts.types[type as IndicatorType] = (counts.types[type as IndicatorType] ?? 0) + 1;
    onProgress(counts);
  }
  return counts;
}

/** Delete those that expired so long ago that no event is held against them any more. @returns how many */
export async function purgeExpired(store: Pick<Store, 'indicators'>, now: number): Promise<number> {
  const { deletedCount } = await store.indicators.deleteMany({ expires: { $ne: null, $lt: now - KEPT_AFTER_MS } });
  return deletedCount;
}
