import { randomUUID } from 'node:crypto';
import type { BreachChange } from '../../engine/breach/change.js';
import { readTime, readValue } from '../../engine/breach/files.js';
import { theLaw } from '../../engine/breach/index.js';
import { PLACE } from '../../engine/breach/places.js';
import { type BreachAsking, breachOf, changeBreach } from '../../engine/breach/save.js';
import type { FactValue } from '../../engine/breach/types.js';
import { MdrError } from '../../engine/errors.js';
import { unknownCase } from '../../engine/respond/case/error.js';
import type { Breach } from '../../engine/store/breaches.js';
import type { Case, CaseRole } from '../../engine/store/cases.js';
import { isAtLeast } from '../../engine/store/people.js';
import type { Card } from '../cards/card.js';
import { takeCase, told } from '../case/words.js';
import type { Context } from '../types.js';
import { clip, wrongUsage } from '../words/arguments.js';
import { breachCard } from './cards.js';

export const USAGE = {
  usage: 'breach <verb> [n] …',
  examples: ['breach declare 4 personal_data yes', 'breach fact 4 aware 2026-11-20T09:30', 'breach duties 4'],
} as const;

export const wrongBreach = (problem: string): MdrError => wrongUsage(USAGE, problem);

/** Of the customer's people, those whom a breach concerns: legal and privacy people, whoever leads there, communications. */
const READERS: ReadonlySet<CaseRole> = new Set(['legal', 'customer-lead', 'communications']);
const DECIDERS: ReadonlySet<CaseRole> = new Set(['legal', 'customer-lead']);

const mayReadCase = (
  { internal, person }: Context,
  { people, published }: Case,
  roles: ReadonlySet<CaseRole>,
): boolean =>
  internal ||
  (person.side === 'customer' &&
    published !== undefined &&
    people.some(({ id, role }) => id === person._id && roles.has(role)));

/** Whether somebody may see the breach of a case. */
export const mayRead = (context: Context, record: Case): boolean => mayReadCase(context, record, READERS);

/**
 * The case whose breach is meant, when it may be seen here: by the provider's people in their own lane, and of the customer's by those
 * who are on the published case as legal, customer-lead or communications.
 * @param change also whether it may be changed: by responders of the provider, and the customer's legal people and lead
 * @throws MdrError MDR_CASE_UNKNOWN, MDR_FORBIDDEN, MDR_COMMAND_USAGE
 */
export async function takeBreachCase(
  context: Context,
  args: readonly string[],
  change = false,
): Promise<{ number: number; record: Case; rest: readonly string[] }> {
  const { number, rest } = takeCase(USAGE, context, args, true);
  const record = await context.tenant.cases.findOne({ number });
  // Whoever may not see it is not told that it is there.
  if (!record || !mayRead(context, record)) throw unknownCase(number, context.tenant.tenant.name);
  const may = context.internal ? isAtLeast(context.role, 'responder') : mayReadCase(context, record, DECIDERS);
  if (change && !may)
    throw new MdrError(
      'MDR_FORBIDDEN',
      context.internal
        ? `what is known of a breach is said by responders; you are ${context.role} of ${context.tenant.tenant.name}.`
        : 'of the customer, legal people and the lead on the case say what is known of a breach.',
      'Ask one of them.',
    );
  return { number, record, rest };
}

export const askingBreach = ({ person, clock, request }: Context): BreachAsking => ({
  ...{ by: { id: person._id, name: person.name }, clock, law: theLaw() },
  request: request ?? randomUUID(),
});

/** Make a change, tell the case's threads, and answer with the breach. */
export async function changed(context: Context, record: Case, change: BreachChange): Promise<Card> {
  const { record: breach, entry } = await changeBreach(context.tenant, record.number, askingBreach(context), change);
  await told(context, record.number);
  const title = entry ? clip(entry.text, 200) : 'done already; nothing was changed';
  return breachCard(context, record, breach, { title, moves: entry?.moves ?? [] });
}

export const breachFor = (context: Context, number: number): Promise<Breach> => breachOf(context.tenant, number);

/**
 * Pairs of a fact's name and its value, then `because …`. A pair can be one argument: `US-CA 501`, `people=1200`.
 * @throws MdrError MDR_COMMAND_USAGE, MDR_BREACH_BAD
 */
export function readPairs(
  context: Context,
  words: readonly string[],
): { facts: { fact: string; value: FactValue }[]; reason: string } {
  const at = words.findIndex((word) => /^because$/i.test(word));
  const reason = at < 0 ? '' : words.slice(at + 1).join(' ');
  const facts: { fact: string; value: FactValue }[] = [];
  const zone = context.tenant.tenant.profile.timeZone;
  const said = at < 0 ? words : words.slice(0, at);
  for (let i = 0; i < said.length; i++) {
    const [, name = said[i]!, joined] = /^([\w.:@-]+)\s*[=\s]\s*(.+)$/s.exec(said[i]!) ?? [];
    const fact = PLACE.test(name) ? `people.${name}` : name;
    const raw = joined ?? said[++i];
    if (raw === undefined) throw wrongBreach(`what is "${clip(name, 60)}"? A name and a value belong together.`);
    facts.push({ fact, value: readValue(fact, raw, zone) });
  }
  return { facts, reason };
}

/** A duty's id, then words. @throws MdrError MDR_COMMAND_USAGE */
export function takeDuty(rest: readonly string[]): { duty: string; words: readonly string[] } {
  const [duty, ...words] = rest;
  if (duty === undefined) throw wrongBreach('which duty? For example eu.gdpr.33; /mdr breach duties lists them.');
  return { duty, words: /^because$/i.test(words[0] ?? '') ? words.slice(1) : words };
}

/** The rest as a reason. @throws MdrError MDR_COMMAND_USAGE when there is none */
export function reasonOf(words: readonly string[]): string {
  const reason = (/^because$/i.test(words[0] ?? '') ? words.slice(1) : words).join(' ').trim();
  if (reason === '') throw wrongBreach('why? A few words are enough; they stay on the record.');
  return reason;
}

/** A time as it is typed, in the tenant's zone. @throws MdrError MDR_BREACH_BAD */
export const timeIn = ({ tenant }: Context, text: string): number => readTime(text, tenant.tenant.profile.timeZone);
