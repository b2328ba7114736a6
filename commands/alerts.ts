import { zoneOf } from '../engine/notify/policy.js';
import type { Alert } from '../engine/store/alerts.js';
import type { Card, Inline } from './cards/card.js';
import { counted, LEVEL_NAMES, stateName } from './cards/labels.js';
import { quietCard } from './cards/quiet.js';
import { alertsArgs } from './plain/alerts.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { isProse } from './words/fill.js';
import {
  type AlertFilter,
  FILTER_HELP,
  FILTER_WORDS,
  queryOf,
  readFilter,
  stateTerms,
  type Times,
  timesOf,
} from './words/filter.js';
import { personCalled } from './words/person.js';
import { shown } from './words/record.js';
import { didYouMean } from './words/suggest.js';
import { TIME_HELP } from './words/time.js';

const ROWS = 15;
/** Lists what is too little for an alert; the provider's own. */
const QUIET = 'quiet';
const FORTNIGHT_MS = 14 * 86_400_000;

const alerts: Command = {
  name: 'alerts',
  summary: 'List alerts, open ones first, highest score first.',
  usage: 'alerts [state | level | mine | owner | since | value …]',
  examples: ['alerts', 'alerts high+ mine', 'alerts closed host WS-042', 'alerts host dc01 since yesterday'],
  details: [...FILTER_HELP, 'alerts quiet lists related detections that are too little for an alert.'],
  related: ['alert', 'status'],
  role: 'viewer',
  // Three ways to ask for the same, so that one does not blur the others.
  plain: [
    {
      phrases: [
        'which alerts are open',
        'list all alerts',
        'what alerts do we have',
        'how many alerts are open',
        'how many alerts were there {period}',
        'is there anything new',
        'what is new {period}',
        'what happened {period}',
        'anything happening',
        'show {level} alerts',
        'any {level} alerts {period}',
        'how many {level} alerts do we have',
        'what was closed {period}',
        'show closed alerts',
        'show everything including closed',
        'what should i do first',
        'what is waiting for us',
        'what came in {period}',
        'open alerts please',
        'what is going on {period}',
        'what is not resolved',
        'are there {level} ones',
        'what happened while i was away {period}',
        'did we get something {period}',
        'everything that is open',
      ],
      reads: true,
      args: alertsArgs,
    },
    {
      phrases: [
        'is there something new on {host} {period}',
        'what happened on {host}',
        'did {host} have any alerts {period}',
        'alerts for {user}',
        'what did {user} do',
        'has {user} done anything strange {period}',
        'alerts with {ip}',
        'has anybody seen {ip}',
        'was {domain} seen',
        'is {hash} known',
        'did {file} show up anywhere',
        'anything suspicious around {host}',
        'news about {domain}',
        'alerts on {host}',
        'search alerts for {ip}',
        'where did we see {hash}',
        'find {file}',
        'has {host} been quiet {period}',
        'did {user} trigger any alert',
        'what do we have on {ip} {period}',
        'is {host} affected',
        'show what concerns {user}',
        'anything about {domain} {period}',
        'who talked to {ip}',
      ],
      reads: true,
      args: alertsArgs,
    },
    {
      phrases: [
        'which alerts are mine',
        'what do i have to do',
        'my alerts',
        'my open alerts',
        'which alerts does {person} have',
        'what is {person} working on',
        'alerts of {person}',
        'alerts without an owner',
        'which alerts are unassigned',
        'what is assigned to {person}',
        'how many alerts does {person} have',
        'what do i own',
        'what is waiting for me',
        'which ones belong to {person}',
        'alerts that nobody works on',
        'unassigned {level} alerts',
        'what is left for {person}',
        'is there anything for me',
        'who has nothing to do, show unassigned',
        'my work today',
        'list what {person} has open',
      ],
      reads: true,
      args: alertsArgs,
    },
  ],
  syntax: (args) => !isProse(args),
  async run(context, args) {
    if (context.internal && args.length === 1 && args[0]!.toLowerCase() === QUIET) return quiet(context);
    const filter = readFilter(args);
    if (!filter) throw wrongUsage(alerts, 'that is too many values to look for at once.');
    const times = timesOf(filter, context.clock(), zoneOf(context.tenant.tenant));
    if (typeof times === 'string') throw wrongUsage(alerts, `"${clip(times, 40)}" is no time: write ${TIME_HELP}.`);
    const { rows, total } = await search(context, filter, times);
    return rows.length ? listing(context, filter, rows, total) : nothing(context, filter);
  },
};
export default alerts;

