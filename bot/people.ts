import { MdrError } from '../engine/errors.js';
import type { Store } from '../engine/store/index.js';
import { type Person, type Role, roleOf } from '../engine/store/people.js';

const MAX_PEOPLE = 500;

/**
 * The person whom a chat identity belongs to.
 * @param identity `<surface>:<the surface's own id>`, matched exactly
 * @throws MdrError MDR_PERSON_UNKNOWN, which shows the identity and how to get access
 */
export async function personFor(store: Store, identity: string): Promise<Person> {
  const person = await store.people.findOne({ identities: identity }).lean<Person>();
  if (person) return person;
  const shown = identity.length > 140 ? `${identity.slice(0, 140)}…` : identity;
  throw new MdrError(
    'MDR_PERSON_UNKNOWN',
    `nobody is registered as ${shown}.`,
    `Ask an administrator of this service for access and give them this id: ${shown}. They add it with: npx mdr people add <id> --identity ${shown} --tenant <tenant> --role <role>`,
  );
}

/**
 * The role a person has for a tenant.
 * @throws MdrError MDR_FORBIDDEN without one; the words are the same whether the tenant exists or not
 */
export function roleFor(person: Person, tenant: string): Role {
  const role = roleOf(person, tenant);
  if (role) return role;
  throw new MdrError(
    'MDR_FORBIDDEN',
    'you have no access to this tenant.',
    'Ask an administrator of this service, if you should have.',
  );
}

/** Everybody with a role for this tenant, by name. */
export async function peopleOf(store: Store, tenant: string): Promise<Person[]> {
  const found = await store.people
    .find({ 'grants.tenant': { $in: [tenant, '*'] } })
    .sort({ name: 1 })
    .limit(MAX_PEOPLE)
    .lean<Person[]>();
  return found.filter((person) => roleOf(person, tenant) !== null);
}
