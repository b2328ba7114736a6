import type { CaseNumbers, CaseRow } from '../../engine/respond/numbers/index.js';
import { CASE_STATES, CLOCKS, SEVERITIES } from '../../engine/store/cases.js';
import type { Block, Inline } from './card.js';
import { capital } from './case.js';
import { counted } from './labels.js';
import { spanWords } from './report.js';

const OPEN = CASE_STATES.filter((state): state is keyof CaseRow['states'] => state !== 'closed');

/** Numbers of cases, below those of alerts; nothing where there was no case. */
export function caseNumberBlocks({ all, severities, overdue, simulated, uncounted }: CaseNumbers): Block[] {
  if (all.opened + all.closed + all.open === 0) return [];
  const share = ({ met, missed }: { met: number; missed: number }): string =>
    met + missed === 0 ? '—' : `${met} of ${met + missed} (${Math.round((100 * met) / (met + missed))} %)`;
  const rows = [
    ['All', all] as const,
    ...[...SEVERITIES].reverse().flatMap((severity) => {
      const row = severities[severity];
      return row ? [[capital(severity), row] as const] : [];
    }),
  ];
  return [
    {
      kind: 'table',
      columns: [
        'Cases',
        'Opened',
        'Closed',
        'Open',
        ...CLOCKS.map((clock) => `In time: ${clock}`),
        'Tasks overdue',
        'Tasks done late',
      ],
      rows: rows.map(([name, row]): Inline[] => [
        name,
        ...[row.opened, row.closed, row.open].map(String),
        ...CLOCKS.map((clock) => share(row.clocks[clock])),
        `${row.tasks.overdue} of ${row.tasks.open} open`,
        `${row.tasks.late} of ${row.tasks.done}`,
      ]),
    },
    {
      kind: 'table',
      columns: ['Time in state', 'Mean', 'Median', 'p90', 'Stays', 'Cases in it now'],
      rows: OPEN.map((state): Inline[] => {
        const { stays, now } = all.states[state];
        return [
          capital(state),
          spanWords(stays.mean),
          spanWords(stays.median),
          spanWords(stays.p90),
          String(stays.count),
          String(now),
        ];
      }),
    },
    ...(overdue.length > 0
      ? [
          {
            kind: 'list' as const,
            items: overdue
              .slice(0, 5)
              .map(
                ({ number, tasks }): Inline => [
                  { code: `/mdr case ${number}` },
                  ` has overdue: ${tasks.slice(0, 8).join(', ')}`,
                ],
              ),
          },
        ]
      : []),
    ...(simulated + uncounted > 0
      ? [
          {
            kind: 'note' as const,
            text: `Not counted: ${counted(simulated, 'exercise')}; ${uncounted} merged, duplicates and tests.`,
          },
        ]
      : []),
  ];
}
