import { z } from 'zod';
import { MdrError } from '../../errors.js';
import { canonical } from '../../ids.js';
import { CLOSE_REASONS } from '../../store/alerts.js';
import {
  CASE_ENTRY_KINDS,
  CASE_ROLES,
  CASE_STATES,
  CASE_TYPES,
  type Case,
  type CaseEntry,
  CLOCKS,
  PRIORITIES,
  SEVERITIES,
  TASK_STATES,
} from '../../store/cases.js';
import { sha256 } from '../playbook/hash.js';
import { faultsOf } from './check.js';
import { idOfCase } from './create.js';

/** A document of a case: all that stands by itself. What ties it to its installation (alerts, other cases, rooms) is named and not taken over. */
export const MAX_DOCUMENT = 12 * 2 ** 20;

const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((words) => !/\p{Surrogate}/u.test(words), 'has half a character');
const when = z.int().min(0).max(8_640_000_000_000_000).describe('epoch ms');
const lane = z.enum(['provider', 'customer']);
const person = z.strictObject({ id: text(200), name: text(100) });
const taskId = z.string().regex(/^T\d{1,3}$/);
const value = z.union([text(2000), z.number(), z.boolean(), z.null()]);

const entry = z.strictObject({
  ...{
    id: text(60).min(1),
    at: when,
    actor: text(200).min(1),
    actorName: text(100),
    kind: z.enum(CASE_ENTRY_KINDS),
    lane,
  },
  ...{
    text: text(2000),
    reason: text(500),
    field: text(400).optional(),
    before: value.optional(),
    after: value.optional(),
  },
  ...{ also: z.array(text(400)).max(1000).optional(), when: when.optional(), of: text(60).optional() },
});

const of = z.strictObject({
  ...{ number: z.int().min(1), title: text(200).min(1), type: z.enum(CASE_TYPES), severity: z.enum(SEVERITIES) },
  ...{ priority: z.enum(PRIORITIES), state: z.enum(CASE_STATES), outcome: z.enum(CLOSE_REASONS).nullable() },
  people: z.array(z.strictObject({ role: z.enum(CASE_ROLES), id: text(200), name: text(100) })).max(50),
  tasks: z
    .array(
      z.strictObject({
        ...{
          id: taskId,
          title: text(200).min(1),
          state: z.enum(TASK_STATES),
          lane,
          owner: person.nullable(),
          due: when.nullable(),
        },
        after: z.array(taskId).max(200),
        checklist: z.array(z.strictObject({ text: text(200), done: z.boolean() })).max(30),
      }),
    )
    .max(200),
  observables: z
    .array(
      z.strictObject({
        kind: z.enum(['host', 'user', 'ip', 'domain', 'hash', 'file', 'process']),
        value: text(300).min(1),
        key: text(320).min(1),
      }),
    )
    .max(500),
  ...{ rules: z.array(text(300)).max(300), techniques: z.array(text(40)).max(300) },
  clocks: z
    .array(
      z.strictObject({
        kind: z.enum(CLOCKS),
        run: z.int().min(1),
        started: when,
        due: when,
        met: when.nullable(),
        told: z.int().min(0),
      }),
    )
    .max(CLOCKS.length),
  ...{ created: when, updated: when, closed: when.nullable(), simulated: z.boolean() },
  log: z.array(entry).min(1).max(2200),
});

export const caseDocument = z.strictObject({
  ...{ format: z.literal('mdr-case'), version: z.literal(1), exported: when },
  tenant: z.strictObject({ id: text(32), name: text(200) }),
  case: of,
  /** Numbers where it comes from. */
  there: z.strictObject({ alerts: z.array(z.int()).max(200), related: z.array(z.int()).max(50) }),
});
export type CaseDocument = z.infer<typeof caseDocument>;

/** The JSON Schema of such documents. */
export const caseDocumentSchema = (): object => ({
  ...z.toJSONSchema(caseDocument, { io: 'input', unrepresentable: 'any' }),
  title: 'mdr case',
});

/** Fields that stand by themselves: the others name what is elsewhere. */
const OWN = /^(state|severity|priority|title|type|person:.*|task:.*|observable:.*|text:.*)$/s;
const scalar = (each: unknown): string | number | boolean | null =>
  typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean' ? each : null;

/** Words stay; what an entry changed elsewhere is not a change any more. */
function ownEntry({
  id,
  at,
  actor,
  actorName,
  kind,
  lane: side,
  text: words,
  reason,
  field,
  before,
  after,
  also,
  when: time,
  of: which,
}: CaseEntry) {
  const isOwn = field !== undefined && OWN.test(field);
  const besides = also?.filter((each) => OWN.test(each));
  return {
    ...{ id, at, actor, actorName, kind, lane: side, text: words, reason },
    ...(isOwn && { field, before: scalar(before), after: scalar(after) }),
    ...(besides?.length && { also: besides }),
    ...(time !== undefined && { when: time }),
    ...(which !== undefined && { of: which }),
  };
}

