import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { MdrError } from '../errors.js';
import { bytes } from '../say.js';
import type { Objects } from './s3.js';
import { type Entry, forgetFile, type Storage } from './storage.js';

/** A copy that was used so lately may be open in somebody's query. */
const IN_USE_MS = 15 * 60_000;
/** A copy that nobody used for so long goes: what was deleted for good is gone from every machine by then. */
const UNUSED_MS = 24 * 3600_000;
/** Copies are looked through so often, at most. */
const LOOK_MS = 60_000;
const AT_ONCE = 4;

export interface BucketParts {
  objects: Objects;
  /** The lake's folder on this machine: copies of Parquet files, and what is being written. */
  root: string;
  /** Most bytes of copies. */
  cache: number;
}

const missing = (path: string): Error => Object.assign(new Error(`there is no ${path}`), { code: 'ENOENT' });

/**
 * A lake in a bucket: the objects are the lake, files here are copies. A Parquet file is written here, put into the bucket whole and only
 * then named in the journal; a query gets those that it may read from the bucket first.
 */
export function bucketStorage({ objects, root, cache }: BucketParts): Storage {
  const keyOf = (path: string) => relative(root, path).split(sep).join('/');
  const under = (folder: string) => objects.list(keyOf(folder));
  const byName = (a: Entry, b: Entry) => (a.name < b.name ? -1 : 1);
  const read = async (path: string) => {
    const found = await objects.get(keyOf(path));
    if (!found) throw missing(path);
    return found;
  };
  const copies = new Copies(root, cache);
  // The journal stands on it, and a storage that does not know it says nothing: it is tried once, before anything is written by it.
  let proven: Promise<void> | null = null;
  const prove = () => {
    proven ??= tryNew(objects).catch((error) => {
      proven = null;
      throw error;
    });
    return proven;
  };
  return {
    read,
    replace: (path, data) => objects.put(keyOf(path), data),
    async putNew(path, data) {
      await prove();
      return objects.putNew(keyOf(path), data);
    },
    async names(folder) {
      const { entries, folders } = await under(folder);
      return [...entries.map(({ name }) => name), ...folders].sort();
    },
    entries: async (folder) => (await under(folder)).entries.sort(byName),
    entry: (path) => objects.entry(keyOf(path)),
    async drop(path) {
      await objects.drop(keyOf(path));
      await forgetFile(path);
    },
    async move(from, to) {
      const data = await objects.get(keyOf(from));
      if (!data) return;
      await objects.put(keyOf(to), data);
      await objects.drop(keyOf(from));
    },
    async settle(path) {
      await objects.put(keyOf(path), await readFile(path));
      await copies.look();
    },
    async fetch(files) {
      const all = files.reduce((sum, file) => sum + file.bytes, 0);
      if (all > cache)
        throw new MdrError(
          'MDR_LAKE_STORAGE',
          `This would read ${bytes(all)} of events, and at most ${bytes(cache)} are copied from the bucket to here.`,
          'Ask for less time or name one dataset instead of "events", or set MDR_LAKE_CACHE_GB higher.',
        );
      const waiting = [...files];
      const work = async (): Promise<void> => {
        for (let file = waiting.pop(); file; file = waiting.pop())
          if (!(await copies.has(file))) await copies.keep(file.path, await read(file.path));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      await copies.look();
    },
  };
}

/** @throws MdrError MDR_LAKE_STORAGE when of two objects of one key the second is taken */
async function tryNew(objects: Objects): Promise<void> {
  const key = `check/${randomUUID()}`;
  const first = await objects.putNew(key, 'first');
  const second = await objects.putNew(key, 'second');
  await objects.drop(key);
  if (first && !second) return;
  throw new MdrError(
    'MDR_LAKE_STORAGE',
    'This storage takes an object that must not be there yet (If-None-Match), though it is there.',
    'Two workers could overwrite each other: use a storage that knows it, such as AWS, MinIO, Ceph or R2.',
  );
}

/** Copies of the bucket's files on this machine. */
class Copies {
  #looked = 0;

  constructor(
    private readonly root: string,
    private readonly most: number,
  ) {}

  /** Whether it is here and whole; it is in use from now on. */
  async has({ path, bytes: size }: { path: string; bytes: number }): Promise<boolean> {
    const found = await stat(path).catch(() => null);
    if (found?.size !== size) return false;
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return true;
  }

  async keep(path: string, data: Buffer): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const fresh = `${path}.${randomUUID()}.part`;
    await writeFile(fresh, data);
    await rename(fresh, path);
  }

  /** Let go of copies: those that nobody used for a day, and the longest unused beyond the bound. */
  async look(now = Date.now()): Promise<void> {
    if (now - this.#looked < LOOK_MS) return;
    this.#looked = now;
    const found: { path: string; used: number; size: number }[] = [];
    for (const tenant of await readdir(this.root).catch(() => []))
      await filesIn(join(this.root, tenant, 'events'), found);
    let sum = found.reduce((all, { size }) => all + size, 0);
    for (const { path, used, size } of found.sort((a, b) => a.used - b.used)) {
      if (used > now - IN_USE_MS || (sum <= this.most && used > now - UNUSED_MS)) continue;
      await forgetFile(path);
      sum -= size;
    }
  }
}

async function filesIn(folder: string, found: { path: string; used: number; size: number }[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await filesIn(path, found);
    else {
      const { mtimeMs, size } = await stat(path).catch(() => ({ mtimeMs: Infinity, size: 0 }));
      found.push({ path, used: mtimeMs, size });
    }
  }
}
