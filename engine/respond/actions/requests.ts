import { randomUUID } from 'node:crypto';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { Queues } from '../../queues.js';
import type { ActionRecord } from '../../store/actions.js';
import type { TenantStore } from '../../store/index.js';
import { type Person, roleOf } from '../../store/people.js';
import { bounded } from '../case/text.js';
import { argsText, digestOf, readArgs, specOf } from './args.js';
import { APPROVER, areEnough, counting, mayApprove, needsOf, takePreapproved } from './needs.js';
import { type Carriers, carrierFor, jobOf, workOf } from './registry.js';
import { ActionStateError, type Cause, changeAction, entryOf, type Saved, US } from './save.js';
import type { CarrierParts, Checked } from './types.js';

const APPROVE_MS = 8 * 3_600_000;
const MAX_OPEN = 200;

export interface Asking {
  action: string;
  args: Readonly<Record<string, string>>;
  via?: string;
  forced?: boolean;
  reason: string;
  case: number | null;
  /** Number of the playbook run that asks. */
  run?: number;
  /** Whether one of the customer's people must agree besides what the contract says. */
  customer?: boolean;
  /** Epoch ms: it lapses then, if that is before it would anyway. */
  approveBy?: number;
}

export interface RequestParts extends CarrierParts {
  store: TenantStore;
  queues: Queues;
  carriers: Carriers;
}

export const handOver = (queues: Queues, tenant: string, number: number): Promise<void> =>
  queues.add('actions', { tenant, number });

/** Id of the record that a request is. */
export const requestId = (tenant: string, request: string): string => idOf('action', tenant, request);

/** A request as it would be, without keeping it. @throws MdrError MDR_ACTION_UNKNOWN, MDR_ACTION_BAD */
function draft({ store, carriers }: RequestParts, asking: Asking) {
  const { args, lasts } = readArgs(asking.action, asking.args);
  const forced = asking.forced ?? false;
  if (forced && bounded(asking.reason) === '')
    throw new MdrError('MDR_ACTION_BAD', 'overruling a warning needs a reason.', 'Say why, with reason …');
  const via = carrierFor(carriers, store, asking.action, asking.via).name;
  const what = { tenant: store.id, action: asking.action, via, args, lasts, forced };
  return { ...what, digest: digestOf(what), needs: needsOf(what, store.tenant.profile, asking.customer) };
}

/**
 * A dry run: what would happen, who would have to agree. Nothing is kept or changed.
 * @throws MdrError saying why it cannot be done
 */
export async function checkAction(
  parts: RequestParts,
  asking: Asking,
): Promise<Checked & Pick<ActionRecord, 'needs' | 'via' | 'args' | 'lasts'>> {
  const { made, work, job } = guarded(parts, asking);
  await work.guard?.(job);
  const checked = await work.check(job);
  return { ...checked, needs: made.needs, via: made.via, args: made.args, lasts: made.lasts };
}

function guarded(parts: RequestParts, asking: Asking) {
  const made = draft(parts, asking);
  const record = { ...made, number: 0, memory: {}, reason: asking.reason, expires: null, case: asking.case, by: US };
  const work = workOf(parts.carriers, made);
  return { made, work, job: jobOf(parts, parts.store, record, AbortSignal.timeout(work.timeoutMs)) };
}

/**
 * Ask for an action: checked against our own records, kept, and handed to the worker when nobody has to agree. The same request is the same record.
 * @throws MdrError as `checkAction`; MDR_ACTION_STATE when too many wait
 */
export async function propose(
  parts: RequestParts,
  person: { id: string; name: string },
  request: string,
  asking: Asking,
): Promise<Saved> {
  const { store, queues, clock } = parts;
  const _id = requestId(store.id, request);
  const known = await store.actions.findOne({ _id });
  if (known) return { record: known, changed: false };
  const { made, work, job } = guarded(parts, asking);
  await work.guard?.(job);
  if ((await store.actions.count({ state: { $in: ['proposed', 'approved', 'running'] } })) >= MAX_OPEN)
    throw new MdrError('MDR_ACTION_BAD', 'too many actions wait already.', 'Approve or refuse some: /mdr actions.');
  const now = clock();
  const { tenant: _, ...what } = made;
  const giveBack = await takePreapproved(store, what, made.needs, now);
  const preapproved = giveBack !== null;
  const isFree = preapproved || made.needs.quorum === 0;
  const title = `asked for ${asking.action} (${bounded(argsText(made.args), 300)})`;
  const text = preapproved ? `${title}; agreed to beforehand` : isFree ? `${title}; nobody has to agree` : title;
  const cause: Cause = { by: person, now, request: 'proposed' };
  const record: Omit<ActionRecord, 'tenant'> = {
    ...{ _id, number: await store.nextNumber('action'), ...what, by: person, reason: bounded(asking.reason, 500) },
    ...{ case: asking.case, approvals: [], preapproved, state: isFree ? 'approved' : 'proposed', created: now },
    ...(asking.run !== undefined && { run: asking.run }),
    ...{
      approveBy: Math.min(now + APPROVE_MS, asking.approveBy ?? Number.POSITIVE_INFINITY),
      claim: null,
      attempts: 0,
      memory: {},
      already: false,
      effect: 'absent',
    },
    ...{ gives: {}, error: null, started: null, ended: null, expires: null, recheck: null, undo: null },
    ...{ undoFailures: 0, untold: asking.case !== null, revision: 1 },
    log: [entryOf({ _id }, cause, text, asking.reason)],
  };
  const isNew = await store.actions.insert(record);
  if (!isNew) await giveBack?.();
  const kept = (await store.actions.findOne({ _id }))!;
  if (isNew && isFree) await handOver(queues, store.id, kept.number);
  return { record: kept, changed: isNew };
}

