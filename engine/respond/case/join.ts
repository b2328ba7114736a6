import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { Case, CaseMove } from '../../store/cases.js';
import type { TenantStore } from '../../store/index.js';
import { change as changeAlert, MAX_ENTRIES } from '../../triage/work.js';
import { type Applied, apply } from './change.js';
import { newCase, priorityOf, shareOf } from './create.js';
import { badCase, CaseStateError, unknownCase } from './error.js';
import { type Asking, causeOf, changeCase } from './save.js';

const MAX_CHAIN = 50;

/**
 * Of two cases make one: the younger goes into the older, which takes its alerts, observables, people and open tasks. The younger keeps
 * its own timeline.
 * @throws MdrError MDR_CASE_UNKNOWN, MDR_CASE_STATE, MDR_CASE_BAD, MDR_CONFLICT
 * @returns the case that goes on
 */
export async function mergeCases(
  store: TenantStore,
  asking: Asking,
  one: number,
  other: number,
  reason: string,
): Promise<Applied> {
  if (one === other) throw badCase('a case cannot go into itself.', 'Name two.');
  const [to, from] = [Math.min(one, other), Math.max(one, other)];
  const target = await caseOf(store, to);
  if (target.state === 'closed')
    throw new CaseStateError(target, `case ${to} is closed; nothing can go into it.`, 'Reopen it first.');
  const before = await caseOf(store, from);
  // Tried first: one that is closed and finds no room in the other would be nowhere.
  if (before.mergedInto === undefined)
    apply(
      target,
      { kind: 'take-in', from: before, alerts: await sharesOf(store, before), reason },
      causeOf(store, asking),
    );
  if (before.mergedInto !== to) await changeCase(store, from, asking, { kind: 'merge-into', to, reason });
  await finishMoves(store, await caseOf(store, from), asking);
  const record = await caseOf(store, await headOf(store, to));
  const entries = record.log.filter(({ field }) => field === `took:${from}`);
  return { record, entries, changed: before.mergedInto === undefined };
}

/**
 * Make a case of its own of some alerts of a case.
 * @throws MdrError as `mergeCases`
 * @returns the new case
 */
export async function splitCase(
  store: TenantStore,
  asking: Asking,
  from: number,
  { alerts, title, reason }: { alerts: number[]; title: string; reason: string },
): Promise<Applied> {
  const before = await caseOf(store, from);
  const isDone = before.log.some(({ id }) => id.startsWith(idOf('case', before._id, asking.request).slice(0, 24)));
  const to = isDone ? 0 : await store.nextNumber('case');
  const split = { kind: 'split-off' as const, to, title: title || before.title, alerts, reason };
  const { changed } = await changeCase(store, from, asking, split);
  await finishMoves(store, await caseOf(store, from), asking);
  const record = await store.cases.findOne({ _id: idOf('case', store.id, originOf(before, asking.request)) });
  if (!record) throw unknownCase(to, store.tenant.name);
  return { record, entries: record.log.slice(0, 1), changed };
}

/**
 * Carry what was decided to the other case, and tell the alerts. Each step can be done again; what was decided stands in the case until
 * the last one is done, so that another process finishes what one left.
 */
export async function finishMoves(store: TenantStore, record: Case, asking: Pick<Asking, 'clock'>): Promise<number[]> {
  const touched: number[] = [];
  for (const move of record.moves) touched.push(...(await finishMove(store, record, move, asking)));
  return touched;
}

/** The same for one of them. @returns the numbers of both cases */
export async function finishMove(
  store: TenantStore,
  record: Case,
  move: CaseMove,
  { clock }: Pick<Asking, 'clock'>,
): Promise<number[]> {
  const asking: Asking = { by: move.by, clock, request: `${record._id}:${move.id}` };
  const to =
    move.kind === 'merge' ? await takeIn(store, record, move, asking) : await splitOff(store, record, move, asking);
  for (const number of move.alerts) {
    const alert = await store.alerts.findOne({ number });
    if (!alert || alert.case === to) continue;
    // One that is full cannot say so, and belongs there all the same.
    if (alert.log.length >= MAX_ENTRIES) {
      await store.alerts.update({ number, case: record.number }, { $set: { case: to }, $inc: { revision: 1 } });
      continue;
    }
    await changeAlert(store, number, move.by, clock, (present) =>
      present.case === to || present.case !== record.number
        ? { done: present.log.at(-1)! }
        : { kind: 'handed', text: `Part of case ${to} now, no longer of case ${record.number}`, set: { case: to } },
    );
  }
  const done = { ...asking, request: `${asking.request}:done` };
  await changeCase(store, record.number, done, { kind: 'moved', move: move.id });
  return [to, record.number];
}

async function takeIn(store: TenantStore, from: Case, move: CaseMove, asking: Asking): Promise<number> {
  const shares = await sharesOf(store, move);
  for (let attempt = 0; attempt < MAX_CHAIN; attempt++) {
    // It may have gone into another one meanwhile.
    const to = await headOf(store, move.to);
    try {
      await changeCase(store, to, asking, { kind: 'take-in', from, alerts: shares, reason: move.reason });
      return to;
    } catch (error) {
      if (!(error instanceof CaseStateError) || error.record.mergedInto === undefined) throw error;
    }
  }
  throw new MdrError('MDR_CONFLICT', `case ${from.number} finds no case to go into.`, 'Try again in a moment.');
}

const sharesOf = async (store: TenantStore, { alerts }: Pick<Case, 'alerts'>) =>
  (await store.alerts.find({ number: { $in: alerts } }, { sort: { number: 1 }, limit: alerts.length || 1 })).map(
    shareOf,
  );

const originOf = ({ _id }: Pick<Case, '_id'>, move: string): string => `split:${_id}:${move}`;

async function splitOff(store: TenantStore, from: Case, move: CaseMove, asking: Asking): Promise<number> {
  const shares = await sharesOf(store, move);
  const { severity, type } = from;
  const opening = {
    ...{ origin: originOf(from, move.id), title: move.title, type, severity, priority: priorityOf(severity) },
    ...{ alerts: shares, lead: move.by, splitFrom: from.number, reason: move.reason },
  };
  const { tenant: _, ...record } = newCase(store.id, move.to, opening, { ...causeOf(store, asking), now: move.at });
  await store.cases.insert(record);
  return move.to;
}

/** The case that goes on for a case that went into another: itself, when it did not. */
export async function headOf(store: TenantStore, number: number): Promise<number> {
  let at = number;
  for (let step = 0; step < MAX_CHAIN; step++) {
    const { mergedInto } = await caseOf(store, at);
    if (mergedInto === undefined) return at;
    at = mergedInto;
  }
  return at;
}

/** @throws MdrError MDR_CASE_UNKNOWN */
export async function caseOf(store: TenantStore, number: number): Promise<Case> {
  const found = await store.cases.findOne({ number });
  if (!found) throw unknownCase(number, store.tenant.name);
  return found;
}
