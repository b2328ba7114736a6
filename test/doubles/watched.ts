import { EventEmitter } from 'node:events';

/** What a double holds. Emits `change` after each change. */
export abstract class Watched extends EventEmitter {
  abstract readonly channels: ReadonlyMap<string, { id: string; messages: readonly unknown[] }>;
  abstract readonly ephemerals: readonly unknown[];

  changed(): void {
    this.emit('change');
  }

  /** Wait until `predicate` gives something true. @throws Error after `ms` milliseconds, naming what is there */
  async until<T>(predicate: () => T | null | undefined | false, ms = 5000): Promise<T> {
    const now = predicate();
    if (now) return now;
    return new Promise<T>((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.off('change', look);
      };
      const look = () => {
        const found = predicate();
        if (!found) return;
        done();
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        const counts = [...this.channels.values()].map((c) => `${c.id}: ${c.messages.length} messages`).join(', ');
        reject(new Error(`nothing of the kind within ${ms} ms (${counts}; ${this.ephemerals.length} private answers)`));
      }, ms);
      this.on('change', look);
    });
  }
}
