import type { TenantStore } from '../../store/index.js';
import { samplesOf } from './read.js';
import { Tally } from './tally.js';
import type { Numbers } from './types.js';

export { judged, precision } from './tally.js';
export type { Numbers, Outcome, Row, RuleRow, RuleWeeks, WeekRow } from './types.js';

/** More alerts than this are not looked at for one answer; the numbers then say so. */
const MOST_ALERTS = 500_000;

/**
 * The numbers of a tenant's alerts in a period, by what the records say of who did what when. What each one means stands in docs/numbers.md.
 * @param period epoch ms, `until` excluded
 * @param shown which alerts may be shown to whoever asks: all, or the published ones
 */
export async function numbersOf(
  store: TenantStore,
  { from, until }: { from: number; until: number },
  shown: { published?: { $exists: true } } = {},
): Promise<Numbers> {
  const tally = new Tally(from, until);
  let count = 0;
  for await (const page of samplesOf(store, from, shown)) {
    for (const sample of page) tally.add(sample);
    count += page.length;
    if (count < MOST_ALERTS) continue;
    tally.cut();
    break;
  }
  const { _id: id, name } = store.tenant;
  return tally.numbers({ tenant: { id, name }, published: shown.published !== undefined });
}
