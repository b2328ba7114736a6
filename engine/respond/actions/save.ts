import { setTimeout as sleep } from 'node:timers/promises';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { ActionEntry, ActionRecord } from '../../store/actions.js';
import type { TenantStore } from '../../store/index.js';
import { bounded } from '../case/text.js';

const ATTEMPTS = 30;
export const MAX_LOG = 300;
export const US = { id: 'mdr', name: 'mdr' } as const;

/** The action's state does not allow this; it carries the record as it is. */
export class ActionStateError extends MdrError {
  constructor(
    readonly record: ActionRecord,
    message: string,
    hint: string,
  ) {
    super('MDR_ACTION_STATE', message, hint);
  }
}

/** Who changes it, when, and by which request: the same request again changes nothing. */
export interface Cause {
  by: { id: string; name: string };
  now: number;
  request: string;
}

/** What a change does; null: nothing. */
export type Change = { set: Partial<ActionRecord>; text: string; reason?: string; calls?: ActionEntry['calls'] } | null;

export interface Saved {
  record: ActionRecord;
  changed: boolean;
}

export const entryId = ({ _id }: Pick<ActionRecord, '_id'>, request: string): string =>
  idOf('action-entry', _id, request).slice(0, 24);

export function entryOf(record: Pick<ActionRecord, '_id'>, cause: Cause, text: string, reason = ''): ActionEntry {
  return {
    id: entryId(record, cause.request),
    at: cause.now,
    actor: cause.by.id,
    actorName: bounded(cause.by.name, 100),
    text: bounded(text, 500),
    reason: bounded(reason, 500),
  };
}

/** @throws MdrError MDR_ACTION_UNKNOWN */
export async function actionOf(store: TenantStore, number: number): Promise<ActionRecord> {
  const record = await store.actions.findOne({ number });
  if (record) return record;
  const hint = 'See /mdr actions for those that there are.';
  throw new MdrError('MDR_ACTION_UNKNOWN', `there is no action ${number} of ${store.tenant.name}.`, hint);
}

/**
 * Read, decide, and write only if nobody wrote in between; otherwise read and decide again.
 * @throws MdrError MDR_ACTION_UNKNOWN, MDR_CONFLICT, and what `decide` throws
 */
export async function changeAction(
  store: TenantStore,
  number: number,
  cause: Cause,
  decide: (record: ActionRecord) => Change | Promise<Change>,
): Promise<Saved> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const record = await actionOf(store, number);
    if (record.log.some(({ id }) => id === entryId(record, cause.request))) return { record, changed: false };
    const change = await decide(record);
    if (!change) return { record, changed: false };
    const { text, reason, calls } = change;
    const entry = { ...entryOf(record, cause, text, reason), ...(calls && { calls }) };
    const set = { ...change.set, untold: record.case !== null, revision: record.revision + 1 };
    // What matters is never left out; a log that long is of an undo that fails again and again.
    const push = record.log.length < MAX_LOG ? { $push: { log: entry } } : {};
    if (await store.actions.update({ _id: record._id, revision: record.revision }, { $set: set, ...push }))
      return { record: { ...record, ...set, log: [...record.log, entry] }, changed: true };
    await sleep(Math.random() * 10 * attempt);
  }
  const hint = 'Nothing was changed by you: try again in a moment.';
  throw new MdrError('MDR_CONFLICT', `action ${number} was changed by others again and again.`, hint);
}
