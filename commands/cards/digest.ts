import { LEVELS, type Level } from '../../engine/detect/types.js';
import type { Digest, Dispatch } from '../../engine/store/dispatches.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import { anchorCard } from './anchor.js';
import type { Card, Inline, Tone } from './card.js';
import { huntCard } from './hunt.js';
import { incidentCard } from './incident.js';
import { counted, countsLine, LEVEL_NAMES } from './labels.js';
import { numbersCard } from './numbers.js';
import { postedReviewCard } from './posted-review.js';
import { questionCard } from './question.js';
import { reportCard } from './report.js';

const MAX_TITLE = 120;

/** What has been held back for a channel, in one message: counts by severity, the gravest, and the next step. */
export function digestCard(digest: Digest, tenant: Tenant): Card {
  const open = Object.values(digest.counts).reduce((sum, count) => sum + count, 0);
  const [gravest] = digest.top;
  const left = open - digest.top.length;
  return {
    title: `Digest of ${tenant.name} (${tenant._id}): ${open === 0 ? 'nothing open' : counted(open, 'open alert')}`,
    tone: toneOf(digest.counts),
    blocks: [
      { kind: 'text', text: ['Held back from ', { time: digest.from }, ' to ', { time: digest.due }, '.'] },
      ...(open > 0 ? [{ kind: 'text' as const, text: countsLine(digest.counts) }] : []),
      ...(digest.top.length > 0
        ? [
            {
              kind: 'list' as const,
              items: digest.top.map(
                ({ number, title, level, score, entity, state }): Inline => [
                  `${number} · ${LEVEL_NAMES[level]} ${score} · ${clip(title, MAX_TITLE)} · `,
                  { code: clip(entity, 80) },
                  state === 'acknowledged' ? ' · acknowledged' : '',
                ],
              ),
            },
          ]
        : []),
      ...linesOf(digest, left).map((text) => ({ kind: 'text' as const, text })),
      {
        kind: 'note',
        text: gravest
          ? [
              'Next: ',
              { code: `/mdr alert ${gravest.number}` },
              ' shows the gravest; ',
              { code: '/mdr alerts' },
              ' all.',
            ]
          : 'Nothing to do.',
      },
    ],
  };
}

function linesOf(digest: Digest, left: number): Inline[] {
  return [
    ...(left > 0 ? [`… and ${counted(left, 'more alert')}.`] : []),
    ...(digest.closed > 0 ? [`${counted(digest.closed, 'alert was', 'alerts were')} closed meanwhile.`] : []),
    ...digest.repeats.map(
      ({ of, count, title }): Inline => [`Alert ${of} came again ${counted(count, 'time')}: ${clip(title, MAX_TITLE)}`],
    ),
  ];
}

function toneOf(counts: Digest['counts']): Tone {
  const gravest = [...LEVELS].reverse().find((level: Level) => counts[level]);
  if (!gravest) return 'ok';
  return gravest === 'informational' ? 'neutral' : gravest;
}

/** A marked test of one way: nobody may take it for an alert. */
export function testCard(by: string, tenant: Tenant): Card {
  return {
    title: `Test of notifications for ${tenant.name} (${tenant._id})`,
    tone: 'neutral',
    blocks: [
      { kind: 'text', text: [{ bold: 'Test.' }, ` ${clip(by, 80)} asked for it. Nothing happened.`] },
      { kind: 'note', text: 'Nothing to do: alerts of the policy will appear here.' },
    ],
  };
}

/** The message of a dispatch that goes to a channel; null when there is nothing to show. */
export function dispatchCard({ content }: Pick<Dispatch, 'content'>, tenant: Tenant): Card | null {
  if (content.kind === 'digest') return digestCard(content.digest, tenant);
  if (content.kind === 'report') return reportCard(content.report, tenant);
  if (content.kind === 'question') return questionCard(content.question, tenant);
  if (content.kind === 'incident') return incidentCard(content.report.brief, tenant, { files: content.report.formats });
  if (content.kind === 'review') return postedReviewCard(content.review, tenant);
  if (content.kind === 'numbers') return numbersCard(content.numbers);
  if (content.kind === 'hunt') return huntCard(content.run, tenant, { files: content.files });
  if (content.kind === 'anchor') return anchorCard(content.anchor, tenant);
  return content.kind === 'test' ? testCard(content.by, tenant) : null;
}
