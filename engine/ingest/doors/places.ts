import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Redis } from 'ioredis';
import { within } from '../within.js';

const HEAD_BYTES = 1024;
const TAIL_BYTES = 256;
const DAY = 86_400_000;
/** What was read of files that are gone is remembered so long: a weekly rotation packs the one before. */
const GONE_MS = 15 * DAY;
const MAX_GONE = 2000;

/** The newest record read of a Windows event log: its number, and a hash of it. */
export interface LastRecord {
  id: number;
  hash: string;
}

/** How far a file has been read, as kept in Redis. */
export interface Progress {
  /** Behind the last whole line that is stored. */
  offset: number;
  lines: number;
  /** Hash of the file's first `headBytes` bytes: tells a file from the next one under the same inode. */
  head: string;
  headBytes: number;
  /** Hash of the bytes before `offset`, at most 256: with the head, tells a copy of the file from one that only begins alike. */
  tail?: string;
  /** The file's name when this was read. */
  name?: string;
  /** Epoch ms when the file was found gone or cut. */
  gone?: number;
  /** A file read as a whole (compressed, or one JSON document): its size and change time then. */
  whole?: { size: number; changed: number };
  /** The newest record of the event log under this name. */
  last?: LastRecord;
}

export const NOTHING: Progress = { offset: 0, lines: 0, head: '', headBytes: 0 };

export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const ENDING = /\.(?:gz|zip|bz2|xz|zst)$/i;
const DATE_OR_NUMBER = /[-._]\d[\d._T-]*(?=\.[A-Za-z]\w{0,9}$|$)/;

/** `a.log` for `a.log.1`, `a.log.2.gz`, `a.log-20261124` and `a-20261124.log`. */
export const familyOf = (name: string): string => name.replace(ENDING, '').replace(DATE_OR_NUMBER, '');

export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Head and tail of what has been read of a file. */
export async function printOf(
  handle: FileHandle,
  offset: number,
): Promise<Pick<Progress, 'head' | 'headBytes' | 'tail'>> {
  const head = await readAt(handle, 0, Math.min(HEAD_BYTES, offset));
  const { from, length } = tailOf(offset);
  return { head: hashOf(head), headBytes: head.length, tail: hashOf(await readAt(handle, from, length)) };
}

export function tailOf(offset: number): { from: number; length: number } {
  const length = Math.min(TAIL_BYTES, offset);
  return { from: offset - length, length };
}

/** Where we stand in the files of one folder, and where we stood in those that are gone. */
export class Places {
  #known: Map<string, Progress> | null = null;
  /** Ids by family: thousands of new files in one look each ask for theirs. */
  readonly #families = new Map<string, Set<string>>();

  /** @param key Redis hash: file id -> progress */
  constructor(
    private readonly redis: Redis,
    private readonly key: string,
    private readonly clock: () => number = Date.now,
  ) {}

  async #all(): Promise<Map<string, Progress>> {
    if (!this.#known) {
      const stored = await within('Redis', this.redis.hgetall(this.key));
      this.#known = new Map(Object.entries(stored).map(([id, text]) => [id, JSON.parse(text) as Progress]));
      for (const [id, { name }] of this.#known) this.#file(id, name);
    }
    return this.#known;
  }

  async of(id: string): Promise<Progress> {
    return (await this.#all()).get(id) ?? NOTHING;
  }

  async save(id: string, progress: Progress): Promise<void> {
    const known = await this.#all();
    await within('Redis', this.redis.hset(this.key, id, JSON.stringify(progress)));
    known.set(id, progress);
    this.#file(id, progress.name);
  }

  #file(id: string, name: string | undefined): void {
    if (name === undefined) return;
    const family = familyOf(name);
    const ids = this.#families.get(family);
    if (ids) ids.add(id);
    else this.#families.set(family, new Set([id]));
  }

  #drop(known: Map<string, Progress>, id: string): void {
    const family = familyOf(known.get(id)?.name ?? '');
    known.delete(id);
    const ids = this.#families.get(family);
    ids?.delete(id);
    if (ids?.size === 0) this.#families.delete(family);
  }

  /** A file was cut, or another stands under its id: what was read of it is remembered for its copy. */
  async leave(progress: Progress): Promise<void> {
    if (progress.offset === 0) return;
    await this.save(`past:${progress.head.slice(0, 32)}:${progress.offset}`, { ...progress, gone: this.clock() });
  }

  async lastOf(path: string): Promise<LastRecord | undefined> {
    return (await this.of(`log:${path}`)).last;
  }

  /** Kept by path, since a newer copy of a log may be another file; and no longer than for files that are gone. */
  async saveLast(path: string, last: LastRecord): Promise<void> {
    await this.save(`log:${path}`, { ...NOTHING, last, gone: this.clock() });
  }

  /** What was read under other names of this file's family, the furthest first. A file written anew under its own name is no copy. */
  async copiesOf(name: string, id: string): Promise<Progress[]> {
    const known = await this.#all();
    const ids = [...(this.#families.get(familyOf(name)) ?? [])].filter((other) => other !== id);
    return ids
      .flatMap((other) => known.get(other) ?? [])
      .filter((each) => each.name !== name && each.offset > 0 && each.tail !== undefined)
      .sort((a, b) => b.offset - a.offset);
  }

  /** Forget what is no longer there, but for what a copy of it would be known by; and forget that too when it is old. */
  async seen(present: ReadonlySet<string>): Promise<void> {
    const known = await this.#all();
    const now = this.clock();
    const over: string[] = [];
    for (const [id, progress] of [...known]) {
      if (present.has(id) || progress.gone !== undefined) continue;
      await this.leave(progress);
      over.push(id);
    }
    const past = [...known].filter(([, each]) => each.gone !== undefined);
    past.sort(([, a], [, b]) => b.gone! - a.gone!);
    over.push(...past.filter(([, each], i) => i >= MAX_GONE || each.gone! < now - GONE_MS).map(([id]) => id));
    if (over.length === 0) return;
    await within('Redis', this.redis.hdel(this.key, ...over));
    for (const id of over) this.#drop(known, id);
  }
}
