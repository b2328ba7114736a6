import type { Clock } from '../clock.js';
import { systemClock } from '../clock.js';
import { openWorkshop, Staging } from './duck.js';
import { Journal } from './journal.js';
import { type LakeEvent, Packer } from './pack.js';
import { writePartitions } from './parquet.js';
import { placesOf } from './places.js';

/** Events that are handed to DuckDB at a time, and that become files at a time. */
const PACK = 5000;
const WRITE = 250_000;

export interface BulkOptions {
  /** Events that become files at a time. */
  rows?: number;
  memoryMb?: number;
  threads?: number;
  clock?: Clock;
}

/**
 * Write many events of one tenant straight into sorted files: for benches, evaluations and imports. What was read when it fails is
 * there, what came after is not; the same events again are there twice.
 * @returns how many events were written
 */
export async function writeParquet(
  root: string,
  tenant: string,
  events: AsyncIterable<LakeEvent> | Iterable<LakeEvent>,
  { rows = WRITE, memoryMb = 2048, threads = 2, clock = systemClock }: BulkOptions = {},
): Promise<number> {
  const places = placesOf(root, tenant);
  const journal = new Journal(places);
  const workshop = await openWorkshop(places, memoryMb, threads);
  const staging = new Staging(workshop.connection);
  const packer = new Packer();
  let written = 0;
  const write = async (): Promise<void> => {
    await staging.add(packer.take());
    if (staging.rows === 0) return;
    const landed = clock();
    const count = staging.rows;
    const add = await writePartitions(workshop.connection, staging.take(), { places, landed });
    await journal.commit(() => ({ at: landed, add, remove: [], batches: [] }));
    written += count;
  };
  try {
    for await (const event of events) {
      packer.add(event);
      if (packer.rows < PACK) continue;
      await staging.add(packer.take());
      if (staging.rows >= rows) await write();
    }
    await write();
    return written;
  } finally {
    workshop.close();
  }
}
