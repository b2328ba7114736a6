import { z } from 'zod';
import { checkStep, checkTask } from '../../../commands/case/task.js';
import { caseFor } from '../../../commands/case/words.js';
import type { Context } from '../../../commands/types.js';
import { MdrError } from '../../../engine/errors.js';
import { taskOf } from '../../../engine/respond/case/changes/tasks.js';
import type { Change } from '../../../engine/respond/case/types.js';
import { TASK_STATES } from '../../../engine/store/cases.js';
import { caseView, lane, number, reason, taskId, taskShape, taskView, time } from '../shapes.js';
import { changeRead, tagOf } from '../tag.js';
import { type Routes, route } from '../types.js';

const due = time.nullable();
const owner = z.string().max(100).nullable().describe('id of a person with a role for the tenant');
const title = z.string().trim().min(1).max(200);

async function ownerOf(context: Context, id: string | null): Promise<{ id: string; name: string } | null> {
  if (id === null) return null;
  const found = (await context.people()).find(({ _id }) => _id === id);
  if (found) return { id: found._id, name: found.name };
  throw new MdrError(
    'MDR_REQUEST_BAD',
    'owner: nobody with a role for this tenant has this id.',
    'Send the id of one who has.',
  );
}

const changes = z.union([
  z.strictObject({ state: z.enum(TASK_STATES), reason: reason.optional() }),
  z.strictObject({ owner }),
  z.strictObject({ due }),
  z.strictObject({ after: z.array(taskId).max(50) }),
  z.strictObject({ item: z.int().min(1).max(30), done: z.boolean() }),
]);

const tasks: Routes = {
  tag: 'tasks',
  routes: [
    route({
      ...{
        id: 'listTasks',
        method: 'GET',
        path: '/cases/{number}/tasks',
        scope: 'cases:read',
        summary: 'Tasks of a case.',
      },
      params: z.object({ number }),
      answer: z.strictObject({ items: z.array(taskShape) }),
      async run({ context, params }) {
        const record = await caseFor(context, params.number);
        // Its tag is the case's: that is what a change of a task is checked against.
        return { body: { items: record.tasks.map(taskView) }, etag: tagOf(caseView(record, context.internal)) };
      },
    }),
    route({
      ...{ id: 'addTask', method: 'POST', path: '/cases/{number}/tasks', scope: 'cases:write', summary: 'Add a task.' },
      params: z.object({ number }),
      body: z.strictObject({
        ...{ title, lane: lane.default('provider'), owner: owner.default(null), due: due.default(null) },
        after: z.array(taskId).max(50).default([]),
        checklist: z.array(title).max(30).default([]),
      }),
      answer: taskShape,
      async run({ context, params, body }) {
        await caseFor(context, params.number);
        checkTask(context, 'add');
        const change: Change = {
          ...{ kind: 'task-add', title: body.title, lane: body.lane, owner: await ownerOf(context, body.owner) },
          ...{ due: body.due === null ? null : Date.parse(body.due), after: body.after, checklist: body.checklist },
        };
        const { record: made, entries } = await changeRead(context, params.number, null, change);
        // The entry says which one it became, also to whoever asks again.
        const task = taskOf(made, entries[0]?.field?.replace('task:', '') ?? '');
        return { body: taskView(task), etag: tagOf(caseView(made, context.internal)), status: 201 };
      },
    }),
    route({
      ...{ id: 'changeTask', method: 'PATCH', path: '/cases/{number}/tasks/{task}', scope: 'cases:write', match: true },
      summary:
        'Do or drop a task, give it to somebody, or change when and after what. If-Match is the tag of the case.',
      params: z.object({ number, task: taskId }),
      ...{ body: changes, answer: taskShape },
      async run({ context, params, body, ifMatch }) {
        const record = await caseFor(context, params.number);
        const found = taskOf(record, params.task);
        const { id } = found;
        const verb =
          'state' in body
            ? ({ done: 'done', dropped: 'drop', open: 'open' } as const)[body.state]
            : 'item' in body
              ? 'check'
              : 'other';
        checkTask(context, verb);
        checkStep(context, found);
        const change = await changeOf(context, id, body);
        const { record: made } = await changeRead(context, params.number, ifMatch, change);
        return { body: taskView(taskOf(made, id)), etag: tagOf(caseView(made, context.internal)) };
      },
    }),
  ],
};
export default tasks;

async function changeOf(context: Context, task: string, body: z.infer<typeof changes>): Promise<Change> {
  if ('state' in body) return { kind: 'task-state', task, to: body.state, reason: body.reason ?? '' };
  if ('owner' in body) return { kind: 'task-owner', task, owner: await ownerOf(context, body.owner), reason: '' };
  if ('due' in body)
    return { kind: 'task-due', task, due: body.due === null ? null : Date.parse(body.due), reason: '' };
  if ('after' in body) return { kind: 'task-after', task, after: body.after, reason: '' };
  return { kind: 'task-check', task, item: body.item, done: body.done };
}
