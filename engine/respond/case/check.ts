import type { Case, CaseTask } from '../../store/cases.js';
import { textOf } from './changes/words.js';
import { mayMove } from './states.js';

/** What a field of the log stands for, as the case has it now. */
function presentValue(record: Case, field: string): unknown {
  const [name = '', ...more] = field.split(':');
  const rest = more.join(':');
  switch (name) {
    case 'state':
    case 'severity':
    case 'priority':
    case 'title':
    case 'type':
    case 'mergedInto':
      return record[name];
    case 'published':
      return record.published !== undefined;
    case 'room':
      return record.room && record.room.closed === null ? record.room.name : null;
    case 'person': {
      const [role, ...id] = rest.split(':');
      const held = record.people.find((one) => one.role === role && (id.length === 0 || one.id === id.join(':')));
      return held?.name ?? null;
    }
    case 'task':
      return taskValue(record, rest);
    case 'alert':
      return record.alerts.includes(Number(rest)) || null;
    case 'related':
      return record.related.includes(Number(rest)) || null;
    case 'took':
      return record.took.includes(Number(rest)) || null;
    case 'observable':
      return record.observables.some(({ key }) => key === rest) || null;
    case 'text': {
      const entry = record.log.find(({ id }) => id === rest);
      return entry ? textOf(record.log, entry) : null;
    }
    default:
      return undefined;
  }
}

function taskValue({ tasks }: Case, rest: string): unknown {
  const at = rest.indexOf('.');
  const task = tasks.find(({ id }) => id === (at < 0 ? rest : rest.slice(0, at)));
  const what = at < 0 ? 'title' : rest.slice(at + 1);
  if (!task) return null;
  if (what.startsWith('item:')) return task.checklist[Number(what.slice(5)) - 1]?.done ?? null;
  if (what === 'owner') return task.owner?.name ?? null;
  if (what === 'after') return task.after.join();
  return task[what as keyof CaseTask];
}

/**
 * What is wrong with a case: that it is in a state which the table does not lead to, or that its log does not tell how it became what
 * it is. Each change in the log begins where the one before it on the same field ended, and the last one ends where the case is.
 * @returns in words; empty when all is well
 */
export function faultsOf(record: Case): string[] {
  const faults: string[] = [];
  const values = new Map<string, unknown>();
  const ids = new Set<string>();
  const besides = new Set(record.log.flatMap(({ also = [] }) => also));
  for (const { id, field, before, after, kind, actor, at } of record.log) {
    if (ids.has(id)) faults.push(`${id} is in the log twice`);
    ids.add(id);
    if (actor === '' || !Number.isFinite(at)) faults.push(`${id} does not say who and when`);
    if (field === undefined) continue;
    if (values.has(field) && !same(values.get(field), before))
      faults.push(`${field} was ${JSON.stringify(values.get(field))}, and changed from ${JSON.stringify(before)}`);
    // A case that goes into another ends wherever it is.
    const isMerge = record.mergedInto !== undefined && kind === 'closed' && record.closed === at;
    if (field === 'state' && !isMerge && !mayMove(before as Case['state'], after as Case['state']))
      faults.push(`there is no way from ${before} to ${after}`);
    values.set(field, after);
  }
  for (const [field, value] of values) {
    const now = presentValue(record, field);
    if (!same(now, value)) faults.push(`${field} is ${JSON.stringify(now)}, and the log says ${JSON.stringify(value)}`);
  }
  const told = (field: string) => values.has(field) || besides.has(field);
  for (const number of record.alerts) if (!told(`alert:${number}`)) faults.push(`alert ${number} is not in the log`);
  for (const { id } of record.tasks) if (!told(`task:${id}`)) faults.push(`${id} is not in the log`);
  for (const number of [...record.took]) if (!told(`took:${number}`)) faults.push(`case ${number} is not in the log`);
  if ((record.state === 'closed') !== (record.outcome !== undefined))
    faults.push('closed without an outcome, or open with one');
  if (record.mergedInto !== undefined && record.state !== 'closed') faults.push('merged, and open');
  return faults;
}

const same = (a: unknown, b: unknown): boolean => (a ?? null) === (b ?? null);
