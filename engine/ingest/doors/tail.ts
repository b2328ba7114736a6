import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { codeOf, type MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import { Batcher, type Origin } from '../batch.js';
import { isEventLog } from '../evtx/file.js';
import { packingOf, readBatches } from '../files.js';
import type { Intake } from '../intake.js';
import { LineSplitter } from '../lines.js';
import { isDocument } from '../reader.js';
import { Refusals } from '../refusals.js';
import { within } from '../within.js';

const CHUNK_BYTES = 1024 * 1024;
/** Read from one file before the others get their turn. */
const TURN_BYTES = 64 * 1024 * 1024;
const HEAD_BYTES = 1024;
const RETRY_MS = 500;

/** What the files of one folder have in common. */
export interface Source {
  origin: Origin;
  /** Redis hash: file id -> progress. */
  key: string;
  redis: Redis;
  intake: Intake;
  log: Log;
  signal: AbortSignal;
}

/** How far a file has been read, as kept in Redis. */
interface Progress {
  /** Behind the last whole line that is stored. */
  offset: number;
  lines: number;
  /** Hash of the file's first `headBytes` bytes: tells a file from the next one under the same inode. */
  head: string;
  headBytes: number;
  /** A file read as a whole (compressed, or one JSON document): its size and change time then. */
  whole?: { size: number; changed: number };
}

const NOTHING: Progress = { offset: 0, lines: 0, head: '', headBytes: 0 };

/** One file that is followed: lines as they are added, or, when it is compressed or one JSON document, as a whole once it has stopped growing. */
export class Tail {
  #seen: { size: number; changed: number } | null = null;
  /** Nothing to do until the file's size or change time differs. */
  #idle = false;
  #batches: string[][] = [];
  #batcher = new Batcher();
  #refused = new Refusals();
  #splitter!: LineSplitter;
  /** Where the splitter began. */
  #base = 0;

  private constructor(
    private readonly id: string,
    private readonly source: Source,
    private progress: Progress,
  ) {
    this.#restart(progress);
  }

  /** Go on where the last process stopped. */
  static async resume(id: string, source: Source): Promise<Tail> {
    const stored = await within('Redis', source.redis.hget(source.key, id));
    return new Tail(id, source, stored ? (JSON.parse(stored) as Progress) : NOTHING);
  }

  /** Whether there is something to read, or to wait for. */
  changed(stat: BigIntStats): boolean {
    return !this.#idle || this.#seen?.size !== Number(stat.size) || this.#seen.changed !== Number(stat.mtimeMs);
  }

  async read(path: string, handle: FileHandle, stat: BigIntStats): Promise<void> {
    const now = { size: Number(stat.size), changed: Number(stat.mtimeMs) };
    const still = this.#seen?.size === now.size && this.#seen.changed === now.changed;
    this.#seen = now;
    this.#idle = now.size === 0;
    if (now.size < this.#position || !(await this.#sameFile(handle))) this.#restart(NOTHING);
    if (now.size === 0) return;

    const { whole } = this.progress;
    const head = await readAt(handle, 0, HEAD_BYTES);
    if (this.#position > 0 || !isWhole(head)) return this.#follow(handle, now.size);
    if (whole?.size === now.size && whole.changed === now.changed) this.#idle = true;
    else if (still) await this.#readWhole(path, handle, now, head);
  }

  get #position(): number {
    return this.#base + this.#splitter.consumed + this.#splitter.pending;
  }

  #restart(from: Progress): void {
    this.progress = from;
    this.#base = from.offset;
    this.#batcher = new Batcher();
    this.#batches = [];
    this.#refused = new Refusals();
    this.#splitter = new LineSplitter(
      {
        line: (text, _number, bytes) => {
          const batch = this.#batcher.add(text, bytes);
          if (batch) this.#batches.push(batch);
        },
        refuse: (refused) => this.#refused.add(refused),
      },
      from.lines,
    );
  }

  async #sameFile(handle: FileHandle): Promise<boolean> {
    const { head, headBytes } = this.progress;
    return headBytes === 0 || hashOf(await readAt(handle, 0, headBytes)) === head;
  }

  async #follow(handle: FileHandle, size: number): Promise<void> {
    const until = Math.min(size, this.#position + TURN_BYTES);
    while (this.#position < until) {
      const chunk = await readAt(handle, this.#position, CHUNK_BYTES);
      if (chunk.length === 0) break;
      this.#splitter.push(chunk);
      const offset = this.#base + this.#splitter.consumed;
      if (offset === this.progress.offset) continue;
      const rest = this.#batcher.take();
      const batches = rest ? [...this.#batches, rest] : this.#batches;
      if (!(await this.#store(batches, this.#refused, offset))) return this.#restart(this.progress);
      this.#batches = [];
      this.#refused = new Refusals();
      const head = await readAt(handle, 0, Math.min(HEAD_BYTES, offset));
      await this.#save({ offset, lines: this.#splitter.ended, head: hashOf(head), headBytes: head.length });
    }
    this.#idle = this.#position >= size;
  }

  async #readWhole(
    path: string,
    handle: FileHandle,
    now: { size: number; changed: number },
    head: Buffer,
  ): Promise<void> {
    const batcher = new Batcher();
    const refused = new Refusals();
    let number = 0;
    try {
      for await (const lines of readBatches(path, handle)) {
        for (const item of lines) {
          number += 1;
          if ('refused' in item) refused.add(item.refused);
          const batch = 'line' in item ? batcher.add(item.line, Buffer.byteLength(item.line)) : null;
          if (batch && !(await this.#store([batch], new Refusals(), number))) return;
        }
      }
    } catch (error) {
      if (codeOf(error) !== 'MDR_FILE_UNREADABLE') throw error;
      const { message } = error as MdrError;
      refused.add({ code: 'MDR_FILE_UNREADABLE', message, number, sample: path, bytes: now.size });
    }
    const rest = batcher.take();
    if (!(await this.#store(rest ? [rest] : [], refused, number))) return;
    await this.#save({ ...NOTHING, head: hashOf(head), headBytes: head.length, whole: now });
    this.#idle = true;
  }

  /** Store for as long as it takes. @returns false when we are to stop: nothing of it counts as read then */
  async #store(batches: string[][], refused: Refusals, place: number): Promise<boolean> {
    const { intake, origin, log, signal } = this.source;
    if (batches.length === 0 && refused.count === 0) return true;
    while (!signal.aborted) {
      try {
        if (!(await intake.full())) {
          await intake.take(origin, { batches, refused, moment: `${this.id}:${place}` });
          return true;
        }
      } catch (error) {
        log.warn({ err: error, ...origin }, 'a watched file is held back');
      }
      await wait(RETRY_MS, undefined, { signal }).catch(() => {});
    }
    return false;
  }

  async #save(progress: Progress): Promise<void> {
    const { redis, key } = this.source;
    await within('Redis', redis.hset(key, this.id, JSON.stringify(progress)));
    this.progress = progress;
  }
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

function isWhole(head: Buffer): boolean {
  return packingOf(head) !== null || isDocument(head) || isEventLog(head);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
