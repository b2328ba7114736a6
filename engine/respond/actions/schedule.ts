import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Queues } from '../../queues.js';
import type { ActionRecord } from '../../store/actions.js';
import type { Store, TenantStore } from '../../store/index.js';
import { headOf } from '../case/join.js';
import { changeCase } from '../case/save.js';
import { FIRST_MS, remind } from './remind.js';
import { handOver } from './requests.js';
import { changeAction, US } from './save.js';

const TICK_MS = 10_000;
const AT_ONCE = 100;
/** A request whose job was lost is handed over again after this. */
const LOST_MS = 20_000;

export interface ScheduleParts {
  store: Store;
  queues: Queues;
  clock: Clock;
  log: Log;
}

/** Looks every ten seconds for what is due; several workers may. What was due while none ran is done by the first look. */
export function startSchedule(parts: ScheduleParts): { stop(): Promise<void> } {
  let running: Promise<void> | null = null;
  const look = () => {
    running ??= runSchedule(parts)
      .catch((error) => parts.log.warn({ error: (error as Error).message }, 'schedule of actions'))
      .finally(() => {
        running = null;
      });
  };
  const timer = setInterval(look, TICK_MS);
  timer.unref();
  look();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Requests lapse, actions whose time is over are taken back, lost work is handed over again, and timelines are told. */
export async function runSchedule(parts: ScheduleParts): Promise<void> {
  const { store, queues, clock, log } = parts;
  const now = clock();
  const each = async (filter: object, what: (scope: TenantStore, record: ActionRecord) => Promise<unknown>) => {
    const found = await store.actions.find(filter).sort({ created: 1 }).limit(AT_ONCE).lean<ActionRecord[]>();
    for (const record of found)
      try {
        await what(await store.forTenant(record.tenant), record);
      } catch (error) {
        const line = error instanceof MdrError ? error.toLine() : (error as Error).message;
        log.warn({ tenant: record.tenant, action: record.number, error: line }, 'an action could not be looked after');
      }
  };
  const us = (request: string) => ({ by: US, now, request });

  await each({ state: 'proposed', approveBy: { $lte: now } }, (scope, { number }) =>
    changeAction(scope, number, us('lapsed'), (record) =>
      record.state === 'proposed' && record.approveBy <= now
        ? { set: { state: 'expired', ended: now }, text: 'lapsed: not enough people agreed in time' }
        : null,
    ),
  );
  await each({ state: 'proposed', created: { $lte: now - FIRST_MS } }, (scope, record) =>
    remind(store, scope, record, now),
  );
  await each({ state: { $in: ['done', 'failed'] }, expires: { $ne: null, $lte: now } }, async (scope, { number }) => {
    const { record } = await changeAction(scope, number, us(`over:${now}`), (present) => {
      if (present.expires === null || present.expires > now || !['done', 'failed'].includes(present.state)) return null;
      if (present.state === 'failed' && present.effect === 'absent')
        return { set: { expires: null }, text: 'its time is over' };
      const needs = { quorum: 0, customer: false, why: 'its time was approved with it' };
      const undo = { by: US, reason: 'its time is over', at: now, needs, approvals: [], digest: '' };
      return { set: { state: 'undoing', undo }, text: 'its time is over' };
    });
    if (record.state === 'undoing') await handOver(queues, scope.id, number);
  });
  // Work without a worker: its job was lost, or whoever held it died.
  const lost = { state: { $in: ['approved', 'undoing'] }, claim: null, created: { $lt: now - LOST_MS } };
  await each(lost, (scope, { number }) => handOver(queues, scope.id, number));
  await each({ claim: { $ne: null }, 'claim.until': { $lte: now } }, (scope, { number }) =>
    handOver(queues, scope.id, number),
  );
  await each({ claim: { $ne: null }, 'claim.at': { $gt: now + 60_000 } }, (scope, { number }) =>
    handOver(queues, scope.id, number),
  );
  await each(
    { state: { $in: ['failed', 'done', 'undone'] }, effect: 'unknown', recheck: { $ne: null, $lte: now } },
    (scope, { number }) => handOver(queues, scope.id, number),
  );
  await each({ untold: true }, (scope, record) => tellCase(scope, queues, record, clock));
}

/** Put what became of an action on the timeline of its case, each entry once. */
export async function tellCase(store: TenantStore, queues: Queues, record: ActionRecord, clock: Clock): Promise<void> {
  if (record.case === null) return;
  try {
    const number = await headOf(store, record.case);
    for (const { id, at, actor, actorName, text, reason, calls } of record.log)
      await changeCase(
        store,
        number,
        { by: { id: actor, name: actorName }, clock, request: `action:${record._id}:${id}` },
        {
          kind: 'action',
          action: record.number,
          text: `${record.action} ${text}`,
          at,
          lane: 'provider',
          reason,
          ...(calls && { calls }),
        },
      );
    await queues.add('changes', { tenant: store.id, kind: 'case', number });
    if (record.run !== undefined) await queues.add('playbooks', { tenant: store.id, case: number });
  } catch (error) {
    // A case that is gone or full is not told; the action's own log has all of it.
    if (!(error instanceof MdrError) || error.code === 'MDR_CONFLICT') throw error;
  }
  await store.actions.update({ _id: record._id, revision: record.revision }, { $set: { untold: false } });
}
