import { canonical } from '../../../ids.js';
import { ACTIONS } from '../../actions/catalog.js';
import { ms } from '../duration.js';
import type { Value } from '../expression.js';
import { sha256 } from '../hash.js';
import { listsOf, type Step } from '../types.js';
import { effectOf } from './effects.js';
import { isUndo, type Scope, scopeOf } from './scope.js';
import type { Effect, Program, RunState, StepState, Values } from './types.js';

export const NOBODY = 'mdr';
const ACTION_TIMEOUT = '15m';
const UNDO_RETRIES = { times: 2, every: '1m' };
const MAX_WHY = 500;

/** A turn in the making: the state may be changed, effects are collected. */
export interface Work {
  program: Program;
  state: RunState;
  effects: Effect[];
}

export const digestOf = (action: string, args: Values): string => sha256(canonical({ action, args }));

/** Say what a step asks of the world now. */
export function emit(work: Work, path: string): void {
  const effect = effectOf(work.program, work.state, path);
  if (effect) work.effects.push(effect);
}

export function open(work: Work, path: string, rest: Partial<StepState> = {}): StepState {
  const at: StepState = { status: 'running', attempt: 1, since: work.state.clock, ...rest };
  work.state.steps[path] = at;
  return at;
}

export function close(
  work: Work,
  path: string,
  status: 'done' | 'skipped' | 'given-up',
  by: string,
  rest: Partial<StepState> = {},
): void {
  const { state } = work;
  const { due: _, ...before } = state.steps[path] ?? { attempt: 1, since: state.clock };
  state.steps[path] = { ...before, ...rest, status, by, order: state.count };
  state.count += 1;
}

/** A step that is not done, with all inside it; what is inside loops has no place of its own yet. */
export function leave(work: Work, path: string, step: Step, why: string): void {
  close(work, path, 'skipped', NOBODY, { why });
  if (step.type === 'loop') return;
  const prefix = path.slice(0, path.length - step.id.length);
  for (const { steps } of listsOf(step)) for (const inner of steps) leave(work, prefix + inner.id, inner, why);
}

/** Begin a try of an action, or ask for its approval. */
export function openAction(work: Work, path: string, action: string, args: Values, timeout?: string): void {
  const isDangerous = ACTIONS[action]?.isDangerous ?? true;
  open(work, path, {
    args,
    digest: digestOf(action, args),
    requestedBy: work.state.lastBy,
    ...(isDangerous
      ? { status: 'approval', due: timeout === undefined ? undefined : work.state.clock + ms(timeout) }
      : { due: work.state.clock + ms(timeout ?? ACTION_TIMEOUT) }),
  });
  emit(work, path);
}

/** Let an action run that may run. */
export function act(work: Work, path: string, step: Step): void {
  const at = work.state.steps[path]!;
  at.status = 'running';
  at.due = work.state.clock + ms(step.timeout ?? ACTION_TIMEOUT);
  emit(work, path);
}

/** A step that failed, once more; an action that nobody has approved yet is asked for again. */
export function again(work: Work, path: string, step: Step, by: string): void {
  const { state } = work;
  const at = state.steps[path]!;
  at.attempt += 1;
  const action = step.type === 'action' ? (isUndo(path) ? ACTIONS[step.action]!.undo! : step.action) : null;
  if (action !== null && (at.approvedBy !== undefined || !ACTIONS[action]!.isDangerous)) {
    act(work, path, step);
    return;
  }
  at.due = step.timeout === undefined ? undefined : state.clock + ms(step.timeout);
  at.requestedBy = by;
  at.status = action !== null || step.type === 'approval' ? 'approval' : 'running';
  // Going over too many things fails every time.
  if (step.type === 'loop') at.status = 'failed';
  emit(work, path);
}

/** A step failed: it is tried again (unless that cannot help), left, waits for a person, or ends the run. */
export function fail(work: Work, path: string, why: string, isFinal = false): void {
  const { state } = work;
  const scope = scopeOf(work.program, state, path);
  const at = state.steps[path];
  if (!scope || !at) return;
  const { step } = scope.placed;
  at.why = why.slice(0, MAX_WHY);
  delete at.due;
  const retries = isUndo(path) ? UNDO_RETRIES : step.retries;
  if (!isFinal && step.type === 'action' && at.status === 'running' && retries && at.attempt <= retries.times) {
    at.status = 'retry';
    at.due = state.clock + ms(retries.every);
    return;
  }
  const onFail = isUndo(path) ? 'ask' : step.onFail;
  if (onFail === 'continue') {
    close(work, path, 'given-up', NOBODY);
    return;
  }
  at.status = 'failed';
  if (onFail === 'ask') emit(work, path);
  else if (onFail === 'stop') end(work, 'failed', `${step.title}: ${at.why}`);
  else state.rollback ??= { why: `${step.title}: ${at.why}`, by: NOBODY };
}

/** Over; the effect that says so is made when the turn ends. */
export function end(work: Work, outcome: RunState['outcome'], why: string): void {
  work.state.status = 'ended';
  work.state.outcome = outcome;
  work.state.why = why.slice(0, MAX_WHY);
}

/** Whatever time has run out. */
export function expire(work: Work): void {
  for (const [path, at] of Object.entries(work.state.steps)) {
    if (work.state.status !== 'running') return;
    if (at.due === undefined || at.due > work.state.clock) continue;
    const step = scopeOf(work.program, work.state, path)?.placed.step;
    if (!step) continue;
    if (at.status === 'retry') {
      at.attempt += 1;
      act(work, path, step);
    } else if (at.status === 'running' && step.type === 'wait' && step.for !== undefined)
      close(work, path, 'done', NOBODY);
    else if (at.status === 'approval') fail(work, path, 'nobody approved it in time');
    else if (at.status === 'running') {
      if (step.type === 'action') at.isUnknown = true;
      fail(work, path, 'it took too long');
    }
  }
}

/** Values of arguments. */
export const argsOf = (
  given: Record<string, string | number | boolean>,
  scope: Scope,
  fill: (text: string, look: Scope['look']) => Value,
): Values =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      const filled = typeof value === 'string' ? fill(value, scope.look) : value;
      return filled === null ? [] : [[name, filled]];
    }),
  );
