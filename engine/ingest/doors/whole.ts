import type { FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, type MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import { Batcher, type Origin } from '../batch.js';
import { readBatches } from '../files.js';
import type { Intake } from '../intake.js';
import { Refusals } from '../refusals.js';

const RETRY_MS = 500;

/** Where what is read from files goes. */
export interface Sink {
  origin: Origin;
  intake: Intake;
  log: Log;
  signal: AbortSignal;
}

/**
 * Store for as long as it takes.
 * @param moment names the file and the place in it: the same again is stored and counted once
 * @returns false when we are to stop: nothing of it counts as read then
 */
export async function storeRecords(
  { intake, origin, log, signal }: Sink,
  batches: readonly string[][],
  refused: Refusals,
  moment: string,
): Promise<boolean> {
  if (batches.length === 0 && refused.count === 0) return true;
  while (!signal.aborted) {
    try {
      if (!(await intake.full())) {
        await intake.take(origin, { batches, refused, moment });
        return true;
      }
    } catch (error) {
      log.warn({ err: error, ...origin }, 'a watched file is held back');
    }
    await wait(RETRY_MS, undefined, { signal }).catch(() => {});
  }
  return false;
}

export interface WholeFile {
  path: string;
  handle: FileHandle;
  size: number;
  /** What it is known by. */
  id: string;
  /** Records at its beginning that are not to be stored. */
  before?: number;
  /** Whether a record is to be stored; all are unless told. */
  isNew?: (line: string) => boolean;
}

/** Read a file from its beginning to its end and store it; a fault in it becomes a dead letter. @returns false when we are to stop */
export async function storeWhole(
  sink: Sink,
  { path, handle, size, id, before = 0, isNew }: WholeFile,
): Promise<boolean> {
  const batcher = new Batcher();
  const refused = new Refusals();
  let number = 0;
  try {
    for await (const lines of readBatches(path, handle)) {
      for (const item of lines) {
        number += 1;
        if (('refused' in item ? item.refused : item).number <= before) continue;
        if ('line' in item && isNew && !isNew(item.line)) continue;
        if ('refused' in item) refused.add(item.refused);
        const batch = 'line' in item ? batcher.add(item.line, Buffer.byteLength(item.line)) : null;
        if (batch && !(await storeRecords(sink, [batch], new Refusals(), `${id}:${number}`))) return false;
      }
    }
  } catch (error) {
    if (codeOf(error) !== 'MDR_FILE_UNREADABLE') throw error;
    const { message } = error as MdrError;
    refused.add({ code: 'MDR_FILE_UNREADABLE', message, number, sample: path, bytes: size });
  }
  const rest = batcher.take();
  return storeRecords(sink, rest ? [rest] : [], refused, `${id}:${number}`);
}
