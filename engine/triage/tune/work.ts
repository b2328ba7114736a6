import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { Condition, Exception, ExceptionEntry, ExceptionState } from '../../store/exceptions.js';
import type { TenantStore } from '../../store/index.js';
import type { By } from '../work.js';
import { checkConditions } from './conditions.js';
import { MAX_LIVE } from './live.js';

export const DAY_MS = 86_400_000;
export const DEFAULT_DAYS = 90;
export const MAX_DAYS = 365;
const ATTEMPTS = 8;
const MAX_REASON = 1000;
const MAX_LOG = 500;
export const MAX_RULES = 50;

/** What a proposal says before it is kept. */
export interface Draft {
  rules: Exception['rules'];
  conditions: Condition[];
  reason: string;
  alert: number | null;
}

/**
 * Keep a proposal. The same rules and conditions again are the same exception: one that is proposed or live is returned as it is, one
 * that is over is proposed anew under its old number, with its history.
 * @throws MdrError MDR_EXCEPTION_BAD, MDR_CONFLICT
 */
export async function propose(scope: TenantStore, draft: Draft, by: By, clock: Clock): Promise<Exception> {
  checkConditions(draft.conditions);
  if (draft.rules.length === 0 || draft.rules.length > MAX_RULES)
    throw new MdrError('MDR_EXCEPTION_BAD', `an exception has 1 to ${MAX_RULES} rules.`, 'Name the rules it is for.');
  const rules = [...draft.rules].sort((a, b) => (a.id < b.id ? -1 : 1));
  const _id = idOf('exception', scope.id, JSON.stringify([rules.map(({ id }) => id), draft.conditions]));
  const found = await scope.exceptions.findOne({ _id });
  const now = clock();
  const text = `Proposed${draft.alert === null ? '' : ` from alert ${draft.alert}`}${draft.reason ? `: ${draft.reason}` : ''}`;
  if (!found) {
    const number = await scope.nextNumber('exception');
    const record = {
      _id,
      number,
      state: 'proposed' as const,
      rules,
      conditions: draft.conditions,
      reason: bounded(draft.reason),
      alert: draft.alert,
      author: by,
      created: now,
      updated: now,
      expires: now + DEFAULT_DAYS * DAY_MS,
      log: [entry(now, by, 'proposed', text)],
      revision: 1,
    };
    await scope.exceptions.insert(record);
    return (await scope.exceptions.findOne({ _id }))!;
  }
  if (found.state !== 'expired' && found.state !== 'revoked') return found;
  return change(scope, found.number, (exception) => {
    if (exception.state !== 'expired' && exception.state !== 'revoked') return null;
    return {
      set: { state: 'proposed', author: by, alert: draft.alert, expires: now + DEFAULT_DAYS * DAY_MS, updated: now },
      entry: entry(now, by, 'proposed', text),
    };
  });
}

export interface Acceptance {
  as: 'monitor' | 'active';
  /** Why it may hide; '' keeps the reason it has. */
  reason: string;
  /** Days from now until it is over. */
  days: number;
  /** Why this one needs a second person; none: it does not. */
  broad: readonly string[];
  /** True positives that it would have hidden. */
  truePositives: number;
  /** Said on purpose: accept in spite of them. */
  anyway: boolean;
}

/**
 * Let a proposal, or one in monitor mode, take effect.
 * @throws MdrError MDR_EXCEPTION_UNKNOWN, MDR_EXCEPTION_STATE, MDR_EXCEPTION_BAD, MDR_FORBIDDEN (a second person is needed), MDR_CONFLICT
 */
export async function accept(
  scope: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  wanted: Acceptance,
): Promise<Exception> {
  const days = checkedDays(wanted.days);
  const live = await scope.exceptions.count({ state: { $in: ['monitor', 'active'] } });
  return change(scope, number, (exception) => {
    const { state } = exception;
    const now = clock();
    const isLive = state === 'monitor' || state === 'active';
    const over = isLive && exception.expires <= now;
    if (state === wanted.as && !over) return null;
    if (state === 'expired' || state === 'revoked' || over)
      throw wrongState(exception, `accepted as ${wanted.as}`, 'Propose it again from an alert: /mdr tune <alert>.');
    if (!isLive && live >= MAX_LIVE)
      throw new MdrError(
        'MDR_EXCEPTION_BAD',
        `${scope.tenant.name} has ${live} exceptions in effect, and takes no more.`,
        'Revoke some that hide nothing: /mdr tune list.',
      );
    if (wanted.as === 'active') checkActive(exception, by, wanted);
    const reason = bounded(wanted.reason) || exception.reason;
    if (!reason)
      throw new MdrError(
        'MDR_EXCEPTION_BAD',
        'an exception needs a reason.',
        'Say why it is harmless, after the command.',
      );
    const until = now + days * DAY_MS;
    const spite = wanted.truePositives > 0 ? `, in spite of ${wanted.truePositives} true positives` : '';
    return {
      set: { state: wanted.as, reason, expires: until, updated: now },
      entry: entry(
        now,
        by,
        wanted.as,
        `${wanted.as === 'active' ? 'Hides from now on' : 'Counts from now on'}, for ${days} days${spite}: ${reason}`,
      ),
    };
  });
}