type Deciding = Pick<RequestParts, 'store' | 'queues' | 'clock'>;

/** What waits for approval: the request itself, or its undo. */
export function waitingFor(record: ActionRecord): Pick<ActionRecord, 'by' | 'approvals' | 'digest' | 'needs'> | null {
  if (record.state === 'proposed') return record;
  return record.undo && (record.state === 'done' || record.state === 'failed') ? record.undo : null;
}

/**
 * Agree to a request, or to its undo. Whoever asked cannot, nor for a request whoever began the playbook run that asks; the same person
 * counts once.
 * @param digest of what they were shown
 * @throws MdrError MDR_ACTION_UNKNOWN, MDR_FORBIDDEN, MDR_ACTION_STATE
 */
export async function approve(
  { store, queues, clock }: Deciding,
  person: Person,
  request: string,
  number: number,
  digest: string,
): Promise<Saved> {
  const now = clock();
  const by = { id: person._id, name: person.name };
  const saved = await changeAction(store, number, { by, now, request }, async (record) => {
    const waits = waitingFor(record);
    // A second click of the same person changes nothing, also when the first was enough.
    const given = waits?.approvals ?? [...record.approvals, ...(record.undo?.approvals ?? [])];
    if (given.some((one) => one.id === by.id && (waits || one.digest === digest))) return null;
    if (!waits) throw wrongState(record, 'approved');
    const fresh = await store.people.get(person._id);
    if (!fresh || !mayApprove(fresh, store.id))
      throw new MdrError(
        'MDR_FORBIDDEN',
        `approving needs the role ${APPROVER[person.side]}.`,
        'Ask somebody who has that role.',
      );
    const run = record.state === 'proposed' ? await runOf(store, record) : null;
    if (run && run.status !== 'running')
      throw new ActionStateError(
        record,
        `action ${number} waits: its playbook run is paused or over.`,
        'Resume the run first.',
      );
    if (waits.by.id === by.id)
      throw new MdrError('MDR_FORBIDDEN', 'nobody approves what they asked for.', 'Ask somebody else.');
    // They said what it is to hit, whoever clicked last.
    if (run?.by.id === by.id)
      throw new MdrError('MDR_FORBIDDEN', 'nobody approves an action of a run that they began.', 'Ask somebody else.');
    if (fresh.side === 'customer' && !waits.needs.customer)
      throw new MdrError('MDR_FORBIDDEN', "this is your provider's to decide.", 'Ask them in this channel.');
    if (record.state === 'proposed' && now >= record.approveBy)
      throw new ActionStateError(record, `action ${number} has lapsed.`, 'Ask for it again.');
    if (waits.digest !== digest)
      throw new ActionStateError(record, `action ${number} is not what you were shown.`, 'Look at it again.');
    const approvals = [...waits.approvals, { ...by, side: fresh.side, at: now, digest }];
    const valid = await counting(store, { ...waits, approvals });
    const enough = areEnough(waits.needs, valid);
    const left = Math.max(0, waits.needs.quorum - valid.length);
    const text = enough ? 'approved' : `approved; ${left > 0 ? `${left} more needed` : "one of the customer's needed"}`;
    if (record.state === 'proposed') return { set: { approvals, ...(enough && { state: 'approved' as const }) }, text };
    const undo = { ...record.undo!, approvals };
    return { set: { undo, ...(enough && { state: 'undoing' as const }) }, text: `undo ${text}` };
  });
  if (saved.record.state === 'approved' || saved.record.state === 'undoing') await handOver(queues, store.id, number);
  return saved;
}

