import type { Model } from '../../engine/hunt/models/types.js';
import { standings } from '../../engine/hunt/runner/overview.js';
import type { Block, Card, Inline } from '../cards/card.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { countsOf, HEALTHS, precisionText, toneFor } from './words.js';

const MAX_SIGNS = 12;

/** `models`. */
export async function list(context: Context, models: readonly Model[]): Promise<Card> {
  const { name, _id } = context.tenant.tenant;
  const { standings: all, about } = await standings(context.tenant, context.queues, models, context.clock());
  const sorted = all.toSorted(
    (a, b) => HEALTHS.indexOf(b.health) - HEALTHS.indexOf(a.health) || (a.model.name < b.model.name ? -1 : 1),
  );
  const troubled = all.filter(
    ({ health, drift }) => health === 'failing' || health === 'behind' || drift.state === 'drifted',
  );
  const last = Math.max(...all.map(({ record }) => record?.at ?? 0));
  return {
    title: `${countsOf(all)}, of ${name} (${_id})`,
    tone: toneFor(all),
    blocks: [
      {
        kind: 'table',
        columns: ['Model', 'State', 'Events', 'Found', 'Verdicts', 'Drift'],
        rows: sorted.map(({ model, record, health, days, drift, ...rest }): Inline[] => [
          [{ code: model.name }],
          health === 'learning' ? `learning, ${Math.floor(days)} of ${model.baseline.days} days` : health,
          (record?.events ?? 0).toLocaleString('en-US'),
          (record?.findings ?? 0).toLocaleString('en-US'),
          precisionText(rest),
          drift.state === 'unknown' ? '—' : drift.state,
        ]),
      },
      ...(troubled.length > 0
        ? [
            { kind: 'text' as const, text: [{ bold: 'To look at' }] },
            {
              kind: 'list' as const,
              items: troubled
                .slice(0, MAX_SIGNS)
                .map(
                  ({ model, health, why, drift }): Inline => [
                    { code: model.name },
                    ` ${clip([...(health === 'failing' || health === 'behind' ? [why] : []), ...(drift.state === 'drifted' ? [`drift: ${drift.words}`] : [])].join('; '), 400)}`,
                  ],
                ),
            },
          ]
        : []),
      ...late(about.late, about.unreadable, context.internal),
      ...(last > 0 ? [{ kind: 'note' as const, text: ['Last run ', { time: last }, '.'] as Inline }] : []),
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: `/mdr models ${sorted[0]!.model.name}` },
          ' shows one of them: its data, baseline, threshold and findings.',
        ],
      },
    ],
  };
}

function late(late: number, unreadable: number, internal: boolean): Block[] {
  if (!internal || late + unreadable === 0) return [];
  const parts = [
    ...(late > 0
      ? [
          `${counted(late, 'event')} of the last week landed more than ten minutes after their time: models did not see them`,
        ]
      : []),
    ...(unreadable > 0 ? [`${counted(unreadable, 'record')} could not be read again from the lake`] : []),
  ];
  return [{ kind: 'text', text: `${parts.join('; ')}.` }];
}
