import type { Redis } from 'ioredis';
import type { Log } from '../../../engine/log.js';

/** How long a thing that was handled is remembered. Chat servers give up repeating well before. */
const REMEMBERED_S = 3600;
/** How long a claim holds while its holder has not said that it began: a crash in between gives the thing back to the server's retry. */
const CLAIM_S = 30;
/** Redis is asked politely, not waited for. */
const PATIENCE_MS = 1000;
const MOST_HERE = 10_000;

/**
 * Handles each thing that a chat server sends once, however often it comes and to whichever process: a repeated envelope, a retried event, a
 * click sent twice. When Redis does not answer, this process's own memory has to do, because a person waits: better handled twice
 * somewhere than never.
 */
export class Once {
  readonly #here = new Set<string>();

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly log: Log,
    /** Ids are the surface's own. */
    private readonly surface: string,
  ) {}

  /**
   * @param id of the event, trigger or envelope
   * @param handle does the work; when it throws, nothing counts as handled and the same id may come again
   * @returns what `handle` gave, or null when it was handled already, here or elsewhere
   */
  async run<T>(id: string, handle: () => Promise<T>): Promise<T | null> {
    if (this.#here.has(id)) return null;
    this.#remember(id);
    const key = `${this.prefix}:${this.surface}:seen:${id}`;
    if ((await this.#ask(() => this.redis.set(key, 'claimed', 'EX', CLAIM_S, 'NX'), 'OK')) === null) return null;
    try {
      const running = handle();
      void this.#ask(() => this.redis.set(key, 'handled', 'EX', REMEMBERED_S), 'OK');
      return await running;
    } catch (error) {
      this.#here.delete(id);
      await this.#ask(() => this.redis.del(key), 0);
      throw error;
    }
  }

  #remember(id: string): void {
    this.#here.add(id);
    if (this.#here.size <= MOST_HERE) return;
    const [oldest] = this.#here;
    if (oldest !== undefined) this.#here.delete(oldest);
  }

  /** What Redis says, or `otherwise` when it fails or takes too long. */
  async #ask<T>(question: () => Promise<T>, otherwise: T): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const patience = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
      });
      return await Promise.race([question(), patience]);
    } catch (error) {
      this.log.warn(
        { error: (error as Error).message, surface: this.surface },
        'Redis cannot tell what was handled already',
      );
      return otherwise;
    } finally {
      clearTimeout(timer);
    }
  }
}
