import { MdrError } from '../../engine/errors.js';
import { isAtLeast, type Role } from '../../engine/store/people.js';
import type { Card } from '../cards/card.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from './arguments.js';
import { didYouMean } from './suggest.js';

/** One of the things that a command of many does: `/mdr case open`. */
export interface Verb {
  readonly name: string;
  /** Arguments after the name, as help shows them. */
  readonly usage: string;
  readonly example: string;
  /** What it does, in a line of help. */
  readonly says: string;
  readonly role: Role;
  /** Whether the customer's people may use it too, on what is shown to them. */
  readonly both?: boolean;
  run(context: Context, args: readonly string[]): Promise<Card>;
}

/** What is the same for all verbs of a command. */
export interface Verbs {
  /** The error for arguments that a verb cannot use. */
  wrong(verb: Verb, problem: string): MdrError;
  /** @throws MdrError MDR_FORBIDDEN */
  mayUse(verb: Verb, context: Context): void;
}

/** @param said whose the command is, in a sentence, and what anybody else is told to do */
export const verbsOf = (command: string, said: { whose: string; instead: string }): Verbs => ({
  wrong: (verb, problem) =>
    wrongUsage({ usage: `${command} ${verb.name} ${verb.usage}`.trim(), examples: [verb.example] }, problem),
  mayUse(verb, { role, internal, tenant }) {
    if (!verb.both && !internal) throw new MdrError('MDR_FORBIDDEN', said.whose, said.instead);
    if (!isAtLeast(role, verb.role))
      throw new MdrError(
        'MDR_FORBIDDEN',
        `${command} ${verb.name} needs the role ${verb.role}; you are ${role} of ${tenant.tenant.name}.`,
        'Ask somebody who has that role, or an administrator of this service.',
      );
  },
});

/** The first word and the others. A button has one word for several: `open:12`, `done:3:S4`. */
export function wordsOf(args: readonly string[]): { word: string; rest: string[] } {
  const [first = '', ...more] = args;
  const [word = '', ...joined] = first.split(':').filter((part, i) => i === 0 || part !== '');
  return { word, rest: [...joined, ...more] };
}

/** The error for a word that is none of a command's verbs. */
export function noSuchVerb(
  command: Pick<Command, 'name' | 'usage' | 'examples'>,
  verbs: readonly Verb[],
  word: string,
): MdrError {
  const names = verbs.map(({ name }) => name);
  const problem = `"${clip(word, 40)}" is nothing that ${command.name} does.${didYouMean(word, names)}`;
  return wrongUsage(command, `${problem} It does ${names.join(', ')}.`);
}
