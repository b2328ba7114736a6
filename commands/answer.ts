import { SAID, type Said } from '../engine/store/answers.js';
import { answer as give } from '../engine/triage/ask/answer.js';
import { CODE } from '../engine/triage/ask/code.js';
import type { Card } from './cards/card.js';
import { answeredCard, openQuestionsCard } from './cards/question.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { changed } from './words/record.js';

const QUESTION = /^q?([1-9]\d{0,8})$/i;
const MOST_OPEN = 20;
const NAMES: Record<string, Said> = { 'not-sure': 'unsure', maybe: 'unsure', y: 'yes', n: 'no' };

const answer: Command = {
  name: 'answer',
  summary: 'Answer a question that was put to you, with the code that confirms it; without words, what you are asked.',
  usage: 'answer [question] [yes | no | unsure] [code]',
  examples: ['answer', 'answer Q3 no', 'answer Q3 no 123456'],
  details: [
    'Only you can answer what you were asked. The number may be left out when there is one question.',
    'The code has six digits; your provider gives it to you by another way, such as a call. It can be tried five times.',
    'Without it your answer counts for little. With it your answer is final, and replaces what was said without it.',
  ],
  related: ['help'],
  role: 'viewer',
  form: {
    title: 'Answer with a code',
    fields: [
      { name: 'question', label: 'Question', kind: 'text', optional: true, hint: 'Q3; empty for the only one' },
      {
        name: 'said',
        label: 'Was this you?',
        kind: 'select',
        choices: [
          { value: 'yes', label: 'Yes, that was me' },
          { value: 'no', label: 'No, not me' },
          { value: 'unsure', label: 'Not sure' },
        ],
      },
      { name: 'code', label: 'Code', kind: 'text', hint: '123456' },
    ],
  },
  async run(context, args) {
    const words = [...args];
    const number = words.length > 1 || /^q/i.test(words[0] ?? '') ? takeQuestion(words) : null;
    const [word, code, ...more] = words;
    if (word === undefined && number === null) return open(context);
    const typed = word?.toLowerCase() ?? '';
    const said = SAID.find((each) => each === typed) ?? NAMES[typed];
    if (!said || more.length > 0) throw wrongUsage(answer, `"${clip(typed, 40)}" is none of yes, no and unsure.`);
    // Codes are read out in groups.
    const digits = code?.replace(/[\s-]/g, '') ?? null;
    if (digits !== null && !CODE.test(digits)) throw wrongUsage(answer, 'a code has six digits.');
    const { tenant, person, clock } = context;
    const by = { id: person._id, name: person.name };
    const identity = context.place?.identity ?? person.identities[0] ?? '';
    const asked = number ?? (await onlyOne(context));
    const { question, changed: isNew } = await give(tenant, by, clock, { number: asked, said, code: digits, identity });
    // The alert's thread follows, also when the one before this died.
    await changed(context, question.alert);
    return answeredCard(question, isNew);
  },
};
export default answer;

/** Takes the number from the front. */
function takeQuestion(words: string[]): number | null {
  const digits = QUESTION.exec(words[0] ?? '')?.[1];
  if (digits === undefined) return null;
  words.shift();
  return Number(digits);
}

const openTo = ({ tenant, person, clock }: Context) =>
  tenant.questions.find(
    { 'person.id': person._id, state: { $in: ['asked', 'answered'] }, used: null, expires: { $gt: clock() } },
    { sort: { number: 1 }, limit: MOST_OPEN },
  );

const open = async (context: Context): Promise<Card> => openQuestionsCard(await openTo(context), context.tenant.tenant);

/** @throws MdrError MDR_COMMAND_USAGE */
async function onlyOne(context: Context): Promise<number> {
  const [first, second] = await openTo(context);
  if (first && !second) return first.number;
  throw wrongUsage(answer, first ? 'which question? You have several.' : 'nothing is asked of you.');
}
