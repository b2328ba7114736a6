import { randomBytes } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { openQueues, type Queues } from '../../engine/queues.js';
import { openStore, type Store } from '../../engine/store/index.js';

export { sharedData } from './shared.js';

const opened: { close(): Promise<unknown> }[] = [];

// Import this file at the top of a test file: what it opens is closed after that file's last test.
afterAll(async () => {
  await Promise.allSettled(opened.splice(0).map((each) => each.close()));
});

const freshName = () => `test-${randomBytes(6).toString('hex')}`;

/** A store on a database of its own, empty, in the MongoDB (or its stand-in) that all test files share. */
export async function testStore(): Promise<{ store: Store; uri: string; database: string }> {
  const uri = inject('mongodbUri');
  const database = freshName();
  const store = await openStore(uri, database);
  opened.push(store);
  return { store, uri, database };
}

/** Queues under a prefix of their own, empty, in the Redis that all test files share. */
export async function testQueues(): Promise<{ queues: Queues; redisUrl: string; prefix: string }> {
  const redisUrl = inject('redisUrl');
  const prefix = `{${freshName()}}`;
  const queues = openQueues(redisUrl, prefix);
  opened.push(queues);
  return { queues, redisUrl, prefix };
}

/** A store and queues of their own, and the settings by which a process of ours finds the same. */
export async function testEnv(): Promise<{ store: Store; queues: Queues; env: Record<string, string> }> {
  const { store, uri, database } = await testStore();
  const { queues, redisUrl, prefix } = await testQueues();
  const env = { MONGODB_URI: uri, MDR_DATABASE: database, REDIS_URL: redisUrl, MDR_PREFIX: prefix };
  return { store, queues, env: { ...env, MDR_ENGINE_PORT: '0', MDR_CONSOLE_PORT: '0' } };
}
