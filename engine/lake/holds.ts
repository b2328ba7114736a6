import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Store } from '../store/index.js';
import type { Hold } from '../store/tenants.js';
import { activeHolds } from './retain.js';

/**
 * Place a legal hold on a tenant's events.
 * @throws MdrError MDR_TENANT_UNKNOWN
 */
export async function placeHold(
  store: Store,
  tenant: string,
  { why, by, from = null, until = null }: Pick<Hold, 'why' | 'by'> & Partial<Pick<Hold, 'from' | 'until'>>,
  clock: Clock,
): Promise<Hold> {
  while (true) {
    const { tenant: record } = await store.forTenant(tenant);
    const count = record.holds?.length ?? 0;
    const hold: Hold = { id: `h${count + 1}`, why, by, placed: clock(), from, until };
    // Two at once must not get one name.
    const nobodyElse = count === 0 ? { 'holds.0': { $exists: false } } : { holds: { $size: count } };
    const { matchedCount } = await store.tenants.updateOne({ _id: tenant, ...nobodyElse }, { $push: { holds: hold } });
    if (matchedCount > 0) return hold;
  }
}

/** @throws MdrError MDR_TENANT_UNKNOWN, MDR_LAKE_HELD when there is no such hold, or it is released already */
export async function releaseHold(store: Store, tenant: string, id: string, by: string, clock: Clock): Promise<void> {
  const { tenant: record } = await store.forTenant(tenant);
  // Holds are never taken out of the list, so a place in it stays the same.
  const place = record.holds?.findIndex((hold) => hold.id === id && !hold.released) ?? -1;
  if (place >= 0) {
    const { matchedCount } = await store.tenants.updateOne(
      { _id: tenant, [`holds.${place}.released`]: { $exists: false } },
      { $set: { [`holds.${place}.released`]: { at: clock(), by } } },
    );
    if (matchedCount > 0) return;
  }
  const holds = activeHolds(record);
  throw new MdrError(
    'MDR_LAKE_HELD',
    `There is no hold "${id.slice(0, 32)}" on ${tenant} that could be released.`,
    holds.length > 0 ? `Holds: ${holds.map((hold) => hold.id).join(', ')}.` : 'Nothing of this tenant is held.',
  );
}

/** @param days how long events stay; null: for good */
export async function keepFor(store: Store, tenant: string, days: number | null): Promise<void> {
  await store.forTenant(tenant);
  await store.tenants.updateOne(
    { _id: tenant },
    days === null ? { $unset: { lakeDays: 1 } } : { $set: { lakeDays: days } },
  );
}
