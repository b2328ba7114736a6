import type { EvidenceItem } from '../../store/evidenceitems.js';
import type { TenantStore } from '../../store/index.js';

const PAGE = 1000;

type Of = Pick<EvidenceItem, 'case' | 'alert'>;

/** What items belong to, by number: their own case and alert, their alert's case, and whatever these went into. */
export interface Lineage {
  cases(item: Of): Set<number>;
  alerts(item: Of): Set<number>;
}

/** Looks up at once what some items belong to by now. */
export async function lineageOf(store: Pick<TenantStore, 'cases' | 'alerts'>, items: readonly Of[]): Promise<Lineage> {
  const alerts = await whole(
    items.map(({ alert }) => alert),
    (wanted) =>
      store.alerts.find(
        { number: { $in: wanted } },
        { fields: { number: 1, case: 1, mergedInto: 1 }, limit: wanted.length },
      ),
  );
  const owners = [...alerts.values()].map((alert) => alert.case);
  const cases = await whole([...items.map((item) => item.case), ...owners], (wanted) =>
    store.cases.find({ number: { $in: wanted } }, { fields: { number: 1, mergedInto: 1 }, limit: wanted.length }),
  );
  const alertsOf = (item: Of) => line([item.alert], alerts);
  return {
    alerts: alertsOf,
    cases: (item) => line([item.case, ...[...alertsOf(item)].map((number) => alerts.get(number)?.case)], cases),
  };
}

/** Numbers of all cases that an item belongs to. */
export const casesOf = async (store: TenantStore, item: Of): Promise<number[]> => [
  ...(await lineageOf(store, [item])).cases(item),
];

/** All evidence of a tenant, in order, some at a time, with what it belongs to. */
export async function* allEvidence(store: TenantStore): AsyncGenerator<{ items: EvidenceItem[]; of: Lineage }> {
  for (let after = 0; ; ) {
    const items = await store.evidenceItems.find({ number: { $gt: after } }, { sort: { number: 1 }, limit: PAGE });
    if (items.length === 0) return;
    yield { items, of: await lineageOf(store, items) };
    after = items.at(-1)!.number;
  }
}

interface Joined {
  number: number;
  mergedInto?: number;
}
type Numbers = readonly (number | null | undefined)[];

/** The records of some numbers, and of all that they went into. Each is read once, so that a ring of them ends too. */
async function whole<T extends Joined>(
  first: Numbers,
  read: (wanted: number[]) => Promise<T[]>,
): Promise<Map<number, T>> {
  const [found, asked] = [new Map<number, T>(), new Set<number>()];
  for (let next = first; ; ) {
    const wanted = [...new Set(next.filter((each) => typeof each === 'number' && !asked.has(each)))] as number[];
    if (wanted.length === 0) return found;
    const records = await read(wanted);
    for (const each of wanted) asked.add(each);
    for (const each of records) found.set(each.number, each);
    next = records.map(({ mergedInto }) => mergedInto);
  }
}

/** Some numbers, and all that they went into. */
function line(first: Numbers, known: ReadonlyMap<number, Joined>): Set<number> {
  const all = new Set<number>();
  for (let at of first)
    while (typeof at === 'number' && !all.has(at)) {
      all.add(at);
      at = known.get(at)?.mergedInto;
    }
  return all;
}
