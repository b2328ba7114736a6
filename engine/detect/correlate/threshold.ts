import { syntax, unsupported } from '../sigma/problem.js';

const OPERATORS: Record<string, (value: number, limit: number) => boolean> = {
  gt: (value, limit) => value > limit,
  gte: (value, limit) => value >= limit,
  lt: (value, limit) => value < limit,
  lte: (value, limit) => value <= limit,
  eq: (value, limit) => value === limit,
  neq: (value, limit) => value !== limit,
};

/** The comparisons of a correlation's condition; several have to hold together. */
export interface Threshold {
  holds(value: number): boolean;
  /** Only lower bounds: what holds for a value holds for all greater ones. */
  rising: boolean;
  /** The least whole number that its lower bounds admit. */
  least: number;
  /** The greatest number that anything is compared with. */
  most: number;
  /** The rest of the condition: `field`, `percentile`. */
  rest: Record<string, unknown>;
}

/**
 * Read `{gte: 5, lt: 10, …}`.
 * @param others keys that may stand beside the comparisons
 * @throws RuleError
 */
export function readThreshold(condition: unknown, others: readonly string[] = []): Threshold {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition))
    throw syntax('the condition of this correlation is a mapping such as "gte: 5"', 'condition');
  const tests: { name: string; limit: number }[] = [];
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(condition)) {
    if (Object.hasOwn(OPERATORS, name)) {
      const limit = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof limit !== 'number' || !Number.isFinite(limit))
        throw syntax(`"${name}" in the condition needs a number`, 'condition');
      tests.push({ name, limit });
    } else if (others.includes(name)) rest[name] = value;
    else throw syntax(`"${name}" means nothing in the condition of this correlation`, 'condition');
  }
  if (tests.length === 0) throw syntax('the condition compares with nothing: gt, gte, lt, lte, eq or neq', 'condition');
  const lower = tests.map(({ name, limit }) =>
    name === 'gt' ? Math.floor(limit) + 1 : name === 'gte' || name === 'eq' ? Math.ceil(limit) : 1,
  );
  return {
    holds: (value) => tests.every(({ name, limit }) => OPERATORS[name]!(value, limit)),
    rising: tests.every(({ name }) => name === 'gt' || name === 'gte'),
    least: Math.max(1, ...lower),
    most: Math.max(...tests.map(({ limit }) => limit)),
    rest,
  };
}

/** The field or fields that a `value_…` condition names. @throws RuleError */
export function readFields({ rest }: Threshold): string[] {
  const fields = Array.isArray(rest.field) ? rest.field : [rest.field];
  if (fields.length === 0 || fields.length > 5 || !fields.every((field) => typeof field === 'string' && field !== ''))
    throw syntax('the condition names no "field" whose values are meant', 'condition');
  return fields as string[];
}

/** Windows hold every event that is counted: a count has to fit. */
const MAX_COUNT = 10_000;

/** @returns how many events tell every outcome of the comparisons apart. @throws RuleError when windows cannot hold so many */
export function boundedCount({ most }: Threshold): number {
  if (most > MAX_COUNT) throw unsupported(`a count of more than ${MAX_COUNT}`, 'condition');
  return Math.max(1, Math.floor(most) + 1);
}
