import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { Queues } from '../../queues.js';
import type { HuntRun } from '../../store/huntruns.js';
import type { TenantStore } from '../../store/index.js';

/** Hunts of one tenant that wait or run at once. */
const MOST_OPEN = 20;
const LOOK_MS = 60;
export const OPEN_STATES = ['waiting', 'running'] as const;

export type WantedRun = Pick<
  HuntRun,
  'title' | 'request' | 'techniques' | 'from' | 'until' | 'period' | 'by' | 'hunt'
> &
  Partial<Pick<HuntRun, 'scheduled' | 'post'>>;

/**
 * Keep a hunt and hand it to a worker.
 * @param key of one that may be asked for twice, as by a schedule that was killed: then it is one all the same
 * @throws MdrError MDR_HUNT_BUSY
 */
export async function startRun(
  store: TenantStore,
  queues: Queues,
  wanted: WantedRun,
  clock: Clock,
  key?: string,
): Promise<HuntRun> {
  const keyed = key === undefined ? null : idOf('huntrun', store.id, key);
  const known = keyed ? await store.huntRuns.findOne({ _id: keyed }) : null;
  if (known) return known;
  if ((await store.huntRuns.count({ state: { $in: [...OPEN_STATES] } })) >= MOST_OPEN)
    throw new MdrError(
      'MDR_HUNT_BUSY',
      `${MOST_OPEN} hunts of this tenant wait or run.`,
      'Wait until some are done, or cancel one: /mdr hunt runs.',
    );
  const number = await store.nextNumber('huntrun');
  const run: Omit<HuntRun, 'tenant'> = {
    ...{ _id: keyed ?? idOf('huntrun', store.id, String(number)), number, scheduled: false, post: null },
    ...wanted,
    ...{
      title: wanted.title.slice(0, 200),
      state: 'waiting',
      progress: 0,
      created: clock(),
      started: null,
      ended: null,
    },
    ...{ queries: [], result: null, file: null, error: null },
  };
  await store.huntRuns.insert(run);
  await hand(queues, store.id, run._id);
  return (await store.huntRuns.findOne({ _id: run._id }))!;
}

/** Handing one over twice is one job; one that failed is gone, so that the hunt can be handed over again. */
export const hand = (queues: Queues, tenant: string, id: string): Promise<void> =>
  queues.add('hunts', { tenant, id }, { jobId: id, removeOnFail: true });

/** @throws MdrError MDR_HUNT_UNKNOWN */
export async function runCalled(store: TenantStore, number: number): Promise<HuntRun> {
  const run = await store.huntRuns.findOne({ number });
  if (run) return run;
  throw new MdrError(
    'MDR_HUNT_UNKNOWN',
    `there is no hunt run ${number} of ${store.tenant.name}.`,
    'See /mdr hunt runs.',
  );
}

const isOpen = ({ state }: HuntRun): boolean => (OPEN_STATES as readonly string[]).includes(state);

/**
 * Wait for a hunt for a moment; when it takes longer, its result is to be posted.
 * @param post where to; null: nowhere, it is looked up
 * @returns the hunt as it is then
 */
export async function awaitRun(
  store: TenantStore,
  run: HuntRun,
  waitMs: number,
  post: HuntRun['post'],
): Promise<HuntRun> {
  const until = Date.now() + waitMs;
  let now = run;
  while (isOpen(now) && Date.now() < until) {
    await sleep(LOOK_MS);
    now = (await store.huntRuns.findOne({ _id: run._id })) ?? now;
  }
  // Between the look and this it may have ended: then it is shown here after all.
  if (isOpen(now) && post)
    await store.huntRuns.update({ _id: run._id, state: { $in: [...OPEN_STATES] } }, { $set: { post } });
  return (await store.huntRuns.findOne({ _id: run._id })) ?? now;
}

/** @throws MdrError MDR_HUNT_UNKNOWN, MDR_HUNT_STATE when it is over */
export async function cancelRun(store: TenantStore, number: number, clock: Clock): Promise<HuntRun> {
  const run = await runCalled(store, number);
  const isDone = await store.huntRuns.update(
    { _id: run._id, state: { $in: [...OPEN_STATES] } },
    { $set: { state: 'cancelled', ended: clock() } },
  );
  if (!isDone && run.state !== 'cancelled')
    throw new MdrError('MDR_HUNT_STATE', `hunt run ${number} is over: ${run.state}.`, `See it: /mdr hunt ${number}.`);
  return runCalled(store, number);
}
