import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Store, TenantStore } from '../store/index.js';
import type { Hold } from '../store/tenants.js';

/**
 * Place a legal hold: on a tenant's events, or on what `of` names.
 * @throws MdrError MDR_TENANT_UNKNOWN
 */
export async function placeHold(
  { keeping }: Pick<TenantStore, 'keeping'>,
  { from = null, until = null, ...more }: Pick<Hold, 'why' | 'by'> & Partial<Hold>,
  clock: Clock,
): Promise<Hold> {
  while (true) {
    const count = (await keeping.holds()).length;
    const hold: Hold = { ...more, id: `h${count + 1}`, placed: clock(), from, until };
    // Two at once must not get one name.
    if (await keeping.addHold(hold, count)) return hold;
  }
}

/**
 * Release a hold, which takes two people: the first asks, another one agrees.
 * @param by people, by their ids; whoever works at the server is nobody who could be told apart
 * @returns the hold as it is now: asked for, or released
 * @throws MdrError MDR_LAKE_HELD when there is no such hold, it is released already, or the same person asked; MDR_CONFLICT
 */
export async function releaseHold(
  { keeping, tenant }: Pick<TenantStore, 'keeping' | 'tenant'>,
  id: string,
  { by, name, why }: { by: string; name: string; why: string },
  clock: Clock,
): Promise<Hold> {
  const holds = await keeping.holds();
  // Holds are never taken out of the list, so a place in it stays the same.
  const place = holds.findIndex((hold) => hold.id === id && !hold.released);
  const hold = holds[place];
  if (!hold) {
    const open = holds.filter(({ released }) => !released).map((each) => each.id);
    throw new MdrError(
      'MDR_LAKE_HELD',
      `There is no hold "${id.slice(0, 32)}" on ${tenant._id} that could be released.`,
      open.length > 0 ? `Holds: ${open.join(', ')}.` : 'Nothing of this tenant is held.',
    );
  }
  if (hold.asked?.by === by)
    throw new MdrError(
      'MDR_LAKE_HELD',
      `you asked for the release of ${id} yourself: somebody else has to agree.`,
      'It stays in place until then.',
    );
  const at = clock();
  const set = hold.asked ? { released: { at, by, name } } : { asked: { at, by, name, why } };
  if (await keeping.changeHold(place, hold, set)) return { ...hold, ...set };
  throw new MdrError('MDR_CONFLICT', `hold ${id} was changed by somebody else at this moment.`, 'Look at it again.');
}

/** @param days how long events stay; null: for good */
export async function keepFor(store: Store, tenant: string, days: number | null): Promise<void> {
  await store.forTenant(tenant);
  await store.tenants.updateOne(
    { _id: tenant },
    days === null ? { $unset: { lakeDays: 1 } } : { $set: { lakeDays: days } },
  );
}
