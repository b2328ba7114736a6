import type { DigestItem, Numbers, Report } from '../../engine/store/dispatches.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import { changeText, seenText, wouldText } from '../words/proposal.js';
import type { Block, Card, Inline } from './card.js';
import { counted, countsLine, LEVEL_NAMES, period } from './labels.js';

const MAX_TITLE = 120;
const NAMES: Record<Report['kind'], string> = { daily: 'Daily digest', handover: 'Shift hand-over', weekly: 'Week' };
const total = (counts: Partial<Record<string, number>>): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);

/** A regular post: what happened, what is open, what comes. The same report gives the same card. */
export function reportCard(report: Report, tenant: Tenant): Card {
  const open = total(report.open);
  return {
    title: `${NAMES[report.kind]} of ${tenant.name} (${tenant._id}): ${open === 0 ? 'nothing open' : counted(open, 'open alert')}`,
    tone: report.unacknowledged > 0 ? 'medium' : 'ok',
    blocks: [
      { kind: 'text', text: ['What happened ', ...period(report.from, report.due), '.'] },
      ...(report.late
        ? [
            {
              kind: 'text' as const,
              text: [{ bold: 'Late.' }, ' It was due ', { time: report.due }, '; nothing ran then.'],
            },
          ]
        : []),
      {
        kind: 'fields',
        fields: [
          { name: 'Opened', value: countsLine(report.opened) || 'none' },
          { name: 'Acknowledged', value: String(report.acknowledged) },
          { name: 'Closed', value: closedLine(report.closed) },
          { name: 'Open now', value: countsLine(report.open) || 'none' },
          { name: 'Not acknowledged yet', value: String(report.unacknowledged) },
        ],
      },
      ...(report.numbers ? [numbersTable(report.numbers, report.before)] : []),
      ...(report.days.length ? [daysTable(report.days)] : []),
      ...section('The gravest open ones', report.top.map(itemLine)),
      ...section('Waiting for the customer', report.waiting.map(itemLine)),
      ...section(
        'Due in the next hours',
        report.soon.map(({ at, text }): Inline => [{ time: at }, ` ${clip(text, 250)}`]),
      ),
      ...tuning(report),
      { kind: 'note', text: nextLine(report) },
    ],
  };
}

/** What verdicts suggest; a person decides. */
function tuning({ proposals }: Report): Block[] {
  if (proposals === undefined) return [];
  if (proposals === null)
    return [
      {
        kind: 'text',
        text: ['What verdicts suggest to tune could not be found out: ', { code: '/mdr tune proposals' }],
      },
    ];
  return section(
    'Proposed for tuning, from verdicts',
    proposals.map(
      (each): Inline => [
        { code: `P${each.number}` },
        ` ${clip(each.rule.title, MAX_TITLE)}, of which ${seenText(each)}: `,
        { code: clip(changeText(each), 200) },
        ` ${wouldText(each)}`,
      ],
    ),
  );
}

function nextLine({ top: [gravest], unacknowledged }: Report): Inline {
  if (!gravest) return 'Nothing to do.';
  if (unacknowledged > 0)
    return [
      'Next: ',
      { code: '/mdr alerts new' },
      ' shows those that nobody has acknowledged; ',
      { code: `/mdr alert ${gravest.number}` },
      ' the gravest.',
    ];
  return ['Next: ', { code: `/mdr alert ${gravest.number}` }, ' shows the gravest; ', { code: '/mdr alerts' }, ' all.'];
}

const itemLine = ({ number, title, level, score, entity, state }: DigestItem): Inline => [
  `${number} · ${LEVEL_NAMES[level]} ${score} · ${clip(title, MAX_TITLE)} · `,
  { code: clip(entity, 80) },
  state === 'acknowledged' ? ' · acknowledged' : '',
];

function closedLine(closed: Report['closed']): string {
  const parts = Object.entries(closed).map(([reason, count]) => `${count} ${reason}`);
  return parts.length ? parts.join(', ') : 'none';
}

function numbersTable(now: Numbers, before: Numbers | null): Block {
  const rows: [string, (of: Numbers) => string][] = [
    ['Alerts a day', ({ perDay }) => perDay.toFixed(1)],
    ['Alerts opened', ({ opened }) => opened.toLocaleString('en-US')],
    ['Alerts closed', ({ closed }) => closed.toLocaleString('en-US')],
    [
      'False positives of the closed',
      ({ closed, falsePositives }) => (closed ? `${Math.round((100 * falsePositives) / closed)} %` : '—'),
    ],
    ['Mean time to detect (MTTD)', (of) => spreadWords(of, 'mttd')],
    ['Mean time to acknowledge (MTTA)', (of) => spreadWords(of, 'mtta')],
    ['Mean time to resolve (MTTR)', (of) => spreadWords(of, 'mttr')],
    ['Open at the end', ({ open, unanswered }) => (open === undefined ? '—' : openWords(open, unanswered ?? 0))],
    ['The oldest open one', ({ oldest }) => (oldest ? `alert ${oldest.number}, ${spanWords(oldest.age)} old` : '—')],
  ];
  return {
    kind: 'table',
    columns: ['', 'This week', ...(before ? ['Week before'] : [])],
    rows: rows.map(([name, value]) => [name, value(now), ...(before ? [value(before)] : [])]),
  };
}

function daysTable(days: Report['days']): Block {
  return {
    kind: 'table',
    columns: ['Day', 'Alerts', 'By level'],
    rows: days.map(({ day, opened }) => [day, String(total(opened)), countsLine(opened) || '—']),
  };
}

/** The mean, with median and p90 beside it. */
function spreadWords(of: Numbers, name: 'mttd' | 'mtta' | 'mttr'): string {
  const spread = of.spreads?.[name];
  if (!spread || spread.mean === null) return spanWords(of[name]);
  const left = name === 'mttd' && of.leftOut ? `; ${of.leftOut} left out: wrong clock` : '';
  return `${spanWords(spread.mean)} (median ${spanWords(spread.median)}, p90 ${spanWords(spread.p90)}${left})`;
}

/** `12, 3 of them without an answer`. */
export const openWords = (open: number, unanswered: number): string =>
  unanswered > 0
    ? `${open.toLocaleString('en-US')}, ${unanswered.toLocaleString('en-US')} without an answer`
    : String(open);

/** `4 min`, `3 h 20 min`, `2 d 4 h`; `—` for nothing. @param ms milliseconds */
export function spanWords(ms: number | null): string {
  if (ms === null) return '—';
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function section(heading: string, items: Inline[]): Block[] {
  if (items.length === 0) return [];
  return [
    { kind: 'text', text: [{ bold: heading }] },
    { kind: 'list', items },
  ];
}
