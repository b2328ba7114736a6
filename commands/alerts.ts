import type { Alert } from '../engine/store/alerts.js';
import type { Card, Inline } from './cards/card.js';
import { counted, LEVEL_NAMES, stateName } from './cards/labels.js';
import type { Command, Context } from './types.js';
import { clip, wrongUsage } from './words/arguments.js';
import { type AlertFilter, FILTER_HELP, FILTER_WORDS, queryOf, readFilter, stateTerms } from './words/filter.js';
import { shown } from './words/record.js';
import { didYouMean } from './words/suggest.js';

const ROWS = 15;

const alerts: Command = {
  name: 'alerts',
  summary: 'List alerts, open ones first, highest score first.',
  usage: 'alerts [state | level | mine | value …]',
  examples: ['alerts', 'alerts high+ mine', 'alerts closed host WS-042'],
  details: FILTER_HELP,
  role: 'viewer',
  async run(context, args) {
    const filter = readFilter(args);
    if (!filter) throw wrongUsage(alerts, 'that is too many values to look for at once.');
    const { rows, total } = await search(context, filter);
    return rows.length ? listing(context, filter, rows, total) : nothing(context, filter);
  },
};
export default alerts;

async function search(context: Context, filter: AlertFilter): Promise<{ rows: Alert[]; total: number }> {
  const terms = [...queryOf(filter, context.person._id), shown(context)];
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
const filtered = ({ levels, mine, values }: AlertFilter): boolean => levels.length > 0 || mine || values.length > 0;
