import type { Case, CaseEntry, CaseRole, CaseTask } from '../../../store/cases.js';
import { changeCase } from '../../case/save.js';
import type { Effect } from '../run/index.js';
import type { Role } from '../types.js';
import { laneAt, linkKey, partsOfKey, requestOf } from './steps.js';
import { type DriveParts, type Happened, type Loaded, US } from './types.js';

type TaskEffect = Extract<Effect, { kind: 'task' }>;

const CASE_ROLES: Readonly<Record<Role, CaseRole>> = {
  'incident-lead': 'lead',
  analyst: 'analyst',
  'customer-lead': 'customer-lead',
  communications: 'communications',
  legal: 'legal',
};
export const caseRoleOf = (role: Role): CaseRole => CASE_ROLES[role];

/** Put what somebody has to do among the tasks of the case; twice it is the same one. @returns its name, `T3` */
export async function addTask(parts: DriveParts, run: Loaded, effect: TaskEffect): Promise<string> {
  const { record, state } = run;
  const key = linkKey(state, effect.step);
  const request = `${requestOf(record._id, key)}:${record.case}`;
  const { entries } = await changeCase(parts.store, record.case, { by: US, clock: parts.clock, request }, (of) => ({
    ...{ kind: 'task-add', title: effect.title, lane: effect.lane, owner: holderOf(of, effect.role) },
    ...{ due: effect.due ?? null, after: [], checklist: [] },
    how: { run: record.number, key, do: effect.text, doneWhen: effect.doneWhen ?? 'It is decided.' },
  }));
  return entries[0]!.field!.slice('task:'.length);
}

function holderOf({ people }: Case, role: Role): { id: string; name: string } | null {
  const held = people.find((one) => one.role === CASE_ROLES[role]);
  return held ? { id: held.id, name: held.name } : null;
}

/** The task of one try of a step, by what it says of itself. */
export const taskFor = ({ tasks }: Case, run: number, key: string): CaseTask | undefined =>
  tasks.find(({ how }) => how?.run === run && how.key === key);

/** Whether a task asks for more than to be done: a choice, or answers. */
export const asksMore = ({ choices, answers }: TaskEffect): boolean =>
  choices !== undefined || Object.keys(answers ?? {}).length > 0;

/** What a person did to the task of a step; null: nothing yet, or not enough to go on. */
export function taskFact(record: Case, task: CaseTask, effect: TaskEffect): Happened | null {
  const entry = lastChange(record, task);
  if (task.state === 'open' || !entry) return null;
  const who = { id: entry.actor, name: entry.actorName };
  const { step } = effect;
  if (task.state === 'dropped' && effect.choices === undefined) {
    const event = { type: 'skip', step, by: who.id, why: entry.reason || 'its task was dropped' } as const;
    return { event, at: entry.at, who, text: `left out: ${effect.title}`, reason: entry.reason };
  }
  if (asksMore(effect)) return null;
  return { event: { type: 'done', step, by: who.id }, at: entry.at, who, text: null };
}

const lastChange = ({ log }: Case, { id }: CaseTask): CaseEntry | undefined =>
  log.findLast(({ field }) => field === `task:${id}.state`);

/** Of a task that was closed without the answers that it asks for: open again, saying so. */
export async function reopenTask(parts: DriveParts, run: Loaded, record: Case, task: CaseTask, effect: TaskEffect) {
  const reason = effect.choices
    ? 'one of its choices has to be taken: /mdr playbook choose'
    : `its answers are missing (${Object.keys(effect.answers ?? {}).join(', ')}): /mdr playbook done`;
  const request = `${requestOf(run.record._id, linkKey(run.state, effect.step))}:open:${lastChange(record, task)?.id ?? ''}`;
  const asking = { by: US, clock: parts.clock, request };
  await changeCase(parts.store, record.number, asking, { kind: 'task-state', task: task.id, to: 'open', reason });
}

/** A step is over, or nobody waits for it any more: so is its task. */
export async function closeTask(parts: DriveParts, run: Loaded, key: string, task: string): Promise<void> {
  const { record, state, program } = run;
  const { path, attempt } = partsOfKey(key);
  const at = state.steps[path];
  const isDone = at?.status === 'done' && at.attempt === attempt;
  const person = isDone && at.by ? await parts.store.people.get(at.by) : null;
  const lane = laneAt(program, state, path);
  const reason = isDone ? '' : lane === 'customer' ? 'not needed any more' : (at?.why ?? record.outcome ?? '');
  await changeCase(
    parts.store,
    record.case,
    {
      by: person ? { id: person._id, name: person.name } : US,
      clock: parts.clock,
      request: `${requestOf(record._id, key)}:over:${record.case}`,
    },
    { kind: 'task-state', task, to: isDone ? 'done' : 'dropped', reason },
  );
}
