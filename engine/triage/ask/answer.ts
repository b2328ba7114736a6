import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import type { Said } from '../../store/answers.js';
import type { TenantStore } from '../../store/index.js';
import type { Question } from '../../store/questions.js';
import type { By } from '../work.js';
import { isCode } from './code.js';
import { wrongQuestion } from './questions.js';
import { isLeft, recordAnswer } from './record.js';

/** Wrong codes before a code counts no more. */
export const MOST_TRIES = 5;
const ATTEMPTS = 8;

export interface Answering {
  number: number;
  said: Said;
  /** The one-time code, when the person has it. */
  code: string | null;
  /** The chat identity that it comes from. */
  identity: string;
}

/**
 * Take what a person says to a question that was put to them. The same again changes nothing. Without the code it counts as not
 * confirmed; with it, it is final, and replaces what was said without it: that may have been somebody else with their account.
 * @returns whether this changed anything
 * @throws MdrError MDR_QUESTION_UNKNOWN for everybody but the person, MDR_QUESTION_STATE, MDR_QUESTION_CODE, MDR_CONFLICT
 */
export async function answer(
  store: TenantStore,
  person: By,
  clock: Clock,
  { number, said, code, identity }: Answering,
): Promise<{ question: Question; changed: boolean }> {
  let isRight = false;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const question = await store.questions.findOne({ number, 'person.id': person.id });
    if (!question || question.state === 'draft') throw unknown(number);
    const before = question.answer;
    if (before && before.said === said && (code === null || before.confirmed)) {
      // Whoever stored it may have died before recording it.
      if (isLeft(question, clock())) await recordAnswer(store, question, clock);
      return { question, changed: false };
    }
    checkOpen(question, clock());
    if (before?.confirmed)
      throw wrongQuestion(`you said ${before.said} already, with the code.`, 'Tell your provider, if that was wrong.');
    if (before && code === null)
      throw wrongQuestion(
        `you said ${before.said} already.`,
        'To say something else, answer with the code that your provider gave you.',
      );
    if (code !== null && !isRight) {
      await useTry(store, question, code);
      isRight = true;
      continue;
    }
    const now = clock();
    const set = {
      state: 'answered' as const,
      answer: { said, at: now, identity, confirmed: isRight },
      recorded: false,
      ...(isRight && { used: now }),
    };
    const { revision } = question;
    const won = await store.questions.update(
      // A code that was replaced meanwhile is none; one that was used is used.
      { number, revision, used: null, state: { $in: ['asked', 'answered'] } },
      { $set: set, $inc: { revision: 1 } },
    );
    if (!won) continue;
    const after = { ...question, ...set, revision: revision + 1 };
    await recordAnswer(store, after, clock);
    return { question: { ...after, recorded: true }, changed: true };
  }
  throw new MdrError('MDR_CONFLICT', `question Q${number} keeps changing.`, 'Try again in a moment.');
}

const unknown = (number: number): MdrError =>
  new MdrError(
    'MDR_QUESTION_UNKNOWN',
    `there is no question Q${number} to you.`,
    'See /mdr answer for those there are.',
  );

function checkOpen({ number, state, expires }: Question, now: number): void {
  if (state === 'withdrawn') throw wrongQuestion(`question Q${number} was taken back.`, 'Nothing to do.');
  if (state === 'expired' || now >= expires)
    throw wrongQuestion(`question Q${number} is over: it could be answered for 24 hours.`, 'Call your provider.');
}

/** Count the try before looking, so that many at once are as many tries. @throws MdrError MDR_QUESTION_CODE */
async function useTry(store: TenantStore, { number, code: kept, tries }: Question, code: string): Promise<void> {
  const counted = await store.questions.update(
    { number, code: kept, used: null, tries: { $lt: MOST_TRIES } },
    { $inc: { tries: 1 } },
  );
  if (!counted)
    throw new MdrError(
      'MDR_QUESTION_CODE',
      'this code counts no more: it was tried too often, used, or replaced.',
      'Ask your provider for another one, on the telephone number that you know.',
    );
  if (await isCode(code, kept)) return;
  const left = Math.max(0, MOST_TRIES - tries - 1);
  throw new MdrError(
    'MDR_QUESTION_CODE',
    `that is not the code; ${left} ${left === 1 ? 'try is' : 'tries are'} left.`,
    'Ask your provider, on the telephone number that you know.',
  );
}
