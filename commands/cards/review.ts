import type { Review, Times } from '../../engine/respond/learn/types.js';
import type { Lesson } from '../../engine/store/lessons.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import type { Action, Block, Card, Inline } from './card.js';
import { counted } from './labels.js';
import { spanWords } from './report.js';

const MOST_FINDINGS = 15;
const MOST_REASONS = 12;
const MAX_DIFF = 2800;

const TIMES: readonly [keyof Times, string][] = [
  ['detect', 'To find it'],
  ['acknowledge', 'To look into it'],
  ['contain', 'To contain it'],
  ['eradicate', 'To remove its cause'],
  ['recover', 'To recover'],
  ['close', 'To close it'],
];
const NAMES: Readonly<Record<Review['findings'][number]['kind'], string>> = {
  ...{ skipped: 'Left out', 'not-reached': 'Not reached', failed: 'Failed', retried: 'Tried again', late: 'Late' },
  ...{ clock: 'The contract', added: 'Added', order: 'Order' },
};
/** Why a person may refuse a proposal with one click; in words with the command. */
const REFUSALS = [
  ['once', 'It was so this once only'],
  ['wrong', 'It would be wrong in other cases'],
  ['elsewhere', 'It belongs elsewhere'],
  ['worded', 'It has to be worded anew by hand'],
] as const;

export function reviewCard(
  review: Review,
  lessons: readonly Lesson[],
  tenant: Tenant,
  { internal, mayPropose }: { internal: boolean; mayPropose: boolean },
): Card {
  const { case: number, findings, playbook, times } = review;
  const action = (id: string, label: string, record: string): Action => ({
    ...{ id, label, command: 'review', tenant: tenant._id, record },
  });
  const open = lessons.filter(({ state }) => state === 'open');
  const left = findings.length - MOST_FINDINGS;
  return {
    title: `Review of case ${number} of ${tenant.name} (${tenant._id}): ${counted(findings.length, 'finding')}`,
    tone: findings.length > 0 ? 'medium' : 'ok',
    blocks: [
      {
        kind: 'fields',
        fields: [
          ...(internal
            ? [
                {
                  name: 'Playbook',
                  value: playbook ? `${playbook.name} (${playbook.outcome})` : 'no run belongs to this case',
                },
              ]
            : []),
          ...TIMES.flatMap(([key, name]) => (times[key] === null ? [] : [{ name, value: spanWords(times[key]) }])),
        ],
      },
      ...(findings.length > 0
        ? [
            {
              kind: 'list' as const,
              items: [
                ...findings
                  .slice(0, MOST_FINDINGS)
                  .map(
                    ({ kind, text, why, from }): Inline => [
                      { bold: `${NAMES[kind]}: ` },
                      `${clip(text, 300)}${why ? ` Why: ${clip(why, 200)}` : ''} [${from.join(', ')}]`,
                    ],
                  ),
                ...(left > 0 ? [`and ${left} more, in the report`] : []),
              ],
            },
          ]
        : [{ kind: 'text' as const, text: 'Nothing went otherwise than it was written.' }]),
      ...(lessons.length > 0
        ? [
            {
              kind: 'list' as const,
              items: lessons.map((lesson): Inline => [{ bold: `L${lesson.number}` }, ` ${lessonLine(lesson)}`]),
            },
          ]
        : []),
      {
        kind: 'actions',
        actions: [
          ...(internal && mayPropose
            ? [action('propose', playbook ? 'Propose changes' : 'Draft a playbook', `propose:${number}`)]
            : []),
          ...open
            .slice(0, 3)
            .map((lesson) => action(`lesson-${lesson.number}`, `Look at L${lesson.number}`, `L${lesson.number}`)),
          action('pdf', 'Report as PDF', `report:${number}:pdf`),
          action('html', 'as HTML', `report:${number}:html`),
        ],
      },
      {
        kind: 'note',
        text: open[0]
          ? ['Next: look at what is proposed: ', { code: `/mdr review L${open[0].number}` }, '.']
          : [
              'Next: ',
              { code: `/mdr review ${number} report` },
              ' puts the post-incident report into the thread of the case.',
            ],
      },
    ],
  };
}

/** `ransomware, 3 changes: open`. */
export const lessonLine = ({ playbook, version, reasons, state, decided, applied }: Lesson): string =>
  `${playbook}${version === null ? ' (new)' : ''}, ${counted(reasons.length, 'change')}: ${state}${decided ? ` by ${clip(decided.by.name, 60)}` : ''}${applied ? ', in the file' : ''}`;

export function lessonCard(lesson: Lesson, tenant: Tenant, mayDecide: boolean): Card {
  const { number, case: of, playbook, reasons, left, diff, state, decided, version } = lesson;
  const reason = ({ text, from }: Lesson['reasons'][number]): Inline =>
    `${clip(text, 400)} [${from.slice(0, 6).join(', ')}]`;
  const section = (heading: string, items: Inline[]): Block[] =>
    items.length === 0
      ? []
      : [
          { kind: 'text', text: [{ bold: heading }] },
          { kind: 'list', items },
        ];
  const isCut = diff.length > MAX_DIFF;
  const base = { command: 'review', tenant: tenant._id };
  return {
    title: `L${number}: ${version === null ? 'a new playbook' : 'changes of the playbook'} ${playbook}, from case ${of} (${state})`,
    tone: state === 'open' ? 'medium' : 'neutral',
    blocks: [
      ...section('Why', reasons.slice(0, MOST_REASONS).map(reason)),
      ...section('Found too, and not put into the text', left.slice(0, MOST_REASONS).map(reason)),
      { kind: 'code', text: isCut ? diff.slice(0, MAX_DIFF) : diff },
      ...(isCut
        ? [
            {
              kind: 'note' as const,
              text: ['Cut here; all of it: ', { code: `mdr review show ${tenant._id} L${number}` }] as Inline,
            },
          ]
        : []),
      ...(decided
        ? [
            {
              kind: 'text' as const,
              text: [
                { bold: `${state} by ${clip(decided.by.name, 80)}, ` },
                { time: decided.at },
                decided.reason ? `: ${clip(decided.reason, 400)}` : '',
              ] as Inline,
            },
          ]
        : []),
      ...(state === 'open' && mayDecide
        ? [
            {
              kind: 'actions' as const,
              actions: [
                { ...base, id: 'accept', label: 'Accept', record: `accept:L${number}`, style: 'primary' as const },
                {
                  ...base,
                  id: 'refuse',
                  label: 'Refuse…',
                  record: `refuse:L${number}`,
                  choices: REFUSALS.map(([value, label]) => ({ value, label })),
                },
              ],
            },
          ]
        : []),
      {
        kind: 'note',
        text:
          state === 'open'
            ? ['Next: a lead accepts it, or ', { code: `/mdr review refuse L${number} <why>` }, '.']
            : state === 'accepted' && !lesson.applied
              ? ['Next: the operator writes it: ', { code: `mdr review apply ${tenant._id} L${number}` }, '.']
              : 'Nothing to do.',
      },
    ],
  };
}

/** The reason that a button stands for, in words. */
export const refusalWords = (word: string): string => REFUSALS.find(([value]) => value === word)?.[1] ?? word;
