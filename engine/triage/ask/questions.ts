import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { Alert } from '../../store/alerts.js';
import type { TenantStore } from '../../store/index.js';
import type { Person } from '../../store/people.js';
import type { Question } from '../../store/questions.js';
import { type By, change } from '../work.js';
import { makeCode } from './code.js';
import { clean, leakIn, MAX_QUESTION } from './words.js';

export const OPEN_MS = 24 * 3_600_000;
/** Questions of one alert, open ones to one person, codes of one question. */
const MOST_OF_ALERT = 20;
const MOST_OPEN = 5;
const MOST_CODES = 5;
/** Surfaces on which a person can be written to alone. */
const REACHED = /^(?:slack|discord):/;

const bad = (message: string, hint: string) => new MdrError('MDR_QUESTION_BAD', message, hint);
export const wrongQuestion = (message: string, hint: string) => new MdrError('MDR_QUESTION_STATE', message, hint);

/**
 * Write a question down, not sent yet.
 * @throws MdrError MDR_QUESTION_BAD: not one of the customer's people, too much asked, too long, or it tells what is the provider's own
 */
export async function draft(
  store: TenantStore,
  { alert, person, by, text, clock }: { alert: Alert; person: Person; by: By; text: string; clock: Clock },
): Promise<Question> {
  if (person.side !== 'customer')
    throw bad(`${person.name} is one of the provider's people.`, "Ask one of the customer's people.");
  const words = clean(text, MAX_QUESTION + 1);
  if (words.length < 3 || words.length > MAX_QUESTION)
    throw bad(`a question has 3 to ${MAX_QUESTION} characters.`, 'Ask for one thing: was this you?');
  const leak = leakIn(words, alert);
  if (leak)
    throw bad(`the question would tell the customer ${leak}.`, 'Say what happened, where and when, and no more.');
  const [ofAlert, open] = await Promise.all([
    store.questions.count({ alert: alert.number }),
    store.questions.count({ 'person.id': person._id, state: 'asked' }),
  ]);
  if (ofAlert >= MOST_OF_ALERT || open >= MOST_OPEN)
    throw bad(
      ofAlert >= MOST_OF_ALERT
        ? `alert ${alert.number} has ${ofAlert} questions already.`
        : `${person.name} has ${open} open questions already.`,
      'Withdraw one with `ask Q1 withdraw`, or call them.',
    );
  const number = await store.nextNumber('question');
  const now = clock();
  const record: Omit<Question, 'tenant'> = {
    _id: idOf('question', store.id, String(number)),
    ...{ number, alert: alert.number, state: 'draft', text: words },
    person: { id: person._id, name: person.name },
    by: { id: by.id, name: by.name },
    to: person.identities.find((identity) => REACHED.test(identity)) ?? null,
    ...{ code: '', codes: 0, tries: 0, used: null, created: now, expires: now + OPEN_MS },
    ...{ answer: null, recorded: true, revision: 1 },
  };
  await store.questions.insert(record);
  return { ...record, tenant: store.id };
}

/** @throws MdrError MDR_QUESTION_UNKNOWN */
export async function questionOf(store: TenantStore, number: number): Promise<Question> {
  const found = await store.questions.findOne({ number });
  if (found) return found;
  throw new MdrError('MDR_QUESTION_UNKNOWN', `there is no question Q${number} of ${store.tenant.name}.`, ASK_HINT);
}
const ASK_HINT = 'See `ask 12` for those of alert 12.';

/**
 * Send a draft: from here on the customer's person sees it. Sent already, nothing happens.
 * @returns the question, the dispatch that carries it (null: there is no way to the person), and the one-time code, which is kept nowhere;
 *   null when it was sent before
 * @throws MdrError MDR_QUESTION_UNKNOWN, MDR_QUESTION_STATE; of `change`
 */
