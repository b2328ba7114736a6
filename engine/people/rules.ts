import { MdrError } from '../errors.js';
import { isAtLeast, type Person, ROLES, type Role, roleOf } from '../store/people.js';

/** Whoever changes people. */
export interface Manager {
  id: string;
  name: string;
  /** The person and the tenant in whose name they act; null: the operator at the server, who may do everything. */
  as: { person: Person; tenant: string } | null;
}

/** The operator of this installation, who has its database anyway. */
export const OPERATOR: Manager = { id: 'operator', name: 'the operator', as: null };

export interface Change {
  by: Manager;
  before: Person | null;
  after: Person;
}

type Verdict = { ok: true } | { ok: false; error: MdrError };

const no = (what: string, hint: string): Verdict => ({ ok: false, error: new MdrError('MDR_FORBIDDEN', what, hint) });

/** Identities that chat may give: those that a chat server vouches for. Who the terminal or the console believes is the operator's matter. */
const FROM_CHAT = /^(slack|discord):/;

/**
 * Whether somebody may change a person like this. An admin of a tenant gives and takes roles of that tenant, none above their own;
 * a customer's admin only to the customer's own people. Whoever gives a person another identity acts as that person from then on, so
 * that needs to be an admin of everything that the person may see.
 */
export function mayChange({ by, before, after }: Change): Verdict {
  if (by.as === null) return { ok: true };
  const { person, tenant } = by.as;
  const role = roleOf(person, tenant);
  if (role !== 'admin')
    return no(
      `changing people needs the role admin; you are ${role ?? 'nobody'} of ${tenant}.`,
      'Ask an admin of this tenant.',
    );
  if (person.side === 'customer' && (after.side !== 'customer' || before?.side === 'provider'))
    return no("your provider's people are your provider's to decide.", 'Ask them in this channel.');
  // Who works for other tenants is nobody's business here, not even their name.
  if (before && !isKnownHere(before, by.as)) return no(`"${after._id}" cannot be used here.`, 'Take another id.');
  if (before?._id === person._id) return no('nobody changes their own role or identity.', 'Ask another admin.');
  if (before && before.side !== after.side)
    return no(`${after._id} is of the ${before.side}'s side.`, 'That is changed on the server: mdr people add --side.');
  const outside = grantsBesides(before, tenant) !== grantsBesides(after, tenant);
  if (outside) return no('you can give and take roles of this tenant only.', 'Ask an admin of the other tenant.');
  for (const grant of [...(before?.grants ?? []), ...after.grants])
    if (grant.tenant === tenant && !isAtLeast(role, grant.role))
      return no(`${grant.role} is more than you have yourself.`, `You can give ${upTo(role)}.`);
  const identitiesBefore = before?.identities ?? [];
  const touched = [
    ...after.identities.filter((identity) => !identitiesBefore.includes(identity)),
    ...identitiesBefore.filter((identity) => !after.identities.includes(identity)),
  ];
  const unsafe = touched.find((identity) => !FROM_CHAT.test(identity));
  if (unsafe)
    return no(
      `${unsafe.slice(0, 80)} is not given from chat.`,
      'Here it can be slack:… or discord:…; others on the server: mdr people add.',
    );
  // Nobody is given an identity by whom they may get a role later from somebody else.
  if (before && touched.length > 0 && roleOf(before, tenant) === null)
    return no(`${after._id} has no role here.`, 'Give them one first.');
  const isRenamed = before !== null && before.name !== after.name;
  if (before && (touched.length > 0 || isRenamed) && !coversAll(person, before))
    return no(
      `${after._id} has roles that you are no admin of, and whoever holds an identity of theirs has those too.`,
      'The operator does it on the server: mdr people add.',
    );
  return { ok: true };
}

/** Whether a person is admin of everything that another one has a role for. */
function coversAll(person: Person, other: Person): boolean {
  const everywhere =
    person.side === 'provider' && person.grants.some((own) => own.tenant === '*' && own.role === 'admin');
  return other.grants.every(({ tenant }) => everywhere || (tenant !== '*' && roleOf(person, tenant) === 'admin'));
}

/** Whether a manager may know of a person: they have a role here, had one, or the manager sees every tenant anyway. */
export function isKnownHere(other: Person, { person, tenant }: NonNullable<Manager['as']>): boolean {
  const wasHere = other.log?.some((entry) => entry.tenant === tenant) ?? false;
  return roleOf(other, tenant) !== null || wasHere || roleOf(person, '*') !== null;
}

const grantsBesides = (person: Person | null, tenant: string): string =>
  JSON.stringify(
    (person?.grants ?? [])
      .filter((grant) => grant.tenant !== tenant)
      .map((grant) => [grant.tenant, grant.role])
      .sort(),
  );

const upTo = (role: Role): string => ROLES.slice(0, ROLES.indexOf(role) + 1).join(', ');
