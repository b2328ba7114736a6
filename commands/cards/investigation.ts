import { techniqueName } from '../../engine/investigate/attack.js';
import type { Fact, Gap, Investigation, Measure, Reach, Sentence, Step } from '../../engine/investigate/types.js';
import { spanText } from '../../engine/investigate/words.js';
import { summaryOf } from '../../engine/investigate/work.js';
import { clip } from '../words/arguments.js';
import type { Block, Card, Inline } from './card.js';
import { toneOf } from './labels.js';

const MAX_STEPS = 25;
const MAX_LINES = 8;
const MAX_FACTS = 15;
const WHEN: Record<Measure['when'], string> = { now: 'Do now', today: 'Do today', later: 'Do later' };

/** What was found out about an alert. Every text in it may come from a log. */
export function investigationCard(found: Investigation, tenant: string, by: string): Card {
  const { alert, alerts, version, chain, gaps, who, when, impact, blast, mitigation, spent } = found;
  const others = alerts.filter((number) => number !== alert);
  return {
    title: `Investigation of alert ${alert}: ${clip(found.title, 150)}`,
    tone: toneOf({ level: found.level, state: 'new' }),
    blocks: [
      ...(found.simulated
        ? [{ kind: 'note' as const, text: 'Simulated: part of an exercise, not of an attack.' }]
        : []),
      { kind: 'text', text: `${summaryOf(found)}.` },
      {
        kind: 'fields',
        fields: [
          { name: 'Severity', value: `${found.level}, ${found.score} of 100` },
          { name: 'Version', value: [`${version}, `, { time: found.made }, `, by ${clip(by, 60)}`] },
          ...(others.length > 0
            ? [{ name: 'Campaign', value: `together with ${others.slice(0, 20).join(', ')}` }]
            : []),
        ],
      },
      ...lines('Who and when', [...who, ...when]),
      ...chainBlocks(chain, gaps),
      ...reached('Touched', blast.touched),
      ...reached('Within reach next', blast.reachable),
      ...reached('Crown jewels that it did not touch', blast.untouched),
      ...lines('What it could cost', impact),
      ...known(found.facts ?? []),
      ...measures(mitigation),
      ...(spent.cut.length > 0
        ? [{ kind: 'note' as const, text: clip(`Not looked at: ${spent.cut.join('; ')}.`, 500) }]
        : []),
      {
        kind: 'actions',
        actions: [
          {
            id: 'again',
            label: 'Investigate again',
            command: 'investigate',
            tenant,
            record: String(alert),
            choice: 'again',
          },
          { id: 'report', label: 'Report', command: 'report', tenant, record: String(alert) },
          { id: 'alert', label: 'Show the alert', command: 'alert', tenant, record: String(alert) },
        ],
      },
      { kind: 'note', text: 'Next: do what stands under “Do now”, then close the alert with a reason.' },
    ],
  };
}

const lines = (heading: string, sentences: readonly Sentence[]): Block[] =>
  list(
    heading,
    sentences.map(
      ({ text, events }): Inline =>
        `${clip(text, 400)} (${events.length === 1 ? '1 event' : `${events.length} events`})`,
    ),
  );

function list(heading: string, items: Inline[], most = MAX_LINES): Block[] {
  if (items.length === 0) return [];
  const left = items.length - most;
  return [
    { kind: 'text', text: [{ bold: heading }] },
    { kind: 'list', items: [...items.slice(0, most), ...(left > 0 ? [`and ${left} more`] : [])] },
  ];
}

function chainBlocks(chain: readonly Step[], gaps: readonly Gap[]): Block[] {
  if (chain.length === 0) return [];
  const before = new Map(gaps.map((gap) => [gap.before, gap]));
  const rows = chain.slice(0, MAX_STEPS).flatMap((step, i): Inline[][] => {
    const gap = before.get(i);
    const row: Inline[] = [
      [{ time: step.first }],
      clip(step.tactics.join(', '), 60) || '—',
      `${clip(step.title, 100)}${step.count > 1 ? ` (${step.count} times)` : ''}`,
      clip([step.actor.user, step.host && `on ${step.host}`].filter(Boolean).join(' '), 80) || '—',
      clip(step.techniques.map(techniqueName).join(', '), 100) || '—',
    ];
    return [...(gap ? [['', 'gap', `nothing was seen for ${spanText(gap.ms)}`, '', '']] : []), row];
  });
  const left = chain.length - MAX_STEPS;
  return [
    { kind: 'text', text: [{ bold: 'Attack chain' }] },
    { kind: 'table', columns: ['When', 'Tactic', 'What', 'Who and where', 'Technique'], rows },
    ...(left > 0 ? [{ kind: 'note' as const, text: `and ${left} more steps` }] : []),
  ];
}

const reached = (heading: string, reach: readonly Reach[]): Block[] =>
  list(
    heading,
    reach.map(
      ({ entity, why, crownJewel }): Inline => [
        `${entity.kind} `,
        { code: clip(entity.value, 120) },
        `${crownJewel ? ', a crown jewel' : ''}: ${clip(why, 200)}`,
      ],
    ),
  );

/** What was known of values before, or elsewhere: the provider's own. */
export const known = (facts: readonly Fact[], most = MAX_FACTS): Block[] =>
  list(
    'What is known of it',
    facts.map(
      ({ observable, text, source }): Inline => [
        `${observable.kind} `,
        { code: clip(observable.value, 120) },
        `: ${clip(text, 300)} (${clip(source, 60)})`,
      ],
    ),
    most,
  );

function measures(all: readonly Measure[]): Block[] {
  return (['now', 'today', 'later'] as const).flatMap((when) =>
    list(
      WHEN[when],
      all.filter((measure) => measure.when === when).map(({ text }): Inline => clip(text, 300)),
    ),
  );
}
