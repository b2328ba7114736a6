import { setTimeout as sleep } from 'node:timers/promises';
import { LockBusyError, withLock } from '../../lock.js';
import { type HuntParts, step } from './step.js';

/** Steps of one tenant before the next one has its turn. */
const TURN = 4;

export interface Hunting {
  /** Leave what is in hand undone, and end. */
  stop(): Promise<void>;
}

/**
 * Run the models of all tenants, again and again, each tenant in one process at a time.
 * @param everyMs pause between rounds when there is nothing more to do
 */
export function startHunting(parts: Omit<HuntParts, 'signal'>, everyMs: number): Hunting {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function turn(tenant: string): Promise<boolean> {
    const lock = `${parts.queues.prefix}:{${tenant}}:lock:models`;
    return withLock(parts.queues.redis, lock, 0, async () => {
      for (let steps = 0; steps < TURN; steps++) if (!(await step({ ...parts, signal }, tenant))) return false;
      return true;
    });
  }

  async function round(): Promise<boolean> {
    let more = false;
    for (const { _id } of await parts.store.tenants.find({}, { _id: 1 }).sort({ _id: 1 }).lean()) {
      signal.throwIfAborted();
      try {
        more = (await turn(_id)) || more;
      } catch (error) {
        if (signal.aborted) throw error;
        // Somebody else runs it; or the lake, the store or Redis is away: it is tried again next time.
        if (!(error instanceof LockBusyError))
          parts.log.warn({ tenant: _id, error: (error as Error).message }, 'hunting models');
      }
    }
    return more;
  }

  const done = (async () => {
    while (!signal.aborted) {
      try {
        if (!(await round())) await sleep(everyMs, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        parts.log.warn({ error: (error as Error).message }, 'hunting models');
        await sleep(everyMs, undefined, { signal }).catch(() => {});
      }
    }
  })();
  return {
    async stop() {
      stopping.abort(new Error('stopping'));
      await done;
    },
  };
}
