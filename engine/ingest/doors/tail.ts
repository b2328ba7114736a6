import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { Batcher } from '../batch.js';
import { isEventLog } from '../evtx/file.js';
import { packingOf } from '../files.js';
import { LineSplitter } from '../lines.js';
import { isCapture } from '../pcap/index.js';
import { isDocument } from '../reader.js';
import { Refusals } from '../refusals.js';
import { isCopy, isPackedCopy } from './copies.js';
import { EventLogRecords } from './eventlogs.js';
import { hashOf, NOTHING, type Places, type Progress, printOf, readAt } from './places.js';
import { type Sink, storeRecords, storeWhole } from './whole.js';

const CHUNK_BYTES = 1024 * 1024;
/** Read from one file before the others get their turn. */
const TURN_BYTES = 64 * 1024 * 1024;
const HEAD_BYTES = 1024;
/** Looks that a copy waits for its original to be cut, so that what is added meanwhile is read from one of them. */
const COPY_LOOKS = 5;

/** What the files of one folder have in common. */
export interface Source extends Sink {
  places: Places;
}

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
  #name = '';
  #waited = 0;

  private constructor(
    private readonly id: string,
    private readonly source: Source,
    private progress: Progress,
  ) {
    this.#restart(progress);
  }

  /** Go on where the last process stopped. */
  static async resume(id: string, source: Source): Promise<Tail> {
    return new Tail(id, source, await source.places.of(id));
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
    this.#name = basename(path);
    if (now.size < this.#position || !(await this.#sameFile(handle))) {
      await this.source.places.leave(this.progress);
      this.#restart(NOTHING);
    }
    if (now.size === 0) return;

    const { whole } = this.progress;
    const head = await readAt(handle, 0, HEAD_BYTES);
    if (this.#position > 0 || !isWhole(head)) {
      if (this.#position === 0 && !(await this.#asCopy(handle, now.size, still))) return;
      return this.#follow(handle, now.size);
    }
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

  /** When a rotation copied another file to this one, go on where that one was read to. @returns false: not to be read yet */
  async #asCopy(handle: FileHandle, size: number, still: boolean): Promise<boolean> {
    for (const read of await this.source.places.copiesOf(this.#name, this.id)) {
      const copy = await isCopy(handle, size, read);
      if (copy === false) continue;
      const settled = copy === true && read.gone !== undefined;
      if (!settled && (!still || this.#waited < COPY_LOOKS)) {
        this.#waited += 1;
        return false;
      }
      if (!copy) continue;
      const { offset, lines, head, headBytes, tail } = read;
      this.#restart({ offset, lines, head, headBytes, tail, name: this.#name });
      await this.#save(this.progress);
      return true;
    }
    return true;
  }

  async #eventLog(path: string, handle: FileHandle): Promise<EventLogRecords> {
    return EventLogRecords.of(path, handle, await this.source.places.lastOf(path));
  }

  /** Lines at the beginning of a packed file that were read before it was packed. */
  async #readBefore(handle: FileHandle, head: Buffer): Promise<number> {
    if (packingOf(head) !== 'gzip') return 0;
    for (const read of await this.source.places.copiesOf(this.#name, this.id))
      if (await isPackedCopy(handle, read)) return read.lines;
    return 0;
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
      if (!(await storeRecords(this.source, batches, this.#refused, `${this.id}:${offset}`)))
        return this.#restart(this.progress);
      this.#batches = [];
      this.#refused = new Refusals();
      const print = await printOf(handle, offset);
      await this.#save({ offset, lines: this.#splitter.ended, ...print, name: this.#name });
    }
    this.#idle = this.#position >= size;
  }

  async #readWhole(
    path: string,
    handle: FileHandle,
    now: { size: number; changed: number },
    head: Buffer,
  ): Promise<void> {
    const before = await this.#readBefore(handle, head);
    const log = isEventLog(head) ? await this.#eventLog(path, handle) : null;
    const file = { path, handle, size: now.size, id: this.id, before, isNew: log?.isNew };
    if (!(await storeWhole(this.source, file))) return;
    if (log?.last) await this.source.places.saveLast(path, log.last);
    await this.#save({ ...NOTHING, head: hashOf(head), headBytes: head.length, whole: now });
    this.#idle = true;
  }

  async #save(progress: Progress): Promise<void> {
    await this.source.places.save(this.id, progress);
    this.progress = progress;
  }
}

function isWhole(head: Buffer): boolean {
  return packingOf(head) !== null || isDocument(head) || isEventLog(head) || isCapture(head);
}
