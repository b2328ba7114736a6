import { alertsPublished, withoutInternal } from '../../commands/case/customer.js';
import { asking, caseFor, told } from '../../commands/case/words.js';
import type { Context } from '../../commands/types.js';
import { MdrError } from '../../engine/errors.js';
import { canonical, idOf } from '../../engine/ids.js';
import { isDone } from '../../engine/respond/case/change.js';
import { changeCase } from '../../engine/respond/case/save.js';
import type { Change } from '../../engine/respond/case/types.js';
import type { Case, CaseEntry } from '../../engine/store/cases.js';
import { caseView } from './shapes.js';
import type { Answer } from './types.js';

/** The tag of what is shown: who sees more has another one, and what they may not see does not change it. */
export const tagOf = (view: unknown): string => `"${idOf('etag', canonical(view))}"`;

export const stale = (): MdrError =>
  new MdrError('MDR_STALE', 'It is not what you read any more.', 'Read it again, and decide anew.');

export const caseAnswer = ({ internal }: Context, record: Case): Answer => {
  const body = caseView(record, internal);
  return { body, etag: tagOf(body) };
};

/**
 * Change a case as it was read: of two who read the same, the second one's tag is stale. The same request again is what it was the first
 * time, however the case looks by now.
 * @throws MdrError MDR_CASE_UNKNOWN, MDR_STALE, and what the change throws
 */
export async function changeRead(
  context: Context,
  number: number,
  ifMatch: string | null,
  change: Change | ((record: Case) => Change),
): Promise<{ record: Case; entries: readonly CaseEntry[] }> {
  await caseFor(context, number);
  const request = context.request!;
  const published = context.internal ? [] : await alertsPublished(context.tenant, await caseFor(context, number));
  const seen = (record: Case) => (context.internal ? record : withoutInternal(record, published));
  const { record, entries } = await changeCase(context.tenant, number, asking(context), (present) => {
    if (ifMatch !== null && !isDone(present, request) && tagOf(caseView(seen(present), context.internal)) !== ifMatch)
      throw stale();
    return typeof change === 'function' ? change(present) : change;
  });
  await told(context, number);
  return { record: seen(record), entries };
}
