import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../../log.js';
import { Batcher, type Origin } from '../batch.js';
import type { Intake } from '../intake.js';
import type { RecordSink, RefusedLine } from '../records.js';
import { Refusals } from '../refusals.js';

const FLUSH_LINES = 500;
const FLUSH_MS = 200;
/** Text held back while the queue is full, in bytes. */
const MAX_HELD = 4 * 1024 * 1024;
const RETRY_MS = 500;
const STOP_MS = 10_000;

/**
 * Records that come one at a time from senders who do not wait for an answer: stored in batches of 500, or what there is after
 * 200 ms. While the queue is full or a store is away they are held here, and `congested` tells when no more should come.
 */
export class Stream implements RecordSink {
  readonly #batcher = new Batcher(FLUSH_LINES);
  #ready: string[][] = [];
  #refused = new Refusals();
  #held = 0;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> | null = null;
  #waiting: (() => void)[] = [];
  #stopping = false;
  #gaveUp = false;
  /** Refused records that could not be kept. */
  #unkept = 0;

  constructor(
    private readonly intake: Intake,
    private readonly origin: Origin,
    private readonly log: Log,
  ) {}

  get congested(): boolean {
    return this.#held >= MAX_HELD;
  }

  /** Resolves when there is room again. */
  room(): Promise<void> {
    if (!this.congested) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  line(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#held += bytes;
    const batch = this.#batcher.add(text, bytes);
    if (batch) this.#ready.push(batch);
    if (batch) this.#start();
    else this.#arm();
  }

  /** @param times how many records this one stands for */
  refuse(refused: RefusedLine, times = 1): void {
    this.#refused.add(refused, times);
    this.#arm();
  }

  /** Store what was taken. Gives up after ten seconds without success, and says what was lost. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#flush();
    const deadline = setTimeout(() => {
      this.#gaveUp = true;
    }, STOP_MS);
    while (this.#work) await this.#work;
    clearTimeout(deadline);
    const lost = this.#ready.reduce((sum, batch) => sum + batch.length, 0) + this.#unkept + this.#refused.count;
    if (lost > 0) this.log.error({ ...this.origin, lost }, 'stopped before these records could be stored');
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const rest = this.#batcher.take();
    if (rest) this.#ready.push(rest);
    this.#start();
  }

  #start(): void {
    this.#work ??= this.#store().finally(() => {
      this.#work = null;
      // What came while the last of it was being stored.
      if (!this.#gaveUp && (this.#ready.length > 0 || this.#refused.count > 0)) this.#start();
    });
  }

  async #store(): Promise<void> {
    while (this.#ready.length > 0 || this.#refused.count > 0) {
      const batches = this.#ready;
      const refused = this.#refused;
      this.#ready = [];
      this.#refused = new Refusals();
      // Fixed before the first attempt: repeating it counts nothing twice.
      const moment = randomUUID();
      while (!(await this.#attempt({ batches, refused, moment }))) {
        if (this.#gaveUp) {
          this.#ready.unshift(...batches);
          this.#unkept += refused.count;
          return;
        }
        await wait(RETRY_MS);
      }
      this.#held -= batches.flat().reduce((sum, line) => sum + Buffer.byteLength(line), 0);
      if (!this.congested) for (const resume of this.#waiting.splice(0)) resume();
    }
  }

  async #attempt(taken: Parameters<Intake['take']>[1]): Promise<boolean> {
    try {
      // At the end, what was taken goes in even when the queue is full: nobody will send it again.
      if (!this.#stopping && (await this.intake.full())) return false;
      await this.intake.take(this.origin, taken);
      return true;
    } catch (error) {
      this.log.warn({ err: error, ...this.origin }, 'records are held back');
      return false;
    }
  }
}
