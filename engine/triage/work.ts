import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import type { Alert, AlertEntry, AlertState, CloseReason } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';

/** Who does it: a person's id, and the name to show. */
export interface By {
  id: string;
  name: string;
}

/** What became of a transition. */
export interface Outcome {
  /** The alert as it is now. */
  alert: Alert;
  /** The entry that says who did it: the new one, or the earlier one when there was nothing left to do. */
  entry: AlertEntry;
  /** False when it had been done already: nothing was written. */
  changed: boolean;
}

/** Longest text of an entry, in characters. */
export const MAX_TEXT = 2000;
/** Most entries of one alert; a record has to stay well under MongoDB's 16 MiB. */
export const MAX_ENTRIES = 2000;

const ATTEMPTS = 12;

/** The alert's state does not allow this; it carries the alert as it is, so that whoever asked can be shown it. */
export class AlertStateError extends MdrError {
  constructor(
    readonly alert: Alert,
    message: string,
    hint: string,
  ) {
    super('MDR_ALERT_STATE', message, hint);
  }
}

/** What to write, or the entry which shows that it was done before. */
export type Step =
  | { done: AlertEntry }
  | {
      kind: AlertEntry['kind'];
      text: string;
      /** What else the entry holds. */
      more?: Pick<AlertEntry, 'said' | 'marked' | 'evidence' | 'question'>;
      set?: Partial<Pick<Alert, 'state' | 'acknowledged' | 'closed' | 'assignee' | 'reason' | 'published' | 'case'>> &
        Partial<Pick<Alert, 'answers' | 'score' | 'level' | 'reasons'>>;
      unset?: ('closed' | 'reason' | 'published' | 'case')[];
    };

/** Throws when the alert is not the one that whoever asks has read. */
export type Guard = (alert: Alert) => void;

/** Somebody has seen it and takes it from here. @throws MdrError MDR_ALERT_UNKNOWN, MDR_ALERT_STATE, MDR_CONFLICT */
export function acknowledge(store: TenantStore, number: number, by: By, clock: Clock, guard?: Guard): Promise<Outcome> {
  return change(store, number, by, clock, (alert, now) => {
    guard?.(alert);
    const done = alert.state === 'acknowledged' && lastOf(alert, 'acknowledged', 'reopened');
    if (done) return { done };
    if (alert.state === 'closed') throw wrongState(alert, 'acknowledged', 'Reopen it first.');
    return {
      kind: 'acknowledged',
      text: 'Acknowledged',
      // The first acknowledgement is the one that response times are measured by.
      set: { state: 'acknowledged', acknowledged: alert.acknowledged ?? now },
    };
  });
}

/** Give it to somebody. @throws MdrError MDR_ALERT_UNKNOWN, MDR_ALERT_STATE, MDR_CONFLICT */
export function assign(store: TenantStore, number: number, by: By, clock: Clock, to: By): Promise<Outcome> {
  return change(store, number, by, clock, (alert) => {
    if (alert.state === 'closed') throw wrongState(alert, 'assigned', 'Reopen it first.');
    const done = alert.assignee?.id === to.id && lastOf(alert, 'assigned');
    if (done) return { done };
    return { kind: 'assigned', text: `Assigned to ${to.name}`, set: { assignee: { id: to.id, name: to.name } } };
  });
}

/** @param text what was found, may be empty. @throws MdrError MDR_ALERT_UNKNOWN, MDR_ALERT_STATE, MDR_CONFLICT */
export function close(
  store: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  reason: CloseReason,
  text = '',
  guard?: Guard,
): Promise<Outcome> {
  return change(store, number, by, clock, (alert, now) => {
    guard?.(alert);
    const entryText = bounded(text ? `Closed as ${reason}: ${text}` : `Closed as ${reason}`);
    if (alert.state === 'closed') {
      const done = lastOf(alert, 'closed');
      // The same words again are a second click; other words would be lost, so they are refused.
      if (done && alert.reason === reason && (!text || done.text === entryText)) return { done };
      throw wrongState(
        alert,
        `closed as ${reason}`,
        `It was closed as ${alert.reason}. Reopen it first, or add what you know as a note.`,
      );
    }
    return { kind: 'closed', text: entryText, set: { state: 'closed', closed: now, reason } };
  });
}

