import { MdrError } from '../engine/errors.js';
import { idOf } from '../engine/ids.js';
import { customerChannels } from '../engine/notify/channels.js';
import type { Alert } from '../engine/store/alerts.js';
import type { Tenant } from '../engine/store/tenants.js';
import { publish as release } from '../engine/triage/publish.js';
import type { Card, Inline, Span } from './cards/card.js';
import { customerCard } from './cards/customer.js';
import { doneCard } from './cards/done.js';
import { counted } from './cards/labels.js';
import { previewCard } from './cards/preview.js';
import type { Command, Context } from './types.js';
import { takeNumber, wrongUsage } from './words/arguments.js';
import { inProviderLane, inState, need } from './words/preconditions.js';
import { alertOf, changed } from './words/record.js';

/** What the button says: the alert, and which preview of it was looked at. */
const CONFIRMED = /^#?([1-9]\d{0,8}):([0-9a-f]{32})$/;

const publish: Command = {
  name: 'publish',
  summary:
    "Show an alert to the customer: first a preview of exactly what they will see, then it is posted in the customer's channels.",
  usage: 'publish [n]',
  examples: ['publish 12'],
  details: [
    'Nothing is posted before the button under the preview is pressed. If the alert changed meanwhile, it is shown anew.',
    'From then on the customer reads every change of the alert, and can ask in its thread; what they write there comes into yours.',
    'Notes, calls and untriaged alerts are never shown. /mdr unpublish stops the updates.',
  ],
  related: ['unpublish', 'note'],
  role: 'analyst',
  async run(context, args) {
    const confirmed = CONFIRMED.exec(args[0] ?? '');
    const { number, rest } = confirmed
      ? { number: Number(confirmed[1]), rest: args.slice(1) }
      : takeNumber(publish, context, args);
    if (rest.length) throw wrongUsage(publish, 'publishing takes no further words.');
    need(inProviderLane(provider), context);
    const record = await alertOf(context, number);
    need(mayBeShown, { ...context, record });
    if (!confirmed) return preview(context, record, false);
    const by = { id: context.person._id, name: context.person.name };
    const seen = (alert: Alert) => digestOf(alert, context.tenant.tenant) === confirmed[2];
    const outcome = await release(context.tenant, number, by, context.clock, seen);
    if (!outcome) return preview(context, await alertOf(context, number), true);
    await changed(context, number);
    return doneCard(context, outcome);
  },
};
export default publish;

const provider = () =>
  new MdrError(
    'MDR_FORBIDDEN',
    "what the customer is shown is decided by the provider's people, in the provider's own channels.",
    'Ask there.',
  );

const mayBeShown = inState<Context & { record: Alert }>(
  ['acknowledged', 'closed'],
  ({ record }) =>
    new MdrError(
      'MDR_ALERT_STATE',
      `alert ${record.number} is ${record.state}; it cannot be published.`,
      'What nobody has triaged stays with the provider: acknowledge it first.',
    ),
);

/** Of what the customer would see, to know it again. */
const digestOf = (alert: Alert, tenant: Tenant): string =>
  idOf('publish', tenant._id, JSON.stringify(customerCard(alert, tenant)));

function preview({ tenant: { tenant } }: Context, alert: Alert, hasChanged: boolean): Card {
  return previewCard(tenant, {
    ...{ what: `alert ${alert.number}`, card: customerCard(alert, tenant), note: placesOf(tenant), hasChanged },
    published: alert.published,
    confirm: { command: 'publish', record: `${alert.number}:${digestOf(alert, tenant)}` },
  });
}

function placesOf(tenant: Tenant): Inline {
  const channels = customerChannels(tenant);
  if (channels.length === 0)
    return [
      'No channel of the customer is bound yet: its people will see it with ',
      { code: '/mdr alerts' },
      '. An operator binds one with ',
      { code: `mdr tenant bind ${tenant._id} slack:C… --lane customer` },
      '.',
    ];
  return [
    `It goes to ${counted(channels.length, 'channel')} of the customer: `,
    ...channels.flatMap(({ surface, channel }, i): Span[] => [
      ...(i > 0 ? [', '] : []),
      { code: `${surface} ${channel}` },
    ]),
    '.',
  ];
}
