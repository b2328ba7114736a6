import { userInfo } from 'node:os';
import { runAs } from '../../engine/actor.js';
import { type Config, readConfig } from '../../engine/config.js';
import { MdrError } from '../../engine/errors.js';
import { openQueues, type Queues } from '../../engine/queues.js';
import { dataDir } from '../../engine/root.js';
import { openStore, type Store } from '../../engine/store/index.js';
import { findServices, ServiceError, startServices } from '../services.mjs';

/** Progress for people, on stderr: stdout is for results. */
export const say = (text: string): void => console.error(text);

/** The services of the settings, or embedded ones. @throws MdrError MDR_SERVICE_MISSING or MDR_SERVICE_DOWN */
export async function openServices(): Promise<Awaited<ReturnType<typeof startServices>>> {
  try {
    return await startServices({ dataDir: dataDir(), say, env: process.env });
  } catch (cause) {
    if (cause instanceof ServiceError) throw new MdrError(cause.code, cause.message, cause.hint, { cause });
    throw cause;
  }
}

export interface Runtime {
  config: Config;
  store: Store;
  queues: Queues;
  close(): Promise<void>;
}

/**
 * Connect to MongoDB and Redis: those of the settings, else the embedded ones that run already, else embedded ones
 * started for as long as this command runs.
 */
export async function openRuntime(): Promise<Runtime> {
  const set = process.env.MONGODB_URI && process.env.REDIS_URL;
  const running = set ? null : await findServices(dataDir());
  const started = set || running ? null : await openServices();
  const urls = running ?? started;
  if (urls) {
    process.env.MONGODB_URI ||= urls.mongodbUri;
    process.env.REDIS_URL ||= urls.redisUrl;
  }
  try {
    const config = readConfig();
    const store = await openStore(config.MONGODB_URI, config.MDR_DATABASE);
    const queues = openQueues(config.REDIS_URL, config.MDR_PREFIX);
    return {
      config,
      store,
      queues,
      async close() {
        await queues.close();
        await store.close();
        await started?.stop();
      },
    };
  } catch (error) {
    await started?.stop();
    throw error;
  }
}

/** Run with a runtime that is closed afterwards, whatever happens. */
export async function withRuntime<T>(work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = await openRuntime();
  try {
    const { username } = userInfo();
    const actor = {
      id: `operator:${username}`,
      name: username,
      where: 'cli',
      what: process.argv.slice(2, 4).join(' ').slice(0, 60),
    };
    return await runAs(actor, () => work(runtime));
  } finally {
    await runtime.close();
  }
}
