import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices } from '../../bin/services.mjs';
import { openQueues, type Queues } from '../../engine/queues.js';
import { projectRoot } from '../../engine/root.js';
import { openStore, type Store, type TenantStore } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';

/** The tenant of a measurement. */
export const TENANT = 'bench';

export interface BenchWorld {
  store: Store;
  queues: Queues;
  /** The one tenant. */
  scope: TenantStore;
  /** A folder that is gone afterwards. */
  work: string;
}

/** Run a measurement with MongoDB and Redis of its own and one tenant. @param start epoch ms: when that came */
export async function inWorld<T>(
  start: number,
  progress: (line: string) => void,
  run: (world: BenchWorld) => Promise<T>,
): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), 'mdr-bench-'));
  const services = await startServices({
    dataDir: work,
    cacheDir: join(projectRoot, '.data/cache'),
    say: progress,
    env: { ...process.env, MONGODB_URI: undefined, REDIS_URL: undefined },
  });
  const store = await openStore(services.mongodbUri, 'mdr');
  const queues = openQueues(services.redisUrl, '{mdr}');
  try {
    const profile = profileSchema.parse({});
    await store.tenants.create({ _id: TENANT, name: TENANT, profile, channels: [], created: start });
    return await run({ store, queues, scope: await store.forTenant(TENANT), work });
  } finally {
    await queues.close();
    await store.close();
    await services.stop();
    await rm(work, { recursive: true, force: true });
  }
}
