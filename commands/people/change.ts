import { MdrError } from '../../engine/errors.js';
import { changePerson } from '../../engine/people/change.js';
import { isKnownHere } from '../../engine/people/rules.js';
import { type Person, ROLES, type Role, roleOf } from '../../engine/store/people.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { didYouMean } from '../words/suggest.js';

export const CHANGES = ['add', 'grant', 'revoke', 'link', 'unlink'] as const;
export type Change = (typeof CHANGES)[number];

/**
 * `people add|grant|revoke|link|unlink …`.
 * @throws MdrError MDR_COMMAND_USAGE, MDR_PERSON_BAD, MDR_FORBIDDEN, MDR_CONFLICT
 */
export async function change(people: Command, context: Context, what: Change, args: readonly string[]) {
  const tenant = context.tenant.id;
  const by = { id: context.person._id, name: context.person.name, as: { person: context.person, tenant } };
  const apply = (id: string, wish: (known: Person | null) => Omit<Person, '_id' | 'log' | 'revision'>) =>
    changePerson(context.tenant.people, by, id, context.clock, wish);
  const [who = '', value = '', identity = '', side = '', ...name] = args;
  if (who === '') throw wrongUsage(people, 'who? Say the person: people grant ben responder.');
  if (what === 'add') {
    const role = roleCalled(people, value);
    const id = who.toLowerCase();
    if (await context.tenant.people.get(id)) throw taken(id);
    const as = side === '' && context.person.side === 'customer' ? 'customer' : side.toLowerCase();
    if (as !== 'provider' && as !== 'customer')
      throw wrongUsage(people, 'of which side are they? people add <id> <role> <surface:id> provider|customer [name].');
    return apply(id, () => ({
      name: name.join(' ').trim() || who,
      side: as,
      identities: [identity],
      grants: [{ tenant, role }],
    }));
  }
  if (what === 'grant') {
    if (identity !== '')
      throw wrongUsage(people, 'people grant takes a person and a role. Names with spaces go in quotes.');
    const role = roleCalled(people, value);
    const id = await idOfPerson(people, context, who);
    return apply(id, (known) => {
      if (!known) throw unknown(who);
      return { ...known, grants: [...known.grants.filter((grant) => grant.tenant !== tenant), { tenant, role }] };
    });
  }
  const id = await idOfPerson(people, context, who);
  if (what === 'revoke') {
    if (value !== '') throw wrongUsage(people, 'people revoke takes a person. Names with spaces go in quotes.');
    return apply(id, (known) => {
      if (!known) throw unknown(who);
      if (!known.grants.some((grant) => grant.tenant === tenant) && roleOf(known, tenant) !== null)
        throw new MdrError(
          'MDR_PERSON_BAD',
          `${known._id} has a role for every tenant, and none for this one alone.`,
          'The operator changes that on the server: mdr people add.',
        );
      return { ...known, grants: known.grants.filter((grant) => grant.tenant !== tenant) };
    });
  }
  if (value === '' || identity !== '')
    throw wrongUsage(people, `people ${what} takes a person and one identity, as in slack:U0123456789.`);
  return apply(id, (known) => {
    if (!known) throw unknown(who);
    const others = known.identities.filter((each) => each !== value);
    if (what === 'unlink' && others.length === 0)
      throw new MdrError(
        'MDR_PERSON_BAD',
        `${value.slice(0, 80)} is the only identity of ${known._id}.`,
        `Give another one first, or take the role: people revoke ${known._id}.`,
      );
    return { ...known, identities: what === 'link' ? [...others, value] : others };
  });
}

function roleCalled(people: Command, word: string): Role {
  const role = ROLES.find((known) => known === word.toLowerCase());
  if (role) return role;
  throw wrongUsage(people, `"${clip(word, 40)}" is no role.${didYouMean(word, ROLES)} Roles are ${ROLES.join(', ')}.`);
}

/** Somebody with a role here by id or whole name; else by the id of somebody who had one. @throws MdrError MDR_PERSON_BAD */
async function idOfPerson(people: Command, context: Context, word: string): Promise<string> {
  const wanted = word.replace(/^@/, '').toLowerCase();
  const here = await context.people();
  const found = here.filter((person) => person._id === wanted || person.name.toLowerCase() === wanted);
  if (found.length > 1)
    throw wrongUsage(people, `"${clip(word, 60)}" could be ${found.map(({ _id }) => _id).join(' or ')}: say the id.`);
  if (found[0]) return found[0]._id;
  const other = await context.tenant.people.get(wanted);
  if (!other || !isKnownHere(other, { person: context.person, tenant: context.tenant.id })) throw unknown(word);
  return wanted;
}

const unknown = (word: string) =>
  new MdrError(
    'MDR_PERSON_BAD',
    `there is nobody "${clip(word, 60)}" here.`,
    'See /mdr people, or add them: people add.',
  );
const taken = (id: string) =>
  new MdrError(
    'MDR_PERSON_BAD',
    `"${clip(id, 60)}" cannot be used here.`,
    'Take another id; for somebody who is known, people grant.',
  );
