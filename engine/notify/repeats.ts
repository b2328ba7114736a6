import type { Alert } from '../store/alerts.js';
import type { TenantStore } from '../store/index.js';
import { addEntry, BY_US } from './record.js';

/** How often something came again is told each time at first, then every tenth and every hundredth time: a thread stays readable. */
const isTold = (count: number): boolean => count <= 10 || (count <= 100 ? count % 10 === 0 : count % 100 === 0);

/**
 * Say in the log of the earlier alert that it came again, once for each repeat.
 * @returns whether that alert has the entry now
 */
export async function tellRepeat(
  store: TenantStore,
  alert: Pick<Alert, 'number' | 'title'>,
  of: number,
  now: number,
): Promise<boolean> {
  const id = `repeated-${alert.number}`;
  if ((await store.alerts.count({ number: of, 'log.id': id })) > 0) return true;
  const earlier = { of, how: 'repeat', number: { $lte: alert.number } } as const;
  // A repeat is counted once, in however many channels it is told.
  const numbers = (await store.notifications.find(earlier, { limit: 5000 })).map(({ number }) => number);
  const count = new Set(numbers).size;
  if (!isTold(count)) return false;
  const text = `Alert ${alert.number} is the same again: ${alert.title}. Repeat ${count} of this alert; it has no thread of its own.`;
  return (await addEntry(store, of, { id, at: now, ...BY_US, kind: 'repeated', text })) !== null;
}
