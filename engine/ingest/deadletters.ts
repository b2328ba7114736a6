import type { ErrorCode } from '../errors.js';
import { idOf } from '../ids.js';
import type { DeadLetter } from '../store/deadletters.js';
import type { TenantStore } from '../store/index.js';
import { sampleOf } from './records.js';

/** Letters kept for each tenant; beyond that the oldest go. How many there were stays in the counters. */
const MAX_DEAD_LETTERS = 10_000;

/** Something refused, to be kept. */
export interface Refused {
  source: string;
  code: ErrorCode;
  message: string;
  /** What was refused; its first 8 KiB are kept. */
  sample: string | Buffer;
  /** Size of what was refused, in bytes. */
  bytes: number;
}

/**
 * Keep what was refused, so that a person can see it. The same refusal (source, code, content) is kept once.
 * @param at epoch ms
 * @param max letters to keep for the tenant
 * @returns how many were new
 */
export async function keepDeadLetters(
  store: TenantStore,
  refused: readonly Refused[],
  at: number,
  max = MAX_DEAD_LETTERS,
): Promise<number> {
  const records = new Map<string, Omit<DeadLetter, 'tenant'>>();
  for (const { source, code, message, sample, bytes } of refused) {
    const text = sampleOf(sample);
    const _id = idOf(store.id, source, code, text, String(bytes));
    records.set(_id, { _id, source, code, message: message.slice(0, 500), sample: text, bytes, at });
  }
  const added = await store.deadletters.insertNew([...records.values()]);
  if (added > 0) await dropOldest(store, max);
  return added;
}

async function dropOldest(store: TenantStore, max: number): Promise<void> {
  for (;;) {
    const over = await store.deadletters.find({}, { sort: { at: -1 }, skip: max, limit: 1000 });
    if (over.length === 0) return;
    await store.deadletters.deleteMany({ _id: { $in: over.map((letter) => letter._id) } });
  }
}
