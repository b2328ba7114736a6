import { compare } from '../../engine/respond/learn/compare.js';
import { alertsOf } from '../../engine/respond/learn/review.js';
import { runOfCase } from '../../engine/respond/learn/runs.js';
import { forCustomersEyes } from '../cards/customer.js';
import { caseFor } from '../case/words.js';
import type { Context } from '../types.js';
import { shown } from '../words/record.js';

/** What there is to be looked at, as far as it may be shown here: a customer gets nothing of runs. */
export async function look(context: Context, number: number) {
  const record = await caseFor(context, number);
  const found = await alertsOf(context.tenant, record, shown(context));
  const alerts = context.internal ? found : found.map(forCustomersEyes);
  const run = context.internal ? await runOfCase(context.tenant, record) : null;
  return { record, alerts, run, result: compare(record, alerts, run, context.clock()) };
}
export type Seen = Awaited<ReturnType<typeof look>>;
