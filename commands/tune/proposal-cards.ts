import type { Proposal } from '../../engine/store/proposals.js';
import { conditionText } from '../../engine/triage/tune/conditions.js';
import type { Action, Block, Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { changeText, seenText, wouldText } from '../words/proposal.js';

const ROWS = 12;
const MAX_BUTTONS = 3;
const MAX_LOG = 10;
const STATES: Record<Proposal['state'], string> = {
  open: 'Open: it does nothing until somebody accepts it',
  accepted: 'Accepted',
  dismissed: 'Dismissed',
  withdrawn: 'Withdrawn: verdicts do not suggest it any more',
};

export function proposalsCard(open: readonly Proposal[], { tenant }: Context): Card {
  const [first] = open;
  const left = open.length - ROWS;
  return {
    title: `${counted(open.length, 'tuning proposal')} for ${tenant.tenant.name} (${tenant.id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'text',
        text: 'Made from verdicts: rules of which fewer than one in five judged alerts of the last 90 days was real. None does anything by itself.',
      },
      ...(first
        ? [
            {
              kind: 'table' as const,
              columns: ['No.', 'Rule', 'Verdicts', 'Proposed', 'Effect'],
              rows: open
                .slice(0, ROWS)
                .map((each): Inline[] => [
                  `P${each.number}`,
                  clip(`${each.rule.title} (${each.rule.level})`, 100),
                  seenText(each),
                  [{ code: clip(changeText(each), 200) }],
                  wouldText(each),
                ]),
            },
            {
              kind: 'actions' as const,
              actions: open.slice(0, MAX_BUTTONS).flatMap((each) => proposalActions(each, tenant.id).slice(0, 2)),
            },
          ]
        : []),
      ...(left > 0 ? [{ kind: 'text' as const, text: `and ${left} more` }] : []),
      {
        kind: 'note',
        text: first
          ? [
              'Next: ',
              { code: `/mdr tune show P${first.number}` },
              ' shows one in full; ',
              { code: `/mdr tune dismiss P${first.number} <reason>` },
              ' says no.',
            ]
          : 'Nothing to do. They come when at least five alerts with a rule were closed and few of them were real.',
      },
    ],
  };
}

export function proposalCard(proposal: Proposal, { tenant }: Context, title?: string): Card {
  const { number, state, rule, alert, created } = proposal;
  return {
    title: title ?? `P${number} · ${state}`,
    tone: title ? 'ok' : 'neutral',
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.tenant.name} (${tenant.id})` },
          { name: 'State', value: STATES[state] },
          { name: 'Rule', value: `${clip(rule.title, 150)} (${rule.level})` },
          { name: 'Verdicts', value: seenText(proposal) },
          { name: 'Proposed', value: [{ time: created }] },
          ...(alert === null ? [] : [{ name: 'Such as', value: [{ code: `/mdr alert ${alert}` }] satisfies Inline }]),
        ],
      },
      ...changeBlocks(proposal),
      { kind: 'text', text: [{ bold: 'Effect: ' }, `it ${wouldText(proposal)}.`] },
      ...history(proposal),
      { kind: 'actions', actions: proposalActions(proposal, tenant.id) },
      nextOf(proposal),
    ],
  };
}

function changeBlocks({ change, rule }: Proposal): Block[] {
  if (change.kind === 'level')
    return [{ kind: 'text', text: [{ bold: 'What: ' }, `level ${change.level} here, instead of ${rule.level}.`] }];
  return [
    { kind: 'text', text: [{ bold: 'What: ' }, 'an exception for this rule, when all of this holds'] },
    { kind: 'list', items: change.conditions.map((each): Inline => [{ code: clip(conditionText(each), 400) }]) },
  ];
}

function history({ log }: Proposal): Block[] {
  const items = log
    .slice(-MAX_LOG)
    .map((each): Inline => [{ time: each.at }, ` ${clip(each.actorName, 60)}: ${clip(each.text, 300)}`]);
  return [
    { kind: 'text', text: [{ bold: 'What happened to it' }] },
    { kind: 'list', items },
  ];
}

/** Only what the present state allows. */
export function proposalActions({ number, state, change }: Proposal, tenant: string): Action[] {
  const name = `P${number}`;
  const action = (id: string, label: string): Action => ({
    ...{ id: `${name}-${id}`, label, command: 'tune', tenant, record: name },
  });
  if (state === 'accepted' || state === 'dismissed')
    return [{ ...action('undo', `Take ${name} back`), choice: 'undo' }];
  if (state === 'withdrawn') return [];
  return [
    change.kind === 'exception'
      ? {
          ...action('accept', `Accept ${name} as…`),
          choices: [
            { value: 'monitor', label: 'Count only (monitor)' },
            { value: 'active', label: 'Hide (active)' },
          ],
        }
      : { ...action('accept', `Accept ${name}`), choice: 'accept' },
    { ...action('show', `Show ${name}`), choice: 'show' },
  ];
}

function nextOf({ number, state, change, decided }: Proposal): Block {
  const code = (text: string) => ({ code: `/mdr tune ${text}` });
  if (state === 'open')
    return {
      kind: 'note',
      text: [
        'Next: ',
        code(`accept P${number}${change.kind === 'exception' ? ' monitor' : ''}`),
        change.kind === 'exception' ? ' counts what it would hide first; ' : ' changes the level; ',
        code(`dismiss P${number} <reason>`),
        ' says no.',
      ],
    };
  if (decided?.exception !== undefined)
    return { kind: 'note', text: ['Next: ', code(`show E${decided.exception}`), ' shows what it counts and hides.'] };
  return { kind: 'note', text: ['Nothing to do. ', code(`undo P${number}`), ' takes it back.'] };
}
