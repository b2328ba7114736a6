import { relatedCases } from '../../engine/respond/case/related.js';
import type { Case } from '../../engine/store/cases.js';
import type { Block, Inline } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';

/** Cases that are like this one, and where it came from or went; the provider's own. */
export async function elsewhere({ tenant, internal }: Context, record: Case): Promise<Block[]> {
  if (!internal) return [];
  const likely = await relatedCases(tenant, record);
  const origin: Inline[] = [
    ...(record.splitFrom === undefined ? [] : [`Split from case ${record.splitFrom}`]),
    ...(record.took.length > 0 ? [`Cases that went into it: ${record.took.join(', ')}`] : []),
    ...(record.mergedInto === undefined ? [] : [`Goes on in case ${record.mergedInto}`]),
  ];
  return section('Related cases', [
    ...origin,
    ...likely.map(
      ({ number, title, state, score, reasons }): Inline => [
        { bold: `Case ${number}` },
        ` (${state}, ${score} of 100) ${clip(title, 100)}: ${clip(reasons.join('; '), 300)}`,
      ],
    ),
  ]);
}

export function section(heading: string, items: Inline[]): Block[] {
  if (items.length === 0) return [];
  return [
    { kind: 'text', text: [{ bold: heading }] },
    { kind: 'list', items },
  ];
}
