import { clip } from '../commands/words/arguments.js';
import { stateTerms } from '../commands/words/filter.js';
import { shown } from '../commands/words/record.js';
import type { Store } from '../engine/store/index.js';
import { isAtLeast, roleOf } from '../engine/store/people.js';
import { type AskPlace, enter } from './gate.js';
import { peopleOf } from './people.js';

/** One thing that a search found. */
export interface Option {
  value: string;
  label: string;
}

/**
 * Finds people or alerts of a tenant for a field of a form, while somebody types.
 * @throws MdrError as commands do, when the person may not
 */
export type Suggest = (ask: AskPlace, kind: 'person' | 'alert', typed: string) => Promise<Option[]>;

const MOST = 50;

export function makeSuggest(store: Store): Suggest {
  return async (ask, kind, typed) => {
    const { tenant, person, internal } = await enter(store, ask);
    const wanted = typed.trim().toLowerCase().slice(0, 100);
    if (kind === 'person') {
      const able = (await peopleOf(store, tenant.id)).filter((one) => {
        const role = roleOf(one, tenant.id);
        return role !== null && isAtLeast(role, 'responder');
      });
      return able
        .filter(({ _id, name }) => `${name} ${_id}`.toLowerCase().includes(wanted))
        .slice(0, MOST)
        .map(({ _id, name, side }) => ({ value: _id, label: `${name} (${side})` }));
    }
    const digits = /^#?(\d{1,9})$/.exec(wanted)?.[1];
    const like = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i');
    const fits =
      wanted === '' ? {} : digits ? { number: Number(digits) } : { $or: [{ title: like }, { 'entity.value': like }] };
    const visible = shown({ internal: internal && person.side === 'provider' });
    const found = await tenant.alerts.find(
      { $and: [fits, visible, ...(digits ? [] : [stateTerms('open')])] },
      { sort: { updated: -1 }, limit: MOST },
    );
    return found.map(({ number, title }) => ({ value: String(number), label: clip(`${number} · ${title}`, 75) }));
  };
}
