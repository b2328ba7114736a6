import { LEVELS, type Level } from '../../engine/detect/types.js';
import type { Alert, Observable } from '../../engine/store/alerts.js';

const STATES = ['open', 'new', 'acknowledged', 'closed', 'all'] as const;
export type StateWord = (typeof STATES)[number];
const KINDS: readonly Observable['kind'][] = ['host', 'user', 'ip', 'domain', 'hash', 'file', 'process'];

/** Words that mean something to `alerts`; every other word is a value to look for. */
export const FILTER_WORDS: readonly string[] = [...STATES, ...LEVELS, ...KINDS, 'mine'];

export const FILTER_HELP: readonly string[] = [
  `State: ${STATES.join(', ')}. Open is what you get without one.`,
  `Level: ${LEVELS.join(', ')}. With a plus, that level and above: high+.`,
  'mine: those assigned to you.',
  `A value: any host, user, address, domain, hash, file or process on the alert; put ${KINDS.join(', ')} before it to look for that kind only.`,
];

const MAX_VALUES = 5;

export interface AlertFilter {
  state: StateWord;
  levels: Level[];
  mine: boolean;
  values: { kind: Observable['kind'] | null; value: string }[];
}

/** @returns null with more values than a search takes */
export function readFilter(words: readonly string[]): AlertFilter | null {
  const filter: AlertFilter = { state: 'open', levels: [], mine: false, values: [] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const lower = word.toLowerCase();
    const state = STATES.find((name) => name === lower);
    const level = LEVELS.find((name) => name === lower.replace(/\+$/, ''));
    const kind = KINDS.find((name) => name === lower);
    const value = words[i + 1];
    if (state) filter.state = state;
    else if (level) filter.levels.push(...(lower.endsWith('+') ? LEVELS.slice(LEVELS.indexOf(level)) : [level]));
    else if (lower === 'mine') filter.mine = true;
    else if (kind && value !== undefined) {
      filter.values.push({ kind, value });
      i++;
    } else filter.values.push({ kind: null, value: word });
  }
  return filter.values.length > MAX_VALUES ? null : filter;
}

/** The terms of a MongoDB query, to be joined with `$and`; the state is not among them. */
export function queryOf(filter: AlertFilter, person: string): Record<string, unknown>[] {
  return [
    ...(filter.levels.length ? [{ level: { $in: filter.levels } }] : []),
    ...(filter.mine ? [{ 'assignee.id': person }] : []),
    ...filter.values.map(({ kind, value }) => {
      const same = new RegExp(`^${value.slice(0, 300).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, 'i');
      if (kind === null) return { $or: [{ 'entity.value': same }, { 'observables.value': same }] };
      return {
        $or: [{ 'entity.kind': kind, 'entity.value': same }, { observables: { $elemMatch: { kind, value: same } } }],
      };
    }),
  ];
}

export function stateTerms(state: StateWord): { state?: Alert['state'] | { $ne: 'closed' } } {
  if (state === 'all') return {};
  return { state: state === 'open' ? { $ne: 'closed' } : state };
}
