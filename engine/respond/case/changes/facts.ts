import { clocksOf } from '../clocks.js';
import { badCase, CaseStateError } from '../error.js';
import { line, MAX_TITLE } from '../text.js';
import type { Apply } from '../types.js';

type Kinds = 'severity' | 'priority' | 'title' | 'type' | 'publish' | 'unpublish' | 'room' | 'room-made';

/** What a case is called, how bad it is, and who may see it. */
export const facts: { readonly [K in Kinds]: Apply<K> } = {
  severity(record, { to }, { contract }) {
    const { severity: before } = record;
    if (before === to) return null;
    return {
      set: { severity: to, clocks: clocksOf(record.clocks, contract, to) },
      said: [
        {
          kind: 'severity',
          lane: 'customer',
          field: 'severity',
          before,
          after: to,
          text: `Severity ${before} → ${to}`,
        },
      ],
    };
  },

  priority(record, { to }) {
    const { priority: before } = record;
    if (before === to) return null;
    return {
      set: { priority: to },
      said: [{ kind: 'priority', field: 'priority', before, after: to, text: `Priority ${before} → ${to}` }],
    };
  },

  title(record, { to }) {
    const { title: before } = record;
    const title = line(to, MAX_TITLE);
    if (title === '') throw badCase('a case needs a title.', 'Say in a few words what it is.');
    if (before === title) return null;
    return {
      set: { title },
      said: [{ kind: 'title', field: 'title', before, after: title, text: `Now called: ${title}` }],
    };
  },

  type(record, { to }) {
    const { type: before } = record;
    if (before === to) return null;
    return {
      set: { type: to },
      said: [{ kind: 'type', field: 'type', before, after: to, text: `Type ${before} → ${to}` }],
    };
  },

  publish(record, _change, { by, now }) {
    if (record.published) return null;
    const published = { at: now, by: { id: by.id, name: by.name } };
    const text = 'Published: the customer is shown it from now on';
    return { set: { published }, said: [{ kind: 'published', field: 'published', before: false, after: true, text }] };
  },

  unpublish(record) {
    if (!record.published) {
      if (record.log.some(({ kind }) => kind === 'unpublished')) return null;
      throw new CaseStateError(
        record,
        `case ${record.number} is not published.`,
        'Nothing to take back: the customer has not been shown it.',
      );
    }
    const text = 'No further updates for the customer';
    return {
      set: { published: undefined },
      said: [{ kind: 'unpublished', field: 'published', before: true, after: false, text }],
    };
  },

  room(record, { room }, { now }) {
    const before = record.room && record.room.closed === null ? record.room.name : null;
    if (room) {
      if (before !== null) return null;
      const text = `Room opened: ${room.name}`;
      return { set: { room }, said: [{ kind: 'room', field: 'room', before, after: room.name, text }] };
    }
    if (!record.room || before === null) return null;
    return {
      set: { room: { ...record.room, closed: now } },
      said: [{ kind: 'room', field: 'room', before, after: null, text: `Room closed: ${before}` }],
    };
  },

  'room-made'(record, { channel }) {
    if (record.room?.channel !== '') return null;
    return { set: { room: { ...record.room, channel } }, said: [] };
  },
};
