import type { Report, RequirementReport, Status } from '../../engine/compliance/types.js';
import { STATUS_NAMES } from '../../engine/compliance/words.js';
import { clip } from '../words/arguments.js';
import type { Block, Card, Inline, Tone } from './card.js';
import { counted, LEVEL_NAMES } from './labels.js';

const MAX_ROWS = 60;
const MAX_LISTED = 10;
/** What an assessor will ask about, the gravest first. */
const TROUBLES: readonly Status[] = ['no-rule', 'silent', 'gaps', 'open', 'not-kept'];

/** The report in short: one row for each requirement, log sources with gaps, and how to read on. */
export function complianceCard(report: Report): Card {
  const { framework, tenant, period, requirements } = report;
  const counts = TROUBLES.concat('covered', 'outside').flatMap((status) => {
    const count = requirements.filter((one) => one.status === status).length;
    return count > 0 ? [`${count} ${STATUS_NAMES[status].name.toLowerCase()}`] : [];
  });
  const gappy = report.sources.filter(({ silent }) => silent > 0);
  return {
    title: `${framework.name} ${framework.version}: ${tenant.name} (${tenant.id})`,
    tone: toneOf(requirements.map(({ status }) => status)),
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Period', value: period.text },
          { name: 'Requirements', value: counts.join(', ') },
          { name: 'Log sources', value: sourcesText(report.sources.length, gappy.length) },
          {
            name: 'Switched off or excepted',
            value: `${counted(report.tuned.disabled.length, 'rule')}, ${counted(report.tuned.exceptions.length, 'exception')}`,
          },
        ],
      },
      {
        kind: 'table',
        columns: ['Requirement', 'Title', 'State', 'Rules', 'Alerts'],
        rows: requirements
          .slice(0, MAX_ROWS)
          .map(({ requirement, status, rules, violations, more }): Inline[] => [
            [{ code: requirement.number }],
            requirement.title,
            STATUS_NAMES[status].name,
            String(rules.length),
            String(violations.length + more),
          ]),
      },
      ...(gappy.length > 0
        ? [
            {
              kind: 'list' as const,
              items: gappy
                .slice(0, MAX_LISTED)
                .map(
                  ({ name, silent, gaps }) => `${name}: ${counted(silent, 'day')} without events (${gaps.join(', ')})`,
                ),
            },
          ]
        : []),
      ...caveats(report),
      {
        kind: 'note',
        text: [
          'Next: ',
          { code: `/mdr compliance ${framework.id} ${firstTrouble(requirements).requirement.number}` },
          ' shows one requirement; ',
          { code: `mdr compliance ${tenant.id} ${framework.id} --out report.html` },
          ' on the server writes the whole report.',
        ],
      },
    ],
  };
}

/** One requirement in full. */
export function requirementCard(report: Report, one: RequirementReport): Card {
  const { framework, tenant, period } = report;
  const { requirement, status, because, rules, sources, absent, violations, more } = one;
  const listed = requirement.every ? rules.filter(({ detections }) => detections > 0) : rules;
  const total = violations.length + more;
  return {
    title: `${framework.name} ${requirement.number} ${requirement.title}: ${tenant.name} (${tenant.id})`,
    tone: toneOf([status]),
    blocks: [
      { kind: 'text', text: requirement.text },
      {
        kind: 'fields',
        fields: [
          { name: 'Period', value: period.text },
          { name: 'State', value: `${STATUS_NAMES[status].name}: ${STATUS_NAMES[status].meaning}` },
          { name: 'Why', value: because },
          ...(requirement.beyond && status !== 'outside' ? [{ name: 'Beyond logs', value: requirement.beyond }] : []),
        ],
      },
      ...table(
        ['Rule', 'Level', 'Had events', 'Detections'],
        listed
          .slice(0, MAX_LISTED * 2)
          .map(({ rule, heard, disabled, detections }) => [
            clip(rule.title, 80),
            LEVEL_NAMES[rule.level],
            disabled ? 'switched off' : heard ? 'yes' : 'no',
            String(detections),
          ]),
      ),
      ...table(
        ['Log source', 'Events', 'Days', 'Days without any'],
        (requirement.every ? [] : sources)
          .slice(0, MAX_LISTED * 2)
          .map(({ name, events, days, silent, gaps }) => [
            name,
            events.toLocaleString('en-US'),
            String(days),
            silent === 0 ? 'none' : `${silent}: ${clip(gaps.join(', '), 120)}`,
          ]),
      ),
      ...(absent.length > 0
        ? [
            {
              kind: 'text' as const,
              text: `Sent nothing: ${clip(absent.join(', '), 600)}. Each that is in scope is a gap.`,
            },
          ]
        : []),
      ...table(
        ['Alert', 'Level', 'What', 'First event', 'Acknowledged', 'Outcome'],
        violations
          .slice(0, MAX_LISTED)
          .map(({ number, level, title, first, acknowledged, closed, simulated }) => [
            String(number),
            LEVEL_NAMES[level],
            `${simulated ? 'Simulated · ' : ''}${clip(title, 80)}`,
            [{ time: first }],
            acknowledged ? [`${clip(acknowledged.by, 40)}, `, { time: acknowledged.at }] : 'no',
            closed ? [`${closed.reason ?? 'closed'} by ${clip(closed.by, 40)}, `, { time: closed.at }] : 'open',
          ]),
      ),
      ...(total > MAX_LISTED
        ? [{ kind: 'text' as const, text: `${counted(total - MAX_LISTED, 'more alert')} in the whole report.` }]
        : []),
      ...caveats(report),
      {
        kind: 'note',
        text: violations[0]
          ? ['Next: ', { code: `/mdr alert ${violations[0].number}` }, ' shows the newest alert in full.']
          : ['Next: ', { code: `/mdr compliance ${framework.id}` }, ' shows all requirements.'],
      },
    ],
  };
}

const table = (columns: string[], rows: Inline[][]): Block[] =>
  rows.length > 0 ? [{ kind: 'table', columns, rows }] : [];

const firstTrouble = (requirements: readonly RequirementReport[]): RequirementReport =>
  TROUBLES.flatMap((status) => requirements.filter((one) => one.status === status))[0] ?? requirements[0]!;

function toneOf(statuses: readonly Status[]): Tone {
  if (statuses.some((status) => status === 'no-rule' || status === 'silent')) return 'medium';
  return statuses.some((status) => status === 'gaps' || status === 'open') ? 'low' : 'ok';
}

function sourcesText(count: number, gappy: number): string {
  if (count === 0) return 'none sent anything';
  return `${count} sent events, ${gappy === 0 ? 'all of them on every day' : `${gappy} not on every day`}`;
}

function caveats({ simulated, partial, cut }: Report): Block[] {
  const texts = [
    ...(cut
      ? ['There were more alerts than a report looks at: only the newest are counted. Take a shorter period.']
      : []),
    ...(partial ? ['Alerts that the provider has not published are not shown here, and are not counted.'] : []),
    ...(simulated ? ['Some alerts in this period come from a simulation.'] : []),
  ];
  return texts.map((text) => ({ kind: 'text', text }));
}
