import { MdrError } from '../../engine/errors.js';
import type { Alert } from '../../engine/store/alerts.js';
import { forCustomersEyes } from '../cards/customer.js';
import type { Context } from '../types.js';

/** Which alerts may be shown here, as a filter. Two lanes: the customer's is shown what was published, and nothing else. */
export function shown(context: Pick<Context, 'internal'>): { published?: { $exists: true } } {
  return context.internal ? {} : { published: { $exists: true } };
}

/** @throws MdrError MDR_ALERT_UNKNOWN, also for an alert that may not be shown here */
export async function alertOf(context: Context, number: number): Promise<Alert> {
  const alert = await context.tenant.alerts.findOne({ $and: [{ number }, shown(context)] });
  if (!alert)
    throw new MdrError(
      'MDR_ALERT_UNKNOWN',
      `there is no alert ${number} of ${context.tenant.tenant.name}.`,
      'See /mdr alerts for those that are open.',
    );
  return context.internal ? alert : forCustomersEyes(alert);
}

/** Tell the outbox that an alert has changed, so that its threads follow. Telling it twice does no harm. */
export async function changed(context: Pick<Context, 'tenant' | 'queues'>, number: number): Promise<void> {
  await context.queues.add('changes', { tenant: context.tenant.id, kind: 'alert', number });
}
