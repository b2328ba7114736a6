import { join } from 'node:path';
import type { Places } from './places.js';

/** A batch that comes again within this time is known; as long as its counts are remembered (engine/counters.ts). */
const REMEMBERED_MS = 7 * 24 * 3600_000;
const BYTES = 16;
const SEGMENT = /^(\d{12})\.batches$/;

/** Ids of batches that have landed: sorted segments of 16 bytes each, written at checkpoints, and the ids of the journal's entries since. */
export class Landed {
  readonly #segments = new Map<string, Buffer>();
  readonly #recent = new Map<string, number>();

  constructor(private readonly places: Pick<Places, 'landed' | 'storage'>) {}

  note(seq: number, batches: readonly string[]): void {
    for (const batch of batches) this.#recent.set(batch, seq);
  }

  /** Take up segments that others have written. */
  async refresh(): Promise<void> {
    const { landed, storage } = this.places;
    const names = (await storage.names(landed)).filter((name) => SEGMENT.test(name));
    const there = new Set(names);
    for (const name of this.#segments.keys()) if (!there.has(name)) this.#segments.delete(name);
    for (const name of names) {
      if (this.#segments.has(name)) continue;
      const bytes = await storage.read(join(landed, name)).catch((error: NodeJS.ErrnoException) => {
        // Too old, and taken away meanwhile. Any other fault must not make known batches unknown.
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (!bytes) continue;
      this.#segments.set(name, bytes);
      const upTo = Number(SEGMENT.exec(name)![1]);
      for (const [batch, seq] of this.#recent)
        if (seq <= upTo && find(bytes, Buffer.from(batch, 'hex'))) this.#recent.delete(batch);
    }
  }

  has(batch: string): boolean {
    if (this.#recent.has(batch)) return true;
    const id = Buffer.from(batch, 'hex');
    for (const segment of this.#segments.values()) if (find(segment, id)) return true;
    return false;
  }

  /** Write a segment down, and let go of those that are too old. */
  async keep(seq: number, batches: readonly string[], now: number): Promise<void> {
    const sorted = batches.map((batch) => Buffer.from(batch, 'hex')).sort(Buffer.compare);
    const name = `${String(seq).padStart(12, '0')}.batches`;
    const { landed, storage } = this.places;
    await storage.replace(join(landed, name), Buffer.concat(sorted));
    for (const other of await storage.entries(landed)) {
      if (!SEGMENT.test(other.name) || other.name >= name) continue;
      if (other.changed > now - REMEMBERED_MS) break;
      await storage.drop(join(landed, other.name));
    }
  }
}

function find(segment: Buffer, id: Buffer): boolean {
  let low = 0;
  let high = segment.length / BYTES - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = segment.compare(id, 0, BYTES, middle * BYTES, middle * BYTES + BYTES);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
