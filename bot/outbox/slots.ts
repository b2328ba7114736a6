import { BUSY_MS } from './attempt.js';
import { Later } from './later.js';

/**
 * How many deliveries of this process may be under way at once in one channel, and in one surface: so that one that answers slowly,
 * or not at all, does not take the places of the others.
 */
export class Slots {
  private readonly taken = new Map<string, number>();

  constructor(
    private readonly perChannel: number,
    private readonly perSurface: number,
  ) {}

  /** @throws Later when there is none */
  async use<T>(at: { surface: string; channel: string }, work: () => Promise<T>): Promise<T> {
    const channel = JSON.stringify([at.surface, at.channel]);
    if (this.of(channel) >= this.perChannel || this.of(at.surface) >= this.perSurface) throw new Later(BUSY_MS);
    this.change(channel, 1);
    this.change(at.surface, 1);
    try {
      return await work();
    } finally {
      this.change(channel, -1);
      this.change(at.surface, -1);
    }
  }

  private of(key: string): number {
    return this.taken.get(key) ?? 0;
  }

  private change(key: string, by: number): void {
    const count = this.of(key) + by;
    if (count > 0) this.taken.set(key, count);
    else this.taken.delete(key);
  }
}
