import type { Clock } from '../clock.js';
import { systemClock } from '../clock.js';
import { openWorkshop } from './duck.js';
import { Journal } from './journal.js';
import { type LakeEvent, Packer } from './pack.js';
import { writePartitions } from './parquet.js';
import { placesOf } from './places.js';

/** Events, and bytes of their texts, that become files at a time. */
const WRITE = 250_000;
const WRITE_BYTES = 768 * 1024 * 1024;
/** Bytes are counted so often. */
const LOOK = 4096;

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
  const packer = new Packer();
  let written = 0;
  const write = async (): Promise<void> => {
    if (packer.rows === 0) return;
    const landed = clock();
    const add = await writePartitions(workshop.connection, packer, { places, landed });
    await journal.commit(() => ({ at: landed, add, remove: [], batches: [] }));
    written += packer.rows;
    packer.truncate(0);
  };
  try {
    for await (const event of events) {
      packer.add(event);
      if (packer.rows >= rows || (packer.rows % LOOK === 0 && packer.bytes > WRITE_BYTES)) await write();
    }
    await write();
    return written;
  } finally {
    workshop.close();
  }
}
