import type { Quiet } from '../../engine/store/quiets.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { bySeverity } from '../../engine/triage/order.js';
import { clip } from '../words/arguments.js';
import type { Card, Inline } from './card.js';
import { counted } from './labels.js';

/** Related detections that are too little for an alert, the highest score first: nothing is hidden from who wants to look. */
export function quietCard({ name, _id }: Tenant, groups: readonly Quiet[], total: number): Card {
  return {
    title: `${counted(total, 'quiet group')} of ${name} (${_id})`,
    tone: 'neutral',
    blocks: [
      {
        kind: 'text',
        text: 'Related detections that score too little for an alert. Each becomes one when more joins it.',
      },
      ...(groups.length > 0
        ? [
            {
              kind: 'table' as const,
              columns: ['Score', 'What', 'On', 'Detections', 'Last seen'],
              rows: groups.map(row),
            },
          ]
        : []),
      ...(total > groups.length
        ? [{ kind: 'note' as const, text: `and ${total - groups.length} more, of lower scores` }]
        : []),
      {
        kind: 'note',
        text: ['Next: ', { code: '/mdr raise <what you see>' }, ' makes an alert of what deserves one.'],
      },
    ],
  };
}

function row({ strands, score, last }: Quiet): Inline[] {
  const rules = bySeverity(strands);
  const names = [...new Set(rules.map(({ title }) => title))];
  const link = strands.flatMap(({ links }) => links)[0];
  return [
    String(score),
    clip(names.slice(0, 2).join('; ') + (names.length > 2 ? ` and ${names.length - 2} more` : ''), 140),
    [{ code: clip(link?.value ?? '', 60) }],
    strands.reduce((sum, { count }) => sum + count, 0).toLocaleString('en-US'),
    [{ time: last }],
  ];
}
