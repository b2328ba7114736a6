import type { StormFacts } from '../../engine/notify/storms.js';
import type { Storm } from '../../engine/store/storms.js';
import type { Tenant } from '../../engine/store/tenants.js';
import { clip } from '../words/arguments.js';
import type { Block, Card, Inline } from './card.js';
import { counted, countsLine, LEVEL_NAMES } from './labels.js';

const MAX_NAME = 120;

/** The one message of a storm. The same facts give the same card; it is edited as the storm grows and when it is over. */
export function stormCard(storm: Storm, facts: StormFacts, tenant: Tenant): Card {
  const isOver = storm.ended !== null;
  const alerts = counted(facts.count, 'alert');
  return {
    title: `Storm ${storm.number} of ${tenant.name} (${tenant._id})${isOver ? ' is over' : ''}: ${alerts}`,
    tone: isOver ? 'neutral' : 'high',
    blocks: [
      {
        kind: 'text',
        text: isOver
          ? [
              `${alerts} held back here from `,
              { time: storm.began },
              ' to ',
              { time: storm.ended! },
              '. New alerts have threads of their own again.',
            ]
          : [
              'More alerts are coming than this channel may have threads. Since ',
              { time: storm.began },
              ' they are counted here; the gravest levels still get a thread each.',
            ],
      },
      ...(facts.count > 0 ? [{ kind: 'text' as const, text: countsLine(facts.levels) }] : []),
      ...most('By rule', facts.rules, facts.of.rules),
      ...most('By host, user or address', facts.entities, facts.of.entities),
      ...section(
        'The gravest',
        facts.top.map(({ number, level, score, title }) => [
          `${number} · ${LEVEL_NAMES[level]} ${score} · ${clip(title, MAX_NAME)}`,
        ]),
      ),
      {
        kind: 'actions',
        actions: [
          { id: 'storm', label: 'List them', command: 'storm', tenant: tenant._id, record: String(storm.number) },
        ],
      },
      { kind: 'note', text: nextLine(storm, facts) },
    ],
  };
}

function nextLine(storm: Storm, { top: [gravest] }: StormFacts): Inline {
  const list: Inline = [{ code: `/mdr storm ${storm.number}` }, ' lists all of them.'];
  if (!gravest) return ['Next: ', ...list];
  return ['Next: look at the gravest, ', { code: `/mdr alert ${gravest.number}` }, '; ', ...list];
}

function most(heading: string, found: StormFacts['rules'], of: number): Block[] {
  const left = of - found.length;
  return section(heading, [
    ...found.map(({ name, count }): Inline => [`${count.toLocaleString('en-US')} × `, { code: clip(name, MAX_NAME) }]),
    ...(left > 0 ? [`and ${left.toLocaleString('en-US')} more`] : []),
  ]);
}

function section(heading: string, items: Inline[]): Block[] {
  return items.length === 0
    ? []
    : [
        { kind: 'text', text: [{ bold: heading }] },
        { kind: 'list', items },
      ];
}
