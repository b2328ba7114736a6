import type { Store, TenantStore } from '../engine/store/index.js';
import type { Person, Role } from '../engine/store/people.js';
import { personFor, roleFor } from './people.js';
import type { Ask } from './surfaces/types.js';
import { placeOf } from './where.js';

/** Where an ask is about something without words: a search, a pin, a file. */
export type AskPlace = Omit<Ask, 'text'>;

/** Somebody who was let in: who it is, and where. */
export interface Entered {
  person: Person;
  role: Role;
  tenant: TenantStore;
  /** Whether the customer does not read along there. */
  internal: boolean;
}

/**
 * Who is it, which tenant is it about, and what may they: the same way in as for commands.
 * @throws MdrError MDR_PERSON_UNKNOWN, MDR_FORBIDDEN, MDR_CHANNEL_UNBOUND, MDR_TENANT_NEEDED
 */
export async function enter(store: Store, ask: AskPlace): Promise<Entered> {
  const person = await personFor(store, `${ask.surface}:${ask.user}`);
  const place = await placeOf(store, { ...ask, text: '' }, person, ask.tenant);
  const role = roleFor(person, place.tenant);
  return { person, role, tenant: await store.forTenant(place.tenant), internal: place.lane !== 'customer' };
}
