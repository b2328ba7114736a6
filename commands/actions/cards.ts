import { ACTIONS } from '../../engine/respond/actions/catalog.js';
import { waitingFor } from '../../engine/respond/actions/requests.js';
import type { ActionNeeds, ActionRecord, ActionState } from '../../engine/store/actions.js';
import type { Action, Block, Card, Inline, Tone } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { isShown } from './words.js';

const MAX_ROWS = 20;
const MAX_LOG = 12;

const STATES: Readonly<Record<ActionState, string>> = {
  proposed: 'waits for approval',
  approved: 'approved, begins at once',
  running: 'is being carried out',
  done: 'in force',
  failed: 'failed',
  refused: 'refused',
  expired: 'lapsed',
  undoing: 'is being taken back',
  undone: 'taken back',
};
const TONES: Partial<Record<ActionState, Tone>> = { proposed: 'medium', failed: 'high', done: 'ok', undone: 'ok' };

export function stateWords(record: ActionRecord): string {
  if (record.state === 'failed' && record.effect === 'unknown') return 'failed, and may have happened';
  if (record.effect === 'unknown' && record.state === 'done' && record.recheck !== null)
    return 'accepted there, not in force yet';
  if (record.effect === 'unknown' && record.state === 'undone') return 'taken back, not yet seen to be gone';
  if (record.state === 'done' && record.undo) return 'in force; its undo waits for approval';
  if (record.state === 'done' && !ACTIONS[record.action]?.undo) return 'done';
  return STATES[record.state];
}

export const titleOf = ({ action }: Pick<ActionRecord, 'action'>): string => ACTIONS[action]?.title ?? action;
export const argsInline = (args: Readonly<Record<string, string>>): Inline =>
  Object.entries(args).flatMap(([name, value], i) => [`${i ? ', ' : ''}${name} `, { code: clip(value, 300) }]);

export function needsWords({ quorum, customer, why }: ActionNeeds): string {
  if (quorum === 0) return 'nobody';
  const who = quorum === 1 ? 'one more person' : `${quorum} more people`;
  return `${who}${customer ? ", one of the customer's" : ''}${why ? ` (${why})` : ''}`;
}