async function quiet({ tenant, clock }: Context): Promise<Card> {
  const recent = { last: { $gte: clock() - FORTNIGHT_MS } };
  const [total, groups] = await Promise.all([
    tenant.quiets.count(recent),
    tenant.quiets.find(recent, { sort: { score: -1, last: -1 }, limit: ROWS }),
  ]);
  return quietCard(tenant.tenant, groups, total);
}

async function search(context: Context, filter: AlertFilter, times: Times): Promise<{ rows: Alert[]; total: number }> {
  const owner = filter.owner === null ? null : await personCalled(alerts, context, filter.owner);
  const terms = [
    ...queryOf(filter, context.person._id, times),
    ...(owner ? [{ 'assignee.id': owner.id }] : []),
    shown(context),
  ];
  const all = { $and: [...terms, stateTerms(filter.state)] };
  const page = { sort: { score: -1, number: -1 } as const, limit: ROWS };
  const total = await context.tenant.alerts.count(all);
  if (filter.state !== 'all') return { rows: await context.tenant.alerts.find(all, page), total };
  const rows = await context.tenant.alerts.find({ $and: [...terms, stateTerms('open')] }, page);
  if (rows.length === ROWS) return { rows, total };
  const closed = { $and: [...terms, stateTerms('closed')] };
  const more = await context.tenant.alerts.find(closed, { ...page, limit: ROWS - rows.length });
  return { rows: [...rows, ...more], total };
}

function listing(context: Context, filter: AlertFilter, rows: Alert[], total: number): Card {
  const { name, _id } = context.tenant.tenant;
  const more = total - rows.length;
  return {
    title: `${counted(total, label(filter), `${label(filter)}s`)} of ${name} (${_id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'table',
        columns: ['No.', 'Score', 'Level', 'State', 'Alert', 'On', 'Last seen', 'Assignee'],
        rows: rows.map(row),
      },
      ...(more > 0
        ? [
            {
              kind: 'text' as const,
              text: `${counted(more, 'more alert')} not shown: add a level, a state or a value.`,
            },
          ]
        : []),
      {
        kind: 'note',
        text: ['Next: ', { code: `/mdr alert ${rows[0]!.number}` }, ' shows the first one in full.'],
      },
    ],
  };
}

function row(alert: Alert): Inline[] {
  return [
    String(alert.number),
    String(alert.score),
    LEVEL_NAMES[alert.level],
    stateName(alert),
    `${alert.simulated ? 'Simulated · ' : ''}${clip(alert.title, 80)}`,
    [{ code: clip(alert.entity.value, 60) }],
    [{ time: alert.last }],
    alert.assignee?.name ?? '—',
  ];
}

function nothing(context: Context, filter: AlertFilter): Card {
  const { name, _id } = context.tenant.tenant;
  const guesses = filter.values.filter(({ kind }) => kind === null).map(({ value }) => didYouMean(value, FILTER_WORDS));
  return {
    title: `No ${label(filter)} of ${name} (${_id})${filtered(filter) ? ' fits' : ''}`,
    tone: 'ok',
    blocks: [
      ...(filter.values.length
        ? [
            {
              kind: 'text' as const,
              text: `Looked for ${filter.values.map(({ value }) => `“${clip(value, 60)}”`).join(' and ')}.${guesses.join('')}`,
            },
          ]
        : []),
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: '/mdr alerts all' },
          ' shows closed ones too; ',
          { code: '/mdr help alerts' },
          ' lists the filters.',
        ],
      },
    ],
  };
}

const label = ({ state }: AlertFilter): string => (state === 'all' ? 'alert' : `${state} alert`);
const filtered = ({ levels, mine, unassigned, owner, since, until, values }: AlertFilter): boolean =>
  levels.length > 0 || mine || unassigned || [owner, since, until].some((given) => given !== null) || values.length > 0;
