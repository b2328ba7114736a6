import { addEntry, BY_US } from '../../notify/record.js';
import type { AlertEntry } from '../../store/alerts.js';
import type { TenantStore } from '../../store/index.js';
import { dispatchId } from './questions.js';
import { isLeft, recordAnswer } from './record.js';

const MAX_AT_ONCE = 200;

/**
 * Finish answers that a dead process left half recorded, end questions that nobody answered in time, and say of those that could not be
 * delivered. The entry in the alert's log has a key of its own and the question moves on last.
 * @returns numbers of the alerts whose log this added to
 */
export async function followQuestions(store: TenantStore, now: number): Promise<number[]> {
  const touched: number[] = [];
  for (const question of await store.questions.find({ state: 'answered', recorded: false }, { limit: MAX_AT_ONCE })) {
    if (!isLeft(question, now)) continue;
    await recordAnswer(store, question, () => now);
    touched.push(question.alert);
  }
  for (const question of await store.questions.find({ state: 'asked' }, { sort: { expires: 1 }, limit: MAX_AT_ONCE })) {
    const { number, alert, person, expires, revision } = question;
    const isOver = now >= expires;
    const dispatch = isOver ? null : await store.dispatches.findOne({ _id: dispatchId(question), state: 'failed' });
    if (!isOver && !dispatch) continue;
    const entry: AlertEntry = {
      ...{
        id: `unanswered-${number}-${isOver ? 'over' : 'lost'}`,
        at: now,
        ...BY_US,
        kind: 'unanswered',
        question: number,
      },
      text: isOver
        ? `${person.name} did not answer Q${number} within 24 hours.`
        : `Q${number} did not reach ${person.name}: ${dispatch?.error.slice(0, 200)}`,
    };
    const before = await store.alerts.findOne({ number: alert });
    if (before && !before.log.some(({ id }) => id === entry.id)) {
      await addEntry(store, alert, entry);
      touched.push(alert);
    }
    if (isOver)
      await store.questions.update(
        { number, revision, state: 'asked' },
        { $set: { state: 'expired' }, $inc: { revision: 1 } },
      );
  }
  return touched;
}
