import type { Case, CaseTask, TaskState } from '../../../store/cases.js';
import { badCase, CaseStateError } from '../error.js';
import { bounded, line, MAX_REASON, MAX_TITLE } from '../text.js';
import type { Apply, Said } from '../types.js';

type Kinds = 'task-add' | 'task-state' | 'task-owner' | 'task-due' | 'task-after' | 'task-check';
const MAX_TASKS = 200;
const MAX_ITEMS = 30;

const DONE_WORDS: Readonly<Record<TaskState, string>> = { open: 'open again', done: 'done', dropped: 'dropped' };

/** What has to be done, in which order, by whom. */
export const tasks: { readonly [K in Kinds]: Apply<K> } = {
  'task-add'(record, { title, lane, owner, due, after, checklist, how }) {
    const words = line(title, MAX_TITLE);
    if (words === '') throw badCase('a task needs words.', 'Say what is to be done.');
    if (record.tasks.length >= MAX_TASKS)
      throw badCase(
        `case ${record.number} has ${record.tasks.length} tasks, and takes no more.`,
        'Use a checklist within a task.',
      );
    const id = `T${record.tasks.length + 1}`;
    const task: CaseTask = {
      ...{ id, title: words, state: 'open', lane, due },
      owner: owner && { id: owner.id, name: line(owner.name, 100) },
      after: known(record, after),
      checklist: checklist.slice(0, MAX_ITEMS).map((text) => ({ text: line(text, MAX_TITLE), done: false })),
      ...(how && {
        how: { run: how.run, key: how.key, do: bounded(how.do), doneWhen: bounded(how.doneWhen, MAX_REASON) },
      }),
    };
    return {
      set: { tasks: [...record.tasks, task] },
      said: [
        {
          kind: 'task',
          lane,
          field: `task:${id}`,
          before: null,
          after: words,
          text: `${id}: ${words}${owner ? `, for ${task.owner!.name}` : ''}`,
        },
      ],
    };
  },

  'task-state'(record, { task: id, to }) {
    const task = taskOf(record, id);
    if (task.state === to) return null;
    const waiting = to === 'done' ? waitsFor(record, task) : [];
    if (waiting.length > 0)
      throw new CaseStateError(
        record,
        `${task.id} of case ${record.number} waits for ${waiting.map((one) => one.id).join(', ')}.`,
        'Do that first, or drop it.',
      );
    return changed(record, task, 'state', { state: to }, task.state, to, `${task.id} ${DONE_WORDS[to]}: ${task.title}`);
  },

  'task-owner'(record, { task: id, owner }) {
    const task = taskOf(record, id);
    if (task.owner?.id === owner?.id) return null;
    const next = owner && { id: owner.id, name: line(owner.name, 100) };
    const text = next ? `${task.id} for ${next.name}` : `${task.id} for nobody in particular`;
    return changed(record, task, 'owner', { owner: next }, task.owner?.name ?? null, next?.name ?? null, text);
  },

  'task-due'(record, { task: id, due }) {
    const task = taskOf(record, id);
    if (task.due === due) return null;
    const text = due === null ? `${task.id} has no due time` : `${task.id} due ${new Date(due).toISOString()}`;
    return changed(record, task, 'due', { due }, task.due, due, text);
  },

  'task-after'(record, { task: id, after }) {
    const task = taskOf(record, id);
    const next = known(record, after);
    if (next.join() === task.after.join()) return null;
    if (next.some((one) => reaches(record, one, task.id)))
      throw badCase(`${task.id} would wait for itself.`, 'A task waits for earlier ones only.');
    const text = next.length > 0 ? `${task.id} after ${next.join(', ')}` : `${task.id} waits for nothing`;
    return changed(record, task, 'after', { after: next }, task.after.join(), next.join(), text);
  },

  'task-check'(record, { task: id, item, done, text }) {
    const task = taskOf(record, id);
    const isNew = text !== undefined;
    const at = isNew ? task.checklist.length : item - 1;
    if (isNew && at >= MAX_ITEMS) throw badCase(`${task.id} has ${at} items, and takes no more.`, 'Add another task.');
    const before = task.checklist[at];
    const words = isNew ? line(text, MAX_TITLE) : before?.text;
    if (!words) throw badCase(`${task.id} has no item ${item}.`, 'Its items are numbered from 1.');
    if (before?.done === done) return null;
    const checklist = [...task.checklist];
    checklist[at] = { text: words, done };
    const mark = isNew ? 'added' : done ? 'done' : 'open again';
    return changed(
      record,
      task,
      `item:${at + 1}`,
      { checklist },
      before?.done ?? null,
      done,
      `${task.id}, ${mark}: ${words}`,
    );
  },
};

function changed(
  record: Case,
  task: CaseTask,
  what: string,
  set: Partial<CaseTask>,
  before: unknown,
  after: unknown,
  text: string,
) {
  const said: Said = { kind: 'task', lane: task.lane, field: `task:${task.id}.${what}`, before, after, text };
  return { set: { tasks: record.tasks.map((one) => (one === task ? { ...task, ...set } : one)) }, said: [said] };
}

/** @throws MdrError MDR_CASE_BAD */
export function taskOf(record: Pick<Case, 'tasks' | 'number'>, id: string): CaseTask {
  const task = record.tasks.find((one) => one.id === id.toUpperCase());
  if (task) return task;
  const ids = record.tasks.slice(0, 10).map((one) => one.id);
  throw badCase(
    `case ${record.number} has no task ${line(id, 40)}.`,
    ids.length > 0 ? `Its tasks are ${ids.join(', ')}.` : 'It has none yet: /mdr case task <n> <what is to be done>.',
  );
}

/** The tasks that have to be done before this one. */
export const waitsFor = (record: Pick<Case, 'tasks'>, task: CaseTask): CaseTask[] =>
  record.tasks.filter(({ id, state }) => state === 'open' && task.after.includes(id));

/** @throws MdrError MDR_CASE_BAD */
const known = (record: Case, ids: readonly string[]): string[] => [...new Set(ids.map((id) => taskOf(record, id).id))];

function reaches(record: Case, from: string, to: string): boolean {
  const seen = new Set<string>();
  const walk = (id: string): boolean => {
    if (id === to) return true;
    if (seen.has(id)) return false;
    seen.add(id);
    return record.tasks.find((one) => one.id === id)?.after.some(walk) ?? false;
  };
  return walk(from);
}
