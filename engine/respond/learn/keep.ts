import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.js';
import { MdrError } from '../../errors.js';
import { idOf } from '../../ids.js';
import type { TenantStore } from '../../store/index.js';
import type { Lesson } from '../../store/lessons.js';
import { bounded, MAX_REASON } from '../case/text.js';
import { sha256 } from '../playbook/hash.js';
import type { Proposed } from './propose.js';

const ATTEMPTS = 10;
type By = Lesson['by'];

/**
 * Keep proposals of a case. What was proposed before with the same text is what it was then, decided or not.
 * @returns each as it is kept
 */
export async function keepLessons(
  store: TenantStore,
  number: number,
  proposed: readonly (Omit<Proposed, 'version'> & { version: string | null })[],
  by: By,
  clock: Clock,
): Promise<Lesson[]> {
  const kept: Lesson[] = [];
  for (const { playbook, version, after, diff, reasons, left } of proposed) {
    const _id = idOf('lesson', store.id, String(number), playbook, sha256(after));
    const known = await store.lessons.findOne({ _id });
    if (!known)
      await store.lessons.insert({
        ...{
          _id,
          number: await store.nextNumber('lesson'),
          case: number,
          playbook,
          version,
          after,
          diff,
          reasons,
          left,
        },
        ...{ state: 'open', by, created: clock(), revision: 1 },
      });
    // Of two who ask at once one is kept.
    const found = known ?? (await store.lessons.findOne({ _id }));
    if (found) kept.push(found);
  }
  return kept;
}

/** @throws MdrError MDR_LESSON_UNKNOWN */
export async function lessonOf(store: TenantStore, number: number): Promise<Lesson> {
  const found = await store.lessons.findOne({ number });
  if (found) return found;
  throw new MdrError(
    'MDR_LESSON_UNKNOWN',
    `there is no proposal L${number} of ${store.tenant.name}.`,
    'See /mdr review <case> for those that there are.',
  );
}

/**
 * A person accepts or refuses a proposal; each with a reason in their words, refusing never without one. Whoever proposed it does not accept
 * it: a playbook runs at all tenants, and somebody else has looked at what stands in it.
 * @throws MdrError MDR_LESSON_UNKNOWN, MDR_FORBIDDEN, MDR_LESSON_STATE when it was decided the other way, MDR_CONFLICT
 */
export function decideLesson(
  store: TenantStore,
  number: number,
  to: 'accepted' | 'refused',
  { by, reason: given, clock }: { by: By; reason: string; clock: Clock },
): Promise<{ lesson: Lesson; changed: boolean }> {
  const reason = bounded(given, MAX_REASON);
  return change(store, number, (lesson) => {
    if (lesson.state === to) return null;
    if (lesson.state !== 'open')
      throw new MdrError(
        'MDR_LESSON_STATE',
        `L${number} was ${lesson.state} by ${lesson.decided?.by.name ?? 'somebody'}.`,
        'What was decided stays: review the case again for another proposal.',
      );
    if (to === 'accepted' && lesson.by.id === by.id)
      throw new MdrError('MDR_FORBIDDEN', 'nobody accepts what they proposed themselves.', 'Ask another lead.');
    if (to === 'refused' && reason === '')
      throw new MdrError('MDR_LESSON_STATE', 'why not? It stays on the record.', 'Say it in a few words.');
    return { state: to, decided: { at: clock(), by, reason } };
  });
}

/** Say that an accepted one stands in the file now. @throws MdrError MDR_LESSON_UNKNOWN, MDR_LESSON_STATE, MDR_CONFLICT */
export function markApplied(store: TenantStore, number: number, by: string, clock: Clock) {
  return change(store, number, (lesson) => {
    needAccepted(lesson);
    return lesson.applied ? null : { applied: { at: clock(), by } };
  });
}

/** @throws MdrError MDR_LESSON_STATE */
export function needAccepted({ number, state }: Lesson): void {
  if (state === 'accepted') return;
  throw new MdrError('MDR_LESSON_STATE', `L${number} is ${state}.`, `Accept it first: /mdr review accept L${number}.`);
}

async function change(store: TenantStore, number: number, make: (lesson: Lesson) => Partial<Lesson> | null) {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const lesson = await lessonOf(store, number);
    const set = make(lesson);
    if (!set) return { lesson, changed: false };
    const after = { ...lesson, ...set, revision: lesson.revision + 1 };
    const { revision } = lesson;
    if (await store.lessons.update({ number, revision }, { $set: { ...set, revision: revision + 1 } }))
      return { lesson: after, changed: true };
    await sleep(Math.random() * 15 * attempt);
  }
  throw new MdrError('MDR_CONFLICT', `L${number} was changed by others meanwhile.`, 'Try again in a moment.');
}
