import type { Clock } from '../../clock.js';
import { idOf } from '../../ids.js';
import type { Said } from '../../store/alerts.js';
import type { AlertAnswer } from '../../store/answers.js';
import type { TenantStore } from '../../store/index.js';
import type { Question } from '../../store/questions.js';
import { score } from '../score.js';
import { verdictsOf } from '../trust.js';
import { change } from '../work.js';

/** Answers that an alert keeps: more than it may have questions, each answered twice. */
const MOST_ANSWERS = 50;
const MOST_BYTES = 16 * 1024;
/** Whoever took an answer records it within this time, or has died. */
const RECORDING_MS = 30_000;

/** Whether an answer was left half recorded. @param now epoch ms */
export const isLeft = ({ recorded, answer }: Question, now: number): boolean =>
  !recorded && answer !== null && now - answer.at > RECORDING_MS;

/**
 * Write an answer into the evidence and the alert: its own words with their hash, an entry in the log, and what it does to the score.
 * Each part has a key of its own, so that doing it again, after a crash half-way, adds nothing.
 */
export async function recordAnswer(store: TenantStore, question: Question, clock: Clock): Promise<void> {
  const { answer, number, person, text, alert: of } = question;
  if (!answer) return;
  const { said, at, identity, confirmed } = answer;
  const _id = idOf('answer', store.id, String(number), said, String(confirmed));
  const how = confirmed ? 'confirmed with the code' : 'not confirmed by a second channel';
  const message: Said = {
    ...{ surface: identity.split(':')[0] ?? '', channel: '', message: `Q${number}`, at, link: '', internal: true },
    ...{ author: person.id, authorName: person.name, text: said },
  };
  let evidence = await store.evidence.findOne({ _id });
  if (!evidence) {
    const content = JSON.stringify({
      ...{ tenant: store.id, alert: of, question: number, asked: { text, by: question.by, at: question.created } },
      answer: { said, at, person, identity, confirmed },
    });
    const kept = await store.blobs.put(_id, bytesOf(content), MOST_BYTES);
    const name = `answer-Q${number}-${confirmed ? 'confirmed' : 'unconfirmed'}.json`;
    const record = { _id, alert: of, name, type: 'application/json', ...kept };
    await store.evidence.insert({ ...record, by: person.id, byName: person.name, said: message, kept: clock() });
    evidence = await store.evidence.findOne({ _id });
  }
  const verdicts = await verdictsOf(store);
  await change(store, of, person, clock, (alert) => {
    const done = alert.log.find((entry) => entry.kind === 'answered' && entry.evidence === _id);
    if (done) return { done };
    const given: AlertAnswer = { question: number, person: person.id, name: person.name, said, confirmed, at };
    const answers = [...(alert.answers ?? []), given].slice(-MOST_ANSWERS);
    const judged = score({ ...alert, answers }, { profile: store.tenant.profile, verdicts });
    return {
      kind: 'answered',
      text: `Q${number} “${text}”: ${said}, ${how}. SHA-256 ${evidence?.sha256 ?? ''}`,
      more: { question: number, evidence: _id },
      set: { answers, ...judged },
    };
  });
  await store.questions.update({ number, revision: question.revision }, { $set: { recorded: true } });
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