/** Its customer is not this one: what was theirs, and what was shown to them, is the provider's here; who led on their side leads nothing. */
function internalEntry(given: CaseEntry): CaseEntry {
  const { field, before, after, ...entry } = ownEntry(given);
  const wasShown = entry.kind === 'published' || entry.kind === 'unpublished';
  const isTheirs = field === undefined || field === 'person:customer-lead';
  return {
    ...entry,
    ...(!isTheirs && { field, before, after }),
    ...{ kind: wasShown ? 'note' : entry.kind, lane: 'provider' },
  };
}

const clockOf = ({ kind, run, started, due, met, told }: Case['clocks'][number]) => ({
  kind,
  run,
  started,
  due,
  met,
  told,
});

/** @param now epoch ms */
export function exportCase(record: Case, tenant: { id: string; name: string }, now: number): CaseDocument {
  const {
    number,
    title,
    type,
    severity,
    priority,
    state,
    people,
    tasks,
    rules,
    techniques,
    created,
    updated,
    simulated,
  } = record;
  return {
    ...{ format: 'mdr-case', version: 1, exported: now, tenant: { id: tenant.id, name: tenant.name } },
    case: {
      ...{ number, title, type, severity, priority, state, outcome: record.outcome ?? null },
      people: people.map(({ role, id, name }) => ({ role, id, name })),
      tasks: tasks.map(({ id, title: name, state: is, lane: side, owner, due, after, checklist }) => ({
        ...{ id, title: name, state: is, lane: side, owner, due, after, checklist },
      })),
      observables: record.observables.map(({ kind, value: each, key }) => ({ kind, value: each, key })),
      ...{
        rules,
        techniques,
        clocks: record.clocks.map(clockOf),
        created,
        updated,
        closed: record.closed ?? null,
        simulated,
      },
      log: record.log.map(ownEntry),
    },
    there: { alerts: record.alerts, related: record.related },
  };
}

const bad = (message: string) =>
  new MdrError('MDR_IMPORT_BAD', message, 'Export the case again, and import the document as it is.');

/** @throws MdrError MDR_IMPORT_BAD naming what is wrong */
export function readDocument(json: unknown): CaseDocument {
  const parsed = caseDocument.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues
      .slice(0, 5)
      .map(({ path, message }) => `${path.map(String).join('.') || 'document'}: ${message}`);
    throw bad(`This is no document of a case: ${faults.join('; ').slice(0, 400)}.`);
  }
  return parsed.data;
}

/**
 * The case that a document becomes: another number, nobody else's alerts, not shown to the customer, its tasks and entries in the provider's
 * lane; the last entry of its log says where it comes from and who brought it. The same document is the same case.
 * @throws MdrError MDR_IMPORT_BAD when its log does not tell how it became what it is
 */
export function importedCase(
  tenant: string,
  number: number,
  document: CaseDocument,
  by: { id: string; name: string },
  now: number,
): Case {
  const { case: given, tenant: from, there } = document;
  const { outcome, closed, observables, people, tasks, log, ...rest } = given;
  const listed = there.alerts.length > 0 ? `; its alerts there: ${there.alerts.slice(0, 20).join(', ')}` : '';
  const record: Case = {
    ...rest,
    ...{ _id: idOfImport(tenant, document), tenant, number },
    ...(outcome !== null && { outcome }),
    ...(closed !== null && { closed }),
    people: people.filter(({ role }) => role !== 'customer-lead'),
    tasks: tasks.map((task) => ({ ...task, lane: 'provider' })),
    observables: observables.map((each) => ({ ...each, alert: null })),
    ...{ alerts: [], related: [], took: [], moves: [] },
    log: [
      // Once more: a document may have been written by somebody else than us.
      ...log.map((each) => internalEntry(each as CaseEntry)),
      {
        ...{
          id: `import-${sha256(canonical(document)).slice(0, 16)}`,
          at: now,
          actor: by.id,
          actorName: by.name,
          kind: 'note',
          lane: 'provider',
        },
        ...{
          text: `Imported: case ${given.number} of ${from.name} (${from.id}), as exported ${new Date(document.exported).toISOString()}${listed}`,
          reason: '',
        },
      },
    ],
    updated: Math.max(now, given.updated),
    revision: 1,
  };
  const [fault] = faultsOf(record);
  if (fault) throw bad(`Its log does not tell how it became what it is: ${fault.slice(0, 300)}.`);
  return record;
}

export const idOfImport = (tenant: string, document: CaseDocument): string =>
  idOfCase(tenant, `import:${sha256(canonical(document))}`);
