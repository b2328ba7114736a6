import { LEVELS } from '../../engine/detect/types.js';
import { judged, type Numbers, precision, type RuleRow } from '../../engine/triage/numbers/index.js';
import type { Spread } from '../../engine/triage/numbers/spans.js';
import { clip } from '../words/arguments.js';
import type { Action, Block, Card, Inline, Span } from './card.js';
import { counted, LEVEL_NAMES } from './labels.js';
import { openWords, spanWords } from './report.js';

const MOST_WEEKS = 12;
const MOST_RULES = 8;
const MAX_TITLE = 80;
const REASONS: Record<keyof Numbers['outcomes'], string> = {
  true_positive: 'True positive',
  benign: 'Benign',
  false_positive: 'False positive',
  duplicate: 'Duplicate (not counted)',
  test: 'Test (not counted)',
  none: 'Without a reason',
};

/**
 * How long it took to find, to answer and to end alerts, with what is still open beside it: nobody may take the numbers of what is done
 * for those of all. @param actions what can be pressed
 */
export function numbersCard(numbers: Numbers, actions: readonly Action[] = []): Card {
  const { all, tenant, from, until, escalated, reopened } = numbers;
  return {
    title: `Numbers of ${tenant.name} (${tenant.id}): ${counted(all.opened, 'alert')} in, ${counted(all.closed, 'closed', 'closed')}, ${counted(all.open, 'open', 'open')}`,
    tone: all.unanswered > 0 ? 'medium' : 'ok',
    blocks: [
      {
        kind: 'text',
        text: [
          'From ',
          { time: from },
          ' to ',
          { time: until },
          numbers.published ? ', of alerts that were published to you.' : '.',
        ],
      },
      {
        kind: 'fields',
        fields: [
          { name: 'Opened', value: String(all.opened) },
          { name: 'Closed', value: String(all.closed) },
          { name: 'Open at the end', value: openWords(all.open, all.unanswered) },
          { name: 'Escalated', value: String(escalated) },
          { name: 'Reopened', value: String(reopened) },
        ],
      },
      timesTable(numbers),
      ...levelsTable(numbers),
      ...outcomesTable(numbers),
      ...weeksTable(numbers),
      ...rulesTable(numbers),
      { kind: 'list', items: caveats(numbers) },
      ...(actions.length > 0 ? [{ kind: 'actions' as const, actions: [...actions] }] : []),
      { kind: 'note', text: nextLine(numbers) },
    ],
  };
}

function timesTable({ all, ages, waiting, publishedAfter }: Numbers): Block {
  const row = (name: string, of: Spread): Inline[] => [
    name,
    spanWords(of.mean),
    spanWords(of.median),
    spanWords(of.p90),
    String(of.count),
  ];
  return {
    kind: 'table',
    columns: ['Time', 'Mean', 'Median', 'p90', 'Alerts'],
    rows: [
      row('To detect (MTTD)', all.mttd),
      row('To acknowledge (MTTA)', all.mtta),
      row('To resolve (MTTR)', all.mttr),
      ...(publishedAfter.count > 0 ? [row('Until the customer was shown it', publishedAfter)] : []),
      ...(waiting.count > 0 ? [row('Still waiting for an answer, so far', waiting)] : []),
      ...(ages.count > 0 ? [row('Still open, so far', ages)] : []),
    ],
  };
}

function levelsTable({ levels }: Numbers): Block[] {
  const rows = [...LEVELS].reverse().flatMap((level): Inline[][] => {
    const of = levels[level];
    if (!of) return [];
    return [
      [
        LEVEL_NAMES[level],
        ...[of.opened, of.closed, of.open].map(String),
        brief(of.mttd),
        brief(of.mtta),
        brief(of.mttr),
      ],
    ];
  });
  return table(['Severity', 'Opened', 'Closed', 'Open', 'MTTD (median)', 'MTTA (median)', 'MTTR (median)'], rows);
}

