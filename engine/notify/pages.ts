import { idOf } from '../ids.js';
import type { Alert } from '../store/alerts.js';
import type { Dispatch, Page } from '../store/dispatches.js';
import type { TenantStore } from '../store/index.js';

const MAX_PAGES = 500;
const MAX_TITLE = 300;

/**
 * Enqueue a page for each way. A page that is there already is left as it is.
 * @param key what tells this page of the alert from its others; of a case, whose alert's number is 0, also which case
 */
export async function addPages(
  store: TenantStore,
  ways: readonly string[],
  page: Page,
  key: string,
  now: number,
): Promise<void> {
  const records = ways.map(
    (name): Omit<Dispatch, 'tenant'> => ({
      _id: idOf('page', store.id, String(page.number), String(page.run), page.action, key, name),
      to: { kind: 'way', name },
      content: { kind: 'page', page },
      state: 'due',
      attempts: 0,
      due: now,
      created: now,
      ended: null,
      error: '',
    }),
  );
  await store.dispatches.insertNew(records);
}

export function pageOf(alert: Alert, run: number, action: Page['action'], at: number, reason: string): Page {
  const { number, level, score, entity, simulated } = alert;
  const title = alert.title.slice(0, MAX_TITLE);
  return { action, number, run, title, level, score, entity, at, reason, simulated };
}

/**
 * Somebody acknowledged or closed the alert: pages of this run that did not leave yet need not leave any more, and whoever got one is told.
 */
export async function followPages(
  store: TenantStore,
  number: number,
  run: number,
  action: 'acknowledge' | 'resolve',
  now: number,
): Promise<void> {
  const alert = await store.alerts.findOne({ number });
  if (!alert) return;
  const ours = { 'content.page.number': number, 'content.page.run': run, 'content.page.action': 'trigger' };
  await store.dispatches.updateMany(
    { ...ours, state: 'due' },
    { $set: { state: 'dropped', ended: now, error: `not needed any more: the alert is ${alert.state}` } },
  );
  const triggers = await store.dispatches.find(ours, { limit: MAX_PAGES });
  // One that was tried may have arrived, even when no answer came.
  const reached = triggers.filter(({ state, attempts }) => state === 'sent' || attempts > 0);
  const ways = new Set(reached.flatMap(({ to }) => (to.kind === 'way' ? [to.name] : [])));
  const last = alert.log.findLast(({ kind }) => kind === (action === 'resolve' ? 'closed' : 'acknowledged'));
  const reason = last ? `${last.text} by ${last.actorName}`.slice(0, 500) : `the alert is ${alert.state}`;
  await addPages(store, [...ways], pageOf(alert, run, action, last?.at ?? now, reason), '', now);
}
