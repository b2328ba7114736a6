import { ACTIONS } from '../../actions/catalog.js';
import { fillText } from '../text.js';
import { isUndo, scopeOf, undone } from './scope.js';
import { type Effect, isOver, type Program, type RunState } from './types.js';

/** The key of what a step asks of the world in one try. */
const keyOf = (state: RunState, path: string, kind: string, attempt: number) =>
  `${state.run}:${path}:${kind}:${attempt}`;

/** What a step asks of the world as it stands; null when it asks for nothing. A function of program and state alone. */
export function effectOf(program: Program, state: RunState, path: string): Effect | null {
  const at = state.steps[path];
  const scope = scopeOf(program, state, path);
  if (!at || !scope) return null;
  const { step } = scope.placed;
  const base = (kind: string) => ({
    key: keyOf(state, path, kind, at.attempt),
    step: path,
    title: fillText(step.title, scope.look),
  });
  if (at.status === 'failed') return { ...base('stuck'), kind: 'stuck', attempt: at.attempt, why: at.why ?? 'failed' };
  if (step.type === 'action') {
    const action = isUndo(path) ? ACTIONS[step.action]?.undo : step.action;
    if (!action || !at.args) return null;
    const title = isUndo(path) ? `Take back: ${base('').title}` : base('').title;
    if (at.status === 'running')
      return {
        ...base('act'),
        title,
        kind: 'act',
        attempt: at.attempt,
        action,
        args: at.args,
        ...(isUndo(path) && { undoes: undone(path) }),
      };
    if (at.status !== 'approval') return null;
    return {
      ...base('approve'),
      title,
      kind: 'approve',
      attempt: at.attempt,
      approver: step.approver ?? 'incident-lead',
      requestedBy: at.requestedBy ?? '',
      text: ACTIONS[action]?.title ?? action,
      action,
      args: at.args,
      digest: at.digest!,
      effect: ACTIONS[action]?.effect,
      due: at.due,
    };
  }
  if (step.type === 'approval' && at.status === 'approval')
    return {
      ...base('approve'),
      kind: 'approve',
      attempt: at.attempt,
      approver: step.approver,
      requestedBy: at.requestedBy ?? '',
      text: fillText(step.ask, scope.look),
      digest: at.digest!,
      due: at.due,
    };
  if (at.status !== 'running') return null;
  const { role, lane } = step;
  if (step.type === 'manual')
    return {
      ...base('task'),
      kind: 'task',
      role,
      lane,
      text: fillText(step.do, scope.look),
      doneWhen: fillText(step.doneWhen, scope.look),
      answers: step.answers,
      due: at.due,
    };
  // Once it is decided it is only waited for.
  if (step.type === 'decision' && !at.answers)
    return {
      ...base('task'),
      kind: 'task',
      role,
      lane,
      text: fillText(step.ask, scope.look),
      choices: step.choices.map(({ id, label }) => ({ id, label })),
      due: at.due,
    };
  return null;
}

/** That the run is over, and which actions of a roll-back could not be taken back. */
export function endedEffect(program: Program, state: RunState): Effect {
  const notUndone = state.rollback
    ? Object.keys(state.steps).filter(
        (path) => wasActed(program, state, path) && state.steps[`${path}~undo`]?.status !== 'done',
      )
    : [];
  return {
    kind: 'ended',
    key: `${state.run}::ended:1`,
    step: '',
    title: program.playbooks[program.root]!.name,
    outcome: state.outcome!,
    why: state.why ?? '',
    notUndone,
  };
}

/** Whether a step is an action that changed something, or may have. */
export function wasActed(program: Program, state: RunState, path: string): boolean {
  const at = state.steps[path]!;
  if (isUndo(path) || scopeOf(program, state, path)?.placed.step.type !== 'action') return false;
  return at.status === 'done' || at.isUnknown === true;
}

/**
 * Everything that the run still waits for, with the keys that it had when it was asked for: after a crash the world does each of them
 * whose key it has not seen. Nothing while it is paused.
 */
export function outstanding(program: Program, state: RunState): Effect[] {
  if (state.status === 'ended') return [endedEffect(program, state)];
  if (state.status === 'paused') return [];
  return Object.keys(state.steps).flatMap((path) => {
    const effect = isOver(state.steps[path]) ? null : effectOf(program, state, path);
    return effect ? [effect] : [];
  });
}

/** When the run wants a `tick`, epoch ms; null: it waits for people, actions or signals only. */
export function nextWake(state: RunState): number | null {
  if (state.status !== 'running') return null;
  let next: number | null = null;
  for (const { status, due } of Object.values(state.steps))
    if (
      due !== undefined &&
      (status === 'running' || status === 'retry' || status === 'approval') &&
      (next === null || due < next)
    )
      next = due;
  return next;
}
