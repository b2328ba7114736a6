import type { Fields } from '../../../engine/event.js';
import { type Sample, T0 } from './helpers.js';

/** A correlation as the reference understands it: plain values, no compiler. */
export interface Plain {
  name: string;
  type: string;
  /** Base rules by letter, or other correlations by name. */
  rules: string[];
  groupBy: string[];
  /** Seconds. */
  span: number;
  condition?: Record<string, number | string> | string;
}

interface Seen {
  time: number;
  unit: string;
  rule: string;
  group: string;
  fields: Fields[];
}
interface Fired {
  bucket: number;
  group: string;
  time: number;
  fields: Fields[];
}

const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
};

/**
 * What correlations find, by the words of the specification and of `docs/correlations.md`, over the whole list at once:
 * every window is cut out anew and its condition worked out from nothing. Slow and obvious.
 * @returns `name|group|stretch` of each detection
 */
export function referenceFinds(all: readonly Plain[], samples: readonly Sample[]): Set<string> {
  const made = new Map<string, Fired[]>();
  const fired = (name: string): Fired[] => {
    let known = made.get(name);
    if (!known) {
      known = evaluate(all.find((each) => each.name === name)!);
      made.set(name, known);
    }
    return known;
  };

  function observations(rule: Plain): Seen[] {
    const groupOf = (fields: Fields) => {
      const values = rule.groupBy.map((field) => fields[field]);
      return values.some((value) => value === undefined)
        ? null
        : JSON.stringify(values.map((v) => String(v).toLowerCase()));
    };
    const seen: Seen[] = [];
    for (const name of rule.rules) {
      if (name.length === 1) {
        for (const [at, fields] of samples) {
          const group = groupOf(fields);
          if (fields.k === name && group !== null)
            seen.push({
              time: T0 + at * 1000,
              unit: JSON.stringify([at, fields]),
              rule: name,
              group,
              fields: [fields],
            });
        }
      } else {
        for (const each of fired(name))
          for (const group of new Set(each.fields.map(groupOf)))
            if (group !== null)
              seen.push({
                time: each.time,
                unit: `${name}|${each.group}|${each.bucket}`,
                rule: name,
                group,
                fields: each.fields.filter((f) => groupOf(f) === group),
              });
      }
    }
    // A repeated event is the same event.
    const unique = new Map(seen.map((each) => [JSON.stringify([each.time, each.unit, each.rule, each.group]), each]));
    return [...unique.values()];
  }

  function evaluate(rule: Plain): Fired[] {
    const span = rule.span * 1000;
    const fires: Fired[] = [];
    const seen = observations(rule);
    const { condition } = rule;
    const tests = typeof condition === 'object' ? Object.entries(condition).filter(([key]) => key in OPERATORS) : [];
    const holds = (value: number) => tests.every(([key, limit]) => OPERATORS[key]!(value, Number(limit)));
    const rising = tests.every(([key]) => key === 'gt' || key === 'gte');
    const ahead =
      typeof condition === 'string' ? condition.includes('not') : !rising && !rule.type.match(/avg|median|sum|perc/);
    for (const group of new Set(seen.map((each) => each.group))) {
      const mine = seen.filter((each) => each.group === group);
      for (const { time: at, rule: opener } of mine) {
        const [from, to] = ahead ? [at, at + span] : [at - span, at];
        const window = mine.filter(({ time }) => time >= from && time <= to);
        let ok: boolean;
        if (rule.type === 'event_count') ok = holds(new Set(window.map((each) => each.unit)).size);
        else if (rule.type === 'value_count')
          ok = holds(
            new Set(
              window.flatMap((each) =>
                each.fields
                  .map((f) => f[String((condition as Record<string, string>).field)])
                  .filter((v) => v !== undefined),
              ),
            ).size,
          );
        else if (rule.type === 'value_sum')
          ok = holds(window.reduce((sum, each) => sum + Number(each.fields[0]!.n), 0));
        else if (rule.type === 'value_avg')
          ok = holds(window.reduce((sum, each) => sum + Number(each.fields[0]!.n), 0) / window.length);
        else if (rule.type === 'temporal' && condition === 'a and not b')
          ok = opener === 'a' && !mine.some((each) => each.rule === 'b' && Math.abs(each.time - at) <= span);
        else if (rule.type === 'temporal') ok = rule.rules.every((name) => window.some((each) => each.rule === name));
        else ok = opener === rule.rules.at(-1) && chain(window, rule.rules, at);
        if (ok)
          fires.push({
            bucket: Math.floor(at / span),
            group,
            time: ahead ? window.reduce((m, each) => Math.max(m, each.time), 0) : at,
            fields: window.flatMap((each) => each.fields),
          });
      }
    }
    return fires;
  }

  /** Whether the rules occur one after the other, the last of them at `end`: every way to choose events is tried. */
  function chain(window: readonly Seen[], rules: readonly string[], end: number): boolean {
    if (rules.length === 0) return true;
    const last = rules.at(-1);
    return window.some(({ rule, time }) => rule === last && time <= end && chain(window, rules.slice(0, -1), time));
  }

  return new Set(all.flatMap(({ name }) => fired(name).map(({ group, bucket }) => `${name}|${group}|${bucket}`)));
}