export async function send(
  store: TenantStore,
  number: number,
  by: By,
  clock: Clock,
): Promise<{ question: Question; dispatch: string | null; code: string | null }> {
  const question = await questionOf(store, number);
  if (question.state !== 'draft') {
    if (question.state === 'asked')
      return { question, dispatch: await dispatchFor(store, question, clock()), code: null };
    throw wrongQuestion(`question Q${number} is ${question.state}.`, 'Ask anew.');
  }
  const now = clock();
  const { code, kept } = await makeCode();
  const set = { state: 'asked' as const, code: kept, codes: 1, created: now, expires: now + OPEN_MS };
  const { revision } = question;
  const won = await store.questions.update({ number, state: 'draft', revision }, { $set: set, $inc: { revision: 1 } });
  if (!won) return send(store, number, by, clock);
  const sent = { ...question, ...set, revision: revision + 1 };
  await change(store, question.alert, by, clock, ({ log }) => {
    const done = log.find((entry) => entry.kind === 'asked' && entry.question === number);
    if (done) return { done };
    return {
      kind: 'asked',
      text: `Asked ${question.person.name} (Q${number}): ${question.text}`,
      more: { question: number },
    };
  });
  return { question: sent, dispatch: await dispatchFor(store, sent, now), code };
}

/** The message to the person, once. */
async function dispatchFor(store: TenantStore, question: Question, now: number): Promise<string | null> {
  const [, surface, user] = /^([a-z]+):(.+)$/.exec(question.to ?? '') ?? [];
  if (!surface || !user) return null;
  const { number, text, by, expires } = question;
  const _id = dispatchId(question);
  await store.dispatches.insert({
    _id,
    to: { kind: 'person', surface, user },
    content: { kind: 'question', question: { number, text, by: by.name, expires } },
    ...{ state: 'due', attempts: 0, due: now, created: now, ended: null, error: '' },
  });
  return _id;
}
export const dispatchId = ({ tenant, number }: Question): string => idOf('question', tenant, String(number), 'message');

/** Another code instead of the one before. @throws MdrError MDR_QUESTION_UNKNOWN, MDR_QUESTION_STATE */
export async function newCode(
  store: TenantStore,
  number: number,
  clock: Clock,
): Promise<{ question: Question; code: string }> {
  const question = await questionOf(store, number);
  const { state, used, codes, expires, revision } = question;
  if ((state !== 'asked' && state !== 'answered') || used !== null || clock() >= expires)
    throw wrongQuestion(
      `question Q${number} takes no code any more: it is ${stateWord(question, clock())}.`,
      'Ask anew.',
    );
  if (codes >= MOST_CODES) throw wrongQuestion(`question Q${number} has had ${codes} codes.`, 'Ask anew.');
  const { code, kept } = await makeCode();
  const set = { code: kept, codes: codes + 1, tries: 0 };
  const won = await store.questions.update({ number, revision, used: null }, { $set: set, $inc: { revision: 1 } });
  return won ? { question: { ...question, ...set, revision: revision + 1 }, code } : newCode(store, number, clock);
}

/** Take a question back that nobody has answered. @throws MdrError MDR_QUESTION_UNKNOWN, MDR_QUESTION_STATE */
export async function withdraw(store: TenantStore, number: number): Promise<Question> {
  const open = { number, state: { $in: ['draft' as const, 'asked' as const] } };
  await store.questions.update(open, { $set: { state: 'withdrawn' }, $inc: { revision: 1 } });
  const question = await questionOf(store, number);
  if (question.state === 'withdrawn') {
    const gone = { state: 'dropped' as const, error: 'the question was withdrawn' };
    await store.dispatches.update({ _id: dispatchId(question), state: 'due' }, { $set: gone });
    return question;
  }
  throw wrongQuestion(`question Q${number} is ${question.state}.`, 'What was answered or is over stays as it is.');
}

export const stateWord = ({ state, expires, used }: Question, now: number): string => {
  if (state === 'asked' && now >= expires) return 'expired';
  return used !== null ? 'answered and confirmed' : state;
};
