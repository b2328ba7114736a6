import type { Case } from '../../store/cases.js';
import type { Program, RunState } from '../playbook/run/types.js';
import { taskTimes } from './case-side.js';
import type { RunFacts } from './types.js';

/** What stands in the world for one try of a step: `each[0]/isolate:1`. */
interface Link {
  key: string;
  task?: string;
  action?: number;
}

/**
 * What a run and its case know of each other. When a step ended is when its task was done, or its action; of a step of neither it is when
 * the last of those inside it ended. Pure.
 * @param actions when actions ended, epoch ms, by their number
 */
export function factsOf(
  program: Program,
  state: RunState,
  links: readonly Link[],
  record: Case,
  actions: ReadonlyMap<number, number> = new Map(),
): RunFacts {
  const ended: Record<string, number> = {};
  const tasks: Record<string, string> = {};
  for (const { key, task: id, action } of links) {
    const path = key.slice(0, key.lastIndexOf(':'));
    const task = id === undefined ? undefined : record.tasks.find((one) => one.id === id);
    if (task) tasks[path] = task.id;
    const at = task ? taskTimes(record, task).ended?.at : action === undefined ? undefined : actions.get(action);
    if (at !== undefined && task?.state !== 'open') ended[path] = Math.max(ended[path] ?? 0, at);
  }
  for (const path of Object.keys(state.steps)) {
    if (ended[path] !== undefined || state.steps[path]!.status !== 'done') continue;
    const inside = Object.entries(ended).filter(
      ([other]) => other.startsWith(`${path}/`) || other.startsWith(`${path}[`),
    );
    if (inside.length > 0) ended[path] = Math.max(...inside.map(([, at]) => at));
  }
  return { program, state, ended, tasks };
}
