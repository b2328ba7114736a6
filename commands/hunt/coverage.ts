import { savedHunts } from '../../engine/hunt/saved/index.js';
import { huntCoverage } from '../../engine/hunt/search/coverage.js';
import { techniqueName } from '../../engine/investigate/attack.js';
import type { Card, Inline } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';

const MOST = 60;

/** Which techniques were hunted for in the last 30 days, and with what result. */
export async function coverage({ tenant, clock }: Context): Promise<Card> {
  const hunts = await savedHunts();
  const all = await huntCoverage(tenant, hunts, clock());
  const hunted = all.filter(({ runs }) => runs > 0);
  const never = all.filter(({ runs }) => runs === 0);
  return {
    title: `Hunted in the last 30 days at ${tenant.tenant.name} (${tenant.id}): ${hunted.length} of ${all.length} techniques`,
    tone: hunted.length > 0 ? 'ok' : 'neutral',
    blocks: [
      ...(hunted.length > 0
        ? [
            {
              kind: 'table' as const,
              columns: ['Technique', 'Hunts run', 'Runs', 'With rows', 'Without data', 'Last'],
              rows: hunted
                .slice(0, MOST)
                .map(({ technique, ran, hunts: of, runs, found, blind, last }): Inline[] => [
                  clip(techniqueName(technique), 80),
                  `${ran} of ${of.length}`,
                  String(runs),
                  found > 0 ? `${found} found` : 'not found',
                  String(blind),
                  [{ time: last! }],
                ]),
            },
          ]
        : []),
      ...(never.length > 0
        ? [
            { kind: 'text' as const, text: [{ bold: 'Not hunted for' }] },
            {
              kind: 'list' as const,
              items: never
                .slice(0, MOST)
                .map(
                  ({ technique, hunts: of }): Inline => [`${clip(techniqueName(technique), 80)}: `, { code: of[0]! }],
                ),
            },
          ]
        : []),
      {
        kind: 'note',
        text: [
          'A hunt without data has found nothing because nothing was logged. Next: ',
          { code: `/mdr hunt run ${never[0]?.hunts[0] ?? hunted[0]?.hunts[0] ?? '<name>'}` },
          '.',
        ],
      },
    ],
  };
}
