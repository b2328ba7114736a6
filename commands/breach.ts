import { theLaw } from '../engine/breach/index.js';
import { declareBreach, dutiesOfBreach } from '../engine/breach/save.js';
import { COUNSEL } from '../engine/breach/types.js';
import { MdrError } from '../engine/errors.js';
import type { Breach } from '../engine/store/breaches.js';
import { boardCard } from './breach/board.js';
import { breachCard, dutyCard, dutyTable, factsCard, toneOf } from './breach/cards.js';
import { forms } from './breach/forms.js';
import {
  askingBreach,
  breachFor,
  changed,
  readPairs,
  reasonOf,
  takeBreachCase,
  takeDuty,
  timeIn,
  USAGE,
  wrongBreach,
} from './breach/words.js';
import type { Card } from './cards/card.js';
import { told } from './case/words.js';
import type { Command, Context } from './types.js';
import { clip } from './words/arguments.js';
import { didYouMean } from './words/suggest.js';

type Verb = (context: Context, args: readonly string[]) => Promise<Card>;
const MOST_DUTIES = 60;

/** What is said of a breach that is declared already: the forms of the assessment, and `fact`. */
const say: Verb = async (context, args) => {
  const { record, rest } = await takeBreachCase(context, args, true);
  return changed(context, record, { kind: 'facts', ...readPairs(context, rest) });
};

const VERBS: Readonly<Record<string, Verb>> = {
  async declare(context, args) {
    const { number, record, rest } = await takeBreachCase(context, args, true);
    const asking = askingBreach(context);
    const isNew = await declareBreach(context.tenant, number, asking);
    await told(context, number);
    if (rest.length > 0) return changed(context, record, { kind: 'facts', ...readPairs(context, rest) });
    const title = isNew ? 'declared; now say what is known' : 'declared already';
    return breachCard(context, record, await breachFor(context, number), { title, moves: [] });
  },
  fact: say,
  whose: say,
  when: say,
  harm: say,
  async show(context, args) {
    const { number, record, rest } = await takeBreachCase(context, args);
    const breach = await breachFor(context, number);
    return rest[0] === undefined
      ? breachCard(context, record, breach)
      : dutyCard(number, dutyOf(context, breach, rest[0]));
  },
  async list(context, args) {
    const { number } = await takeBreachCase(context, args);
    return factsCard(number, await breachFor(context, number));
  },
  async duties(context, args) {
    const { number, rest } = await takeBreachCase(context, args);
    const breach = await breachFor(context, number);
    if (rest[0] !== undefined) return dutyCard(number, dutyOf(context, breach, rest[0]));
    const { duties } = dutiesOfBreach(context.tenant, theLaw(), breach, context.clock());
    return {
      title: `Duties of the breach of case ${number}`,
      tone: toneOf(duties),
      blocks: [
        ...dutyTable(duties, MOST_DUTIES),
        { kind: 'note', text: ['Next: one in full, ', { code: `/mdr breach show ${number} <duty>` }, `. ${COUNSEL}`] },
      ],
    };
  },
  async satisfy(context, args) {
    const { record, rest } = await takeBreachCase(context, args, true);
    const { duty, words } = takeDuty(rest);
    const hasTime = /^at$/i.test(words[0] ?? '') && words[1] !== undefined;
    const at = hasTime ? timeIn(context, words[1]!) : context.clock();
    return changed(context, record, {
      kind: 'satisfied',
      duty,
      at,
      reason: reasonOf(hasTime ? words.slice(2) : words),
    });
  },
  async 'not-required'(context, args) {
    const { record, rest } = await takeBreachCase(context, args, true);
    const { duty, words } = takeDuty(rest);
    return changed(context, record, { kind: 'asked', duty, reason: reasonOf(words) });
  },
  async approve(context, args) {
    const { record, rest } = await takeBreachCase(context, args, true);
    const { duty, words } = takeDuty(rest);
    if (words.length > 0) throw wrongBreach('approving takes no further words.');
    return changed(context, record, { kind: 'not-required', duty });
  },
  async refuse(context, args) {
    const { record, rest } = await takeBreachCase(context, args, true);
    const { duty, words } = takeDuty(rest);
    return changed(context, record, { kind: 'refused', duty, reason: reasonOf(words) });
  },
  async pause(context, args) {
    const { record, rest } = await takeBreachCase(context, args, true);
    const { duty, words } = takeDuty(rest);
    const hasEnd = /^until$/i.test(words[0] ?? '') && words[1] !== undefined;
    const until = hasEnd ? timeIn(context, words[1]!) : null;
    return changed(context, record, { kind: 'paused', duty, until, reason: reasonOf(hasEnd ? words.slice(2) : words) });
  },
  async resume(context, args) {
    const { record, rest } = await takeBreachCase(context, args, true);
    const { duty, words } = takeDuty(rest);
    return changed(context, record, { kind: 'withdrawn', duty, reason: reasonOf(words) });
  },
  board: (context) => boardCard(context),
};

