import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Redis } from 'ioredis';
import { idOf } from '../../ids.js';
import { within } from '../within.js';
import { type Sink, storeWhole } from './whole.js';

/** The folder that AWS begins its layout with: `AWSLogs/<account>/CloudTrail/<region>/YYYY/MM/DD/*.json.gz`. */
export const BUCKET = 'AWSLogs';
/** Hashes that prove the log files; no log. */
const DIGEST = /(?:^|\/)CloudTrail-Digest(?:\/|$)/;
/** What is being written has another ending until it is whole (`aws s3 sync`, rclone). */
const ENDINGS = /\.(?:gz|json|jsonl|log|txt|csv|zip)$/i;
const STAMP = /_(\d{8}T\d{4}Z)_/;
const DATE = /(?:^|\/)(\d{4})\/(\d\d)\/(\d\d)(?=\/|$)/;
const MAX_DEPTH = 12;
const MAX_FOLDERS = 100_000;
/** Files read before other folders get their turn. */
const TURN_FILES = 500;
/** A file that changed so lately may still be copied to here. */
const SETTLED_MS = 3000;
/** A walk takes at most a twentieth of the time. */
const REST = 20;

export interface BucketParts extends Sink {
  redis: Redis;
  /** Redis keys of this bucket begin so. */
  key: string;
  clock: () => number;
  /** Files that are no logs were passed over. */
  skipped(files: number): void;
}

/** A file that has not been read: what orders it, and its folder's path. */
interface Unread {
  order: string;
  folder: string;
  name: string;
  member: string;
}

/**
 * A copy of an S3 bucket of AWS logs: each file is read once, the oldest first over all accounts and regions, however many there
 * are. Which ones were read is kept in Redis by name and size, a set for each folder, until the folder is gone.
 */
export class Bucket {
  /** Change time of folders in which nothing is left to read. */
  readonly #done = new Map<string, bigint>();
  /** Folders in which something may be unread, the oldest day first; they are walked again when none is left. */
  #pending: Changed[] = [];
  #next = 0;
  #told = false;

  constructor(
    private readonly root: string,
    private readonly parts: BucketParts,
  ) {}

