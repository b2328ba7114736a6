import { MdrError } from '../engine/errors.js';
import type { Person } from '../engine/store/people.js';
import { draft, newCode, send, withdraw } from '../engine/triage/ask/questions.js';
import { defaultQuestion } from '../engine/triage/ask/words.js';
import type { Card } from './cards/card.js';
import { draftCard, newCodeCard, questionsCard, sentCard } from './cards/question.js';
import type { Command, Context } from './types.js';
import { clip, takeNumber, wrongUsage } from './words/arguments.js';
import { match } from './words/person.js';
import { inProviderLane, need } from './words/preconditions.js';
import { alertOf, changed } from './words/record.js';
import { didYouMean } from './words/suggest.js';

const QUESTION = /^q([1-9]\d{0,8})$/i;
const MOST_LISTED = 50;

const ask: Command = {
  name: 'ask',
  summary: "Ask one of the customer's people whether what an alert is about was them.",
  usage: 'ask [n] <person> [question…]',
  examples: ['ask 12 carla', 'ask 12 carla Did you sign in to dc01 at 02:13?', 'ask 12', 'ask Q3 code'],
  details: [
    'It goes to the person alone, with buttons for yes, no and not sure. Without a question, one is made from the alert.',
    'For an alert that is not published you are shown exactly what they will read first, and have to press a button.',
    'You get a code of six digits. Give it to them by another way, such as a call: an answer without it counts for little.',
    'The answer goes into the alert, the evidence and the score. It can be given for 24 hours.',
    'ask Q3 code makes another code, ask Q3 withdraw takes a question back that nobody answered; ask 12 lists those of an alert.',
  ],
  related: ['alert', 'publish', 'answer'],
  role: 'analyst',
  form: {
    title: 'Ask a person',
    alert: true,
    internal: true,
    fields: [
      { name: 'person', label: 'Who', kind: 'person' },
      {
        name: 'question',
        label: 'Question',
        kind: 'text',
        optional: true,
        long: true,
        hint: 'Did you sign in at 02:13?',
      },
    ],
  },
  async run(context, args) {
    need(provider, context);
    const question = QUESTION.exec(args[0] ?? '')?.[1];
    if (question !== undefined) return onQuestion(context, Number(question), args[1]?.toLowerCase() ?? 'send');
    const { number, rest } = takeNumber(ask, context, args);
    const alert = await alertOf(context, number);
    const [who, ...words] = rest;
    if (who === undefined) {
      const found = await context.tenant.questions.find({ alert: number }, { sort: { number: 1 }, limit: MOST_LISTED });
      return questionsCard(number, found, context.tenant.tenant, context.clock());
    }
    const person = await employeeCalled(context, who);
    const text = words.join(' ').trim() || (await defaultQuestion(context.tenant, alert));
    const written = await draft(context.tenant, { alert, person, by: byOf(context), text, clock: context.clock });
    return alert.published ? sendIt(context, written.number) : draftCard(written, context.tenant.tenant);
  },
};
export default ask;

const provider = inProviderLane(
  () =>
    new MdrError(
      'MDR_FORBIDDEN',
      "questions are put by the provider's people, in the provider's own channels.",
      'Ask there.',
    ),
);
const byOf = ({ person }: Context) => ({ id: person._id, name: person.name });

async function onQuestion(context: Context, number: number, what: string): Promise<Card> {
  const { tenant, clock } = context;
  if (what === 'send') return sendIt(context, number);
  if (what === 'code') {
    const { question, code } = await newCode(tenant, number, clock);
    return newCodeCard(question, code);
  }
  if (what !== 'withdraw') throw wrongUsage(ask, `"${clip(what, 40)}" is none of send, code and withdraw.`);
  const question = await withdraw(tenant, number);
  return {
    title: `Q${number} is taken back`,
    tone: 'ok',
    blocks: [{ kind: 'note', text: ['Next: ', { code: `/mdr ask ${question.alert}` }, ' lists those of the alert.'] }],
  };
}

async function sendIt(context: Context, number: number): Promise<Card> {
  const { tenant, queues, clock } = context;
  const { question, dispatch, code } = await send(tenant, number, byOf(context), clock);
  // Also when it was there: whoever stored it may have died before saying so.
  if (dispatch) await queues.add('dispatches', { tenant: tenant.id, id: dispatch });
  await changed(context, question.alert);
  return sentCard(question, code, tenant.tenant);
}

/** @throws MdrError MDR_COMMAND_USAGE when it is nobody of the customer, or several */
async function employeeCalled(context: Context, word: string): Promise<Person> {
  const able = (await context.people()).filter(({ side }) => side === 'customer');
  const found = match(able, word);
  if (found.length === 1) return found[0]!;
  const called = clip(word, 60);
  if (found.length > 1) throw wrongUsage(ask, `"${called}" could be ${found.map(({ name }) => name).join(' or ')}.`);
  const names = able.map(({ name }) => name);
  throw wrongUsage(
    ask,
    `none of the customer's people is called "${called}".${didYouMean(word.replace(/^@/, ''), names)}`,
  );
}
