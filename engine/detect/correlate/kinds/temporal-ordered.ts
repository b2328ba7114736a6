import { unsupported } from '../../sigma/problem.js';
import { type Clause, clausesOf, readExpression } from '../expression.js';
import { readThreshold } from '../threshold.js';
import type { Entry, Firing, Kind } from '../types.js';
import { listed } from './temporal.js';

/** Of each rule, how many of the first and last are kept of a stretch that holds too many. */
const KEEP = 20;

/**
 * Several rules within one timespan, in the order of the list; events of the same time are in order. A rule under `not`
 * must be absent where it stands in the list: between its neighbours, for a timespan before the first, or up to the
 * end of the timespan after the last.
 */
const temporalOrdered: Kind = {
  type: 'temporal_ordered',
  read(condition, names) {
    const every = [...names.keys()];
    let clauses: Clause[] = [{ wanted: every, unwanted: [] }];
    if (typeof condition === 'string') clauses = clausesOf(readExpression(condition, names));
    else if (condition !== undefined && condition !== null) {
      const threshold = readThreshold(condition);
      if (!threshold.rising || threshold.least < names.length)
        throw unsupported('"temporal_ordered" with another count than that of its rules', 'condition');
    }
    const deferred = clauses.some((clause) => clause.unwanted.length > 0);
    return {
      deferred,
      ahead: deferred,
      least: 1,
      keep: KEEP,
      exact: false,
      fields: [],
      numeric: false,
      perRule: true,
      classOf: (entry) => String(entry.rule),
      fires(entries, timespan) {
        // At equal times the list's order decides.
        const ordered = [...entries].sort((a, b) => a.time - b.time || a.rule - b.rule);
        const found = new Map<number, Firing>();
        for (const clause of clauses)
          for (const [from, to] of chains(ordered, clause, timespan)) {
            const at = deferred ? from : to;
            // Judged at once, the whole timespan bears on it: the chain itself may change with what comes later.
            if (!found.has(at))
              found.set(at, { at, from: deferred ? from : to - timespan, to, measure: clause.wanted.length });
          }
        return [...found.values()].sort((a, b) => a.at - b.at);
      },
      says: () =>
        typeof condition === 'string' ? condition.replace(/\s+/g, ' ').slice(0, 200) : listed(names, 'then'),
    };
  },
};

/**
 * Chains of the wanted rules, in order, with none of the unwanted where it must not be. One pass: `start[i]` is the
 * latest time at which a chain that has come as far as its i-th rule began.
 * @param entries by time and rule. @returns first and last time of each
 */
function* chains(
  entries: readonly Entry[],
  { wanted, unwanted }: Clause,
  timespan: number,
): Generator<[number, number]> {
  const none = Number.NEGATIVE_INFINITY;
  const start = wanted.map(() => none);
  const complete: [number, number][] = [];
  const trailing: number[] = [];
  /** Last time of an unwanted rule that stands before the first. */
  let leading = none;
  for (const { time, rule } of entries) {
    if (unwanted.includes(rule)) {
      const after = wanted.filter((each) => each < rule).length;
      if (after === 0) leading = time;
      else if (after === wanted.length) trailing.push(time);
      else start[after - 1] = none;
    }
    const place = wanted.indexOf(rule);
    if (place < 0) continue;
    const began = place === 0 ? (leading < time - timespan ? time : none) : start[place - 1]!;
    if (began < time - timespan) continue;
    if (began > start[place]!) start[place] = began;
    if (place === wanted.length - 1) complete.push([began, time]);
  }
  for (const [from, to] of complete)
    if (!trailing.some((time) => time >= to && time <= from + timespan)) yield [from, to];
}

export default temporalOrdered;
