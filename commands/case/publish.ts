import { idOf } from '../../engine/ids.js';
import { CaseStateError } from '../../engine/respond/case/error.js';
import { caseOf } from '../../engine/respond/case/join.js';
import { changeCase } from '../../engine/respond/case/save.js';
import type { Case } from '../../engine/store/cases.js';
import type { Card } from '../cards/card.js';
import { customerCaseCard } from '../cards/caselog.js';
import { previewCard } from '../cards/preview.js';
import type { Context } from '../types.js';
import { alertsPublished } from './customer.js';
import { asking, caseFor, done, shownDone, takeCase, told, type Verb, wrongCase } from './words.js';

const DIGEST = /^[0-9a-f]{32}$/;

/** The case is not the one that was looked at. */
class Unseen extends Error {}

export const publish: Verb = {
  name: 'publish',
  usage: '[n]',
  example: 'case publish 4',
  says: "shows it to the customer: first a preview of exactly what they will see, then it is posted in the customer's channels",
  role: 'analyst',
  async run(context, args) {
    const { number, rest } = takeCase(publish, context, args);
    const [seen, ...more] = rest;
    if (more.length > 0 || (seen !== undefined && !DIGEST.test(seen)))
      throw wrongCase(publish, 'publishing takes no further words.');
    const record = await caseFor(context, number);
    if (record.state === 'new')
      throw new CaseStateError(
        record,
        `case ${number} is new; it cannot be published.`,
        'What nobody has triaged stays with the provider: move it to triage first.',
      );
    if (seen === undefined || record.published) return preview(context, record, false);
    const { tenant } = context;
    const published = await alertsPublished(context.tenant, record);
    try {
      const applied = await changeCase(tenant, number, asking(context), (present) => {
        if (digestOf(context, present, published) !== seen) throw new Unseen();
        return { kind: 'publish' };
      });
      await told(context, number);
      return shownDone(context, applied);
    } catch (error) {
      if (!(error instanceof Unseen)) throw error;
      return preview(context, await caseOf(tenant, number), true);
    }
  },
};

export const unpublish: Verb = {
  name: 'unpublish',
  usage: '[n]',
  example: 'case unpublish 4',
  says: 'tells the customer nothing more of it; what was said stays said',
  role: 'analyst',
  run(context, args) {
    const { number, rest } = takeCase(unpublish, context, args);
    if (rest.length > 0) throw wrongCase(unpublish, 'it takes no further words.');
    return done(context, number, { kind: 'unpublish' });
  },
};

/** Of what the customer would see, to know it again. */
const digestOf = ({ tenant: { tenant } }: Context, record: Case, published: readonly number[]): string =>
  idOf('publish-case', tenant._id, JSON.stringify(customerCaseCard(record, published, tenant)));

async function preview(context: Context, record: Case, hasChanged: boolean): Promise<Card> {
  const { tenant } = context.tenant;
  const published = await alertsPublished(context.tenant, record);
  return previewCard(tenant, {
    ...{ what: `case ${record.number}`, card: customerCaseCard(record, published, tenant), hasChanged },
    note: 'Notes and tasks of the lane "customer", and each change of state and severity, follow in its thread. Reasons, other notes, observables and related cases never do.',
    published: record.published,
    confirm: { command: 'case', record: `publish:${record.number}:${digestOf(context, record, published)}` },
  });
}
