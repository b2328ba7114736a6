import type { Alert, AlertEntry, AlertState } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { MAX_ENTRIES } from '../triage/work.js';

const ATTEMPTS = 12;

export const BY_US = { actor: 'mdr', actorName: 'mdr' } as const;

/**
 * Add an entry to an alert's log, from where it reaches the alert's threads. An entry with this id that is there already is enough.
 * @param only do it only while the alert is in this state
 * @returns the alert with the entry; null when there is no such alert, it has left the state, or its log is full
 */
export async function addEntry(
  store: TenantStore,
  number: number,
  entry: AlertEntry,
  only?: AlertState,
): Promise<Alert | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const alert = await store.alerts.findOne({ number });
    if (!alert) return null;
    if (alert.log.some(({ id }) => id === entry.id)) return alert;
    if ((only && alert.state !== only) || alert.log.length >= MAX_ENTRIES) return null;
    const written = await store.alerts.update(
      { number, revision: alert.revision },
      { $push: { log: entry }, $set: { updated: Math.max(entry.at, alert.updated) }, $inc: { revision: 1 } },
    );
    if (written) return { ...alert, log: [...alert.log, entry], revision: alert.revision + 1 };
  }
  throw new Error(`alert ${number} keeps changing; its entry ${entry.id} will be tried again`);
}
