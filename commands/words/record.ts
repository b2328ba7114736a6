import { MdrError } from '../../engine/errors.js';
import type { Alert, AlertEntry } from '../../engine/store/alerts.js';
import type { Context } from '../types.js';

/**
 * Which alerts may be shown here, as a filter. Two lanes: what nobody has triaged yet stays with the provider,
 * so elsewhere an alert is seen from its acknowledgement on.
 */
export function shown(context: Pick<Context, 'internal'>): { state?: { $ne: 'new' } } {
  return context.internal ? {} : { state: { $ne: 'new' } };
}

/** Entries that stay with the provider: its notes, and whom it called. */
const INTERNAL: readonly AlertEntry['kind'][] = ['note', 'escalated'];

/** @throws MdrError MDR_ALERT_UNKNOWN, also for an alert that may not be shown here */
export async function alertOf(context: Context, number: number): Promise<Alert> {
  const alert = await context.tenant.alerts.findOne({ $and: [{ number }, shown(context)] });
  if (!alert)
    throw new MdrError(
      'MDR_ALERT_UNKNOWN',
      `there is no alert ${number} of ${context.tenant.tenant.name}.`,
      'See /mdr alerts for those that are open.',
    );
  return context.internal ? alert : { ...alert, log: alert.log.filter(({ kind }) => !INTERNAL.includes(kind)) };
}

/** Tell the outbox that an alert has changed, so that its threads follow. Telling it twice does no harm. */
export async function changed(context: Pick<Context, 'tenant' | 'queues'>, number: number): Promise<void> {
  await context.queues.add('changes', { tenant: context.tenant.id, kind: 'alert', number });
}
