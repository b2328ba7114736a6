import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import { type PeopleStore, type Person, type PersonEntry, ROLES } from '../store/people.js';
import { type Manager, mayChange } from './rules.js';

const PERSON_ID = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** Words that stand for somebody. */
const RESERVED: ReadonlySet<string> = new Set(['me', 'mdr', 'operator', 'oncall', 'nobody', 'everybody']);
const IDENTITY = /^[a-z]{1,20}:[\w.@+-]{1,128}$/;
const MAX_IDENTITIES = 20;
const MAX_GRANTS = 500;
const MAX_LOG = 100;
const ATTEMPTS = 5;

export interface Changed {
  person: Person;
  /** What is different now, in words; empty when nothing was to be changed, and then nothing was written. */
  lines: string[];
}

/**
 * Change one person, whoever asks for it: check that they may, write, and note it in the person's own log in one write.
 * @param wish the person as it should be, from the person as it is (null: nobody has this id)
 * @throws MdrError MDR_FORBIDDEN, MDR_PERSON_BAD, MDR_CONFLICT
 */
export async function changePerson(
  people: PeopleStore,
  by: Manager,
  id: string,
  clock: Clock,
  wish: (known: Person | null) => Omit<Person, '_id' | 'log' | 'revision'>,
): Promise<Changed> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = await people.get(id);
    const after: Person = { ...before, _id: id, ...wish(before) };
    checkShape(before, after);
    const may = mayChange({ by, before, after });
    if (!may.ok) throw may.error;
    const changes = differences(before, after);
    if (changes.length === 0) return { person: after, lines: [] };
    if (await people.ownerOf(after.identities, id))
      throw new MdrError(
        'MDR_PERSON_BAD',
        'one of these identities is somebody else’s.',
        'An identity belongs to one person: give the right one.',
      );
    const at = clock();
    const entries = changes.flatMap(({ text, tenants }) =>
      tenants.map((tenant): PersonEntry => ({ at, actor: by.id, actorName: by.name, tenant, text })),
    );
    after.log = [...(before?.log ?? []), ...entries].slice(-MAX_LOG);
    if (await people.save(before, after)) return { person: after, lines: changes.map(({ text }) => text) };
  }
  throw new MdrError(
    'MDR_CONFLICT',
    `${id} was changed by others at the same moment, several times over.`,
    'Nothing was changed by you: try again.',
  );
}

/** @throws MdrError MDR_PERSON_BAD */
function checkShape(before: Person | null, { _id, identities, grants, name, side }: Person): void {
  const wrong = (what: string, hint: string) => new MdrError('MDR_PERSON_BAD', what, hint);
  if (!before && (!PERSON_ID.test(_id) || RESERVED.has(_id)))
    throw wrong(
      `"${_id.slice(0, 64)}" cannot be a person's id.`,
      'Use 1 to 63 of a-z, 0-9, ".", "_" and "-", as in ana.',
    );
  if (name.trim() === '' || name.length > 100) throw wrong('a name has 1 to 100 characters.', 'Give another name.');
  const bad = identities.find((identity) => !IDENTITY.test(identity));
  if (bad !== undefined)
    throw wrong(`"${bad.slice(0, 80)}" is no identity.`, 'Write surface and id: slack:U0123456789.');
  if (identities.length === 0)
    throw wrong(`${_id} has no chat identity.`, 'Give one with --identity slack:U0123456789 or terminal:<user>.');
  if (identities.length > MAX_IDENTITIES || grants.length > MAX_GRANTS)
    throw wrong(`${_id} would have too many identities or roles.`, `At most ${MAX_IDENTITIES} and ${MAX_GRANTS}.`);
  if (side === 'customer' && grants.some(({ tenant }) => tenant === '*'))
    throw wrong('a customer cannot have every tenant.', 'Name the tenant.');
  const role = grants.find((grant) => !ROLES.includes(grant.role));
  if (role) throw wrong(`"${String(role.role).slice(0, 40)}" is no role.`, `One of ${ROLES.join(', ')}.`);
}

/** What is different, each with the tenants that it concerns. */
function differences(before: Person | null, after: Person): { text: string; tenants: string[] }[] {
  const all = [...new Set([...(before?.grants ?? []), ...after.grants].map(({ tenant }) => tenant))];
  const concerned = all.length > 0 ? all : ['*'];
  const had = (tenant: string) => before?.grants.find((grant) => grant.tenant === tenant)?.role;
  const has = (tenant: string) => after.grants.find((grant) => grant.tenant === tenant)?.role;
  const everywhere = (text: string) => ({ text, tenants: concerned });
  return [
    ...(before ? [] : [everywhere(`${after._id} added, of the ${after.side}'s side`)]),
    ...(before && before.side !== after.side ? [everywhere(`${after._id} is of the ${after.side}'s side now`)] : []),
    ...(before && before.name !== after.name ? [everywhere(`${after._id} is called ${after.name} now`)] : []),
    ...all.flatMap((tenant) => {
      const [old, now] = [had(tenant), has(tenant)];
      if (old === now) return [];
      const what = now ? `${now}${old ? ` instead of ${old}` : ''}` : `no role any more (was ${old})`;
      return [{ text: `${after._id}: ${what}, tenant ${tenant}`, tenants: [tenant] }];
    }),
    ...after.identities
      .filter((identity) => !before?.identities.includes(identity))
      .map((identity) => everywhere(`${after._id} is known as ${identity}`)),
    ...(before?.identities ?? [])
      .filter((identity) => !after.identities.includes(identity))
      .map((identity) => everywhere(`${after._id} is not known as ${identity} any more`)),
  ];
}
