import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import { BUCKET, Bucket } from './bucket.js';
import { counterOf } from './counter.js';
import { Places } from './places.js';
import { type Source, Tail } from './tail.js';
import { type DoorParts, SOURCE } from './types.js';

const POLL_MS = 1000;
const MAX_FILES = 5000;
const MAX_DEPTH = 8;

interface Watched {
  tenant: string;
  source: string;
  folder: string;
}

/** Watched folders. */
export interface WatchDoor {
  /** Look at every folder once, now; resolves when what was found is stored. */
  poll(): Promise<void>;
  /** Finish the batch in hand; everything else is read on from there next time. */
  stop(): Promise<void>;
}

/** @param setting `<tenant>:<source>:<folder>`, separated by commas. @throws MdrError MDR_CONFIG */
export function readWatchSetting(setting: string): Watched[] {
  const entries = setting.split(',').map((entry) => entry.trim());
  return entries.filter(Boolean).map((entry) => {
    const [, tenant, source = '', folder] = /^([^:]+):([^:]+):(.+)$/.exec(entry) ?? [];
    if (tenant && folder && SOURCE.test(source)) return { tenant, source, folder };
    const hint = 'Write <tenant>:<source>:<folder>, separated by commas.';
    throw new MdrError('MDR_CONFIG', `MDR_WATCH has a malformed entry: "${entry}".`, hint);
  });
}

/**
 * Reads log files that appear or grow in folders (and theirs, eight deep), once a second. Where it stands in each file is kept in Redis by
 * device, inode and the file's beginning, so that it goes on there after a restart, a rename or a rotation, also one that copies or packs. Symbolic links and names
 * that begin with a dot are left alone. A folder `AWSLogs` is read as a bucket, see `bucket.ts`.
 * @param pollMs time between two looks; 0: only when `poll` is called
 * @throws MdrError MDR_CONFIG, MDR_TENANT_UNKNOWN
 */
export async function watchDoor(parts: DoorParts, pollMs = POLL_MS): Promise<WatchDoor> {
  const { store, queues, intake, config, metrics, clock, log } = parts;
  const abort = new AbortController();
  const folders: Folder[] = [];
  const help = 'Files in watched folders that are no logs and were passed over, by why.';
  const counter = counterOf(metrics.registry, 'mdr_watch_skipped_total', help, ['tenant', 'source', 'reason']);
  for (const { tenant, source, folder } of readWatchSetting(config.MDR_WATCH)) {
    await store.forTenant(tenant);
    const root = await realpath(folder).catch((cause) => {
      throw new MdrError(
        'MDR_CONFIG',
        `MDR_WATCH: the folder ${folder} cannot be opened.`,
        'Make it, or correct its name.',
        { cause },
      );
    });
    const key = `${queues.prefix}:{${tenant}}:watch:${source}:${idOf(root)}`;
    const origin = { tenant, source, format: null, simulated: false };
    const sink = { origin, intake, log, signal: abort.signal };
    const skipped = (files: number) => counter.inc({ tenant, source, reason: 'digest' }, files);
    const bucket = (path: string) =>
      new Bucket(path, { ...sink, redis: queues.redis, key: `${key}:${idOf(path)}`, clock, skipped });
    folders.push(new Folder(root, { ...sink, places: new Places(queues.redis, key, clock) }, bucket));
  }

  let looking: Promise<void> = Promise.resolve();
  const poll = (): Promise<void> => {
    looking = looking.then(async () => {
      if (!abort.signal.aborted) await Promise.all(folders.map((folder) => folder.look()));
    });
    return looking;
  };
  const loop = async () => {
    while (!abort.signal.aborted) {
      await poll();
      await wait(pollMs, undefined, { signal: abort.signal }).catch(() => {});
    }
  };
  const running = pollMs > 0 && folders.length > 0 ? loop() : Promise.resolve();
  return {
    poll,
    async stop() {
      abort.abort();
      await Promise.all([running, looking]);
    },
  };
}

/** One folder and where we stand in its files. */
class Folder {
  readonly #tails = new Map<string, Tail>();
  readonly #buckets = new Map<string, Bucket>();
  #toldOfLimit = false;

  constructor(
    private readonly root: string,
    private readonly source: Source,
    private readonly bucketAt: (path: string) => Bucket,
  ) {
    // The folder may be a bucket, or a part of one.
    if (root.split(sep).includes(BUCKET)) this.#bucket(root);
  }

  #bucket(path: string): void {
    if (!this.#buckets.has(path)) this.#buckets.set(path, this.bucketAt(path));
  }

  async look(): Promise<void> {
    const { log, signal } = this.source;
    try {
      if (!this.#buckets.has(this.root)) await this.#files();
      for (const bucket of this.#buckets.values()) if (!signal.aborted) await bucket.look();
    } catch (error) {
      log.warn({ err: error, folder: this.root }, 'a watched folder cannot be read now');
    }
  }

  async #files(): Promise<void> {
    const { log, signal } = this.source;
    const present = new Set<string>();
    let seenAll = true;
    const unreadable = (error: unknown, path: string) => {
      // Gone since it was listed: nothing that a person should look at.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      seenAll = false;
      log.warn({ err: error, path }, 'a watched file or folder cannot be read now');
    };
    for await (const path of filesIn(this.root, unreadable, (path) => this.#bucket(path))) {
      if (signal.aborted) return;
      if (present.size >= MAX_FILES) {
        seenAll = false;
        this.#tellOfLimit();
        break;
      }
      await this.#file(path, present).catch((error) => unreadable(error, path));
    }
    // What could not be seen is not gone, and an empty folder may be a mount that is away: nothing is forgotten then.
    if (seenAll && present.size > 0) await this.#forget(present);
  }

  #tellOfLimit(): void {
    if (this.#toldOfLimit) return;
    this.#toldOfLimit = true;
    const { log } = this.source;
    log.warn({ folder: this.root, limit: MAX_FILES }, 'too many files in a watched folder: the rest is not read');
  }

  /** @param present gets what the file is known by, whatever its name */
  async #file(path: string, present: Set<string>): Promise<void> {
    const stat = await lstat(path, { bigint: true });
    if (!stat.isFile()) return;
    const id = `${stat.dev}:${stat.ino}`;
    present.add(id);
    let tail = this.#tails.get(id);
    if (!tail) {
      tail = await Tail.resume(id, this.source);
      this.#tails.set(id, tail);
    }
    if (!tail.changed(stat)) return;
    // A folder on the way may have become a link since it was listed.
    if (!(await realpath(path)).startsWith(this.root + sep)) return;
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      const opened = await handle.stat({ bigint: true });
      if (opened.dev === stat.dev && opened.ino === stat.ino) await tail.read(path, handle, opened);
    } finally {
      await handle?.close();
    }
  }

  async #forget(present: ReadonlySet<string>): Promise<void> {
    for (const id of this.#tails.keys()) if (!present.has(id)) this.#tails.delete(id);
    await this.source.places.seen(present);
  }
}

async function* filesIn(
  folder: string,
  unreadable: (error: unknown, path: string) => void,
  bucket: (path: string) => void,
  depth = 0,
): AsyncGenerator<string, void, undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    unreadable(error, folder);
    return [];
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name === BUCKET) bucket(path);
    else if (entry.isDirectory() && depth < MAX_DEPTH) yield* filesIn(path, unreadable, bucket, depth + 1);
    else if (entry.isFile()) yield path;
  }
}
