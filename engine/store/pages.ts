import type { QueryFilter } from 'mongoose';
import type { Scoped } from './scoped.js';

interface Dated {
  _id: string;
  tenant: string;
  /** Epoch ms when it was stored. */
  created: number;
}

/**
 * Records from the newest on, a page at a time, so that thousands of large ones are never in memory together.
 * @param most records in all
 */
export async function* newestFirst<T extends Dated>(
  records: Scoped<T>,
  filter: QueryFilter<T>,
  most: number,
  page = 500,
): AsyncGenerator<T[], void, undefined> {
  let last: T | undefined;
  let given = 0;
  while (given < most) {
    // By id within a moment, so that no page begins with what the last one ended with.
    const after = last
      ? { $or: [{ created: { $lt: last.created } }, { created: last.created, _id: { $gt: last._id } }] }
      : {};
    const limit = Math.min(page, most - given);
    const found = await records.find({ $and: [filter, after] } as QueryFilter<T>, {
      sort: { created: -1, _id: 1 },
      limit,
    });
    if (found.length > 0) yield found;
    if (found.length < limit) return;
    given += found.length;
    last = found.at(-1);
  }
}
