import { CASE_STATES, CLOCKS, SEVERITIES } from '../../store/cases.js';
import type { CaseNumbers, CaseRow } from './types.js';

const OPEN = CASE_STATES.filter((state): state is keyof CaseRow['states'] => state !== 'closed');
const HEAD = [
  ...['tenant', 'from', 'until', 'severity', 'opened', 'closed', 'open'],
  ...OPEN.flatMap((state) => [
    `${state} now`,
    `${state} stays`,
    `${state} mean s`,
    `${state} median s`,
    `${state} p90 s`,
  ]),
  ...CLOCKS.flatMap((clock) => [`${clock} met`, `${clock} missed`]),
  ...['tasks done', 'tasks late', 'tasks open', 'tasks overdue'],
];

/** As CSV (RFC 4180): a line for all cases of each tenant, and one for each severity. Times in seconds, empty where there are none. */
export function caseCsv(all: readonly CaseNumbers[]): string {
  const lines = all.flatMap((numbers) => [
    lineOf(numbers, 'all', numbers.all),
    ...[...SEVERITIES].reverse().flatMap((severity) => {
      const row = numbers.severities[severity];
      return row ? [lineOf(numbers, severity, row)] : [];
    }),
  ]);
  return `${[HEAD, ...lines].map((cells) => cells.map(cell).join(',')).join('\r\n')}\r\n`;
}

function lineOf({ tenant, from, until }: CaseNumbers, severity: string, row: CaseRow): (string | number)[] {
  const seconds = (ms: number | null) => (ms === null ? '' : Math.round(ms / 1000));
  return [
    ...[
      tenant.id,
      new Date(from).toISOString(),
      new Date(until).toISOString(),
      severity,
      row.opened,
      row.closed,
      row.open,
    ],
    ...OPEN.flatMap((state) => {
      const { now, stays } = row.states[state];
      return [now, stays.count, seconds(stays.mean), seconds(stays.median), seconds(stays.p90)];
    }),
    ...CLOCKS.flatMap((clock) => [row.clocks[clock].met, row.clocks[clock].missed]),
    ...[row.tasks.done, row.tasks.late, row.tasks.open, row.tasks.overdue],
  ];
}

const cell = (value: string | number): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
