import { MdrError } from '../../engine/errors.js';
import { decideLesson } from '../../engine/respond/learn/keep.js';
import type { Card } from '../cards/card.js';
import { lessonCard, refusalWords } from '../cards/review.js';
import type { Context } from '../types.js';
import { and, atLeast, inProviderLane, need } from '../words/preconditions.js';

export const provider = inProviderLane<Context>(
  () => new MdrError('MDR_FORBIDDEN', "playbooks are the provider's own.", "Ask in one of the provider's channels."),
);
export const mayPropose = atLeast<Context>(
  'analyst',
  ({ role }) =>
    new MdrError(
      'MDR_FORBIDDEN',
      `proposing changes of playbooks needs the role analyst; you are ${role}.`,
      'Ask an analyst.',
    ),
);
/** Playbooks are for the cases of all tenants. */
export const mayDecide = and<Context>(
  provider,
  atLeast(
    'lead',
    ({ role }) =>
      new MdrError('MDR_FORBIDDEN', `what stands in playbooks is decided by a lead; you are ${role}.`, 'Ask a lead.'),
  ),
);

/** Accept a proposal, or refuse it with a reason. */
export async function decide(
  context: Context,
  number: number,
  verb: 'accept' | 'refuse',
  words: string,
): Promise<Card> {
  need(mayDecide, context);
  const { tenant, person, clock } = context;
  const by = { id: person._id, name: person.name };
  const reason = verb === 'refuse' ? refusalWords(words) : words;
  const { lesson } = await decideLesson(tenant, number, verb === 'accept' ? 'accepted' : 'refused', {
    by,
    reason,
    clock,
  });
  return lessonCard(lesson, tenant.tenant, true);
}
