import { Worker } from 'node:worker_threads';
import type { Redis } from 'ioredis';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Store } from '../../store/index.js';
import { PROVIDER, streamIndicators } from '../../store/indicators.js';
import { createLookout, type Lookout, NO_LOOKOUT } from './hits/lookout.js';
import { readFieldMap } from './hits/plan.js';
import { indicatorsKey, KEPT_AFTER_MS, purgeExpired } from './import.js';
import { type Loaded, loadTables } from './load.js';
import { Table } from './memory/table.js';
import type { ThreadData } from './thread.js';

const POLL_MS = 2000;
/** Build again this often without a sign, to be rid of what has expired. */
const REBUILD_MS = 6 * 3_600_000;
/** Up to so many are read between batches; more are built in a thread of their own, which takes half a second to start. */
const SMALL = 20_000;

/** The indicators of a worker. */
export interface LiveIndicators {
  /** What looks for the provider's and this tenant's indicators; ask once a batch. */
  forTenant(tenant: string): Lookout;
  /** How many are held, and bytes of memory. */
  readonly size: { count: number; bytes: number };
  stop(): Promise<void>;
}

/**
 * Hold all indicators in memory and follow changes: workers look for a new version every two seconds, build new tables beside the
 * old ones and swap them between batches. When that fails, the old ones stay, and it is tried again.
 */
export async function liveIndicators({
  store,
  mongo,
  redis,
  prefix,
  max,
  text,
  clock,
  log,
  pollMs = POLL_MS,
  small = SMALL,
}: {
  store: Pick<Store, 'indicators'>;
  /** Where the thread finds the same records. */
  mongo: { uri: string; database: string };
  redis: Redis;
  prefix: string;
  max: number;
  text: boolean;
  clock: Clock;
  log: Log;
  pollMs?: number;
  small?: number;
}): Promise<LiveIndicators> {
  const map = readFieldMap({ text });
  let tables = new Map<string, Table>();
  let lookouts = new Map<string, Lookout>();
  let seen: string | null | undefined;
  let built = 0;
  let looking: Promise<void> = Promise.resolve();
  let thread: Worker | null = null;
  let stopped = false;

  async function look(): Promise<void> {
    if (max === 0) return;
    const version = await redis.get(indicatorsKey(prefix));
    if (version === seen && clock() - built < REBUILD_MS) return;
    const since = clock() - KEPT_AFTER_MS;
    const gone = await purgeExpired(store, clock());
    const many = (await store.indicators.estimatedDocumentCount()) > small;
    const started = performance.now();
    const loaded = many
      ? await inThread({ ...mongo, since, max })
      : await loadTables(streamIndicators(store.indicators, since), max);
    if (stopped) return;
    tables = new Map([...loaded.tables].map(([owner, data]) => [owner, new Table(data)]));
    lookouts = new Map();
    seen = version;
    built = clock();
    const { count, bytes } = size();
    const ms = Math.round(performance.now() - started);
    if (count > 0 || gone > 0 || loaded.leftOut > 0)
      log.info({ count, bytes, leftOut: loaded.leftOut, lost: loaded.lost, purged: gone, ms }, 'indicators loaded');
    if (loaded.leftOut > 0) log.warn({ max, leftOut: loaded.leftOut }, 'more indicators than MDR_INDICATORS_MAX');
  }

  function inThread(workerData: ThreadData): Promise<Loaded> {
    // From the sources (development, tests), the thread needs what reads TypeScript; hooks of this thread do not reach it.
    const file = new URL('./thread.js', import.meta.url).href;
    const source = new URL('./thread.ts', import.meta.url).href;
    const start = import.meta.url.endsWith('.ts')
      ? `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`
      : `import(${JSON.stringify(file)})`;
    return new Promise((resolve, reject) => {
      thread = new Worker(start, { eval: true, workerData, execArgv: [] });
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', () => reject(new Error('the thread that builds indicators ended without them')));
    });
  }

  const size = () => ({
    count: [...tables.values()].reduce((sum, table) => sum + table.count, 0),
    bytes: [...tables.values()].reduce((sum, table) => sum + table.size, 0),
  });

  const tryToLook = () =>
    look().catch((error) => {
      if (!stopped) log.warn({ error: (error as Error).message }, 'indicators could not be loaded; the old ones stay');
    });
  await tryToLook();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = tryToLook().finally(() => {
      busy = false;
    });
  }, pollMs);

  return {
    get size() {
      return size();
    },
    forTenant(tenant) {
      const own = tables.get(tenant);
      const key = own ? tenant : PROVIDER;
      let lookout = lookouts.get(key);
      if (!lookout) {
        const shared = tables.get(PROVIDER);
        lookout = createLookout([...(shared ? [shared] : []), ...(own && own !== shared ? [own] : [])], map, clock);
        lookouts.set(key, lookout);
      }
      return lookout;
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await thread?.terminate();
      await looking;
    },
  };
}

/** A worker without indicators. */
export const NO_INDICATORS: Pick<LiveIndicators, 'forTenant'> = { forTenant: () => NO_LOOKOUT };
