import type { Alert, AlertEntry } from '../../store/alerts.js';
import type { TenantStore } from '../../store/index.js';
import type { Page } from '../../store/scoped.js';
import type { Change, Sample } from './types.js';

const PAGE = 500;
const CHANGES: ReadonlySet<string> = new Set<Change>(['acknowledged', 'closed', 'reopened', 'escalated', 'published']);

type Read = Pick<
  Alert,
  'number' | 'level' | 'first' | 'created' | 'updated' | 'acknowledged' | 'closed' | 'state' | 'reason' | 'simulated'
> & { log?: Pick<AlertEntry, 'at' | 'kind'>[]; rules?: { id: string; title: string }[] };

const FIELDS: Page['fields'] = {
  ...{ _id: 0, number: 1, level: 1, first: 1, created: 1, updated: 1, acknowledged: 1, closed: 1, state: 1, reason: 1 },
  ...{ simulated: 1, 'log.at': 1, 'log.kind': 1, 'rules.id': 1, 'rules.title': 1 },
};

/**
 * What a period needs of a tenant's alerts: those that changed since its beginning, and those that are open. A page at a time, without
 * their texts. What changes while this is read may come twice, never not at all.
 * @param from epoch ms @param shown which of them may be shown to whoever asks
 */
export async function* samplesOf(
  store: TenantStore,
  from: number,
  shown: { published?: { $exists: true } },
): AsyncGenerator<Sample[], void, undefined> {
  yield* pages(store, { ...shown, updated: { $gte: from } });
  yield* pages(store, { ...shown, state: { $in: ['new', 'acknowledged'] }, updated: { $lt: from } });
}

/** In the order of their changes, which an index has: what changes meanwhile goes to the end. */
async function* pages(store: TenantStore, match: object): AsyncGenerator<Sample[], void, undefined> {
  for (let after: Pick<Read, 'updated' | 'number'> | null = null; ; ) {
    const rest: object = after
      ? {
          $or: [{ updated: { $gt: after.updated } }, { updated: after.updated, number: { $gt: after.number } }],
        }
      : {};
    const filter = { $and: [match, rest] };
    const page: Page = { sort: { updated: 1, number: 1 }, limit: PAGE, fields: FIELDS };
    const found: Read[] = await store.alerts.find(filter, page);
    if (found.length > 0) yield found.map(sampleOf);
    after = found.at(-1) ?? null;
    if (found.length < PAGE) return;
  }
}

/** The log says when a state changed; the fields stand in for what it does not have. */
export function sampleOf(read: Read): Sample {
  const { number, level, first, created, updated, acknowledged, closed, state, reason, simulated } = read;
  const changes = (read.log ?? []).filter(({ kind }) => CHANGES.has(kind)) as Sample['changes'];
  const lacks = (kind: Change) => !changes.some((change) => change.kind === kind);
  if (acknowledged !== undefined && lacks('acknowledged')) changes.push({ at: acknowledged, kind: 'acknowledged' });
  if (state === 'closed' && lacks('closed')) changes.push({ at: closed ?? updated, kind: 'closed' });
  return {
    ...{ number, level, first, created, state, simulated },
    ...(reason !== undefined && { reason }),
    changes: changes.sort((a, b) => a.at - b.at),
    rules: read.rules ?? [],
  };
}
