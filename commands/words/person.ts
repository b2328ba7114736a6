import { isAtLeast, type Person, roleOf } from '../../engine/store/people.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from './arguments.js';
import { didYouMean } from './suggest.js';

/** A chat mention as Slack and Discord send it: `<@U123>`, `<@U123|ana>`, `<@!123>`. */
const MENTION = /^(?:<@!?([A-Za-z0-9]+)(?:\|[^>]*)?>|@([UW][A-Z0-9]{6,}|\d{15,}))$/;

/**
 * The one person meant by `me`, a name, a part of a name, a person's id or a mention, out of those who may work on this tenant.
 * @throws MdrError MDR_COMMAND_USAGE when it is nobody, or several
 */
export async function personCalled(
  command: Pick<Command, 'usage' | 'examples'>,
  context: Context,
  words: string,
): Promise<{ id: string; name: string }> {
  if (words === '' || words.toLowerCase() === 'me') return { id: context.person._id, name: context.person.name };
  const able = (await context.people()).filter((person) => {
    const role = roleOf(person, context.tenant.id);
    return role !== null && isAtLeast(role, 'responder');
  });
  const found = match(able, words);
  if (found.length === 1) return { id: found[0]!._id, name: found[0]!.name };
  const called = clip(words, 60);
  if (found.length > 1)
    throw wrongUsage(command, `"${called}" could be ${found.map((person) => person.name).join(' or ')}.`);
  const names = able.map((person) => person.name);
  throw wrongUsage(
    command,
    `nobody called "${called}" can be given alerts of this tenant.${didYouMean(words.replace(/^@/, ''), names)}`,
  );
}

/** People meant by a name, a part of it, an id or a mention. */
export function match(people: readonly Person[], words: string): Person[] {
  const mention = MENTION.exec(words);
  const mentioned = mention?.[1] ?? mention?.[2];
  if (mentioned)
    return people.filter((person) => person.identities.some((identity) => identity.split(':')[1] === mentioned));
  const wanted = words.replace(/^@/, '').toLowerCase();
  const exact = people.filter(({ _id, name }) => _id === wanted || name.toLowerCase() === wanted);
  if (exact.length > 0) return exact;
  return people.filter(({ name }) =>
    name
      .toLowerCase()
      .split(/\s+/)
      .some((part) => part.startsWith(wanted)),
  );
}
