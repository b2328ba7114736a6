import type { Library } from '../load.js';
import { listsOf, type Phase, type Step } from '../types.js';
import type { Linted } from './types.js';

/** Loops that take one item after the other although each holds an intruder off, or waits: the last item would wait for all before it. */
export function lintLoops({ placed, library, report }: Linted): void {
  for (const { step, path, around } of placed) {
    if (step.type !== 'loop' || step.atOnce) continue;
    const phase = [...around, step].reduce<Phase | undefined>((outer, each) => each.phase ?? outer, undefined);
    const slow = slowIn(step.steps, phase, library, new Set());
    if (slow)
      report(
        path,
        `"${step.id}" takes one of ${step.over} after the other, and "${slow.id}" in it ${slow.type === 'wait' ? 'waits' : 'contains'}.`,
        'Set atOnce: true; what must go in order is a loop of its own.',
      );
  }
}

function slowIn(
  steps: readonly Step[],
  outer: Phase | undefined,
  library: Library,
  seen: ReadonlySet<string>,
): Step | null {
  for (const step of steps) {
    const phase = step.phase ?? outer;
    // What is around others is told by those.
    const inner = listsOf(step).flatMap(({ steps: list }) => list);
    const isAround = inner.length > 0 || step.type === 'playbook';
    if (step.type === 'wait' || (phase === 'contain' && !isAround)) return step;
    const found = slowIn(inner, phase, library, seen);
    if (found) return found;
    if (step.type !== 'playbook' || seen.has(step.playbook)) continue;
    const deep = slowIn(library.get(step.playbook)?.steps ?? [], phase, library, new Set([...seen, step.playbook]));
    if (deep) return deep;
  }
  return null;
}