/**
 * Say no, to a request or to its undo: whoever may approve it, or whoever asked for it.
 * @param digest of what they were shown
 * @throws MdrError MDR_ACTION_UNKNOWN, MDR_FORBIDDEN, MDR_ACTION_STATE
 */
export async function refuse(
  { store, clock }: Deciding,
  person: Person,
  request: string,
  number: number,
  reason: string,
  digest: string,
): Promise<Saved> {
  const by = { id: person._id, name: person.name };
  return changeAction(store, number, { by, now: clock(), request }, async (record) => {
    if (record.state === 'refused') return null;
    const waits = waitingFor(record);
    if (!waits) throw wrongState(record, 'refused');
    const fresh = await store.people.get(person._id);
    if (!fresh || roleOf(fresh, store.id) === null || (waits.by.id !== by.id && !mayApprove(fresh, store.id)))
      throw new MdrError(
        'MDR_FORBIDDEN',
        `refusing needs the role ${APPROVER[person.side]}.`,
        'Ask somebody who has that role, or whoever asked for it.',
      );
    if (fresh.side === 'customer' && !waits.needs.customer)
      throw new MdrError('MDR_FORBIDDEN', "this is your provider's to decide.", 'Ask them in this channel.');
    if (waits.digest !== digest)
      throw new ActionStateError(record, `action ${number} is not what you were shown.`, 'Look at it again.');
    if (record.state !== 'proposed') return { set: { undo: null }, text: 'undo refused', reason };
    return { set: { state: 'refused', ended: clock() }, text: 'refused', reason };
  });
}

/**
 * Ask to take an action back. Where what takes it back is dangerous itself, somebody else must agree.
 * @throws MdrError MDR_ACTION_UNKNOWN, MDR_ACTION_STATE
 */
export async function askUndo(
  { store, queues, clock, carriers }: Deciding & { carriers: Carriers },
  person: { id: string; name: string },
  request: string,
  number: number,
  reason: string,
): Promise<Saved> {
  const now = clock();
  const saved = await changeAction(store, number, { by: person, now, request }, (record) => {
    if (record.state === 'undoing' || record.state === 'undone' || record.undo) return null;
    const holds = record.state === 'done' || (record.state === 'failed' && record.effect !== 'absent');
    if (!holds) throw wrongState(record, 'taken back');
    if (workOf(carriers, record).undo === null)
      throw new ActionStateError(record, `${record.action} cannot be taken back.`, 'Do by hand what can be done.');
    const back = specOf(record.action).undo;
    const asked = { action: back ?? record.action, args: record.args, forced: false };
    const needs = needsOf(asked, store.tenant.profile);
    const undo = { by: person, reason, at: now, needs, approvals: [], digest: idOf('undo', record.digest, request) };
    if (needs.quorum === 0) return { set: { undo, state: 'undoing' }, text: 'is taken back', reason };
    return { set: { undo }, text: 'asked to take it back', reason };
  });
  if (saved.record.state === 'undoing') await handOver(queues, store.id, number);
  return saved;
}

/** The playbook run that asked for it. */
const runOf = async (store: TenantStore, { run }: Pick<ActionRecord, 'run'>) =>
  run === undefined ? null : store.playbookRuns.findOne({ number: run });

/** Whether the playbook run that asked for it is paused or over: then nobody agrees to it, and it does not begin. */
export async function isHeld(store: TenantStore, record: Pick<ActionRecord, 'run'>): Promise<boolean> {
  const found = await runOf(store, record);
  return found !== null && found.status !== 'running';
}

/**
 * What nobody wants any more does not begin: a request that is not begun, or an undo that waits for approval.
 * @returns false when it is begun or over: then what became of it counts
 */
export async function withdraw(
  { store, clock }: Deciding,
  by: { id: string; name: string },
  request: string,
  number: number,
  reason: string,
): Promise<boolean> {
  const saved = await changeAction(store, number, { by, now: clock(), request }, ({ state, claim, undo }) => {
    if (!claim && (state === 'proposed' || state === 'approved'))
      return { set: { state: 'refused', ended: clock() }, text: 'withdrawn', reason };
    if (!claim && undo && (state === 'done' || state === 'failed'))
      return { set: { undo: null }, text: 'undo withdrawn', reason };
    return null;
  });
  return saved.changed;
}

export const freshRequest = (): string => randomUUID();

function wrongState(record: ActionRecord, what: string): ActionStateError {
  const { number, state } = record;
  return new ActionStateError(
    record,
    `action ${number} is ${state}; it cannot be ${what}.`,
    `See /mdr actions show ${number}.`,
  );
}
