import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Log } from '../../../engine/log.js';

const noticeSchema = z.object({
  tenant: z.string(),
  channel: z.string(),
  id: z.string(),
  thread: z.string().nullable(),
});

/** "This message is new or changed." It carries no content: who may see the message fetches it. */
export type Notice = z.infer<typeof noticeSchema>;

/** `resync`: notices may have been missed; fetch again what is on the screen. */
export type Heard = { kind: 'notice'; notice: Notice } | { kind: 'resync' };

export interface Notices {
  publish(notice: Notice): void;
  /** @returns a function that stops listening */
  listen(listener: (heard: Heard) => void): () => void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Notices between all bot processes over Redis pub/sub, so that a browser on any of them sees what any of them wrote. */
export function openNotices(redis: Redis, prefix: string, log: Log): Notices {
  const topic = `${prefix}:console`;
  const listeners = new Set<(heard: Heard) => void>();
  // A connection that subscribes can do nothing else, so it is one of its own.
  const subscriber = redis.duplicate({ lazyConnect: true, connectionName: topic });
  const tell = (heard: Heard) => {
    for (const listener of listeners) listener(heard);
  };
  let connected = false;
  subscriber.on('error', (error) => log.warn({ error: error.message }, 'console notices'));
  subscriber.on('ready', () => {
    if (connected) tell({ kind: 'resync' });
    connected = true;
  });
  subscriber.on('message', (_topic: string, text: string) => {
    const parsed = noticeSchema.safeParse(readJson(text));
    if (parsed.success) tell({ kind: 'notice', notice: parsed.data });
    else log.warn('a console notice could not be read');
  });
  return {
    // The message is stored when this is called. A lost notice only delays it until the browser fetches again, so nobody waits here.
    publish(notice) {
      redis
        .publish(topic, JSON.stringify(notice))
        .catch((error) => log.warn({ error: (error as Error).message }, 'console notice not sent'));
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async start() {
      await subscriber.connect();
      await subscriber.subscribe(topic);
    },
    async stop() {
      listeners.clear();
      subscriber.disconnect();
    },
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
