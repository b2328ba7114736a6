import { type Expression, evaluate, readExpression, rulesOf } from '../expression.js';
import { Presence } from '../presence.js';
import { readThreshold } from '../threshold.js';
import type { Entry, Firing, Judge, Kind } from '../types.js';

/**
 * Several rules within one timespan, in any order: all of them, so many of them (`gte: 2`), or as an expression says.
 * A rule under `not` must be absent for a timespan before and after the event that opens the window.
 */
const temporal: Kind = {
  type: 'temporal',
  read(condition, names) {
    if (typeof condition === 'string') return expressionJudge(readExpression(condition, names), condition);
    const all = condition === undefined || condition === null;
    const threshold = readThreshold(all ? { gte: names.length } : condition);
    const deferred = !threshold.rising;
    return {
      ...BASE,
      deferred,
      ahead: deferred,
      least: threshold.rising ? Math.max(1, threshold.least) : 1,
      exact: threshold.rising,
      fires: (entries, timespan) =>
        slide(entries, timespan, deferred, null, (presence, from, to) => {
          let count = 0;
          for (const index of names.keys()) if (presence.seen(index, from, to)) count++;
          return threshold.holds(count) ? count : null;
        }),
      says: (count) => (count === names.length ? listed(names, 'and') : `${count} of ${listed(names, 'and')}`),
    };
  },
};

function expressionJudge(expression: Expression, text: string): Judge {
  const deferred = rulesOf(expression, false).size > 0;
  const opens = rulesOf(expression, true);
  return {
    ...BASE,
    deferred,
    ahead: deferred,
    least: 1,
    exact: !deferred,
    fires: (entries, timespan) =>
      slide(entries, timespan, deferred, opens, (presence, from, to) => {
        const seen = (rule: number) => presence.seen(rule, from, to);
        const near = (rule: number) => presence.seen(rule, from - timespan, to);
        return evaluate(expression, seen, near) ? 1 : null;
      }),
    says: () => text.replace(/\s+/g, ' ').slice(0, 200),
  };
}

const BASE = {
  keep: 1,
  fields: [],
  numeric: false,
  perRule: true,
  classOf: (entry: Entry) => String(entry.rule),
};

/** @param opens rules whose events open windows; null: all */
function slide(
  entries: readonly Entry[],
  timespan: number,
  ahead: boolean,
  opens: ReadonlySet<number> | null,
  judge: (presence: Presence, from: number, to: number) => number | null,
): Firing[] {
  const presence = new Presence(entries);
  const firings: Firing[] = [];
  let last = Number.NaN;
  for (const { time: at, rule } of entries) {
    if (at === last || (opens && !opens.has(rule))) continue;
    last = at;
    const from = ahead ? at : at - timespan;
    const to = ahead ? at + timespan : at;
    const measure = judge(presence, from, to);
    if (measure !== null) firings.push({ at, from, to, measure });
  }
  return firings;
}

/** `a, b and c`, shortened when there are many. */
export function listed(names: readonly string[], word: string): string {
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names;
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} ${word} ${shown.at(-1)}`;
}

export default temporal;
