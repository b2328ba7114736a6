import type { Log } from '../log.js';
import { placesOf } from './places.js';
import { spooled } from './spool.js';

/** So often it is said that batches have to wait. */
const SAY_MS = 60_000;

/**
 * How many batches wait in the spools of a lake, as far as this process knows, and whether there is room for more: then workers go on,
 * otherwise they stand still, the queue behind them fills, and doors answer 429. So a lake that cannot keep up does not fill the disk.
 */
export class Gauge {
  readonly #waiting = new Map<string, number>();
  #sum = 0;
  #held: (() => void)[] = [];
  #open = true;
  #said = 0;

  constructor(
    private readonly root: string,
    /** Most batches that wait. */
    private readonly most: number,
    private readonly log: Log,
  ) {}

  get full(): boolean {
    return this.#sum >= this.most;
  }

  /** Those of whom batches wait. */
  get tenants(): string[] {
    return [...this.#waiting.keys()];
  }

  /** Landing is far behind: it should not pause. */
  get pressed(): boolean {
    return this.#sum > this.most / 4;
  }

  /** Count what waits of a tenant: others put batches in and take them out too. */
  async look(tenant: string): Promise<void> {
    this.#set(tenant, (await spooled(placesOf(this.root, tenant))).length);
    if (!this.full) this.#release();
  }

  /** One more was put in. */
  note(tenant: string): void {
    this.#set(tenant, (this.#waiting.get(tenant) ?? 0) + 1);
  }

  /** Resolves once there is room for a batch. */
  async room(): Promise<void> {
    while (this.#open && this.full) {
      const now = performance.now();
      if (this.#said === 0 || now - this.#said > SAY_MS) {
        this.#said = now;
        this.log.warn({ waiting: this.#sum, most: this.most }, 'the lake does not keep up: events wait for it');
      }
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    }
  }

  /** Nobody lands any more: hold nothing back, so that work in hand can end. */
  stop(): void {
    this.#open = false;
    this.#release();
  }

  #set(tenant: string, count: number): void {
    this.#sum += count - (this.#waiting.get(tenant) ?? 0);
    if (count > 0) this.#waiting.set(tenant, count);
    else this.#waiting.delete(tenant);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const resolve of held) resolve();
  }
}
