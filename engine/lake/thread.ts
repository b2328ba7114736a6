import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.js';
import { loadFormats } from '../ingest/formats/index.js';
import { compact, tidy } from './compact.js';
import { Journal } from './journal.js';
import { land } from './land.js';
import { placesOf } from './places.js';

/** What runs in the thread that writes the lake: one tenant at a time, as it is asked. */
export interface Task {
  tenant: string;
  /** Also take away files that count no more. */
  tidy: boolean;
}
export interface Done {
  tenant: string;
  landed: number;
  /** Something is left to do. */
  more: boolean;
  error: string | null;
}

/** Journals that are kept open, with the batches they know. */
const MAX_JOURNALS = 64;

const { root } = workerData as { root: string };
try {
  // Detection and people come first: this thread, and DuckDB's that it starts, take what is left. Only Linux knows threads by number.
  setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW);
} catch {}

const formats = await loadFormats();
const journals = new Map<string, Journal>();

async function tend({ tenant, tidy: tidying }: Task): Promise<Done> {
  const places = placesOf(root, tenant);
  const journal = journals.get(tenant) ?? new Journal(places);
  journals.delete(tenant);
  journals.set(tenant, journal);
  for (const oldest of journals.keys()) {
    if (journals.size <= MAX_JOURNALS) break;
    journals.delete(oldest);
  }
  const landed = await land(places, journal, formats, systemClock);
  // Sorting waits while batches do: they come first.
  const sorted = landed === null ? await compact(places, journal, systemClock) : null;
  if (tidying) await tidy(places, journal, systemClock);
  return { tenant, landed: landed ?? 0, more: landed !== null || sorted !== null, error: null };
}

parentPort!.on('message', (task: Task) => {
  tend(task).then(
    (done) => parentPort!.postMessage(done),
    (error: Error) =>
      parentPort!.postMessage({ tenant: task.tenant, landed: 0, more: false, error: error.message } satisfies Done),
  );
});
