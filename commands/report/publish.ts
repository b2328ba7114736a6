import { MdrError } from '../../engine/errors.js';
import { briefOf } from '../../engine/investigate/report/brief.js';
import type { Format } from '../../engine/investigate/report/formats.js';
import { publishVersion } from '../../engine/investigate/report/keep.js';
import { customerChannels } from '../../engine/notify/channels.js';
import type { ReportRecord } from '../../engine/store/reports.js';
import { note } from '../../engine/triage/work.js';
import type { Block, Card } from '../cards/card.js';
import { incidentCard } from '../cards/incident.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';
import { atLeast, inProviderLane, need } from '../words/preconditions.js';
import { alertOf, changed } from '../words/record.js';
import { send } from './post.js';
import { found } from './show.js';

const GIVEN: Format[] = ['pdf'];
/** What the button says: which state of which version was looked at. */
export const CONFIRMED = /^(\d{1,5})\.(\d{1,6})$/;

const mayPublish = atLeast<Context>(
  'analyst',
  ({ role }) =>
    new MdrError('MDR_FORBIDDEN', `publishing a report needs the role analyst; you are ${role}.`, 'Ask an analyst.'),
);
const here = inProviderLane<Context>(
  () =>
    new MdrError(
      'MDR_FORBIDDEN',
      "what the customer is given is decided by the provider's people, in the provider's own channels.",
      'Ask there.',
    ),
);

/**
 * Give the customer a version: first a preview, then, when nothing has changed since, the same into the customer's threads of the alert.
 * @param confirmed `2.5` of the button under the preview
 */
export async function publish(
  context: Context,
  number: number,
  confirmed: string | null,
  version: number | null,
): Promise<Card> {
  need(here, context);
  need(mayPublish, context);
  const alert = await alertOf(context, number);
  if (!alert.published)
    throw new MdrError(
      'MDR_ALERT_STATE',
      `the customer is not shown alert ${number}; its report cannot be published.`,
      `Publish the alert first: /mdr publish ${number}.`,
    );
  const [, seen, revision] = CONFIRMED.exec(confirmed ?? '') ?? [];
  const record = await found(context, number, seen ? Number(seen) : version);
  if (!revision) return preview(context, number, record, false);
  if (record.revision !== Number(revision)) return preview(context, number, record, true);
  const by = { id: context.person._id, name: context.person.name };
  const after = await publishVersion(context.tenant, record, by, context.clock);
  const view = { tenant: context.tenant.tenant.name, internal: false, edits: after.edits.length };
  const channels = customerChannels(context.tenant.tenant);
  for (const to of channels) await send(context, number, after, GIVEN, to, view);
  const text = `Report published: version ${record.version}, with ${counted(after.edits.length, 'edit')}`;
  await note(context.tenant, number, by, context.clock, text);
  await changed(context, number);
  return {
    title: `Report on alert ${number}, version ${record.version}, is published`,
    tone: 'ok',
    blocks: [
      {
        kind: 'text',
        text: `It goes as a PDF into the thread of the alert in ${counted(channels.length, 'channel')} of the customer.`,
      },
      { kind: 'note', text: 'Next: what is edited from now on is not shown to them until you publish again.' },
    ],
  };
}

function preview(context: Context, number: number, record: ReportRecord, hasChanged: boolean): Card {
  const { tenant } = context.tenant;
  const brief = briefOf(record, { tenant: tenant.name, internal: false, edits: record.edits.length });
  const above: Block[] = [
    { kind: 'text', text: [{ bold: `Preview: what ${tenant.name} (${tenant._id}) will be given, with the PDF.` }] },
    ...(hasChanged
      ? [
          {
            kind: 'text' as const,
            text: 'Not published: the report has changed since you looked. This is what it says now.',
          },
        ]
      : []),
  ];
  const confirm = {
    ...{ id: 'confirm', label: 'Publish exactly this', command: 'report', tenant: tenant._id, record: String(number) },
    ...{ choice: `publish:${record.version}.${record.revision}`, style: 'primary' as const },
  };
  return incidentCard(brief, tenant, {
    above,
    actions: [confirm],
    next: 'Next: press the button to publish exactly this; otherwise nothing is sent.',
  });
}