function dutyOf(context: Context, breach: Breach, id: string) {
  const { duties } = dutiesOfBreach(context.tenant, theLaw(), breach, context.clock());
  const found = duties.find((duty) => duty.id.toLowerCase() === id.toLowerCase());
  if (found) return found;
  const ids = duties.map((duty) => duty.id);
  throw new MdrError(
    'MDR_BREACH_UNKNOWN',
    `the breach has no duty "${clip(id, 60)}".${didYouMean(id, ids)}`,
    'See /mdr breach duties for those that it has.',
  );
}

const breach: Command = {
  name: 'breach',
  summary: 'Breaches: what is known, who has to be told by when, and what was decided.',
  usage: USAGE.usage,
  examples: [
    ...USAGE.examples,
    'breach board',
    'breach show 4 eu.gdpr.33',
    'breach list 4',
    'breach satisfy 4 eu.gdpr.33 at 2026-11-22T16:00 because receipt 4711 of the portal',
    'breach not-required 4 eu.gdpr.33 because the laptop was encrypted and came back',
  ],
  details: [
    'declare [n] [name value] …: declares the breach of a case; without words, then fill in the forms.',
    'fact [n] <name> <value> … [because …]: says what is known; unknown is an answer, and a later answer corrects an earlier one.',
    'show [n] [duty], duties [n], list [n]: the breach or one duty in full, all duties, what was said by whom.',
    'satisfy [n] <duty> [at <time>] <what shows it>; pause [n] <duty> [until <time>] <who and why>; resume takes either back.',
    'not-required [n] <duty> <why>: somebody else approves or refuses it (approve, refuse).',
    'board: every open duty of this tenant, the most urgent first.',
    COUNSEL,
  ],
  related: ['case', 'brief', 'report'],
  forms,
  role: 'viewer',
  async run(context, args) {
    // A button has one word for several: `approve:4:eu.gdpr.33`. A duty's id may have a `:` only after the first two.
    const [first = '', ...more] = args;
    const [word = '', number = '', ...duty] = first.split(':');
    const said = word.toLowerCase();
    if (said === '') return context.case ? VERBS.show!(context, []) : boardCard(context);
    const verb = Object.hasOwn(VERBS, said) ? VERBS[said] : undefined;
    if (verb)
      return verb(context, [...(number ? [`#${number}`] : []), ...(duty.length > 0 ? [duty.join(':')] : []), ...more]);
    if (/^#?\d+$/.test(word)) return VERBS.show!(context, [word, ...more]);
    const names = Object.keys(VERBS);
    throw new MdrError(
      'MDR_COMMAND_USAGE',
      `"${clip(word, 40)}" is nothing that breach does.${didYouMean(word, names)}`,
      `It does ${names.join(', ')}; for example: /mdr ${USAGE.examples[0]}`,
    );
  },
};
export default breach;
