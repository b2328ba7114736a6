import { createTwoFilesPatch } from 'diff';
import type { Clock } from '../../clock.js';
import type { Alert } from '../../store/alerts.js';
import type { Case } from '../../store/cases.js';
import type { TenantStore } from '../../store/index.js';
import type { Lesson } from '../../store/lessons.js';
import { relatedCases } from '../case/related.js';
import { ownLibrary } from '../playbook/load.js';
import { draftOf } from './draft.js';
import { ownTexts } from './files.js';
import { keepLessons } from './keep.js';
import { propose } from './propose.js';
import type { Review, RunFacts } from './types.js';

const MOST_ALIKE = 8;

/** The case's alerts; those that may be shown where somebody asks. */
export const alertsOf = (store: TenantStore, { alerts }: Pick<Case, 'alerts'>, shown: object = {}): Promise<Alert[]> =>
  store.alerts.find({ $and: [{ number: { $in: alerts } }, shown] }, { sort: { number: 1 }, limit: alerts.length || 1 });

/**
 * What the case teaches for playbooks, kept as proposals: changes of the one that it was run by and of its parts; or, where nothing was run,
 * a new one drafted from it and from cases like it.
 */
export async function learnFrom(
  store: TenantStore,
  record: Case,
  review: Review,
  run: RunFacts | null,
  by: Lesson['by'],
  clock: Clock,
): Promise<Lesson[]> {
  const library = await ownLibrary();
  const { number } = record;
  const { tenant } = store;
  if (run)
    return keepLessons(store, number, propose(record, review, run, await ownTexts(), library, tenant), by, clock);
  const alike = (await relatedCases(store, record, MOST_ALIKE)).filter(({ state }) => state === 'closed');
  const others = await store.cases.find({ number: { $in: alike.map((one) => one.number) } });
  const closed = others.filter(({ type, simulated }) => type === record.type && simulated === record.simulated);
  const draft = draftOf([record, ...closed], library, tenant);
  if (!draft) return [];
  const path = `playbooks/${draft.playbook}.yaml`;
  const diff = createTwoFilesPatch('/dev/null', `b/${path}`, '', draft.after, undefined, undefined, { context: 3 });
  return keepLessons(store, number, [{ ...draft, version: null, diff, left: [] }], by, clock);
}
