import { z } from 'zod';
import { CLOSE_REASONS } from '../../engine/store/alerts.js';
import {
  CASE_ROLES,
  CASE_STATES,
  CASE_TYPES,
  type Case,
  CLOCKS,
  PRIORITIES,
  SEVERITIES,
  TASK_STATES,
} from '../../engine/store/cases.js';

/** How records look to clients of the API. Times are RFC 3339, UTC. */
export const time = z.iso.datetime().describe('RFC 3339, UTC');
export const iso = (at: number): string => new Date(at).toISOString();
const maybe = <T extends z.ZodType>(of: T) => of.nullable();

export const number = z.coerce.number().int().min(1).max(999_999_999);
export const taskId = z.string().regex(/^T\d{1,3}$/);
export const lane = z.enum(['provider', 'customer']);
export const severity = z.enum(SEVERITIES);
export const reason = z.string().trim().min(1).max(500).describe('why; it stays on the record');
/** Internal work moves it: customers could read from it when that goes on. */
export const updated = maybe(time).describe('when anything about it last changed; null for customers');
const person = z.strictObject({ id: z.string(), name: z.string() });

export const taskShape = z.strictObject({
  ...{ id: taskId, title: z.string(), state: z.enum(TASK_STATES), lane, owner: maybe(person), due: maybe(time) },
  after: z.array(taskId),
  checklist: z.array(z.strictObject({ text: z.string(), done: z.boolean() })),
});
export type TaskShape = z.infer<typeof taskShape>;

export const caseShape = z.strictObject({
  ...{ number: z.int(), title: z.string(), type: z.enum(CASE_TYPES), severity, priority: z.enum(PRIORITIES) },
  ...{ state: z.enum(CASE_STATES), outcome: maybe(z.enum(CLOSE_REASONS)), simulated: z.boolean() },
  people: z.array(z.strictObject({ role: z.enum(CASE_ROLES), id: z.string(), name: z.string() })),
  alerts: z.array(z.int()),
  observables: z.array(z.strictObject({ kind: z.string(), value: z.string() })),
  related: z.array(z.int()),
  clocks: z.array(z.strictObject({ kind: z.enum(CLOCKS), due: time, met: maybe(time) })),
  tasks: z.array(taskShape),
  mergedInto: maybe(z.int()),
  published: z.boolean().describe('whether the customer is shown it'),
  ...{ created: time, updated, closed: maybe(time) },
});

export const entryShape = z.strictObject({
  ...{ at: time, who: z.string(), text: z.string(), reason: z.string(), source: z.string() },
});

export const page = <T extends z.ZodType>(of: T) =>
  z.strictObject({
    items: z.array(of),
    next: maybe(z.string()).describe('cursor of the next page; null: this was the last'),
  });

export const taskView = ({
  id,
  title,
  state,
  lane: of,
  owner,
  due,
  after,
  checklist,
}: Case['tasks'][number]): TaskShape => ({
  ...{ id, title, state, lane: of, owner, due: due === null ? null : iso(due), after, checklist },
});

/**
 * A case as it may be shown to whoever asks: what is not for them was taken out before.
 * @param internal whether what is the provider's own may be shown
 */
export const caseView = (record: Case, internal: boolean): z.infer<typeof caseShape> => ({
  ...{ number: record.number, title: record.title, type: record.type, severity: record.severity },
  ...{ priority: record.priority, state: record.state, outcome: record.outcome ?? null, simulated: record.simulated },
  people: record.people.map(({ role, id, name }) => ({ role, id, name })),
  alerts: record.alerts,
  observables: record.observables.map(({ kind, value }) => ({ kind, value })),
  related: record.related,
  clocks: record.clocks.map(({ kind, due, met }) => ({ kind, due: iso(due), met: met === null ? null : iso(met) })),
  tasks: record.tasks.map(taskView),
  mergedInto: record.mergedInto ?? null,
  published: record.published !== undefined,
  ...{ created: iso(record.created), updated: internal ? iso(record.updated) : null },
  closed: record.closed === undefined ? null : iso(record.closed),
});
