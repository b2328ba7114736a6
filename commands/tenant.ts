import { contractLines, contractOf } from '../engine/respond/case/contract.js';
import type { Profile } from '../engine/store/tenants.js';
import type { Inline } from './cards/card.js';
import { counted } from './cards/labels.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { shown } from './words/record.js';

const MAX_LISTED = 25;

const tenant: Command = {
  name: 'tenant',
  summary: 'What we know of this tenant, and how many alerts it has.',
  usage: 'tenant',
  examples: ['tenant'],
  related: ['people', 'alerts'],
  role: 'viewer',
  plain: [
    {
      phrases: [
        'which customer is this',
        'tell me about this customer',
        'what tenant is this',
        'who is this tenant',
        'show the profile of this customer',
        'what do we know about them',
        'what industry are they in',
        'where are they located',
        'which time zone does this customer have',
        'when do they work',
        'what are the crown jewels',
        'most important systems of this customer',
        'what technology do they use',
        'who are our people here',
        'which channels belong to this customer',
        'what kind of data do they hold',
        'since when are they a customer',
        'about this company',
        'customer details',
        'tenant profile',
        'what is their business',
        'who works for this customer',
        'what should i know about this tenant',
        'where is this company based',
        'what are they afraid to lose',
      ],
      reads: true,
      args: () => [],
    },
  ],
  async run(context, args) {
    if (args.length)
      throw wrongUsage(
        tenant,
        'it takes no words: the channel says which tenant, or --tenant <id> in a direct message.',
      );
    const { _id, name, profile, channels, created } = context.tenant.tenant;
    const [numbers, people] = await Promise.all([alertNumbers(context), context.people()]);
    const jewels = profile.crownJewels.slice(0, MAX_LISTED);
    const left = profile.crownJewels.length - jewels.length;
    return {
      title: `${name} (${_id})`,
      tone: 'neutral',
      blocks: [
        {
          kind: 'fields',
          fields: [
            { name: 'Industry', value: profile.industry || 'not said' },
            { name: 'Regions', value: listed(profile.regions) },
            { name: 'Technology', value: listed(profile.technology) },
            { name: 'Brands', value: listed(profile.brands) },
            { name: 'Data held', value: listed(profile.dataClasses) },
            ...own(profile),
            { name: 'Working hours', value: `${profile.workingHours}, ${profile.timeZone}` },
            { name: 'Cases by contract', value: contractLines(contractOf(context.tenant.tenant)).join('; ') },
            { name: 'Customer since', value: [{ time: created }] },
            ...(context.internal
              ? [
                  {
                    name: 'Channels',
                    value: listed(channels.map((bound) => `${bound.surface} ${bound.channel} (${bound.lane})`)),
                  },
                ]
              : []),
            { name: 'People', value: listed(people.map((person) => `${person.name} (${person.side})`)) },
          ],
        },
        ...(jewels.length
          ? [
              { kind: 'text' as const, text: [{ bold: 'Crown jewels' }] },
              {
                kind: 'list' as const,
                items: [
                  ...jewels.map(
                    (jewel): Inline => [
                      { code: clip(jewel.name, 100) },
                      `${jewel.why ? `: ${jewel.why}` : ''}${jewel.data?.length ? ` (${jewel.data.join(', ')} data)` : ''}`,
                    ],
                  ),
                  ...(left > 0 ? [`and ${left} more`] : []),
                ],
              },
            ]
          : []),
        { kind: 'text', text: numbers },
        { kind: 'note', text: ['Next: ', { code: '/mdr alerts' }, ' shows what is open.'] },
      ],
    };
  },
};
export default tenant;

/** What a profile may say further; nothing where it does not. */
function own({
  assets = [],
  privileged = [],
  networks = [],
  domains = [],
}: Profile): { name: string; value: Inline }[] {
  const parts: [string, string[]][] = [
    ['Systems that hold data', assets.map(({ name, data }) => `${name} (${data.join(', ')})`)],
    ['Privileged accounts', privileged.map(({ name }) => name)],
    ['Own networks', networks],
    ['Own domains', domains],
  ];
  return parts.flatMap(([name, values]) => (values.length === 0 ? [] : [{ name, value: listed(values) }]));
}

async function alertNumbers(context: Context): Promise<string> {
  const groups = await context.tenant.alerts.aggregate<{ _id: string; count: number }>([
    { $match: shown(context) },
    { $group: { _id: '$state', count: { $sum: 1 } } },
  ]);
  const of = (state: string) => groups.find(({ _id }) => _id === state)?.count ?? 0;
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return `${counted(total, 'alert')} in all: ${of('new')} new, ${of('acknowledged')} acknowledged, ${of('closed')} closed.`;
}

function listed(values: readonly string[]): string {
  if (values.length === 0) return 'not said';
  const left = values.length - MAX_LISTED;
  return clip(values.slice(0, MAX_LISTED).join(', '), 1000) + (left > 0 ? ` and ${left} more` : '');
}
