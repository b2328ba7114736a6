import { join } from 'node:path';
import { idOf } from '../ids.js';
import { inflateLines } from '../ingest/batch.js';
import type { Payloads } from '../queues.js';
import type { Places } from './places.js';

const BATCH_ID = /^[0-9a-f]{32}$/;

/** A batch as it waits, without its lines. */
type Head = Omit<Payloads['events'], 'lines'>;

export interface Spooled extends Head {
  batch: string;
  text: string[];
}

/**
 * Keep an accepted batch, as the door took it, until its events are in a Parquet file. When this has returned, they will be.
 * The same batch again is the same file.
 */
export async function spool(places: Places, batch: string, data: Payloads['events']): Promise<void> {
  const { lines, ...head } = data;
  const name = BATCH_ID.test(batch) ? batch : idOf(batch);
  const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), Buffer.from(lines, 'base64')]);
  await places.storage.replace(join(places.spool, name), bytes);
}

/** Ids of the batches that wait. */
export const spooled = async (places: Places): Promise<string[]> =>
  (await places.storage.names(places.spool)).filter((name) => BATCH_ID.test(name));

/** When the batch came that has waited longest, epoch ms; null: none waits. */
export async function spooledSince(places: Places): Promise<number | null> {
  let since: number | null = null;
  for (const { name, changed } of await places.storage.entries(places.spool))
    if (BATCH_ID.test(name) && changed < (since ?? Infinity)) since = changed;
  return since;
}

/** @returns null when somebody else has landed it, or when it cannot be read; that one is put aside, not lost */
export async function readSpooled(places: Places, batch: string): Promise<Spooled | null> {
  const path = join(places.spool, batch);
  const bytes = await places.storage.read(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!bytes) return null;
  try {
    const end = bytes.indexOf(10);
    const head = JSON.parse(bytes.toString('utf8', 0, end)) as Head;
    return { ...head, batch, text: inflateLines(bytes.subarray(end + 1)) };
  } catch {
    await spoil(places, batch);
    return null;
  }
}

/** Put a batch aside that cannot be used; nothing takes it from there. */
export async function spoil(places: Places, batch: string): Promise<void> {
  await places.storage.move(join(places.spool, batch), join(places.spoiled, batch));
}

export const unspool = async (places: Places, batches: readonly string[]): Promise<void> => {
  for (const batch of batches) await places.storage.drop(join(places.spool, batch));
};
