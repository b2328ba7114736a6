import { CASE_ROLES } from '../../engine/store/cases.js';
import { isAtLeast, type Person, roleOf } from '../../engine/store/people.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { done, nameOf, oneOf, reasonIn, someone, takeCase, type Verb, wrongCase } from './words.js';

/** Roles that work on what is internal: only the provider's people hold them. */
const PROVIDERS: ReadonlySet<string> = new Set(['lead', 'analyst']);

export const assign: Verb = {
  name: 'assign',
  usage: '[n] [me | name]',
  example: 'case assign 4 me',
  says: 'makes somebody the incident lead; without a name, you',
  role: 'responder',
  async run(context, args) {
    const { number, rest } = takeCase(assign, context, args);
    const person = await leader(assign, context, rest.join(' ') || 'me');
    return done(context, number, { kind: 'person', role: 'lead', person: nameOf(person), reason: '' });
  },
};

export const role: Verb = {
  name: 'role',
  usage: '[n] <role> <name> [off]',
  example: 'case role 4 communications Ada',
  says: `gives somebody a role, or with off takes it: ${CASE_ROLES.join(', ')}`,
  role: 'responder',
  async run(context, args) {
    const { number, rest } = takeCase(role, context, args);
    const which = oneOf(role, 'role', rest[0], CASE_ROLES);
    const take = rest.length > 2 && /^off$/i.test(rest.at(-1)!);
    const name = (take ? rest.slice(1, -1) : rest.slice(1)).join(' ');
    if (name === '') throw wrongCase(role, 'who?');
    const person =
      PROVIDERS.has(which) && !take ? await leader(role, context, name) : await someone(role, context, name);
    return done(context, number, {
      ...{ kind: 'person', role: which, person: nameOf(person), reason: '' },
      ...(take && { take }),
    });
  },
};

export const handover: Verb = {
  name: 'handover',
  usage: '[n] <name> <what they need to know…>',
  example: 'case handover 4 Ada end of shift; waiting for the mail logs',
  says: 'hands the lead to somebody else, who is called in its thread',
  role: 'responder',
  async run(context, args) {
    const { number, rest } = takeCase(handover, context, args);
    if (rest[0] === undefined) throw wrongCase(handover, 'to whom?');
    const person = await leader(handover, context, rest[0]);
    const calls = [{ name: person.name, identities: person.identities.slice(0, 10) }];
    const reason = reasonIn(handover, rest.slice(1));
    return done(context, number, { kind: 'handover', person: nameOf(person), calls, reason });
  },
};

/** Somebody of the provider who may work on cases. @throws MdrError MDR_COMMAND_USAGE */
async function leader(verb: Verb, context: Context, word: string): Promise<Person> {
  const person = await someone(verb, context, word);
  const has = roleOf(person, context.tenant.id);
  if (person.side === 'provider' && has !== null && isAtLeast(has, 'responder')) return person;
  throw wrongCase(
    verb,
    `${clip(person.name, 60)} cannot work on this: it takes one of the provider's people, with the role responder.`,
  );
}
