import { randomUUID } from 'node:crypto';
import { MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { ActionRecord, Effect } from '../../store/actions.js';
import type { Store, TenantStore } from '../../store/index.js';
import { isOpen, lookAgain, RECHECK_MS } from './again.js';
import { digestOf } from './args.js';
import { areEnough, counting } from './needs.js';
import { type Carriers, jobOf, workOf } from './registry.js';
import { isHeld } from './requests.js';
import { actionOf, type Change, changeAction, US } from './save.js';
import { bound, errorOf, within } from './steps.js';
import type { CarrierParts, Job, Seen, Work } from './types.js';

/** What a claim holds beyond the time of its steps: writing down what came of it. */
const GRACE_MS = 30_000;
const MAX_ATTEMPTS = 3;
const NOT_YET = 'accepted there; whether it happened is looked at again';
/** Between tries of an undo that failed: doubled each time, and then given up. */
const UNDO_AGAIN_MS = 60_000;
const MAX_UNDO_FAILURES = 12;

export interface WorkParts extends CarrierParts {
  store: Store;
  carriers: Carriers;
  log: Log;
}

/** What a piece of work came to: `busy` is in somebody else's hands, `idle` has nothing to do. */
export type Worked = 'done' | 'busy' | 'idle';

/**
 * Do what is to be done about one action: carry out what is approved, take back what is to be taken back, and find out what became of
 * work whose worker died. Called any number of times, by any number of workers, it carries an action out once.
 */
export async function workOn(parts: WorkParts, tenant: string, number: number): Promise<Worked> {
  const store = await parts.store.forTenant(tenant);
  const record = await actionOf(store, number);
  const now = parts.clock();
  if (record.claim) {
    const isHeld = now < record.claim.until && record.claim.at <= now + GRACE_MS;
    return isHeld ? 'busy' : afterCrash(parts, store, record);
  }
  if (record.state === 'approved' && (await isHeld(store, record))) return 'idle';
  if (record.state === 'approved') return begin(parts, store, record);
  if (record.state === 'undoing') return takeBack(parts, store, record);
  if (!isOpen(record) || !isWhole(record) || record.recheck === null || record.recheck > now) return 'idle';
  const work = await workable(parts, store, record);
  if (work) await lookAgain(store, record, now, () => look(parts, store, record, work));
  return 'done';
}

/** Whether its arguments are still those that were approved. */
const isWhole = (record: ActionRecord): boolean => digestOf(record) === record.digest;
const CHANGED = new MdrError(
  'MDR_ACTION_STATE',
  'its arguments are not those that were asked for.',
  'Look there by hand, and ask for it again.',
);

const us = (parts: WorkParts, request: string) => ({ by: US, now: parts.clock(), request });
const claimOf = (parts: WorkParts, work: Work) => {
  const at = parts.clock();
  return { token: randomUUID(), at, until: at + 4 * work.timeoutMs + GRACE_MS };
};

const jobFor = (parts: WorkParts, store: TenantStore, record: ActionRecord, signal: AbortSignal): Job =>
  jobOf(parts, store, record, signal);

async function look(parts: WorkParts, store: TenantStore, record: ActionRecord, work: Work): Promise<Seen> {
  return within(work.timeoutMs, (signal) => work.verify(jobFor(parts, store, record, signal))).catch(
    () => 'unknown' as const,
  );
}

/** Claim what is approved, if it is still what was approved by people who may still approve, and carry it out. */
async function begin(parts: WorkParts, store: TenantStore, record: ActionRecord): Promise<Worked> {
  const { number } = record;
  const work = await workable(parts, store, record);
  if (!work) return 'done';
  const checked = await within(work.timeoutMs, async (signal) => {
    const job = jobFor(parts, store, record, signal);
    await work.guard?.(job);
    return work.check(job);
  }).catch((error: unknown) => ({ error: errorOf(error) }));
  const claim = claimOf(parts, work);
  const claimed = await changeAction(store, number, us(parts, `claim:${claim.token}`), async (present) => {
    if (present.state !== 'approved' || present.claim) return null;
    const wrong = await notApproved(parts, store, present);
    if (wrong) return wrong;
    const ended = parts.clock();
    if ('error' in checked)
      return { set: { state: 'failed', error: checked.error, ended }, text: `not begun: ${checked.error.message}` };
    const { memory, already, says } = checked;
    if (already)
      return { set: { state: 'done', effect: 'holds', already, memory, ended }, text: `nothing to change: ${says}` };
    const expires = present.lasts === null ? null : claim.at + present.lasts;
    const attempts = present.attempts + 1;
    return { set: { state: 'running', claim, memory, expires, attempts, started: claim.at }, text: `begun: ${says}` };
  });
  if (!claimed.changed || claimed.record.claim?.token !== claim.token) return 'done';
  await perform(parts, store, claimed.record, work);
  return 'done';
}

/** @returns null when the connector is gone, which is written down */
async function workable(parts: WorkParts, store: TenantStore, record: ActionRecord): Promise<Work | null> {
  try {
    return workOf(parts.carriers, record);
  } catch (error) {
    await changeAction(store, record.number, us(parts, `gone:${record.revision}`), () => ({
      set: { state: 'failed', error: errorOf(error), claim: null, ended: parts.clock() },
      text: `not done: ${(error as Error).message}`,
    }));
    return null;
  }
}

/** Why an approved record may not run after all, as the change that says so. */
async function notApproved(parts: WorkParts, store: TenantStore, record: ActionRecord): Promise<Change> {
  if (!isWhole(record)) {
    const ended = parts.clock();
    return { set: { state: 'failed', error: errorOf(CHANGED), ended }, text: `not run: ${CHANGED.message}` };
  }
  if (parts.clock() >= record.approveBy) return { set: { state: 'expired', ended: parts.clock() }, text: 'lapsed' };
  if (record.preapproved || record.needs.quorum === 0) return null;
  const valid = await counting(store, record);
  if (areEnough(record.needs, valid)) return null;
  const lost = record.approvals.filter(({ id }) => !valid.some((one) => one.id === id)).map(({ name }) => name);
  return {
    set: { state: 'proposed', approvals: valid },
    text: `waits for approval again: ${lost.join(', ') || 'somebody'} may not approve any more`,
  };
}

/** The change itself, and what came of it. Only the holder of the claim writes that down. */
async function perform(parts: WorkParts, store: TenantStore, record: ActionRecord, work: Work): Promise<void> {
  let gives: Record<string, string> = {};
  let failed: unknown = null;
  try {
    gives = await within(work.timeoutMs, (signal) => work.run(jobFor(parts, store, record, signal)));
  } catch (error) {
    failed = error;
  }
  const effect = await look(parts, store, record, work);
  await settle(parts, store, record, effect, gives, failed);
}

async function settle(
  parts: WorkParts,
  store: TenantStore,
  record: ActionRecord,
  seen: Seen,
  gives: Record<string, string>,
  failed: unknown,
): Promise<void> {
  const ended = parts.clock();
  const isDone = seen === 'holds' || (seen !== 'absent' && failed === null);
  const isPending = seen === 'pending';
  const error = failed ? errorOf(failed) : { code: 'MDR_ACTION_FAILED', message: 'it had no effect.', hint: '' };
  const kept = bound(gives);
  await changeAction(store, record.number, us(parts, `end:${record.claim!.token}`), (present) => {
    if (present.claim?.token !== record.claim!.token) return null;
    const effect: Effect = isPending ? 'unknown' : isDone ? 'holds' : seen;
    const recheck = isPending || effect === 'unknown' ? ended + RECHECK_MS : null;
    const common = { claim: null, ended, effect, recheck };
    if (isDone)
      return {
        set: { ...common, state: 'done', gives: kept, error: null },
        text: isPending ? NOT_YET : failed ? 'done; its answer was lost, but it is there' : 'done',
      };
    return {
      set: { ...common, state: 'failed', error },
      text: effect === 'unknown' ? `failed, and may have happened: ${error.message}` : `failed: ${error.message}`,
    };
  });
}

/** Whoever held the claim is gone. What the world looks like says whether it happened. */
async function afterCrash(parts: WorkParts, store: TenantStore, record: ActionRecord): Promise<Worked> {
  const work = await workable(parts, store, record);
  if (!work) return 'done';
  const claim = claimOf(parts, work);
  const taken = await changeAction(store, record.number, us(parts, `claim:${claim.token}`), (present) =>
    present.claim?.token === record.claim!.token
      ? { set: { claim, attempts: present.attempts + 1 }, text: 'its worker is gone: finding out what happened' }
      : null,
  );
  if (!taken.changed) return 'busy';
  const mine = taken.record;
  if (!isWhole(mine)) {
    await settle(parts, store, mine, 'unknown', {}, CHANGED);
    return 'done';
  }
  const effect = await look(parts, store, mine, work);
  if (mine.state === 'undoing') {
    if (effect === 'absent') await undone(parts, store, mine);
    else await putBack(parts, store, mine, work);
  } else if (effect === 'absent' && work.isRepeatable && mine.attempts <= MAX_ATTEMPTS)
    await perform(parts, store, mine, work);
  else {
    const message = 'its worker was gone before it said what happened.';
    await settle(parts, store, mine, effect, {}, new MdrError('MDR_ACTION_FAILED', message, 'Look there by hand.'));
  }
  return 'done';
}

async function takeBack(parts: WorkParts, store: TenantStore, record: ActionRecord): Promise<Worked> {
  const work = await workable(parts, store, record);
  if (!work) return 'done';
  const claim = claimOf(parts, work);
  const claimed = await changeAction(store, record.number, us(parts, `claim:${claim.token}`), async (present) => {
    const { undo } = present;
    if (present.state !== 'undoing' || present.claim || !undo) return null;
    if (!isWhole(present))
      return {
        set: { state: 'failed', effect: 'unknown', undo: null, expires: null, error: errorOf(CHANGED) },
        text: `not taken back: ${CHANGED.message}`,
      };
    if (undo.needs.quorum > 0 && undo.by.id !== US.id) {
      const valid = await counting(store, undo);
      if (!areEnough(undo.needs, valid))
        return {
          set: { state: 'done', undo: { ...undo, approvals: valid } },
          text: 'its undo waits for approval again',
        };
    }
    return { set: { claim }, text: 'is being taken back' };
  });
  if (!claimed.changed || claimed.record.claim?.token !== claim.token) return 'done';
  await putBack(parts, store, claimed.record, work);
  return 'done';
}

async function putBack(parts: WorkParts, store: TenantStore, record: ActionRecord, work: Work): Promise<void> {
  if (record.already || !work.undo) return undone(parts, store, record);
  const undo = work.undo;
  let failed: unknown = null;
  try {
    await within(work.timeoutMs, (signal) => undo(jobFor(parts, store, record, signal)));
  } catch (error) {
    failed = error;
  }
  const effect = await look(parts, store, record, work);
  if (effect === 'absent' || (failed === null && (effect === 'unknown' || effect === 'pending')))
    return undone(parts, store, record, effect === 'pending');
  const error = failed
    ? errorOf(failed)
    : { code: 'MDR_ACTION_FAILED', message: 'it was taken back without effect.', hint: '' };
  const failures = record.undoFailures + 1;
  const again = parts.clock() + Math.min(UNDO_AGAIN_MS * 2 ** record.undoFailures, 6 * 3_600_000);
  await changeAction(store, record.number, us(parts, `end:${record.claim!.token}`), (present) =>
    present.claim?.token === record.claim!.token
      ? {
          set: {
            ...{ state: 'done', claim: null, undo: null, error, effect: effect === 'holds' ? 'holds' : 'unknown' },
            ...{ undoFailures: failures, expires: failures < MAX_UNDO_FAILURES ? again : null },
          },
          text: `could not be taken back: ${error.message}${failures < MAX_UNDO_FAILURES ? '' : ' Nobody tries again by itself.'}`,
        }
      : null,
  );
}

async function undone(parts: WorkParts, store: TenantStore, record: ActionRecord, isPending = false): Promise<void> {
  const ended = parts.clock();
  const effect: Effect = isPending ? 'unknown' : 'absent';
  const recheck = isPending ? ended + RECHECK_MS : null;
  const text = isPending ? NOT_YET : record.already ? 'over; it had been like that before' : 'taken back';
  await changeAction(store, record.number, us(parts, `end:${record.claim!.token}`), (present) =>
    present.claim?.token === record.claim!.token
      ? { set: { state: 'undone', claim: null, effect, recheck, error: null, expires: null, ended }, text }
      : null,
  );
}
