import type { Clock } from '../clock.js';
import type { TenantStore } from '../store/index.js';
import type { Webhook } from '../store/webhooks.js';
import { alertEvents, caseEvents } from './events.js';

const PAGE = 100;
/**
 * So far back changes are looked through again each time: a process whose clock is behind writes into what was looked through. What was found
 * before has the same id, and is kept once.
 */
export const OVERLAP_MS = 5 * 60_000;
/** Of most looks: for what was written while the one before read. */
const SHORT_OVERLAP_MS = 10_000;
/** What an event is made of: not the rest, of which there can be much. */
const ALERT = fields(
  'number',
  'title',
  'level',
  'score',
  'state',
  'entity',
  'simulated',
  'published',
  'log',
  'updated',
);
const CASE = fields(
  ...['number', 'title', 'type', 'severity', 'priority', 'state', 'simulated', 'published', 'log', 'updated'],
);
const KEEP = { sent: 7 * 86_400_000, dead: 30 * 86_400_000 };

function fields(...names: string[]): Record<string, 1> {
  return Object.fromEntries(names.map((name) => [name, 1 as const]));
}

interface Place {
  updated: number;
  number: number;
}
/** Each page begins where the one before ended, not after so many: what is changed meanwhile moves to the end, and the rest up. */
async function inPages<T extends Place>(
  find: (term: object) => Promise<T[]>,
  since: number,
  each: (record: T) => Promise<void>,
): Promise<void> {
  let term: object = { updated: { $gte: since } };
  for (;;) {
    const found = await find(term);
    for (const record of found) await each(record);
    const last = found.at(-1);
    if (!last || found.length < PAGE) return;
    const { updated, number } = last;
    term = { updated: { $gte: updated }, $or: [{ updated: { $gt: updated } }, { number: { $gt: number } }] };
  }
}

/**
 * Find what is new for the webhooks of a tenant, and keep it to be sent.
 * @param isDeep look as far back as a clock may be wrong; to be done now and then
 * @returns how many events were new
 */
export async function collect(
  store: TenantStore,
  hooks: readonly Webhook[],
  clock: Clock,
  isDeep = true,
): Promise<number> {
  const now = clock();
  let count = 0;
  for (const hook of hooks) {
    const since = Math.max(hook.created, hook.seen - (isDeep ? OVERLAP_MS : SHORT_OVERLAP_MS));
    await inPages(
      (term) => store.cases.find(term, { sort: { updated: 1, number: 1 }, limit: PAGE, fields: CASE }),
      since,
      async (record) => {
        count += await store.webhookDeliveries.insertNew(caseEvents(hook, store.tenant, record, since, now));
      },
    );
    await inPages(
      (term) => store.alerts.find(term, { sort: { updated: 1, number: 1 }, limit: PAGE, fields: ALERT }),
      since,
      async (alert) => {
        count += await store.webhookDeliveries.insertNew(alertEvents(hook, store.tenant, alert, since, now));
      },
    );
    // Only when all of it is kept: whoever is stopped before looks through the same again.
    await store.webhooks.update({ _id: hook._id, seen: hook.seen }, { $set: { seen: now } });
  }
  return count;
}

/** What is over does not stay for good. */
export async function forget(store: TenantStore, clock: Clock): Promise<void> {
  for (const state of ['sent', 'dead'] as const)
    await store.webhookDeliveries.deleteMany({ state, created: { $lt: clock() - KEEP[state] } });
}
