import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Store } from '../../store/index.js';
import type { RuleBase } from '../index.js';
import { activeFiles, activeVersions, rulesetsKey } from './sets.js';

const POLL_MS = 2000;
/** Without a sign of change, look into the store this often all the same. */
const LOOK_AGAIN_MS = 60_000;
const FORGET_MS = 60_000;

/** What a worker says of the rules that it runs; `mdr rules versions` shows it. */
export interface WorkerRules {
  worker: string;
  /** Epoch ms. */
  at: number;
  rules: number;
  /** Problems of rule files; the others run. */
  leftOut: number;
  /** Versions that run, by set. */
  sets: Record<string, number>;
  /** Why what is active is not what runs; null when it is. */
  fault: string | null;
}

const workersKey = (prefix: string): string => `${prefix}:rulesets:workers`;

/** Workers heard of lately. */
export async function workersOf(redis: Redis, prefix: string, now: number): Promise<WorkerRules[]> {
  const said = await redis.hgetall(workersKey(prefix));
  const all = Object.values(said).map((text) => JSON.parse(text) as WorkerRules);
  const gone = all.filter(({ at }) => now - at >= FORGET_MS).map(({ worker }) => worker);
  if (gone.length > 0) await redis.hdel(workersKey(prefix), ...gone);
  return all.filter(({ worker }) => !gone.includes(worker)).sort((a, b) => (a.worker < b.worker ? -1 : 1));
}

export interface LiveRules {
  /** The rules that run now: to be asked for once a batch, with everything that is made of it. */
  readonly base: RuleBase;
  stop(): Promise<void>;
}

/**
 * The rules of a worker: those of its folders, and the active versions of rule sets. Sets are looked for again every two seconds; a
 * change is compiled between batches and taken up as a whole. What cannot be loaded leaves the old rules running, and says so.
 * @param load compiles the worker's own folders together with the files given
 */
export async function liveRules({
  store,
  redis,
  prefix,
  clock,
  log,
  load,
  pollMs = POLL_MS,
}: {
  store: Store;
  redis: Redis;
  prefix: string;
  clock: Clock;
  log: Log;
  load: (extra: { file: string; content: string }[]) => Promise<RuleBase>;
  pollMs?: number;
}): Promise<LiveRules> {
  const worker = `${hostname()}:${process.pid}`;
  const wantedNow = () => activeVersions(store);
  let base!: RuleBase;
  let running: Record<string, number> = {};
  let fault: string | null = null;
  let tried = '';
  let seen: string | null = null;
  let looked = 0;

  async function take(wanted: Record<string, number>): Promise<void> {
    const next = await load(await activeFiles(store, wanted));
    for (const problem of next.problems) log.warn(problem, 'rule left out');
    base = next;
    running = wanted;
    log.info({ rules: next.matcher.rules.length, leftOut: next.problems.length, sets: wanted }, 'rules loaded');
  }

  async function look(): Promise<void> {
    const version = await redis.get(rulesetsKey(prefix));
    const told = version !== seen;
    if (told || clock() - looked > LOOK_AGAIN_MS) {
      seen = version;
      looked = clock();
      const wanted = await wantedNow();
      const key = JSON.stringify(wanted);
      if (key === JSON.stringify(running)) fault = null;
      // One that failed is tried again when somebody says that something changed: otherwise it would fail again.
      else if (told || key !== tried) {
        tried = key;
        try {
          await take(wanted);
          fault = null;
        } catch (error) {
          fault = error instanceof MdrError ? error.toLine() : String(error);
          log.error({ err: error, sets: wanted, running }, 'rule sets could not be loaded: the old rules go on');
        }
      }
    }
    await tell();
  }

  async function tell(): Promise<void> {
    const said: WorkerRules = {
      worker,
      at: clock(),
      rules: base.matcher.rules.length + base.correlations.all.length,
      leftOut: base.problems.length,
      sets: running,
      fault,
    };
    await redis.hset(workersKey(prefix), worker, JSON.stringify(said));
  }

  seen = await redis.get(rulesetsKey(prefix));
  looked = clock();
  const first = await wantedNow();
  try {
    await take(first);
  } catch (error) {
    if (Object.keys(first).length === 0) throw error;
    fault = error instanceof MdrError ? error.toLine() : String(error);
    log.error({ err: error, sets: first }, 'rule sets could not be loaded: the rules of the folders run');
    await take({});
  }
  await tell();

  let looking: Promise<void> | null = null;
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error) => log.warn({ error: (error as Error).message }, 'rule sets'))
      .finally(() => {
        looking = null;
      });
  }, pollMs);
  return {
    get base() {
      return base;
    },
    async stop() {
      clearInterval(timer);
      await looking;
      await redis.hdel(workersKey(prefix), worker).catch(() => {});
    },
  };
}
