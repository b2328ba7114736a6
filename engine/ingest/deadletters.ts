import type { ErrorCode } from '../errors.js';
import { idOf } from '../ids.js';
import type { DeadLetter, LetterRecord } from '../store/deadletters.js';
import type { TenantStore } from '../store/index.js';
import { sampleOf } from './records.js';

/** Letters kept for each tenant; beyond that the oldest go. How many there were stays in the counters. */
const MAX_DEAD_LETTERS = 10_000;
/** How long a letter is kept, in ms. */
export const LETTER_AGE = 30 * 86_400_000;
/** Longest record that is kept whole, in characters. */
const MAX_WHOLE = 32 * 1024;

/** Something refused, to be kept. */
export interface Refused {
  source: string;
  code: ErrorCode;
  message: string;
  /** What was refused; its first 8 KiB are kept. */
  sample: string | Buffer;
  /** Size of what was refused, in bytes. */
  bytes: number;
  /** For a record that a door had accepted: what its batch says of it. Up to 32 Ki characters of it are kept, to be queued again. */
  record?: Omit<LetterRecord, 'whole'>;
}

/**
 * Keep what was refused, so that a person can see it. The same refusal (source, code, content) is kept once. A letter that was
 * queued again and is refused again stands as it did before.
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
  const letters = new Map(refused.map((each) => letterOf(store.id, each, at)).map((letter) => [letter._id, letter]));
  const added = await store.deadletters.insertNew([...letters.values()]);
  if (added < letters.size)
    await store.deadletters.updateMany(
      { _id: { $in: [...letters.keys()] }, replay: { $ne: null } },
      { $set: { replay: null, at } },
    );
  if (added > 0) {
    await dropExpired(store, at);
    await dropOldest(store, max);
  }
  return added;
}

function letterOf(tenant: string, refused: Refused, at: number): Omit<DeadLetter, 'tenant'> {
  const { source, code, message, sample, bytes, record } = refused;
  const text = sampleOf(sample);
  const whole = record && typeof sample === 'string' && sample.length <= MAX_WHOLE;
  return {
    _id: idOf(tenant, source, code, typeof sample === 'string' ? sample : text, String(bytes)),
    source,
    code,
    message: message.slice(0, 500),
    sample: text,
    bytes,
    at,
    record: whole ? { ...record, whole: sample === text ? '' : sample } : null,
    replay: null,
  };
}

/** Letters whose time is over. @returns how many went */
export function dropExpired(store: TenantStore, now: number): Promise<number> {
  return store.deadletters.deleteMany({ at: { $lt: now - LETTER_AGE } });
}

async function dropOldest(store: TenantStore, max: number): Promise<void> {
  for (;;) {
    const over = await store.deadletters.find({}, { sort: { at: -1 }, skip: max, limit: 1000 });
    if (over.length === 0) return;
    await store.deadletters.deleteMany({ _id: { $in: over.map((letter) => letter._id) } });
  }
}
