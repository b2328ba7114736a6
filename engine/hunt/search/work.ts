import { Readable } from 'node:stream';
import { DelayedError, type Worker } from 'bullmq';
import type { Clock } from '../../clock.js';
import type { RuleBase } from '../../detect/index.js';
import { MdrError } from '../../errors.js';
import type { Formats } from '../../ingest/formats/index.js';
import type { Lake, TenantLake } from '../../lake/index.js';
import type { Log } from '../../log.js';
import type { Payloads, Queues } from '../../queues.js';
import type { HuntRun } from '../../store/huntruns.js';
import type { Store, TenantStore } from '../../store/index.js';
import { csvOf } from './csv.js';
import { execute, type Outcome } from './execute.js';
import { resultOf } from './result.js';
import { tell } from './tell.js';

const AT_ONCE = 2;
const LOOK_MS = 400;
/** Bytes of a file with all rows. */
const MOST_FILE = 16 * 1024 * 1024;
const KEEP_FILES_MS = 30 * 86_400_000;
export const fileOf = (run: Pick<HuntRun, '_id'>): string => `hunt-run-${run._id}`;

export interface HuntingParts {
  store: Store;
  queues: Queues;
  lake: Lake;
  formats: Formats;
  /** The rules that run now. */
  rules: { readonly base: RuleBase };
  clock: Clock;
  log: Log;
}

/** Consumer of the `hunts` queue. Stopping gives what is in hand back: another worker begins it anew. */
export function startHunting(parts: HuntingParts): { worker: Worker<Payloads['hunts']>; stop(): Promise<void> } {
  const stopping = new AbortController();
  const worker = parts.queues.work('hunts', AT_ONCE, async (job, token) => {
    const isLast = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    try {
      await hunted(parts, job.data, isLast, stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
      // A stop is no fault of the hunt: it costs no attempt.
      await job.moveToDelayed(Date.now(), token);
      throw new DelayedError();
    }
  });
  return {
    worker,
    async stop() {
      stopping.abort();
      await worker.close();
    },
  };
}

/**
 * Do one hunt, and say where its result goes. Doing it again changes nothing once it is over.
 * @param isLast whether nobody will try again: what fails inside is then its end
 */
export async function hunted(
  parts: HuntingParts,
  { tenant, id }: Payloads['hunts'],
  isLast = true,
  stopping: AbortSignal = new AbortController().signal,
): Promise<void> {
  const { store, clock, log } = parts;
  const scope = await store.forTenant(tenant);
  const isTaken = await scope.huntRuns.update(
    { _id: id, state: { $in: ['waiting', 'running'] } },
    { $set: { state: 'running' } },
  );
  // Only the first time: what ends every worker that takes it is given up one day.
  await scope.huntRuns.update({ _id: id, state: 'running', started: null }, { $set: { started: clock() } });
  const run = await scope.huntRuns.findOne({ _id: id });
  if (!run) return;
  // Killed between its end and telling of it: that is made up for.
  if (!isTaken) return tell(parts, scope, run);
  const stop = new AbortController();
  const timer = setInterval(() => void watch(scope, id, stop), LOOK_MS);
  try {
    const outcome = await execute({
      ...parts,
      lake: parts.lake.forTenant(tenant),
      run,
      signal: AbortSignal.any([stop.signal, stopping]),
      progress,
    });
    clearInterval(timer);
    await finish(parts, scope, run, outcome);
  } catch (error) {
    if (stop.signal.aborted) return;
    if (stopping.aborted) {
      await scope.huntRuns.update({ _id: id, state: 'running' }, { $set: { state: 'waiting', started: null } });
      throw new Error('the worker stops: the hunt is given back', { cause: error });
    }
    if (!(error instanceof MdrError) && !isLast) throw error;
    if (!(error instanceof MdrError)) log.error({ err: error, tenant, run: run.number }, 'a hunt failed inside');
    const { code, message, hint } =
      error instanceof MdrError
        ? error
        : new MdrError('MDR_INTERNAL', 'something failed inside.', `Tell an administrator: hunt run ${run.number}.`);
    await end(parts, scope, run, { state: 'failed', error: { code, message, hint } });
  } finally {
    clearInterval(timer);
  }
  // What goes wrong here is tried again: it has its end, and is not told.
  const ended = await scope.huntRuns.findOne({ _id: id });
  if (ended) await tell(parts, scope, ended);

  async function progress(part: number): Promise<void> {
    await scope.huntRuns.update({ _id: id, state: 'running' }, { $set: { progress: Math.min(1, part) } });
  }
}

async function watch(scope: TenantStore, id: string, stop: AbortController): Promise<void> {
  const now = await scope.huntRuns.findOne({ _id: id }).catch(() => undefined);
  if (now !== undefined && now?.state !== 'running') stop.abort();
}

async function finish(parts: HuntingParts, scope: TenantStore, run: HuntRun, outcome: Outcome): Promise<void> {
  const { table, queries, chart, datasets } = outcome;
  const lake = parts.lake.forTenant(run.tenant);
  const gaps = [...new Set([...outcome.gaps, ...(await missing(lake, datasets, run))])].sort();
  const { file, cut } = await keepFile(scope, run, table);
  const notes = [...outcome.notes, ...(cut ? ['the file ends before the last row: it would be too large'] : [])];
  const result = resultOf(table, { truncated: outcome.truncated, chart, notes, gaps });
  await end(parts, scope, run, { state: 'done', result, queries, file, progress: 1 });
}

async function end(parts: HuntingParts, scope: TenantStore, run: HuntRun, set: Partial<HuntRun>): Promise<void> {
  // Cancelled meanwhile: that stands.
  const isEnded = await scope.huntRuns.update(
    { _id: run._id, state: 'running' },
    { $set: { ...set, ended: parts.clock(), told: false } },
  );
  if (isEnded) await prune(scope, parts.clock());
}

/** Data sets that a hunt needs and that have no event in its time. */
async function missing(lake: TenantLake, datasets: readonly string[], { from, until }: HuntRun): Promise<string[]> {
  if (datasets.length === 0) return [];
  const { rows } = await lake.query('SELECT DISTINCT dataset FROM events', [], { from, until, timeoutMs: 60_000 });
  const there = new Set(rows.map(({ dataset }) => dataset));
  return datasets.filter((dataset) => dataset !== 'events' && !there.has(dataset));
}

async function keepFile(
  scope: TenantStore,
  run: HuntRun,
  { columns, rows }: Outcome['table'],
): Promise<{ file: number | null; cut: boolean }> {
  if (rows.length === 0) return { file: null, cut: false };
  let cut = false;
  async function* bytes(): AsyncGenerator<Buffer> {
    let room = MOST_FILE;
    let pending = '';
    for (const line of csvOf(columns, rows)) {
      const size = Buffer.byteLength(line);
      if (size > room) {
        cut = true;
        break;
      }
      room -= size;
      pending += line;
      if (pending.length > 65_536) {
        yield Buffer.from(pending);
        pending = '';
      }
    }
    if (pending) yield Buffer.from(pending);
  }
  const { size } = await scope.blobs.put(fileOf(run), Readable.from(bytes()), MOST_FILE);
  return { file: size, cut };
}

/** Files of old hunts go; what was asked, and the first rows, stay. */
async function prune(scope: TenantStore, now: number): Promise<void> {
  const old = await scope.huntRuns.find({ created: { $lt: now - KEEP_FILES_MS }, file: { $ne: null } }, { limit: 20 });
  for (const run of old) {
    await scope.blobs.remove(fileOf(run));
    await scope.huntRuns.update({ _id: run._id }, { $set: { file: null } });
  }
}
