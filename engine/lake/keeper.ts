import { Worker } from 'node:worker_threads';
import type { Redis } from 'ioredis';
import type { Clock } from '../clock.js';
import { LockBusyError, withLock } from '../lock.js';
import type { Log } from '../log.js';
import type { Payloads } from '../queues.js';
import type { Store } from '../store/index.js';
import { Gauge } from './gauge.js';
import { Journal } from './journal.js';
import { placesOf, tenantsIn } from './places.js';
import { deleteBefore, keptFrom } from './retain.js';
import { spool } from './spool.js';
import type { Done, Task } from './thread.js';

/** Batches land together, so often at most. */
const LAND_MS = 2000;
/** All tenants are looked at so often, for what other workers left behind. */
const LOOK_MS = 60_000;
/** Files that count no more are taken away so often. */
const TIDY_MS = 3600_000;
/** Retention is looked at so often; it works by whole days. */
const RETAIN_MS = 6 * 3600_000;

/** The lake, to a process that writes it. */
export interface Keeper {
  /** Keep a batch, as the door took it, once there is room. When this has returned, its events will be in the lake, once. */
  keep(batch: string, data: Payloads['events']): Promise<void>;
  /** Finish what is in hand; what waits is on disk. */
  stop(): Promise<void>;
}

export interface KeeperParts {
  root: string;
  store: Store;
  redis: Redis;
  prefix: string;
  /** Most batches that wait to be brought in, of all tenants; beyond, `keep` waits. */
  most: number;
  clock: Clock;
  log: Log;
}

/** Write a lake: batches at once into its spool, from there into files in a thread beside the work of this process. */
export function startKeeper(parts: KeeperParts): Keeper {
  const { root, clock, log } = parts;
  const due = new Set<string>();
  const gauge = new Gauge(root, parts.most, log);
  let thread: LakeThread | null = null;
  let stopped = false;
  let looked = 0;
  let tidied = clock();
  let retained = 0;

  async function rounds(): Promise<void> {
    while ((await round()) && gauge.pressed && due.size > 0 && !stopped);
  }

  /** @returns false when something could not be done: that is tried again after a pause */
  async function round(): Promise<boolean> {
    let well = true;
    if (gauge.full) for (const tenant of gauge.tenants) due.add(tenant);
    const whole = clock() - looked >= LOOK_MS;
    if (whole) {
      looked = clock();
      for (const tenant of await tenantsIn(root)) due.add(tenant);
    }
    const tidy = whole && clock() - tidied >= TIDY_MS;
    if (tidy) tidied = clock();
    for (const tenant of [...due]) {
      if (stopped) return well;
      due.delete(tenant);
      try {
        const { more, error } = await tend(tenant, tidy);
        if (more) due.add(tenant);
        if (error) well = false;
      } catch (error) {
        // Somebody else tends it now; what is left is seen at the next look.
        well = false;
        if (!(error instanceof LockBusyError)) log.warn({ tenant, error: (error as Error).message }, 'lake');
      }
      await gauge.look(tenant);
    }
    if (clock() - retained < RETAIN_MS) return well;
    retained = clock();
    await retain(parts);
    return well;
  }

  async function tend(tenant: string, tidy: boolean): Promise<Done> {
    return withLock(parts.redis, lockOf(parts.prefix, tenant), 0, async () => {
      if (!thread || thread.failed) thread = new LakeThread(root);
      const done = await thread.do({ tenant, tidy });
      if (done.error) log.warn({ tenant, error: done.error }, 'events could not be brought into the lake; they wait');
      return done;
    });
  }

  let current: Promise<void> = Promise.resolve();
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    current = rounds()
      .catch((error) => log.warn({ error: (error as Error).message }, 'lake'))
      .finally(() => {
        running = false;
      });
  }, LAND_MS);

  return {
    async keep(batch, data) {
      due.add(data.tenant);
      await gauge.room();
      await spool(placesOf(root, data.tenant), batch, data);
      gauge.note(data.tenant);
      due.add(data.tenant);
    },
    async stop() {
      stopped = true;
      gauge.stop();
      clearInterval(timer);
      // It may be in the middle of something: that is left undone, and done again by whoever comes next.
      await thread?.stop();
      await current;
    },
  };
}

const lockOf = (prefix: string, tenant: string) => `${prefix}:{${tenant}}:lake`;

/** Delete what is older than each tenant keeps, unless it is held. */
export async function retain({
  root,
  store,
  clock,
  log,
}: Pick<KeeperParts, 'root' | 'store' | 'clock' | 'log'>): Promise<void> {
  for (const { _id } of await store.tenants.find({ lakeDays: { $exists: true } }, { _id: 1 }).lean()) {
    const { tenant } = await store.forTenant(_id);
    const before = keptFrom(tenant, clock());
    if (before === null) continue;
    const journal = new Journal(placesOf(root, _id));
    const again = async () => (await store.forTenant(_id)).tenant;
    const { files, events, held } = await deleteBefore(journal, before, { tenant: again, strict: false, clock });
    if (files > 0 || held > 0) log.info({ tenant: _id, files, events, held }, 'events past their time deleted');
  }
}

class LakeThread {
  readonly #worker: Worker;
  #failed: Error | null = null;
  #waiting: { resolve: (done: Done) => void; reject: (error: Error) => void } | null = null;

  constructor(root: string) {
    // From the sources (development, tests), the thread needs what reads TypeScript; hooks of this thread do not reach it.
    const source = new URL('./thread.ts', import.meta.url).href;
    const start = import.meta.url.endsWith('.ts')
      ? `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(source)}))`
      : `import(${JSON.stringify(new URL('./thread.js', import.meta.url).href)})`;
    this.#worker = new Worker(start, { eval: true, workerData: { root }, execArgv: [] });
    this.#worker.on('message', (done: Done) => this.#waiting?.resolve(done));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that writes the lake has ended')));
  }

  get failed(): boolean {
    return this.#failed !== null;
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    this.#waiting?.reject(this.#failed);
  }

  async do(task: Task): Promise<Done> {
    if (this.#failed) throw this.#failed;
    return new Promise<Done>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(task);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