function outcomesTable({ outcomes }: Numbers): Block[] {
  const all = Object.values(outcomes).reduce((sum, { closed }) => sum + closed, 0);
  const rows = (Object.keys(REASONS) as (keyof typeof REASONS)[]).flatMap((reason): Inline[][] => {
    const of = outcomes[reason];
    if (!of) return [];
    return [[REASONS[reason], String(of.closed), percent(of.closed / all), brief(of.mttr)]];
  });
  return table(['Closed as', 'Alerts', 'Share', 'MTTR (median)'], rows);
}

function weeksTable({ weeks }: Numbers): Block[] {
  if (weeks.length < 2) return [];
  const rows = weeks
    .slice(-MOST_WEEKS)
    .map(({ monday, opened, closed, open, mtta, mttr }): Inline[] => [
      new Date(monday).toISOString().slice(0, 10),
      ...[opened, closed, open].map(String),
      brief(mtta),
      brief(mttr),
    ]);
  return table(['Week (UTC) from', 'Opened', 'Closed', 'Open at its end', 'MTTA (median)', 'MTTR (median)'], rows);
}

function rulesTable({ rules, worst }: Numbers): Block[] {
  const row = (rule: RuleRow): Inline[] => [
    clip(rule.title, MAX_TITLE),
    ...[rule.opened, rule.open].map(String),
    judged(rule) > 0 ? `${rule.real} of ${judged(rule)} (${percent(precision(rule))})` : 'no verdict',
    brief(rule.mttd),
    brief(rule.mtta),
    brief(rule.mttr),
  ];
  const times = ['MTTD (median)', 'MTTA (median)', 'MTTR (median)'];
  const columns = (name: string) => [name, 'Opened', 'Open', 'Real of judged', ...times];
  return [
    ...table(columns('Rules with most alerts'), rules.slice(0, MOST_RULES).map(row)),
    ...table(columns('Rules most often wrong'), worst.slice(0, MOST_RULES).map(row)),
  ];
}

/** What these numbers leave out, so that nobody takes them for more than they are. */
function caveats({ all, oldest, skewed, simulated, outcomes, truncated }: Numbers): Inline[] {
  const { later, earlier } = skewed;
  const uncounted = (outcomes.duplicate?.closed ?? 0) + (outcomes.test?.closed ?? 0);
  return [
    ...(oldest
      ? [
          [
            `${counted(all.open, 'alert is', 'alerts are')} open: their time to resolve is not in the table yet. The oldest, `,
            { code: `/mdr alert ${oldest.number}` },
            `, is ${spanWords(oldest.age)} old.`,
          ] satisfies Span[],
        ]
      : ['No alert was open at the end.']),
    ...(later + earlier > 0
      ? [
          `Left out of MTTD, because a clock was wrong or old logs were read: ${counted(later, 'alert')} before ${later === 1 ? 'its' : 'their'} first event, ${earlier} more than 90 days after.`,
        ]
      : []),
    ...(simulated > 0 ? [`Not counted: ${counted(simulated, 'simulated alert')}.`] : []),
    ...(uncounted > 0 ? [`Not counted: ${counted(uncounted, 'duplicate or test', 'duplicates and tests')}.`] : []),
    ...(truncated ? ['There were more alerts or rules than were looked at: take a shorter period.'] : []),
  ];
}

function nextLine({ all, worst: [wrong] }: Numbers): Inline {
  if (all.unanswered > 0) return ['Next: ', { code: '/mdr alerts new' }, ' shows those that wait for an answer.'];
  if (wrong)
    return ['Next: ', { code: `/mdr rules show ${clip(wrong.id, 40)}` }, ' is about the rule most often wrong.'];
  return ['Next: ', { code: '/mdr numbers last 90d' }, ' shows a longer time.'];
}

const brief = ({ median }: Spread): string => spanWords(median);
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const table = (columns: string[], rows: Inline[][]): Block[] =>
  rows.length > 0 ? [{ kind: 'table', columns, rows }] : [];
