import type { TenantStore } from '../../store/index.js';
import type { Page } from '../../store/scoped.js';
import { CaseTally, type Sample } from './tally.js';
import type { CaseNumbers } from './types.js';

export type { CaseNumbers, CaseRow } from './types.js';

const PAGE = 200;
const MOST_CASES = 50_000;
const FIELDS: Page['fields'] = {
  ...{
    _id: 0,
    number: 1,
    severity: 1,
    created: 1,
    updated: 1,
    closed: 1,
    state: 1,
    outcome: 1,
    mergedInto: 1,
    simulated: 1,
  },
  ...{ clocks: 1, 'tasks.id': 1, 'tasks.state': 1, 'tasks.due': 1, 'tasks.lane': 1 },
  ...{ 'log.at': 1, 'log.field': 1, 'log.after': 1 },
};

/**
 * The numbers of a tenant's cases in a period, by what their logs say.
 * @param period epoch ms, `until` excluded
 * @param shown which cases may be shown to whoever asks: all, or the published ones, and of those the customer's tasks
 */
export async function caseNumbersOf(
  store: TenantStore,
  { from, until }: { from: number; until: number },
  shown: { published?: { $exists: true } } = {},
): Promise<CaseNumbers> {
  const tally = new CaseTally(from, until);
  const isTheirs = shown.published !== undefined;
  let count = 0;
  // In the order of their numbers, which never change: a page at a time, and none is passed over.
  for (let after = 0; count < MOST_CASES; ) {
    const found: (Sample & { updated: number })[] = await store.cases.find(
      { $and: [shown, { number: { $gt: after } }] },
      { fields: FIELDS, sort: { number: 1 }, limit: PAGE },
    );
    for (const sample of found) {
      // What was over before the period has no part in it.
      if (sample.state === 'closed' && sample.updated < from) continue;
      const tasks = isTheirs ? sample.tasks.filter(({ lane }) => lane === 'customer') : sample.tasks;
      tally.add({ ...sample, tasks });
    }
    count += found.length;
    if (found.length < PAGE) break;
    after = found.at(-1)!.number;
  }
  const { _id: id, name } = store.tenant;
  return tally.numbers({ tenant: { id, name }, published: isTheirs, truncated: count >= MOST_CASES });
}
