import { ACTIONS } from '../../actions/catalog.js';
import { wasActed } from './effects.js';
import { isUndo, scopeOf, undoPath } from './scope.js';
import { isOver, type Values } from './types.js';
import { close, end, NOBODY, openAction, type Work } from './work.js';

/**
 * Take back what was done, the latest first, one after the other. What is under way is waited for: it must be known before it is taken
 * back. An action whose try timed out may have taken effect, so it is taken back as well.
 */
export function rollBack(work: Work): void {
  const { state, program } = work;
  const paths = Object.keys(state.steps);
  for (const path of paths) {
    const at = state.steps[path]!;
    if (isOver(at) || isUndo(path)) continue;
    const isAction = scopeOf(program, state, path)?.placed.step.type === 'action';
    if (!(isAction && at.status === 'running')) close(work, path, 'skipped', NOBODY, { why: 'the run goes back' });
  }
  if (paths.some((path) => !isUndo(path) && !isOver(state.steps[path]))) return;
  const acted = paths
    .filter((path) => wasActed(program, state, path))
    .sort((a, b) => state.steps[b]!.order! - state.steps[a]!.order!);
  for (const path of acted) {
    const undo = undoOf(work, path);
    if (!undo) continue;
    const at = state.steps[undoPath(path)];
    if (isOver(at)) continue;
    if (!at) {
      if (state.rollback!.by !== NOBODY) state.lastBy = state.rollback!.by;
      openAction(work, undoPath(path), undo.action, undo.args);
    }
    return;
  }
  end(work, 'rolled-back', state.rollback!.why);
}

function undoOf({ program, state }: Work, path: string): { action: string; args: Values } | null {
  const step = scopeOf(program, state, path)?.placed.step;
  const action = step?.type === 'action' ? ACTIONS[step.action]?.undo : null;
  if (!action) return null;
  const wanted = ACTIONS[action]!.args;
  const given = Object.entries(state.steps[path]!.args ?? {}).filter(([name]) => Object.hasOwn(wanted, name));
  return { action, args: Object.fromEntries(given) };
}
