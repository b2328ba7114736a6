import { LEVELS, type Level } from '../../engine/detect/types.js';
import type { Alert, Observable } from '../../engine/store/alerts.js';
import { readTime, TIME_HELP } from './time.js';

export const STATES = ['open', 'new', 'acknowledged', 'closed', 'all'] as const;
export type StateWord = (typeof STATES)[number];
const KINDS: readonly Observable['kind'][] = ['host', 'user', 'ip', 'domain', 'hash', 'file', 'process'];

/** Words that mean something to `alerts`; every other word is a value to look for. */
export const FILTER_WORDS: readonly string[] = [
  ...STATES,
  ...LEVELS,
  ...KINDS,
  ...['mine', 'unassigned', 'owner', 'since', 'until'],
];

export const FILTER_HELP: readonly string[] = [
  `State: ${STATES.join(', ')}. Open is what you get without one.`,
  `Level: ${LEVELS.join(', ')}. With a plus, that level and above: high+.`,
  'mine: those assigned to you; owner <name>: those of somebody; unassigned: those of nobody.',
  `since <time>, until <time>: seen or opened in that time, closed ones too unless a state is given. A time is ${TIME_HELP}.`,
  `A value: any host, user, address, domain, hash, file or process on the alert; put ${KINDS.join(', ')} before it (host dc01 or host:dc01) to look for that kind only.`,
];

const MAX_VALUES = 5;

export interface AlertFilter {
  state: StateWord;
  levels: Level[];
  mine: boolean;
  unassigned: boolean;
  /** Somebody as they were called. */
  owner: string | null;
  /** Times as typed; see `readTime`. */
  since: string | null;
  until: string | null;
  values: { kind: Observable['kind'] | null; value: string }[];
}

/** @returns null with more values than a search takes */
export function readFilter(words: readonly string[]): AlertFilter | null {
  const filter: AlertFilter = {
    ...{ state: 'open', levels: [], mine: false, unassigned: false, owner: null, since: null, until: null, values: [] },
  };
  let stateSaid = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const lower = word.toLowerCase();
    const state = STATES.find((name) => name === lower);
    const level = LEVELS.find((name) => name === lower.replace(/\+$/, ''));
    const kind = KINDS.find((name) => name === lower);
    const value = words[i + 1];
    const tagged = /^([a-z]+):(.+)$/i.exec(word);
    const tag = KINDS.find((name) => name === tagged?.[1]?.toLowerCase());
    if (state) {
      filter.state = state;
      stateSaid = true;
    } else if (level) filter.levels.push(...(lower.endsWith('+') ? LEVELS.slice(LEVELS.indexOf(level)) : [level]));
    else if (lower === 'mine' || lower === 'unassigned') filter[lower] = true;
    else if ((lower === 'owner' || lower === 'since' || lower === 'until') && value !== undefined) {
      filter[lower] = value;
      i++;
    } else if (tag) filter.values.push({ kind: tag, value: tagged![2]! });
    else if (kind && value !== undefined) {
      filter.values.push({ kind, value });
      i++;
    } else filter.values.push({ kind: null, value: word });
  }
  // Who asks what happened in a time asks for what is closed as well.
  if (!stateSaid && (filter.since ?? filter.until) !== null) filter.state = 'all';
  return filter.values.length > MAX_VALUES ? null : filter;
}

/** @returns epoch ms of `since` and `until`, null where none is given; the word itself when it is no time */
export function timesOf({ since, until }: AlertFilter, now: number, zone: string): Times | string {
  const read = (word: string | null) => (word === null ? null : (readTime(word, now, zone) ?? word));
  const [from, to] = [read(since), read(until)];
  if (typeof from === 'string') return from;
  return typeof to === 'string' ? to : { from, to };
}

export interface Times {
  from: number | null;
  to: number | null;
}

/** Seen in that time, or opened in it: old records that arrive late are new to people too. */
function timeTerms({ from, to }: Times): Record<string, unknown>[] {
  if (from === null && to === null) return [];
  const start = from === null ? {} : { $gte: from };
  const end = to === null ? {} : { $lt: to };
  const seen = { ...(from !== null && { last: start }), ...(to !== null && { first: end }) };
  return [{ $or: [seen, { created: { ...start, ...end } }] }];
}

/** The terms of a MongoDB query, to be joined with `$and`; the state is not among them. */
export function queryOf(filter: AlertFilter, person: string, times: Times): Record<string, unknown>[] {
  return [
    ...timeTerms(times),
    ...(filter.unassigned ? [{ assignee: { $exists: false } }] : []),
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
