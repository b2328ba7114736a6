import { techniqueName } from '../../engine/investigate/attack.js';
import type { Cell } from '../../engine/lake/index.js';
import type { HuntFile, ShownRun } from '../../engine/store/dispatches.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import type { Action, Block, Card, Inline, Tone } from './card.js';
import { counted } from './labels.js';

const MOST_ROWS = 15;
const MOST_COLUMNS = 8;
const MOST_CELL = 90;
const MOST_SQL = 1500;
const KINDS: Record<ShownRun['kind'], string> = {
  sigma: 'a rule, back in time',
  sql: 'a query',
  indicator: 'values',
  ask: 'a question',
  saved: 'a saved hunt',
};
const FILES: Record<HuntFile, string> = { chart: 'picture', csv: 'all rows as CSV', rule: 'draft of a rule' };

export interface HuntCardOptions {
  /** Files that follow below it. */
  files?: readonly HuntFile[];
  actions?: readonly Action[];
}

/** One run of a hunt, whatever became of it. Every value in it may come from a log. */
export function huntCard(run: ShownRun, tenant: Tenant, { files = [], actions = [] }: HuntCardOptions = {}): Card {
  const { number, title, result, sql, error } = run;
  return {
    title: `Hunt ${number}: ${clip(title, 150)}${outcomeText(run)}`,
    tone: toneOf(run),
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.name} (${tenant._id})` },
          {
            name: 'Looked for',
            value: run.name && run.kind !== 'sigma' ? `${KINDS[run.kind]}, ${clip(run.name, 60)}` : KINDS[run.kind],
          },
          { name: 'Period', value: clip(run.period, 150) },
          {
            name: 'By',
            value: `${clip(run.by.name, 80)}${run.scheduled ? ', by schedule' : ''}${run.hunt ? `, for hunt H${run.hunt}` : ''}`,
          },
          ...(run.techniques.length > 0
            ? [{ name: 'Techniques', value: clip(run.techniques.map(techniqueName).join(', '), 200) }]
            : []),
        ],
      },
      ...(error ? [{ kind: 'text' as const, text: `${error.message} ${error.hint}` }] : []),
      ...(result ? table(result) : []),
      ...(result && result.notes.length > 0
        ? [{ kind: 'list' as const, items: result.notes.map((note): Inline => clip(`${note}.`, 400)) }]
        : []),
      ...(result && result.gaps.length > 0
        ? [
            {
              kind: 'text' as const,
              text: [
                { bold: 'Not logged in this time: ' },
                clip(result.gaps.join(', '), 300),
                '. What is not logged cannot be found.',
              ],
            },
          ]
        : []),
      ...(sql ? [{ kind: 'code' as const, text: clip(sql.trim(), MOST_SQL) }] : []),
      ...(actions.length > 0 ? [{ kind: 'actions' as const, actions: [...actions] }] : []),
      { kind: 'note', text: nextLine(run, files) },
    ],
  };
}

function outcomeText({ state, result }: ShownRun): string {
  if (state === 'done')
    return result?.total
      ? `: ${counted(result.total, 'row')}${result.truncated ? ' and more' : ''}`
      : ': nothing found';
  return { waiting: ' waits for a worker', running: ' runs', failed: ' failed', cancelled: ' was cancelled' }[state];
}

function toneOf({ state, result }: ShownRun): Tone {
  if (state === 'failed') return 'error';
  if (state !== 'done') return 'neutral';
  return (result?.total ?? 0) > 0 ? 'medium' : 'ok';
}

function table({ columns, rows, total, truncated }: NonNullable<ShownRun['result']>): Block[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MOST_ROWS);
  const hidden = columns.slice(MOST_COLUMNS).map(({ name }) => name);
  const left = total - shown.length;
  return [
    {
      kind: 'table',
      columns: columns.slice(0, MOST_COLUMNS).map(({ name }) => clip(name, 40)),
      rows: shown.map((row) => columns.slice(0, MOST_COLUMNS).map(({ type }, i) => value(row[i] ?? null, type))),
    },
    ...(left > 0 || truncated || hidden.length > 0
      ? [
          {
            kind: 'note' as const,
            text: [
              ...(left > 0 ? [`and ${counted(left, 'more row')}`] : []),
              ...(truncated ? ['there were more than are read'] : []),
              ...(hidden.length > 0 ? [`further columns: ${clip(hidden.join(', '), 200)}`] : []),
            ].join('; '),
          },
        ]
      : []),
  ];
}

function value(cell: Cell, type: string): Inline {
  if (cell === null) return '—';
  if (typeof cell === 'number')
    return type.startsWith('TIMESTAMP')
      ? [{ time: cell }]
      : Number.isInteger(cell)
        ? String(cell)
        : String(Number(cell.toFixed(3)));
  return clip(typeof cell === 'object' ? JSON.stringify(cell) : String(cell), MOST_CELL);
}

function nextLine({ state, number, progress, result }: ShownRun, files: readonly HuntFile[]): Inline {
  if (files.length > 0) return `Below it: ${files.map((file) => FILES[file]).join(', ')}, as far as there are.`;
  if (state === 'waiting' || state === 'running')
    return [
      `${Math.round(progress * 100)} % done. Next: `,
      { code: `/mdr hunt ${number}` },
      ' shows it again, ',
      { code: `/mdr hunt ${number} cancel` },
      ' ends it.',
    ];
  if (state === 'done' && (result?.total ?? 0) > 0)
    return [
      'Next: ',
      { code: `/mdr hunt ${number} files` },
      ' posts all rows; ',
      { code: `/mdr hunt ${number} alert` },
      ' makes it an alert.',
    ];
  return [
    'Next: ',
    { code: '/mdr hunt list' },
    ' has more to look for; ',
    { code: '/mdr hunt schema' },
    ' what can be asked.',
  ];
}
