import type { CaseEntry } from '../../../store/cases.js';
import { badCase } from '../error.js';
import { bounded, line } from '../text.js';
import type { Apply } from '../types.js';

type Kinds = 'note' | 'pin' | 'correct' | 'action' | 'playbook' | 'file';
/** Notes in the customer's lane after which they write no more: the log is for everybody. */
export const MAX_THEIRS = 500;
const MAX_AHEAD_MS = 366 * 24 * 3_600_000;

/** What can be corrected: words that a person wrote. What was changed stays as it was. */
const WRITTEN: ReadonlySet<CaseEntry['kind']> = new Set(['note', 'pinned']);

/** What people write down. */
export const words: { readonly [K in Kinds]: Apply<K> } = {
  note(record, { text, lane, theirs }) {
    const said = bounded(text);
    if (said === '') throw badCase('a note needs words.', 'Say what you know.');
    if (theirs && record.log.filter((one) => one.kind === 'note' && one.lane === 'customer').length >= MAX_THEIRS)
      throw badCase(
        `case ${record.number} has ${MAX_THEIRS} notes that customers read, and takes no more of theirs.`,
        'Say it to your provider in this channel.',
      );
    return { set: {}, said: [{ kind: 'note', lane, text: said }] };
  },

  pin(_record, { text, when, lane }, { now }) {
    const said = bounded(text);
    if (said === '') throw badCase('the timeline needs words.', 'Say what happened.');
    if (!Number.isSafeInteger(when) || when < 0 || when > now + MAX_AHEAD_MS)
      throw badCase('that is no time for a timeline.', 'Say when it happened, as 14:30 or 2026-11-23T18:00.');
    return { set: {}, said: [{ kind: 'pinned', lane, text: said, when }] };
  },

  action: (_record, { action, text, at, lane, calls }) => ({
    set: {},
    said: [{ kind: 'action', lane, text: bounded(`Action ${action}: ${text}`), when: at, ...(calls && { calls }) }],
  }),

  playbook: (_record, { run, text, at, lane }) => ({
    set: {},
    said: [{ kind: 'playbook', lane, text: bounded(`Run ${run}: ${text}`), when: at }],
  }),

  file(record, { entry, evidence, text }) {
    if (record.log.some((one) => one.kind === entry && one.evidence === evidence)) return null;
    return { set: {}, said: [{ kind: entry, evidence, text: bounded(text) }] };
  },

  correct(record, { entry: id, text }) {
    const entry = record.log.find((one) => one.id === id);
    if (!entry || !WRITTEN.has(entry.kind))
      throw badCase(
        `case ${record.number} has no such words to correct: ${line(id, 40)}.`,
        'Notes and what people put on the timeline can be corrected; what was changed stays on the record.',
      );
    const said = bounded(text);
    if (said === '')
      throw badCase('a correction needs words.', 'Say how it is right; what stood there stays to be read.');
    const before = textOf(record.log, entry);
    if (before === said) return null;
    return {
      set: {},
      said: [{ kind: 'corrected', lane: entry.lane, of: id, text: said }],
    };
  },
};

/** What an entry says by now: its own words, or those of its latest correction. */
export const textOf = (log: readonly CaseEntry[], { id, text }: Pick<CaseEntry, 'id' | 'text'>): string =>
  log.findLast(({ of }) => of === id)?.text ?? text;