function checkActive(exception: Exception, by: By, { broad, truePositives, anyway }: Acceptance): void {
  if (truePositives > 0 && !anyway)
    throw new MdrError(
      'MDR_EXCEPTION_BAD',
      `E${exception.number} would have hidden ${truePositives} ${truePositives === 1 ? 'detection' : 'detections'} of alerts closed as true_positive: real attacks.`,
      `Propose a narrower one. Only if they were closed wrongly: /mdr tune accept E${exception.number} active anyway <reason>.`,
    );
  const why = [...broad, ...(truePositives > 0 ? ['it would have hidden true positives'] : [])];
  if (why.length > 0 && exception.author.id === by.id)
    throw new MdrError(
      'MDR_FORBIDDEN',
      `E${exception.number} needs a second person: ${why.join('; ')}.`,
      `You proposed it: somebody else has to accept it. Until then: /mdr tune accept E${exception.number} monitor.`,
    );
}

/** @throws MdrError MDR_EXCEPTION_UNKNOWN, MDR_EXCEPTION_STATE, MDR_CONFLICT */
export function revoke(scope: TenantStore, number: number, by: By, clock: Clock, reason: string): Promise<Exception> {
  return change(scope, number, (exception) => {
    if (exception.state === 'revoked') return null;
    if (exception.state === 'expired') throw wrongState(exception, 'revoked', 'It does nothing any more.');
    const now = clock();
    return {
      set: { state: 'revoked', updated: now },
      entry: entry(now, by, 'revoked', `Revoked: ${bounded(reason)}`),
    };
  });
}

/** @param days from now. @throws MdrError MDR_EXCEPTION_UNKNOWN, MDR_EXCEPTION_STATE, MDR_EXCEPTION_BAD, MDR_CONFLICT */
export function extend(
  scope: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  days: number,
  reason: string,
): Promise<Exception> {
  checkedDays(days);
  return change(scope, number, (exception) => {
    const now = clock();
    const live = exception.state === 'monitor' || exception.state === 'active';
    if (!live || exception.expires <= now)
      throw wrongState(exception, 'extended', 'Only one in effect can be. Propose it again from an alert.');
    const until = now + days * DAY_MS;
    return {
      set: { expires: until, updated: now },
      entry: entry(now, by, 'extended', `Extended to ${days} days from now: ${bounded(reason)}`),
    };
  });
}

/** @throws MdrError MDR_EXCEPTION_UNKNOWN */
export async function exceptionOf(scope: TenantStore, number: number): Promise<Exception> {
  const exception = await scope.exceptions.findOne({ number });
  if (exception) return exception;
  throw new MdrError(
    'MDR_EXCEPTION_UNKNOWN',
    `there is no exception E${number} of ${scope.tenant.name}.`,
    'See /mdr tune list.',
  );
}

interface Step {
  set: Partial<Exception>;
  entry: ExceptionEntry;
}

/** Read, decide, write only if nobody wrote in between. `decide` gives null when there is nothing left to do. */
async function change(
  scope: TenantStore,
  number: number,
  decide: (exception: Exception) => Step | null,
): Promise<Exception> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const exception = await exceptionOf(scope, number);
    const step = decide(exception);
    if (!step) return exception;
    if (exception.log.length >= MAX_LOG)
      throw new MdrError(
        'MDR_EXCEPTION_STATE',
        `E${number} was changed ${exception.log.length} times, and takes no more.`,
        'Propose a new one from an alert.',
      );
    const written = await scope.exceptions.update(
      { number, revision: exception.revision },
      { $set: step.set, $push: { log: step.entry }, $inc: { revision: 1 } },
    );
    if (written)
      return {
        ...exception,
        ...step.set,
        log: [...exception.log, step.entry],
        revision: exception.revision + 1,
      };
    await sleep(Math.random() * 15 * attempt);
  }
  throw new MdrError('MDR_CONFLICT', `E${number} was changed by others meanwhile.`, 'Nothing was changed: try again.');
}

const entry = (at: number, by: By, kind: ExceptionEntry['kind'], text: string): ExceptionEntry => ({
  at,
  actor: by.id,
  actorName: by.name,
  kind,
  text,
});

const wrongState = (exception: { number: number; state: ExceptionState }, wanted: string, hint: string): MdrError =>
  new MdrError('MDR_EXCEPTION_STATE', `E${exception.number} is ${exception.state}; it cannot be ${wanted}.`, hint);

function checkedDays(days: number): number {
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days;
  throw new MdrError(
    'MDR_EXCEPTION_BAD',
    `an exception lasts 1 to ${MAX_DAYS} days.`,
    'What is harmless for ever belongs into the rule.',
  );
}

const bounded = (text: string): string => (text.length > MAX_REASON ? `${text.slice(0, MAX_REASON - 1)}…` : text);