/** One action in full, with what can be done about it. Reasons, errors and cases are the provider's own until they are published. */
export function actionCard(context: Context, record: ActionRecord, title?: string): Card {
  const waits = waitingFor(record);
  const { tenant } = context.tenant;
  const spec = ACTIONS[record.action];
  return {
    title: title ?? `Action ${record.number} · ${titleOf(record)} · ${stateWords(record)}`,
    tone: TONES[record.state] ?? 'neutral',
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.name} (${tenant._id})` },
          { name: 'What', value: argsInline(record.args) },
          { name: 'State', value: stateWords(record) },
          { name: 'By', value: `${clip(record.by.name, 80)}, via ${record.via}` },
          ...(context.internal ? [{ name: 'Why', value: clip(record.reason || 'no reason given', 300) }] : []),
          ...(spec ? [{ name: 'Effect', value: spec.effect }] : []),
          ...(context.internal && record.case !== null ? [{ name: 'Case', value: String(record.case) }] : []),
          { name: 'Lasts', value: lastsOf(record) },
          ...(waits
            ? [
                {
                  name: record.undo && record.state !== 'proposed' ? 'Undo needs' : 'Needs',
                  value: needsWords(waits.needs),
                },
              ]
            : []),
          ...(waits && waits.approvals.length > 0
            ? [{ name: 'Approved by', value: clip(waits.approvals.map(({ name }) => name).join(', '), 200) }]
            : []),
          ...(context.internal && record.error
            ? [{ name: 'Error', value: clip(`${record.error.message} ${record.error.hint}`, 300) }]
            : []),
          ...Object.entries(record.gives).map(([name, value]) => ({ name, value: clip(value, 200) })),
        ],
      },
      ...(context.internal ? logBlocks(record) : []),
      ...buttons(context, record),
      nextOf(record),
    ],
  };
}

function lastsOf({ lasts, expires, state }: ActionRecord): Inline {
  if (expires !== null && (state === 'done' || state === 'running' || state === 'undoing'))
    return ['until ', { time: expires }, ', then it is taken back'];
  return lasts === null ? 'until it is taken back' : `${Math.round(lasts / 60_000)} min from when it is done`;
}

const logBlocks = ({ log }: ActionRecord): Block[] => [
  { kind: 'text', text: [{ bold: 'What happened' }] },
  {
    kind: 'list',
    items: log
      .slice(-MAX_LOG)
      .map(
        ({ at, actorName, text, reason }): Inline => [
          { time: at },
          ` ${clip(actorName, 60)}: ${clip(text, 300)}${reason ? ` — because ${clip(reason, 200)}` : ''}`,
        ],
      ),
  },
];

/** A click carries what it was shown with: agreeing to something else is refused. */
function buttons({ tenant, internal }: Context, record: ActionRecord): Block[] {
  const { number } = record;
  const waits = waitingFor(record);
  const button = (rest: Pick<Action, 'id' | 'label' | 'record'> & Partial<Action>): Action => ({
    command: 'actions',
    tenant: tenant.id,
    ...rest,
  });
  const holds = !record.undo && (record.state === 'done' || (record.state === 'failed' && record.effect !== 'absent'));
  const actions = [
    ...(waits
      ? [
          button({ id: 'approve', label: 'Approve', record: `approve:${number}:${waits.digest}`, style: 'primary' }),
          button({
            id: 'refuse',
            label: 'Refuse…',
            command: 'form',
            record: `actions:refuse:${number}:${waits.digest}`,
            style: 'danger',
          }),
        ]
      : []),
    ...(holds && internal && ACTIONS[record.action]?.undo
      ? [button({ id: 'undo', label: 'Take back…', command: 'form', record: `actions:undo:${number}` })]
      : []),
  ];
  return actions.length > 0 ? [{ kind: 'actions', actions }] : [];
}

function nextOf(record: ActionRecord): Block {
  const { number, state } = record;
  const code = (text: string): Block => ({ kind: 'note', text: ['Next: ', { code: `/mdr actions ${text}` }, '.'] });
  if (waitingFor(record))
    return { kind: 'note', text: 'Next: somebody else than whoever asked approves or refuses it above.' };
  if (state === 'done') return code(`undo ${number} <reason>`);
  if (state === 'approved' || state === 'running' || state === 'undoing') return code(`show ${number}`);
  return code('');
}

/** What is in force, and what waits. */
export async function overview(context: Context): Promise<Card> {
  const { tenant } = context;
  const states: ActionState[] = ['proposed', 'approved', 'running', 'done', 'undoing', 'failed'];
  const found = await tenant.actions.find({ state: { $in: states } }, { sort: { created: -1 }, limit: 500 });
  const all = found.filter((record) => isShown(context, record));
  const waiting = all.filter((record) => waitingFor(record));
  const inForce = all.filter(
    (record) =>
      !waiting.includes(record) &&
      (record.state !== 'done' || ACTIONS[record.action]?.undo) &&
      (record.state !== 'failed' || record.effect !== 'absent'),
  );
  const first = waiting[0] ?? inForce[0];
  return {
    title: `Actions of ${tenant.tenant.name} (${tenant.id}): ${inForce.length} in force, ${waiting.length} waiting`,
    tone: waiting.length > 0 ? 'medium' : 'neutral',
    blocks: [
      ...table(context, 'Waiting for approval', waiting),
      ...table(context, 'In force', inForce),
      ...(waiting.length > 0
        ? [
            {
              kind: 'actions' as const,
              actions: waiting.slice(0, 5).map(
                ({ number }): Action => ({
                  ...{
                    id: `show-${number}`,
                    label: `Action ${number}`,
                    command: 'actions',
                    tenant: tenant.id,
                    record: `show:${number}`,
                  },
                }),
              ),
            },
          ]
        : []),
      {
        kind: 'note',
        text: first
          ? ['Next: ', { code: `/mdr actions show ${first.number}` }, ' shows it in full.']
          : context.internal
            ? ['Next: ', { code: '/mdr actions request <action> name=value … reason …' }, ' asks for one.']
            : 'Nothing to do.',
      },
    ],
  };
}

function table({ internal }: Context, title: string, records: readonly ActionRecord[]): Block[] {
  if (records.length === 0) return [];
  return [
    { kind: 'text', text: [{ bold: title }] },
    {
      kind: 'table',
      columns: ['No.', 'What', 'State', 'Asked by', ...(internal ? ['Case'] : []), 'Until'],
      rows: records
        .slice(0, MAX_ROWS)
        .map((record): Inline[] => [
          String(record.number),
          [`${titleOf(record)}: `, ...(argsInline(record.args) as [])],
          stateWords(record),
          clip(record.by.name, 40),
          ...(internal ? [record.case === null ? '' : String(record.case)] : []),
          record.expires === null ? 'taken back' : [{ time: record.expires }],
        ]),
    },
    ...(records.length > MAX_ROWS ? [{ kind: 'note' as const, text: `and ${records.length - MAX_ROWS} more` }] : []),
  ];
}