  async look(): Promise<void> {
    const { clock, signal } = this.parts;
    if (this.#pending.length === 0) {
      if (clock() < this.#next || signal.aborted) return;
      const began = clock();
      await this.#walk();
      this.#next = clock() + (clock() - began) * REST;
    }
    const taken = await this.#take();
    for (const file of taken.files) {
      if (signal.aborted) return;
      const read = await this.#file(file).catch((error) => {
        const path = join(this.root, file.folder, file.name);
        this.parts.log.warn({ err: error, path }, 'a log file cannot be read now');
        return false;
      });
      if (!read) taken.finished.delete(file.folder);
    }
    for (const [folder, changed] of taken.finished) this.#done.set(folder, changed);
  }

  async #walk(): Promise<void> {
    const walk = new Walk(this.root, this.#done, this.parts.signal);
    await walk.into(this.root, 0);
    if (walk.folders.length >= MAX_FOLDERS && !this.#told) {
      this.#told = true;
      const limit = { folder: this.root, limit: MAX_FOLDERS };
      this.parts.log.warn(limit, 'too many folders in a bucket: the rest is not read');
    }
    if (walk.complete) await this.#forget(new Set(walk.folders));
    this.#pending = walk.changed.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  }

  /** The next files in order of time, a day of all accounts and regions at once; and the folders in which nothing is left then. */
  async #take(): Promise<{ files: Unread[]; finished: Map<string, bigint> }> {
    const files: Unread[] = [];
    const finished = new Map<string, bigint>();
    while (files.length < TURN_FILES && this.#pending.length > 0) {
      const { date } = this.#pending[0]!;
      const end = this.#pending.findIndex((each) => each.date !== date);
      const day = this.#pending.splice(0, end < 0 ? this.#pending.length : end);
      for (const { folder, changed } of day) {
        if (this.parts.signal.aborted) return { files: [], finished: new Map() };
        const unread = await this.#unread(folder);
        if (unread.settled) finished.set(folder, changed);
        files.push(...unread.files);
      }
      files.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
      const left = new Set(files.splice(TURN_FILES).map(({ folder }) => folder));
      for (const folder of left) finished.delete(folder);
      this.#pending.unshift(...day.filter(({ folder }) => left.has(folder)));
      if (left.size > 0) break;
    }
    return { files, finished };
  }

  #key(folder: string): string {
    return `${this.parts.key}:${idOf(folder)}`;
  }

  async #unread(folder: string): Promise<{ files: Unread[]; settled: boolean }> {
    const { redis, clock } = this.parts;
    let settled = true;
    const found: Unread[] = [];
    const names = await readdir(join(this.root, folder)).catch(() => []);
    for (const name of names) {
      if (name.startsWith('.') || !ENDINGS.test(name)) continue;
      const stat = await lstat(join(this.root, folder, name)).catch(() => null);
      if (!stat?.isFile()) continue;
      const age = clock() - stat.mtimeMs;
      if (age >= 0 && age < SETTLED_MS) settled = false;
      else {
        const order = `${STAMP.exec(name)?.[1] ?? ''} ${name}`;
        found.push({ order, folder, name, member: idOf(name, String(stat.size)) });
      }
    }
    if (found.length === 0) return { files: [], settled };
    const files: Unread[] = [];
    for (let from = 0; from < found.length; from += 1000) {
      const part = found.slice(from, from + 1000);
      const members = part.map((file) => file.member);
      const known = await within('Redis', redis.smismember(this.#key(folder), ...members));
      files.push(...part.filter((_, i) => !known[i]));
    }
    if (files.length === 0 || !DIGEST.test(folder)) return { files, settled };
    for (const file of files) this.parts.skipped(await this.#remember(folder, file.member));
    return { files: [], settled };
  }

  async #remember(folder: string, member: string): Promise<number> {
    const { redis, key } = this.parts;
    await within('Redis', redis.sadd(`${key}:folders`, folder));
    return within('Redis', redis.sadd(this.#key(folder), member));
  }

  /** @returns whether it was read, or is none of ours */
  async #file({ folder, name, member }: Unread): Promise<boolean> {
    const path = join(this.root, folder, name);
    // A folder on the way may have become a link since it was listed.
    if (!(await realpath(path)).startsWith(this.root + sep)) return true;
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return true;
      const id = idOf(this.root, folder, name, String(stat.size));
      if (!(await storeWhole(this.parts, { path, handle, size: stat.size, id }))) return false;
    } finally {
      await handle.close();
    }
    await this.#remember(folder, member);
    return true;
  }

  async #forget(present: ReadonlySet<string>): Promise<void> {
    // An empty bucket may be a mount that is away.
    if (present.size === 0) return;
    const { redis, key } = this.parts;
    const known = await within('Redis', redis.smembers(`${key}:folders`));
    const gone = known.filter((folder) => !present.has(folder));
    for (const folder of gone) {
      await within('Redis', redis.del(this.#key(folder)));
      await within('Redis', redis.srem(`${key}:folders`, folder));
      this.#done.delete(folder);
    }
  }
}

/** A folder that holds files and has changed since nothing was left in it. */
interface Changed {
  folder: string;
  /** YYYYMMDD of its path; empty when it has none. */
  date: string;
  changed: bigint;
}

/** One walk through the folders: those that hold files, and which of them have changed. */
class Walk {
  readonly folders: string[] = [];
  readonly changed: Changed[] = [];
  complete = true;

  constructor(
    private readonly root: string,
    private readonly done: ReadonlyMap<string, bigint>,
    private readonly signal: AbortSignal,
  ) {}

  async into(path: string, depth: number): Promise<void> {
    if (this.signal.aborted || this.folders.length >= MAX_FOLDERS || depth > MAX_DEPTH) {
      this.complete = false;
      return;
    }
    const folder = relative(this.root, path).split(sep).join('/');
    try {
      // Before its files are listed: what comes meanwhile is seen next time.
      const { mtimeNs } = await lstat(path, { bigint: true });
      if (this.done.get(folder) === mtimeNs) {
        this.folders.push(folder);
        return;
      }
      const entries = await readdir(path, { withFileTypes: true });
      const shown = entries.filter(({ name }) => !name.startsWith('.'));
      const folders = shown.filter((entry) => entry.isDirectory());
      for (const { name } of folders) await this.into(join(path, name), depth + 1);
      if (!shown.some((entry) => entry.isFile() && ENDINGS.test(entry.name))) return;
      this.folders.push(folder);
      const date = DATE.exec(folder)?.slice(1).join('') ?? '';
      // One that has folders in it is looked into every time.
      this.changed.push({ folder, date, changed: folders.length > 0 ? -1n : mtimeNs });
    } catch {
      this.complete = false;
    }
  }
}
