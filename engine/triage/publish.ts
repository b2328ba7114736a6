import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Alert } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { type By, change, lastOf, type Outcome, wrongState } from './work.js';

/** The alert is not the one that was looked at. */
class Unseen extends Error {}

/**
 * Show it to the customer from now on.
 * @param isAsSeen whether the alert as it is written is the one that the person has looked at
 * @returns null when it is another one by now: then nothing was written
 * @throws MdrError MDR_ALERT_UNKNOWN, MDR_CONFLICT, MDR_ALERT_STATE for an alert that nobody has triaged
 */
export async function publish(
  store: TenantStore,
  number: number,
  by: By,
  clock: Clock,
  isAsSeen: (alert: Alert) => boolean,
): Promise<Outcome | null> {
  try {
    return await change(store, number, by, clock, (alert, now) => {
      if (alert.state === 'new')
        throw wrongState(alert, 'published', 'What nobody has triaged stays with the provider: acknowledge it first.');
      const done = alert.published && lastOf(alert, 'published');
      if (done) return { done };
      if (!isAsSeen(alert)) throw new Unseen();
      const text = 'Published: the customer is shown it from now on';
      return { kind: 'published', text, set: { published: { at: now, by } } };
    });
  } catch (error) {
    if (error instanceof Unseen) return null;
    throw error;
  }
}
/** Tell the customer nothing more of it; what was said stays said. @throws MdrError as `close` */
export function unpublish(store: TenantStore, number: number, by: By, clock: Clock): Promise<Outcome> {
  return change(store, number, by, clock, (alert) => {
    if (alert.published)
      return { kind: 'unpublished', text: 'No further updates for the customer', unset: ['published'] };
    const done = lastOf(alert, 'unpublished');
    if (done) return { done };
    throw new MdrError(
      'MDR_ALERT_STATE',
      `alert ${alert.number} is not published.`,
      'Nothing to take back: the customer has not been shown it.',
    );
  });
}
