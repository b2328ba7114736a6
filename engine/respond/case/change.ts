import { idOf } from '../../ids.js';
import type { Case, CaseEntry } from '../../store/cases.js';
import { clocks } from './changes/clocks.js';
import { facts } from './changes/facts.js';
import { links } from './changes/links.js';
import { moves } from './changes/moves.js';
import { people } from './changes/people.js';
import { tasks } from './changes/tasks.js';
import { words } from './changes/words.js';
import { CaseStateError } from './error.js';
import { bounded, MAX_REASON } from './text.js';
import type { Apply, Cause, Change, Said } from './types.js';

/** Most entries of one case; a record has to stay well under MongoDB's 16 MiB. */
export const MAX_ENTRIES = 2000;
/** Most bytes of its entries; 200 tasks with their lists and 500 observables come to less than 5 MiB. */
const MAX_BYTES = 8 * 2 ** 20;
/** What one entry of those kept free may take. */
const BYTES_EACH = 10 * 2 ** 10;
/** Kept free for what a case must be able to say however long it is; of those the last ones for how it ends. */
const SPARE = 100;
const SPARE_AT_LAST = 200;

const CHANGES: { readonly [K in Change['kind']]: Apply<K> } = {
  ...moves,
  ...facts,
  ...people,
  ...tasks,
  ...words,
  ...links,
  ...clocks,
};

/** What can be done to a case that is closed. */
const AFTERWARDS: ReadonlySet<Change['kind']> = new Set([
  'close',
  'reopen',
  'note',
  'pin',
  'correct',
  'relate',
  'take-in',
  'moved',
  'publish',
  'unpublish',
  'room',
  'room-made',
  'action',
  'breach',
  'playbook',
  'file',
]);
/** What can be done to a case that went into another one. */
const EVEN_MERGED: ReadonlySet<Change['kind']> = new Set(['moved', 'room', 'room-made', 'unpublish', 'breach']);
/** What is written however long the log is … */
const ALWAYS: ReadonlySet<Change['kind']> = new Set([
  'call-clock',
  'call-task',
  'reopen',
  'action',
  'breach',
  'playbook',
  'file',
  'take-in',
]);
/** … and what even when that is full too: that it moved on, or ended. */
const AT_LAST: ReadonlySet<Change['kind']> = new Set([
  'state',
  'close',
  'merge-into',
  'moved',
  'unpublish',
  'room',
  'room-made',
]);
const spareFor = (kind: Change['kind']): number => (AT_LAST.has(kind) ? SPARE_AT_LAST : ALWAYS.has(kind) ? SPARE : 0);

const stemOf = ({ _id }: Case, request: string): string => idOf('case', _id, request).slice(0, 24);
const entriesOf = ({ log }: Case, stem: string): CaseEntry[] =>
  log.filter(({ id }) => id === stem || id.startsWith(`${stem}.`));

/** Whether a request has changed this case already. */
export const isDone = (record: Case, request: string): boolean => entriesOf(record, stemOf(record, request)).length > 0;

/** What became of a change. */
export interface Applied {
  record: Case;
  /** What it added to the log; or what shows that it had been done before. */
  entries: CaseEntry[];
  changed: boolean;
}

/**
 * A case with a change made: the same case, change and cause always give the same. Nothing is written, and the case that was given
 * stays as it is. The same request again, or a change to what is so already, changes nothing.
 * @throws CaseStateError when the case's state does not allow it; MdrError MDR_CASE_BAD when it names what is not there
 */
export function apply(record: Case, change: Change, cause: Cause): Applied {
  const stem = stemOf(record, cause.request);
  const done = entriesOf(record, stem);
  if (done.length > 0) return { record, entries: done, changed: false };
  if (record.mergedInto !== undefined && !EVEN_MERGED.has(change.kind))
    throw new CaseStateError(
      record,
      `case ${record.number} went into case ${record.mergedInto}.`,
      `All of it is there: go on in case ${record.mergedInto}.`,
    );
  if (record.state === 'closed' && !AFTERWARDS.has(change.kind))
    throw new CaseStateError(record, `case ${record.number} is closed; it cannot be changed.`, 'Reopen it first.');
  const effect = (CHANGES[change.kind] as Apply<Change['kind']>)(record, change as never, cause);
  if (!effect) return { record, entries: [], changed: false };
  const size = sizeOf(record.log);
  const fits = (said: readonly Said[], spare: number): boolean =>
    said.length === 0 ||
    (record.log.length + said.length <= MAX_ENTRIES + spare && size + sizeOf(said) <= MAX_BYTES + spare * BYTES_EACH);
  const told = effect.short && !fits(effect.said, 0) ? [effect.short] : effect.said;
  if (!fits(told, spareFor(change.kind)))
    throw new CaseStateError(
      record,
      `case ${record.number} has ${record.log.length} entries, and takes no more.`,
      'Go on in another case: split it, and close this one.',
    );
  const given = 'reason' in change ? bounded(change.reason, MAX_REASON) : '';
  const entries = told.map(
    (said, i): CaseEntry => ({
      id: told.length === 1 ? stem : `${stem}.${i}`,
      at: cause.now,
      actor: cause.by.id,
      actorName: bounded(cause.by.name, 100),
      lane: 'provider',
      reason: given,
      ...said,
    }),
  );
  const after: Case = {
    ...record,
    ...effect.set,
    log: [...record.log, ...entries],
    updated: Math.max(cause.now, record.updated),
    revision: record.revision + 1,
  };
  // Absent is absent, whichever store it comes from.
  for (const key of Object.keys(after) as (keyof Case)[]) if (after[key] === undefined) delete after[key];
  return { record: after, entries, changed: true };
}

/** About how many bytes entries take in the store. */
function sizeOf(entries: readonly Partial<CaseEntry>[]): number {
  let bytes = 0;
  for (const { text = '', reason = '', before, after, calls, also } of entries) {
    bytes += 400 + Buffer.byteLength(text) + Buffer.byteLength(reason);
    for (const value of [before, after]) if (typeof value === 'string') bytes += Buffer.byteLength(value);
    if (calls || also) bytes += Buffer.byteLength(JSON.stringify([calls, also]));
  }
  return bytes;
}
