import { parse } from 'yaml';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Store } from '../store/index.js';
import { type Person, peopleStore, ROLES, type Role } from '../store/people.js';
import { changePerson } from './change.js';
import { OPERATOR } from './rules.js';

const MAX_FILE = 1024 * 1024;
const MAX_FAULTS = 10;

const schema = z.strictObject({
  people: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(63),
        name: z.string().min(1).max(100).optional(),
        side: z.enum(['provider', 'customer']),
        identities: z.array(z.string().max(160)).min(1).max(20),
        /** Role by tenant; `*` is every tenant, for the provider's people. */
        roles: z.record(z.string().max(40), z.enum(ROLES as unknown as [Role, ...Role[]])).default({}),
      }),
    )
    .max(5000),
});
type Wanted = z.infer<typeof schema>['people'][number];

/**
 * The people of a file, checked as a whole before anything is written.
 * @throws MdrError MDR_PERSON_BAD naming what is wrong
 */
export async function readPeople(store: Store, text: string): Promise<Wanted[]> {
  const wrong = (what: string) => new MdrError('MDR_PERSON_BAD', what, 'See docs/people.md for a file of people.');
  if (text.length > MAX_FILE) throw wrong('the file is larger than a file of people can be.');
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 20 });
  } catch (cause) {
    throw wrong(`the file is not YAML: ${(cause as Error).message.split('\n')[0]}.`);
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw wrong(`the file of people is not right: ${first?.path.join('.')}: ${first?.message}.`);
  }
  const { people } = parsed.data;
  const tenants = new Set((await store.tenants.find({}, { _id: 1 }).lean<{ _id: string }[]>()).map(({ _id }) => _id));
  const faults: string[] = [];
  const owners = new Map<string, string>();
  const ids = new Set<string>();
  for (const { id, identities, roles, side } of people) {
    if (ids.has(id)) faults.push(`${id} stands there twice`);
    ids.add(id);
    for (const identity of new Set(identities)) {
      const owner = owners.get(identity);
      if (owner !== undefined && owner !== id) faults.push(`${identity} is given to ${owner} and to ${id}`);
      owners.set(identity, id);
    }
    for (const tenant of Object.keys(roles)) {
      if (tenant === '*' && side === 'customer') faults.push(`${id}: a customer cannot have every tenant`);
      else if (tenant !== '*' && !tenants.has(tenant)) faults.push(`${id}: there is no tenant "${tenant}"`);
    }
  }
  for (const other of await store.people.find({ identities: { $in: [...owners.keys()] } }).lean<Person[]>())
    if (!ids.has(other._id))
      faults.push(
        `${other.identities.find((identity) => owners.has(identity))} is ${other._id}'s, who is not in the file`,
      );
  if (faults.length > 0) throw wrong(`the file of people is not right: ${faults.slice(0, MAX_FAULTS).join('; ')}.`);
  return people;
}

/**
 * Make the people of a file as the file says; whoever is not in it stays as they are. Done again it changes nothing; stopped halfway,
 * it can be done again.
 * @returns what was changed, in words
 */
export async function loadPeople(store: Store, people: readonly Wanted[], clock: Clock): Promise<string[]> {
  const directory = peopleStore(store.people);
  const lines: string[] = [];
  const change = async (wanted: Wanted, identities: string[]) => {
    const grants = Object.entries(wanted.roles).map(([tenant, role]) => ({ tenant, role }));
    const wish = { name: wanted.name ?? wanted.id, side: wanted.side, identities, grants };
    lines.push(...(await changePerson(directory, OPERATOR, wanted.id, clock, () => wish)).lines);
  };
  // An identity that goes from one person to another has to be free in between.
  for (const wanted of people) {
    const known = await directory.get(wanted.id);
    const leaving = known?.identities.filter((identity) => !wanted.identities.includes(identity)) ?? [];
    if (!known || leaving.length === 0) continue;
    const kept = known.identities.filter((identity) => wanted.identities.includes(identity));
    await change(wanted, kept.length > 0 ? kept : [`moved:${wanted.id}`]);
  }
  for (const wanted of people) await change(wanted, [...new Set(wanted.identities)]);
  return lines.filter((line) => !line.includes('moved:'));
}

/** What loading would change, without changing it. */
export async function foretellPeople(store: Store, people: readonly Wanted[]): Promise<string[]> {
  const lines: string[] = [];
  const directory = peopleStore(store.people);
  for (const wanted of people) {
    const grants = Object.entries(wanted.roles).map(([tenant, role]) => ({ tenant, role }));
    const wish = {
      name: wanted.name ?? wanted.id,
      side: wanted.side,
      identities: [...new Set(wanted.identities)],
      grants,
    };
    const dry = { ...directory, ownerOf: async () => null, save: async () => true };
    lines.push(
      ...(
        await changePerson(
          dry,
          OPERATOR,
          wanted.id,
          () => 0,
          () => wish,
        )
      ).lines,
    );
  }
  return lines;
}
