import { alertActions } from '../commands/cards/alert.js';
import type { Action, Block, Card, Inline } from '../commands/cards/card.js';
import { counted, LEVEL_NAMES, stateName } from '../commands/cards/labels.js';
import { clip } from '../commands/words/arguments.js';
import { stateTerms } from '../commands/words/filter.js';
import { shown } from '../commands/words/record.js';
import { LEVELS, type Level } from '../engine/detect/types.js';
import { MdrError } from '../engine/errors.js';
import type { Store, TenantStore } from '../engine/store/index.js';
import { type Person, roleOf } from '../engine/store/people.js';
import type { Tenant } from '../engine/store/tenants.js';
import { errorCard } from './cards/error.js';
import { personFor } from './people.js';

/** What a person sees on the bot's own page: their open alerts, and their tenants' numbers. Never throws for what people do. */
export type Home = (identity: string) => Promise<Card>;

const MOST_TENANTS = 10;
const MOST_MINE = 10;

export function makeHome(store: Store): Home {
  return async (identity) => {
    try {
      return await homeOf(store, await personFor(store, identity));
    } catch (error) {
      if (error instanceof MdrError) return errorCard(error);
      throw error;
    }
  };
}

async function homeOf(store: Store, person: Person): Promise<Card> {
  const ids = await tenantsOf(store, person);
  const sections = await Promise.all(
    ids.slice(0, MOST_TENANTS).map(async (id) => section(await store.forTenant(id), person)),
  );
  return {
    title: `Hello ${clip(person.name, 80)}`,
    tone: 'neutral',
    blocks: [
      ...(ids.length === 0
        ? [{ kind: 'text' as const, text: 'You have no tenant yet: ask an administrator of this service for a role.' }]
        : []),
      ...sections.flat(),
      ...(ids.length > MOST_TENANTS
        ? [{ kind: 'note' as const, text: `and ${ids.length - MOST_TENANTS} more tenants, in their own channels` }]
        : []),
      {
        kind: 'note',
        text: [
          'Next: take what nobody has taken. ',
          { code: '/mdr' },
          " in a tenant's channel shows what you may do there.",
        ],
      },
    ],
  };
}

async function tenantsOf(store: Store, person: Person): Promise<string[]> {
  const everywhere = person.side === 'provider' && roleOf(person, '*') !== null;
  if (!everywhere)
    return [...new Set(person.grants.map(({ tenant }) => tenant))]
      .filter((id) => id !== '*' && roleOf(person, id))
      .sort();
  const all = await store.tenants.find({}, { _id: 1 }).sort({ _id: 1 }).limit(200).lean<Pick<Tenant, '_id'>[]>();
  return all.map(({ _id }) => _id);
}

type Count = { _id: { level: Level; state: string }; count: number };

async function section(tenant: TenantStore, person: Person): Promise<Block[]> {
  const visible = shown({ internal: person.side === 'provider' });
  const open = { $and: [visible, stateTerms('open')] };
  const [counts, mine] = await Promise.all([
    tenant.alerts.aggregate<Count>([
      { $match: open },
      { $group: { _id: { level: '$level', state: '$state' }, count: { $sum: 1 } } },
    ]),
    tenant.alerts.find(
      { $and: [open, { 'assignee.id': person._id }] },
      { sort: { score: -1, number: -1 }, limit: MOST_MINE },
    ),
  ]);
  const sum = (fits: (of: Count['_id']) => boolean) =>
    counts.reduce((total, { _id, count }) => total + (fits(_id) ? count : 0), 0);
  const levels = [...LEVELS].reverse().flatMap((level) => {
    const count = sum((of) => of.level === level);
    return count > 0 ? [`${count} ${LEVEL_NAMES[level].toLowerCase()}`] : [];
  });
  const { name } = tenant.tenant;
  const button = (id: string, label: string): Action => ({
    id: `${tenant.id}-${id}`,
    label,
    command: 'menu',
    tenant: tenant.id,
    record: id,
  });
  return [
    { kind: 'text', text: [{ bold: `${clip(name, 80)} (${tenant.id})` }] },
    {
      kind: 'fields',
      fields: [
        { name: 'Open', value: levels.join(', ') || 'none' },
        {
          name: 'Waiting',
          value: counted(
            sum((of) => of.state === 'new'),
            'alert nobody has taken',
            'alerts nobody has taken',
          ),
        },
      ],
    },
    ...(mine.length ? [{ kind: 'text' as const, text: 'Assigned to you:' }] : []),
    ...mine.flatMap((alert): Block[] => [
      {
        kind: 'text',
        text: [
          `${alert.number} · ${LEVEL_NAMES[alert.level]} · ${stateName(alert)} · `,
          clip(alert.title, 120),
        ] as Inline,
      },
      {
        kind: 'actions',
        actions: [
          { id: `${tenant.id}-show`, label: 'Show', command: 'alert', tenant: tenant.id, record: String(alert.number) },
          ...alertActions(alert, tenant.id).filter(({ command, id }) => command === 'ack' || id === 'form-close'),
        ],
      },
    ]),
    { kind: 'actions', actions: [button('alerts', 'Open alerts'), button('status', 'Status')] },
  ];
}
