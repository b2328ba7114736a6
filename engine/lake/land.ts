import type { Clock } from '../clock.js';
import { eventIdOf } from '../detect/found.js';
import { MdrError } from '../errors.js';
import { lineReader } from '../ingest/envelope.js';
import type { Formats } from '../ingest/formats/index.js';
import { log } from '../log.js';
import { openWorkshop } from './duck.js';
import type { Journal } from './journal.js';
import { Packer } from './pack.js';
import { writePartitions } from './parquet.js';
import type { Places } from './places.js';
import { readSpooled, type Spooled, spoil, spooled, unspool } from './spool.js';

/** Most batches that land together, and bytes of their texts. */
const MAX_BATCHES = 1024;
const MAX_BYTES = 256 * 1024 * 1024;
/** So many events of one day and dataset get a file of their own at once; fewer are sorted later, with others. */
const OWN_ROWS = 20_000;

/**
 * Bring batches that wait into a Parquet file. Killed at any moment, it has done all of it or nothing: what landed is in the journal
 * together with the batches it came from, and a batch that is there lands no more.
 * @returns events that landed; null when no batch waited
 */
export async function land(places: Places, journal: Journal, formats: Formats, clock: Clock): Promise<number | null> {
  const waiting = await spooled(places);
  if (waiting.length === 0) return null;
  const landed = await journal.landed();
  await journal.read();
  const known = waiting.filter((batch) => landed.has(batch));
  await unspool(places, known);
  const fresh = waiting.filter((batch) => !landed.has(batch)).slice(0, MAX_BATCHES);
  if (fresh.length === 0) return 0;

  const packer = new Packer();
  const batches: string[] = [];
  for (const batch of fresh) {
    const found = await readSpooled(places, batch);
    if (!found) continue;
    const before = packer.rows;
    try {
      pack(found, places.tenant, formats, packer);
    } catch (error) {
      // A fault of ours must not keep all other events out: the batch stays on disk as it came.
      log.error(
        { tenant: places.tenant, batch, error: (error as Error).message },
        'a batch cannot be read into the lake',
      );
      packer.truncate(before);
      await spoil(places, batch);
      continue;
    }
    batches.push(batch);
    if (packer.bytes > MAX_BYTES) break;
  }
  if (batches.length === 0) return 0;
  const { rows } = packer;
  const workshop = await openWorkshop(places);
  try {
    const now = clock();
    const target = { places, landed: now };
    const add =
      rows > 0 ? await writePartitions(workshop.connection, packer, target, { least: OWN_ROWS, rest: 'recent' }) : [];
    // Another worker may have been quicker with some of them: those that are left come next time, in a file of their own.
    const done = await journal.commit(() =>
      batches.some((batch) => landed.has(batch)) ? null : { at: now, add, remove: [], batches },
    );
    if (!done) return 0;
    await unspool(places, batches);
    return rows;
  } finally {
    workshop.close();
  }
}

/** Records that no format takes are dead letters already (engine/detect/stage.ts). */
function pack(batch: Spooled, tenant: string, formats: Formats, packer: Packer): void {
  const { source, simulated } = batch;
  const named = batch.format ? formats.byName(batch.format) : null;
  const read = lineReader(formats, batch, named);
  for (const line of batch.text) {
    try {
      const { format, parsed, original } = read(line);
      const id = eventIdOf({ tenant, source, format: format.name, line, parsed, simulated });
      packer.add({ id, source, format: format.name, simulated, parsed, original });
    } catch (error) {
      if (!(error instanceof MdrError)) throw error;
    }
  }
}
