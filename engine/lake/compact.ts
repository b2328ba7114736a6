import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.js';
import { dropFile, namesIn } from './disk.js';
import { openWorkshop } from './duck.js';
import { GRACE_MS, type Journal, type LakeFile } from './journal.js';
import { type Shared, writePartitions, writeShared } from './parquet.js';
import type { Places } from './places.js';

/** Recent files are sorted into days and datasets when they hold so many events, or the oldest is so old. */
const RECENT_ROWS = 200_000;
const RECENT_MS = 30 * 60_000;
/** So many small recent files become one until then: a query opens each. */
const RECENT_FILES = 16;
/** Files of one day and dataset are merged up to this size. */
const MERGED_ROWS = 400_000;
const MERGED_BYTES = 96 * 1024 * 1024;
const MERGE_AT = 4;
const ORPHAN_MS = 60 * 60_000;

/** What one pass does: read some files, write others in their place. */
export interface Plan {
  kind: 'sort' | 'gather' | 'merge';
  files: LakeFile[];
}

const rowsOf = (files: readonly LakeFile[]) => files.reduce((sum, { rows }) => sum + rows, 0);
const bytesOf = (files: readonly LakeFile[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** The most useful thing to do, null when all is well. */
export function planCompaction(files: Iterable<LakeFile>, now: number): Plan | null {
  const recent: LakeFile[] = [];
  const partitions = new Map<string, LakeFile[]>();
  for (const file of files) {
    if (file.day === null) recent.push(file);
    else {
      const key = `${file.day}/${file.dataset}`;
      partitions.set(key, [...(partitions.get(key) ?? []), file]);
    }
  }
  // What sorting left over (days that no clock shows) is not sorted again.
  const sortable = recent.filter((file) => folderOf(file) === 'recent');
  sortable.sort((a, b) => a.landed - b.landed);
  if (rowsOf(sortable) >= RECENT_ROWS || (sortable[0] && sortable[0].landed <= now - RECENT_MS))
    return { kind: 'sort', files: upTo(sortable, MERGED_ROWS) };
  for (const folder of ['recent', 'various'] as const) {
    const small = recent.filter((file) => folderOf(file) === folder && file.rows < RECENT_ROWS / 4);
    if (small.length >= RECENT_FILES) return { kind: 'gather', files: upTo(small, MERGED_ROWS) };
  }
  for (const group of partitions.values()) {
    const merge = upTo(
      group
        .filter(({ rows, bytes }) => rows < MERGED_ROWS / 2 && bytes < MERGED_BYTES / 2)
        .sort((a, b) => a.rows - b.rows),
      MERGED_ROWS,
    );
    // A large file is not written again for the sake of a few small ones.
    const worth = rowsOf(merge) >= 2 * (merge.at(-1)?.rows ?? 0) || merge.length >= 4 * MERGE_AT;
    if (merge.length >= MERGE_AT && worth) return { kind: 'merge', files: merge };
  }
  return null;
}

const folderOf = ({ path }: LakeFile): Shared => (path.startsWith('various/') ? 'various' : 'recent');

/** As many from the front as make a file of useful size; at least one. */
function upTo(files: LakeFile[], rows: number): LakeFile[] {
  const taken: LakeFile[] = [];
  for (const file of files) {
    const next = [...taken, file];
    if (taken.length > 0 && (rowsOf(next) > rows || bytesOf(next) > MERGED_BYTES)) break;
    taken.push(file);
  }
  return taken;
}

/** One pass, if there is something to do. Killed at any moment, it has done all of it or nothing. @returns what was done */
export async function compact(places: Places, journal: Journal, clock: Clock): Promise<Plan['kind'] | null> {
  const { files } = await journal.read();
  const plan = planCompaction(files.values(), clock());
  if (!plan) return null;
  const workshop = await openWorkshop(places);
  try {
    const landed = Math.max(...plan.files.map((file) => file.landed));
    const add =
      plan.kind === 'gather'
        ? [await writeShared(workshop.connection, plan.files, { places, landed }, folderOf(plan.files[0]!))]
        : await writePartitions(workshop.connection, plan.files, { places, landed });
    const remove = plan.files.map(({ path }) => path);
    await journal.commit(({ files }) =>
      remove.every((path) => files.has(path)) ? { at: clock(), add, remove, batches: [] } : null,
    );
    return plan.kind;
  } finally {
    workshop.close();
  }
}

/** Take away files that count no more, and what killed processes left. @returns how many */
export async function tidy(places: Places, journal: Journal, clock: Clock): Promise<number> {
  const now = clock();
  const { files } = await journal.read();
  const lately = await journal.removedSince(now - GRACE_MS);
  let gone = 0;
  for (const { path, changed } of await parquetIn(places)) {
    // A young one may be on its way into the journal.
    if (files.has(path) || lately.has(path) || changed >= now - ORPHAN_MS) continue;
    await places.storage.drop(join(places.events, path));
    gone++;
  }
  for (const name of await namesIn(places.aside)) {
    const path = join(places.aside, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile() && found.mtimeMs < now - ORPHAN_MS) await dropFile(path);
  }
  return gone;
}

async function parquetIn(places: Places, below = ''): Promise<{ path: string; changed: number }[]> {
  const folder = join(places.events, below);
  const files = await places.storage.entries(folder);
  const found = files
    .filter(({ name }) => name.endsWith('.parquet'))
    .map(({ name, changed }) => ({ path: below ? `${below}/${name}` : name, changed }));
  if (below.split('/').length >= 3) return found;
  for (const name of await places.storage.names(folder))
    if (!files.some((file) => file.name === name))
      found.push(...(await parquetIn(places, below ? `${below}/${name}` : name)));
  return found;
}