/** Back to work: to `acknowledged` when somebody had seen it, else to `new`. @throws MdrError as `close` */
export function reopen(store: TenantStore, number: number, by: By, clock: Clock, guard?: Guard): Promise<Outcome> {
  return change(store, number, by, clock, (alert) => {
    guard?.(alert);
    if (alert.state !== 'closed') {
      const done = lastOf(alert, 'acknowledged', 'closed', 'reopened');
      if (done?.kind === 'reopened') return { done };
      throw wrongState(alert, 'reopened', 'Only a closed alert can be reopened.');
    }
    if (alert.mergedInto !== undefined)
      throw wrongState(alert, 'reopened', `All of it is in alert ${alert.mergedInto}: go on there.`);
    const state: AlertState = alert.acknowledged ? 'acknowledged' : 'new';
    return { kind: 'reopened', text: 'Reopened', set: { state }, unset: ['closed', 'reason'] };
  });
}

/** Write something down, in any state. @throws MdrError MDR_ALERT_UNKNOWN, MDR_CONFLICT, MDR_ALERT_STATE when its log is full */
export function note(store: TenantStore, number: number, by: By, clock: Clock, text: string): Promise<Outcome> {
  return change(store, number, by, clock, (alert) => {
    const last = alert.log.at(-1);
    if (last?.kind === 'note' && last.actor === by.id && last.text === bounded(text)) return { done: last };
    return { kind: 'note', text: bounded(text) };
  });
}

/**
 * Read, decide, and write only if nobody wrote in between; otherwise read again. So each transition sees the state that it changes,
 * and of many people doing the same thing at once, one does it and the others learn who.
 */
export async function change(
  store: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  decide: (alert: Alert, now: number) => Step,
): Promise<Outcome> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const alert = await store.alerts.findOne({ number });
    if (!alert)
      throw new MdrError(
        'MDR_ALERT_UNKNOWN',
        `there is no alert ${number} of ${store.tenant.name}.`,
        'See `alerts` for those that are open.',
      );
    const now = clock();
    const step = decide(alert, now);
    if ('done' in step) return { alert, entry: step.done, changed: false };
    if (alert.log.length >= MAX_ENTRIES)
      throw new MdrError(
        'MDR_ALERT_STATE',
        `alert ${number} has ${alert.log.length} entries, and takes no more.`,
        'Continue on another alert, and close this one as duplicate.',
      );
    const revision = alert.revision + 1;
    const entry: AlertEntry = {
      // Only one writer makes a revision, so its number tells entries apart.
      id: idOf('work', alert._id, String(revision)),
      at: now,
      actor: by.id,
      actorName: by.name,
      kind: step.kind,
      text: bounded(step.text),
      ...step.more,
    };
    const set = { ...step.set, updated: now };
    const unset = step.unset ?? [];
    const written = await store.alerts.update(
      { number, revision: alert.revision },
      {
        $set: set,
        ...(unset.length && { $unset: Object.fromEntries(unset.map((field) => [field, 1])) }),
        $push: { log: entry },
        $inc: { revision: 1 },
      },
    );
    if (written) {
      const after: Alert = { ...alert, ...set, log: [...alert.log, entry], revision };
      for (const field of unset) delete after[field];
      return { alert: after, entry, changed: true };
    }
    await sleep(Math.random() * 15 * attempt);
  }
  throw new MdrError(
    'MDR_CONFLICT',
    `alert ${number} was changed by others ${ATTEMPTS} times while this was being written.`,
    'Nothing was changed by you: try again in a moment.',
  );
}

/** The latest entry of one of these kinds. */
export function lastOf(alert: Alert, ...kinds: AlertEntry['kind'][]): AlertEntry | undefined {
  return alert.log.findLast((entry) => kinds.includes(entry.kind));
}

export function wrongState(alert: Alert, wanted: string, hint: string): MdrError {
  return new AlertStateError(alert, `alert ${alert.number} is ${alert.state}; it cannot be ${wanted}.`, hint);
}

function bounded(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}
