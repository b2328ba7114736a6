import type { Clock } from '../../../clock.js';
import { idOf } from '../../../ids.js';
import { withLock } from '../../../lock.js';
import type { Log } from '../../../log.js';
import type { Secrets } from '../../../notify/secrets.js';
import type { Queues } from '../../../queues.js';
import type { Case } from '../../../store/cases.js';
import type { Store, TenantStore } from '../../../store/index.js';
import type { PlaybookRun } from '../../../store/playbookruns.js';
import { loadCarriers } from '../../actions/carriers/index.js';
import type { Carriers } from '../../actions/registry.js';
import { carryOut } from './carry.js';
import { factsOf } from './facts.js';
import { runOf, take } from './keep.js';
import { follow } from './moved.js';
import { tell } from './tell.js';
import type { DriveParts } from './types.js';

const AT_ONCE = 4;
const TICK_MS = 1000;
/** What nobody said is found by looking: whoever changed it may have died before. */
const LOOK_MS = 10_000;
const MOST_DUE = 200;
const WAIT_MS = 8000;
/** A run that would go on for ever goes on at the next look. */
const MOST_TURNS = 300;

/**
 * Go on with a run as far as it goes: take in what happened, carry out what follows, until there is nothing more. Killed anywhere, the next
 * call goes on from there; called by several at once, each thing is done once all the same.
 */
export async function drive(parts: DriveParts, number: number): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const record = await follow(parts.store, number);
    if (!record) break;
    const { changed } = await take(parts.store, number, (run) => factsOf(parts, run, record));
    if (changed) continue;
    if (!(await carryOut(parts, await runOf(parts.store, number), await caseNow(parts.store, record)))) break;
  }
  await tell(parts, number);
}

const caseNow = async (store: TenantStore, { number }: Case): Promise<Case> =>
  (await store.cases.findOne({ number })) as Case;

export interface RunParts {
  store: Store;
  queues: Queues;
  secrets: Secrets;
  /** MDR_ACTIONS_ALLOW */
  allowed: readonly string[];
  carriers?: Carriers;
  clock: Clock;
  log: Log;
}

/** Consumer of the `playbooks` queue, and what is due by itself. */
export async function startRuns(given: RunParts): Promise<{ stop(): Promise<void> }> {
  const { store, queues, clock, log } = given;
  const { redis, prefix } = queues;
  const carriers = given.carriers ?? (await loadCarriers());
  const worker = queues.work('playbooks', AT_ONCE, async ({ data: { tenant, case: number } }) => {
    const scope = await store.forTenant(tenant);
    const parts: DriveParts = { ...given, carriers, store: scope };
    for (const run of await scope.playbookRuns.find({ case: number }))
      if (!run.settled)
        await withLock(redis, `${prefix}:{${tenant}}:lock:run:${run.number}`, WAIT_MS, () => driveOne(parts, run));
  });

  async function driveOne(parts: DriveParts, { number, _id }: PlaybookRun): Promise<void> {
    try {
      await drive(parts, number);
    } catch (error) {
      log.warn({ tenant: parts.store.id, run: number, error: (error as Error).message }, 'a playbook run');
      await parts.store.playbookRuns.update({ _id }, { $set: { looked: clock() } });
      throw error;
    }
  }

  async function look(): Promise<void> {
    const now = clock();
    const due = await store.playbookRuns
      .find({ settled: false, $or: [{ looked: { $lte: now - LOOK_MS } }, { wake: { $ne: null, $lte: now } }] })
      .select({ tenant: 1, case: 1, looked: 1 })
      .sort({ looked: 1 })
      .limit(MOST_DUE)
      .lean<Pick<PlaybookRun, 'tenant' | 'case'>[]>();
    const cases = new Map(due.map((run) => [idOf('look', run.tenant, String(run.case)), run]));
    for (const [jobId, { tenant, case: number }] of cases)
      await queues.add('playbooks', { tenant, case: number }, { jobId, attempts: 1, removeOnFail: true });
  }
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= look()
      .catch((error) => log.warn({ error: (error as Error).message }, 'schedule of playbook runs'))
      .finally(() => {
        running = null;
      });
  }, TICK_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
      await worker.close();
    },
  };
}
