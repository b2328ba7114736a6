import { choose } from './advance.js';
import { isOfKind } from './program.js';
import { isUndo, scopeOf } from './scope.js';
import type { RunEvent, Values } from './types.js';
import { act, again, close, end, fail, NOBODY, type Work } from './work.js';

const MOST_SIGNALS = 200;
const MAX_NAME = 100;

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** Take an event in. @returns why it changes nothing; null when it did */
export function take(work: Work, event: RunEvent): string | null {
  const { state } = work;
  if (state.status === 'ended') return 'the run is over';
  const isQuiet = event.type === 'tick' || event.type === 'signal' || event.type === 'result';
  if (state.status === 'paused' && !isQuiet && event.type !== 'resume' && event.type !== 'stop')
    return 'the run is paused';
  const refused = apply(work, event);
  if (refused === null && isAsking(event) && 'by' in event) state.lastBy = event.by.slice(0, MAX_NAME);
  return refused;
}

const ASKING: ReadonlySet<RunEvent['type']> = new Set(['done', 'chosen', 'stop']);
/**
 * Whether who did it counts as who asks for what follows. Who approves does not: the same person may approve the next one. Nor does who
 * pauses, resumes or leaves out: a click of somebody else would let those approve who brought it about.
 */
const isAsking = (event: RunEvent): boolean =>
  ASKING.has(event.type) || (event.type === 'resolve' && event.how === 'retry');

function apply(work: Work, event: RunEvent): string | null {
  const { state } = work;
  switch (event.type) {
    case 'tick':
      return null;
    case 'signal':
      if (state.signals.includes(event.name)) return 'it has happened already';
      if (state.signals.length >= MOST_SIGNALS || event.name.length > MAX_NAME) return 'there were too many signals';
      state.signals.push(event.name);
      return null;
    case 'pause':
      if (state.status !== 'running') return 'the run is paused already';
      state.status = 'paused';
      state.pausedAt = state.clock;
      return null;
    case 'resume':
      return resume(work);
    case 'stop':
      if (state.rollback) return 'the run goes back already';
      unpause(work);
      if (event.rollback) state.rollback = { why: event.why.slice(0, 500), by: event.by };
      else end(work, 'stopped', event.why);
      return null;
    case 'done':
      return done(work, event);
    case 'chosen':
      return chosen(work, event);
    case 'approved':
    case 'refused':
      return approved(work, event);
    case 'result':
      return result(work, event);
    case 'resolve':
      return resolve(work, event);
    case 'skip':
      return skip(work, event);
  }
}

function resume(work: Work): string | null {
  if (work.state.status !== 'paused') return 'the run is not paused';
  unpause(work);
  return null;
}

/** A pause counts for no time-out. */
function unpause({ state }: Work): void {
  if (state.status !== 'paused') return;
  const slept = state.clock - state.pausedAt!;
  for (const at of Object.values(state.steps)) if (at.due !== undefined) at.due += slept;
  state.status = 'running';
  delete state.pausedAt;
}

/** The step that an event is of, when it is in one of these states. */
function stepIn(work: Work, path: string, ...statuses: string[]) {
  const at = Object.hasOwn(work.state.steps, path) ? work.state.steps[path]! : undefined;
  const step = at && statuses.includes(at.status) ? scopeOf(work.program, work.state, path)?.placed.step : undefined;
  return step && at ? { at, step } : null;
}

function done(work: Work, { step: path, by, answers = {} }: EventOf<'done'>): string | null {
  const found = stepIn(work, path, 'running');
  if (found?.step.type !== 'manual') return 'nobody is asked to do this step now';
  const wanted = found.step.answers ?? {};
  const given: Values = {};
  for (const [name, { kind }] of Object.entries(wanted)) {
    const value = Object.hasOwn(answers, name) ? answers[name] : undefined;
    if (!isOfKind(value, kind)) return `the answer "${name}" is missing or no ${kind}`;
    given[name] = value!;
  }
  close(work, path, 'done', by, { answers: given });
  return null;
}

function chosen(work: Work, { step: path, choice, by }: EventOf<'chosen'>): string | null {
  const found = stepIn(work, path, 'running');
  if (found?.step.type !== 'decision' || found.at.answers) return 'nobody is asked to decide this now';
  const taken = found.step.choices.find(({ id }) => id === choice);
  if (!taken) return 'there is no such choice';
  choose(work, found.step, path, taken, by);
  return null;
}

function approved(work: Work, event: EventOf<'approved' | 'refused'>): string | null {
  const { step: path, attempt, digest, by } = event;
  const found = stepIn(work, path, 'approval');
  if (!found || found.at.attempt !== attempt) return 'nobody is asked to approve this now';
  if (found.at.due !== undefined && found.at.due <= work.state.clock) return 'the time to approve it is over';
  if (found.at.digest !== digest) return 'what was approved is not what would run';
  if (event.type === 'refused') {
    fail(work, path, `${by} refused it${event.why ? `: ${event.why}` : ''}`);
    return null;
  }
  const isBeginners = by === work.state.begunBy && !isUndo(path);
  if (found.at.requestedBy === by || isBeginners || by === NOBODY)
    return 'somebody else than who asked for it or began the run must approve';
  found.at.approvedBy = by;
  if (found.step.type === 'approval') close(work, path, 'done', by);
  else act(work, path, found.step);
  return null;
}

function result(work: Work, { step: path, attempt, ok, answers = {}, why, final }: EventOf<'result'>): string | null {
  const found = stepIn(work, path, 'running');
  if (found?.step.type !== 'action' || found.at.attempt !== attempt) return 'no result of this try is waited for';
  if (ok) close(work, path, 'done', NOBODY, { answers });
  else fail(work, path, why ?? 'the action failed', final);
  return null;
}

function resolve(work: Work, { step: path, how, by }: EventOf<'resolve'>): string | null {
  const found = stepIn(work, path, 'failed');
  if (!found) return 'the step has not failed';
  if (how === 'skip') close(work, path, 'given-up', by);
  else again(work, path, found.step, by);
  return null;
}

function skip(work: Work, { step: path, by, why }: EventOf<'skip'>): string | null {
  const found = stepIn(work, path, 'running', 'approval', 'retry');
  const isOpen =
    found && found.at.status !== 'running'
      ? found.step.type === 'action'
      : found?.step.type === 'manual' || found?.step.type === 'wait';
  if (!isOpen) return 'this step cannot be left out now';
  close(work, path, 'skipped', by, { why: why.slice(0, 500) });
  return null;
}
