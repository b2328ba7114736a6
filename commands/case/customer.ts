import type { Case, CaseEntry } from '../../engine/store/cases.js';
import type { TenantStore } from '../../engine/store/index.js';

/** What of a case's log the customer reads: their lane, without reasons and values, which are the provider's. */
export const entriesOfCustomer = (log: readonly CaseEntry[]): CaseEntry[] =>
  log
    .filter(({ lane }) => lane === 'customer')
    .map(({ before: _, after: __, calls: ___, ...entry }) => ({ ...entry, reason: '' }));

/** A case without what is the provider's own. @param published numbers of its alerts that the customer is shown */
export const withoutInternal = (record: Case, published: readonly number[]): Case => {
  const { room: _, splitFrom: __, mergedInto: ___, breach: ____, ...rest } = record;
  return {
    ...rest,
    people: record.people.filter(({ role }) => role === 'lead' || role === 'customer-lead'),
    tasks: record.tasks.filter(({ lane }) => lane === 'customer').map((task) => ({ ...task, after: [] })),
    ...{ observables: [], rules: [], techniques: [], related: [], took: [], moves: [] },
    alerts: record.alerts.filter((number) => published.includes(number)),
    log: entriesOfCustomer(record.log),
  };
};

/** Numbers of those of its alerts that the customer is shown. */
export async function alertsPublished(store: TenantStore, { alerts }: Pick<Case, 'alerts'>): Promise<number[]> {
  const found = await store.alerts.find(
    { number: { $in: alerts }, published: { $exists: true } },
    { fields: { number: 1 }, sort: { number: 1 }, limit: alerts.length || 1 },
  );
  return found.map(({ number }) => number);
}

/** The same as `withoutInternal`, with the alerts looked up. */
export const forCustomer = async (store: TenantStore, record: Case): Promise<Case> =>
  withoutInternal(record, await alertsPublished(store, record));
