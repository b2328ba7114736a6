import { randomUUID } from 'node:crypto';
import type { Applied } from '../../engine/respond/case/change.js';
import { unknownCase } from '../../engine/respond/case/error.js';
import { type Asking, changeCase } from '../../engine/respond/case/save.js';
import type { Change } from '../../engine/respond/case/types.js';
import type { Case } from '../../engine/store/cases.js';
import type { Person } from '../../engine/store/people.js';
import type { Card } from '../cards/card.js';
import { doneCaseCard } from '../cards/case.js';
import type { Command, Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { match } from '../words/person.js';
import { didYouMean } from '../words/suggest.js';
import { type Verb, verbsOf } from '../words/verbs.js';

export type { Verb } from '../words/verbs.js';

import { forCustomer } from './customer.js';

const NUMBER = /^#?([1-9]\d{0,8})$/;
const MARKED = /^#([1-9]\d{0,8})$/;

export const { wrong: wrongCase, mayUse } = verbsOf('case', {
  whose: "cases are worked on by the provider's people, in the provider's own channels.",
  instead: 'Ask there, or write your message in this channel without a command.',
});

/**
 * The case's number from the first word; in its own thread or room it may be left out.
 * @param marked there, take only `#4` for a number, because words follow that may begin with one
 * @throws MdrError MDR_COMMAND_USAGE
 */
export function takeCase(
  verb: Verb | Pick<Command, 'usage' | 'examples'>,
  { case: here }: Context,
  args: readonly string[],
  marked = false,
): { number: number; rest: readonly string[] } {
  const own = here ?? null;
  const digits = (marked && own !== null ? MARKED : NUMBER).exec(args[0] ?? '')?.[1];
  if (digits) return { number: Number(digits), rest: args.slice(1) };
  if (own !== null) return { number: own, rest: args };
  const problem =
    args[0] === undefined
      ? 'which case? Outside of its thread, a case is named by its number.'
      : `"${clip(args[0], 40)}" is not a case's number.`;
  throw 'says' in verb ? wrongCase(verb, problem) : wrongUsage(verb, problem);
}

/** @throws MdrError MDR_CASE_UNKNOWN, also for a case that may not be shown here */
export async function caseFor(context: Context, number: number): Promise<Case> {
  const shown = context.internal ? {} : { published: { $exists: true as const } };
  const record = await context.tenant.cases.findOne({ $and: [{ number }, shown] });
  if (!record) throw unknownCase(number, context.tenant.tenant.name);
  return context.internal ? record : forCustomer(context.tenant, record);
}

export const asking = ({ person, clock, request }: Context): Asking => ({
  by: { id: person._id, name: person.name },
  clock,
  request: request ?? randomUUID(),
});

/** Make a change, tell the outbox, and answer with the case. */
export async function done(
  context: Context,
  number: number,
  change: Change | ((record: Case) => Change),
): Promise<Card> {
  await caseFor(context, number);
  const applied = await changeCase(context.tenant, number, asking(context), change);
  await told(context, number);
  return shownDone(context, applied);
}

export async function shownDone(context: Context, applied: Applied): Promise<Card> {
  const record = context.internal ? applied.record : await forCustomer(context.tenant, applied.record);
  const entries = context.internal ? applied.entries : applied.entries.filter(({ lane }) => lane === 'customer');
  return doneCaseCard(context, { ...applied, record, entries });
}

/** Tell the outbox and the runs of playbooks that a case has changed, so that they follow. Telling it twice does no harm. */
export async function told({ tenant, queues }: Context, ...numbers: number[]): Promise<void> {
  for (const number of numbers) {
    await queues.add('changes', { tenant: tenant.id, kind: 'case', number });
    await queues.add('playbooks', { tenant: tenant.id, case: number });
  }
}

/** The words of a reason. @throws MdrError MDR_COMMAND_USAGE when there are none */
export function reasonIn(verb: Verb, words: readonly string[]): string {
  const [first, ...rest] = words;
  const reason = (first?.toLowerCase() === 'because' ? rest : words).join(' ').trim();
  if (reason === '') throw wrongCase(verb, 'why? A few words are enough; they stay on the record.');
  return reason;
}

/** One of some words. @throws MdrError MDR_COMMAND_USAGE naming them */
export function oneOf<T extends string>(verb: Verb, what: string, word: string | undefined, all: readonly T[]): T {
  const said = word?.toLowerCase().replaceAll('_', '-');
  const found = all.find((each) => each.toLowerCase().replaceAll('_', '-') === said);
  if (found) return found;
  const problem = word === undefined ? `which ${what}?` : `"${clip(word, 40)}" is no ${what}.`;
  throw wrongCase(verb, `${problem}${word ? didYouMean(word, all) : ''} There are ${all.join(', ')}.`);
}

/** Somebody with a role for this tenant; `me` is whoever asks. @throws MdrError MDR_COMMAND_USAGE */
export async function someone(verb: Verb, context: Context, word: string): Promise<Person> {
  if (/^(me|myself)$/i.test(word)) return context.person;
  const people = await context.people();
  const found = match(people, word);
  if (found.length === 1) return found[0]!;
  const called = clip(word, 60);
  if (found.length > 1)
    throw wrongCase(
      verb,
      `"${called}" could be ${found
        .slice(0, 5)
        .map(({ name }) => name)
        .join(' or ')}.`,
    );
  const names = people.map(({ name }) => name);
  throw wrongCase(verb, `nobody here is called "${called}".${didYouMean(word.replace(/^@/, ''), names)}`);
}

export const nameOf = ({ _id, name }: Person): { id: string; name: string } => ({ id: _id, name });
