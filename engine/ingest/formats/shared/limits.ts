import { MdrError } from '../../../errors.js';
import type { Fields } from '../../../event.js';

/** Levels of nesting that a record may have; the record itself is the first. */
export const MAX_DEPTH = 32;
/** Names and list elements that a record may have, over all its levels. */
export const MAX_FIELDS = 5000;

function refuse(): never {
  throw new MdrError(
    'MDR_LINE_TOO_DEEP',
    `The record is nested over ${MAX_DEPTH} levels or has over ${MAX_FIELDS} fields.`,
    'Send a flatter record, or split it into several.',
  );
}

/** Fields counted so far, counting those below `value`. Recursion ends at `MAX_DEPTH`, so no record can exhaust the stack. */
function walk(value: object, depth: number, counted: number): number {
  if (depth > MAX_DEPTH) refuse();
  let count = counted;
  if (Array.isArray(value)) {
    count += value.length;
    if (count > MAX_FIELDS) refuse();
    for (const item of value) if (typeof item === 'object' && item !== null) count = walk(item, depth + 1, count);
    return count;
  }
  const fields = value as Fields;
  for (const key in fields) {
    if (++count > MAX_FIELDS) refuse();
    const item = fields[key];
    if (typeof item === 'object' && item !== null) count = walk(item, depth + 1, count);
  }
  return count;
}

/**
 * Refuse records that would make later stages slow or exhaust their stack. One pass over the names of the top level
 * (2 % of the time of `JSON.parse`), deeper only where there is nesting.
 * @throws MdrError MDR_LINE_TOO_DEEP
 */
export function checkLimits(record: Fields): void {
  let count = 0;
  for (const key in record) {
    count++;
    const item = record[key];
    if (typeof item === 'object' && item !== null) count = walk(item, 2, count);
  }
  if (count > MAX_FIELDS) refuse();
}
