import { randomBytes } from 'node:crypto';
import type { Item } from './items.js';

const MAX_PATTERNS = 20;
const MAX_PATTERN_LENGTH = 500;

/** What Elasticsearch says of a document that it has taken. */
const taken = (index: string, id: string, place: number) => ({
  _index: index,
  _id: id,
  _version: 1,
  result: 'created',
  _shards: { total: 1, successful: 1, failed: 0 },
  _seq_no: place,
  _primary_term: 1,
});

/** The answer for one document. */
export const documentAnswer = (index: string, id: string | null) => taken(index, id ?? freshId(), 0);

/** The answer to a bulk request: one entry for each item, in its order. `took` in ms. */
export function bulkAnswer(items: readonly Item[], took: number): object {
  const base = freshId();
  return {
    errors: items.some(({ fault }) => fault !== undefined),
    took,
    items: items.map(({ action, index, id, fault }, place) => {
      const name = id ?? `${base}${place}`;
      const body = fault
        ? { _index: index, _id: name, status: 400, error: fault }
        : { ...taken(index, name, place), status: 201 };
      return { [action]: body };
    }),
  };
}

const freshId = (): string => randomBytes(12).toString('base64url');

/**
 * Elasticsearch's `filter_path`: only what one of the paths names, `*` for any name (or the end of one). Paths that leave things out
 * (`-…`) and `**` are not known, and give the answer whole.
 */
export function filtered(answer: object, filter: unknown): unknown {
  if (typeof filter !== 'string' || filter === '' || filter.length > MAX_PATTERN_LENGTH) return answer;
  const patterns = filter.split(',').slice(0, MAX_PATTERNS);
  if (patterns.some((pattern) => pattern.startsWith('-') || pattern.includes('**'))) return answer;
  return (
    pick(
      answer,
      patterns.map((pattern) => pattern.split('.')),
    ) ?? {}
  );
}

function pick(value: unknown, paths: readonly string[][]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) {
    const kept = value.map((item) => pick(item, paths)).filter((item) => item !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const kept: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const below = paths.filter(([first]) => fits(first!, name)).map((path) => path.slice(1));
    const found = below.length > 0 ? pick(inner, below) : undefined;
    if (found !== undefined) kept.push([name, found]);
  }
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

const fits = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
