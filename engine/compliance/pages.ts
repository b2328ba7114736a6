import type { Coverage } from './coverage.js';
import type { Report, RequirementReport, Violation } from './types.js';
import { duration, moment, STATUS_NAMES } from './words.js';

/** The report as headings, paragraphs and tables, free of any file format. Every string is plain text, some of it from logs. */
export type Part =
  | { heading: string; level: 1 | 2 | 3 }
  | { paragraph: string }
  | { table: { columns: string[]; rows: string[][] } };

const MAX_RULES = 40;

export function pagesOf(report: Report): Part[] {
  const { framework, tenant, period } = report;
  return [
    { heading: `${framework.name} ${framework.version}: what the logs of ${tenant.name} show`, level: 1 },
    { paragraph: `Tenant: ${tenant.name} (${tenant.id}). Period: ${period.text}. Made: ${moment(report.made)} UTC.` },
    {
      paragraph: `Source: ${framework.source}. Requirements are told in our own words; the source's own wording counts.`,
    },
    {
      paragraph:
        'This report shows what was watched and found, and what was done. It does not say that a requirement is met: that is the assessor’s judgement.',
    },
    ...(report.cut
      ? [
          {
            paragraph:
              'There were more alerts than a report looks at: only the newest are counted. Take a shorter period.',
          },
        ]
      : []),
    ...(report.partial
      ? [{ paragraph: 'Alerts that the provider has not published are not shown to this reader, and are not counted.' }]
      : []),
    ...(report.simulated
      ? [{ paragraph: 'Some alerts in this period come from a simulation; they are marked as such.' }]
      : []),
    { heading: 'In short', level: 2 },
    { table: { columns: ['Requirement', 'Title', 'State', 'Why', 'Alerts'], rows: report.requirements.map(shortRow) } },
    {
      table: {
        columns: ['State', 'Meaning'],
        rows: Object.values(STATUS_NAMES).map(({ name, meaning }) => [name, meaning]),
      },
    },
    { heading: 'Log sources', level: 2 },
    ...(report.sources.length > 0
      ? [sourceTable(report.sources)]
      : [{ paragraph: 'No log source sent any event in this period.' }]),
    { heading: 'Retention', level: 2 },
    { paragraph: retentionText(report) },
    { heading: 'What this report cannot see', level: 2 },
    ...blindness(report),
    { heading: 'Requirements', level: 2 },
    ...report.requirements.flatMap(requirementPart),
  ];
}

const shortRow = ({ requirement, status, because, violations, more }: RequirementReport): string[] => [
  requirement.number,
  requirement.title,
  STATUS_NAMES[status].name,
  because,
  String(violations.length + more),
];

function sourceTable(sources: readonly Coverage[]): Part {
  return {
    table: {
      columns: ['Log source', 'Sent by', 'Events', 'Days with events', 'Days without any'],
      rows: sources.map(({ name, from, events, days, gaps, silent }) => [
        name,
        from.join(', '),
        events.toLocaleString('en-US'),
        String(days),
        silent === 0 ? 'none' : `${silent}: ${gaps.join(', ')}`,
      ]),
    },
  };
}

function retentionText({ retention }: Report): string {
  const since = (time: number | null) => (time === null ? 'none yet' : `since ${moment(time)} UTC`);
  return [
    `Alerts, with their detections and the records that raised them: kept without limit, ${since(retention.oldestAlert)}.`,
    `Counts of events by day and log source: kept for 800 days, ${retention.firstDay ? `since ${retention.firstDay}` : 'none yet'}.`,
    'Events that no rule matched are not kept: the archive that your logs also go to must be shown beside this report.',
  ].join(' ');
}

function blindness({ tuned, requirements }: Report): Part[] {
  const outside = requirements.filter(({ status }) => status === 'outside');
  return [
    {
      paragraph:
        'Systems that send no logs here are not seen at all: compare the log sources above with the inventory of what is in scope.',
    },
    ...(outside.length > 0
      ? [{ paragraph: `Not shown by logs: ${outside.map(({ requirement }) => requirement.number).join(', ')}.` }]
      : []),
    ...(tuned.disabled.length > 0
      ? [{ paragraph: `Rules switched off for this tenant: ${tuned.disabled.join('; ')}.` }]
      : []),
    ...(tuned.exceptions.length > 0
      ? [
          {
            table: {
              columns: ['Exception in force', 'Hides', 'Reason', 'By'],
              rows: tuned.exceptions.map(({ number, rules, reason, by }) => [
                `E${number}`,
                rules.join('; '),
                reason,
                by,
              ]),
            },
          },
        ]
      : [{ paragraph: 'No exception hides anything from the rules.' }]),
  ];
}

function requirementPart(report: RequirementReport): Part[] {
  const { requirement, status, because, rules, sources, absent, violations, more, response } = report;
  const listed = requirement.every ? rules.filter(({ detections }) => detections > 0) : rules;
  return [
    { heading: `${requirement.number} ${requirement.title}`, level: 3 },
    { paragraph: requirement.text },
    { paragraph: `${STATUS_NAMES[status].name}. ${because}` },
    ...(requirement.beyond && status !== 'outside' ? [{ paragraph: `Beyond logs: ${requirement.beyond}` }] : []),
    ...(listed.length > 0
      ? [
          {
            table: {
              columns: [
                requirement.every ? 'Rule that fired' : 'Rule',
                'Level',
                'Had events to watch',
                'Detections',
                'Hidden by exceptions',
              ],
              rows: listed
                .slice(0, MAX_RULES)
                .map(({ rule, heard, disabled, detections, hidden }) => [
                  rule.title,
                  rule.level,
                  disabled ? 'switched off' : heard ? 'yes' : 'no',
                  String(detections),
                  String(hidden),
                ]),
            },
          },
        ]
      : []),
    ...(listed.length > MAX_RULES ? [{ paragraph: `${listed.length - MAX_RULES} more rules.` }] : []),
    ...(sources.length > 0 && !requirement.every ? [sourceTable(sources)] : []),
    ...(absent.length > 0
      ? [{ paragraph: `Sent nothing in this period: ${absent.join(', ')}. Each of these that is in scope is a gap.` }]
      : []),
    ...(violations.length > 0
      ? [
          {
            table: {
              columns: ['Alert', 'Level', 'What', 'First event (UTC)', 'Acknowledged', 'Outcome'],
              rows: violations.map(violationRow),
            },
          },
        ]
      : []),
    ...(more > 0 ? [{ paragraph: `${more} more alerts are not listed.` }] : []),
    ...(response && response.medianMs !== null
      ? [{ paragraph: `Half of the acknowledged alerts were taken within ${duration(response.medianMs)}.` }]
      : []),
  ];
}

function violationRow(violation: Violation): string[] {
  const { number, level, title, first, acknowledged, closed, simulated } = violation;
  return [
    `#${number}`,
    level,
    simulated ? `Simulated: ${title}` : title,
    moment(first),
    acknowledged ? `${acknowledged.by}, ${moment(acknowledged.at)}` : 'no',
    closed ? `closed as ${closed.reason ?? 'unknown'} by ${closed.by}, ${moment(closed.at)}` : 'open',
  ];
}
