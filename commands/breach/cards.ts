import { theLaw } from '../../engine/breach/index.js';
import { dutiesOfBreach } from '../../engine/breach/save.js';
import { basisText } from '../../engine/breach/table.js';
import { COUNSEL, type Duty } from '../../engine/breach/types.js';
import { describeName, describeValue } from '../../engine/breach/words.js';
import type { Breach, BreachEntry } from '../../engine/store/breaches.js';
import type { Case } from '../../engine/store/cases.js';
import type { Action, Block, Card, Inline, Span, Tone } from '../cards/card.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';

const MOST_ROWS = 12;
const MOST_FACTS = 30;

/** The time of a duty as it is now, counting. */
export function dueSpans({ due, target, state }: Pick<Duty, 'due' | 'target' | 'state'>): Span[] {
  const at = due ?? target;
  if (at === null) return [state === 'candidate' ? 'not known yet' : 'no number'];
  const isOpen = state === 'running' || state === 'missed' || state === 'candidate';
  return [due === null ? 'our aim ' : state === 'candidate' ? 'would be ' : '', { time: at, live: isOpen }];
}

export const rowOf = (duty: Duty): Inline[] => [
  [{ code: duty.id }],
  `${duty.state}${duty.late ? ' (late)' : ''}${duty.lapsed ? ' (to be confirmed)' : ''}`,
  dueSpans(duty),
  duty.owes,
  clip(`${duty.title}${duty.status === 'in force' ? '' : ` [${duty.status}]`}`, 120),
];

/** A breach with its duties, the most urgent first; after a change, with what was moved. */
export function breachCard(
  context: Context,
  record: Pick<Case, 'number' | 'title'>,
  breach: Breach,
  did?: { title: string; moves: BreachEntry['moves'] },
): Card {
  const { duties, warnings } = dutiesOfBreach(context.tenant, theLaw(), breach, context.clock());
  const count = (state: Duty['state']) => duties.filter((duty) => duty.state === state).length;
  const missed = count('missed');
  const wanted = [...new Set(duties.filter(({ state }) => state === 'candidate').flatMap(({ decides }) => decides))];
  return {
    title: did
      ? `Breach of case ${record.number}: ${did.title}`
      : `Breach of case ${record.number}: ${clip(record.title, 150)}`,
    tone: toneOf(duties),
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${context.tenant.tenant.name} (${context.tenant.id})` },
          {
            name: 'Duties',
            value: `${count('running')} running, ${missed} missed, ${count('candidate')} to be decided`,
          },
          { name: 'Done', value: `${count('satisfied')} satisfied, ${count('not-required')} not required` },
          ...(wanted.length > 0
            ? [{ name: 'Would decide', value: clip(wanted.slice(0, 12).map(describeName).join(', '), 400) }]
            : []),
        ],
      },
      ...movedBlocks(did?.moves ?? []),
      ...askedBlocks(breach),
      ...dutyTable(duties, MOST_ROWS),
      ...warnings.map((text): Block => ({ kind: 'note', text: `Contradiction: ${text}` })),
      { kind: 'actions', actions: actionsOf(context, record.number, breach) },
      {
        kind: 'note',
        text: ['Next: say what is still open (', { code: `/mdr breach fact ${record.number} …` }, '). ', COUNSEL],
      },
    ],
  };
}

export function toneOf(duties: readonly Duty[]): Tone {
  if (duties.some(({ state }) => state === 'missed')) return 'critical';
  return duties.some(({ state }) => state === 'running') ? 'high' : 'medium';
}

export function dutyTable(duties: readonly Duty[], most: number): Block[] {
  if (duties.length === 0) return [{ kind: 'text', text: 'No duty follows from what is known.' }];
  const left = duties.length - most;
  return [
    { kind: 'table', columns: ['Duty', 'State', 'Due', 'Owed by', 'What'], rows: duties.slice(0, most).map(rowOf) },
    ...(left > 0
      ? [{ kind: 'note' as const, text: [`And ${left} more: `, { code: '/mdr breach duties' }, '.'] as Span[] }]
      : []),
  ];
}

function movedBlocks(moves: BreachEntry['moves']): Block[] {
  if (moves.length === 0) return [];
  const line = ({ duty, before, after }: BreachEntry['moves'][number]): Inline => [
    ...[{ code: duty }, ': ', ...standing(before), ' → ', ...standing(after)],
  ];
  return [
    { kind: 'text', text: [{ bold: 'What this moved' }] },
    {
      kind: 'list',
      items: [...moves.slice(0, 10).map(line), ...(moves.length > 10 ? [`and ${moves.length - 10} more`] : [])],
    },
  ];
}

const standing = (of: BreachEntry['moves'][number]['before']): Span[] =>
  of === null ? ['not owed'] : [of.state, ...(of.due === null ? [] : [' due ', { time: of.due }])];

function askedBlocks({ asked }: Breach): Block[] {
  return asked.map(({ duty, reason, by, at }) => ({
    kind: 'text',
    text: [
      ...[{ code: duty }, ` is not required, says ${clip(by.name, 60)} `, { time: at }],
      `: ${clip(reason, 300)} A second person has to approve.`,
    ],
  }));
}

function actionsOf(context: Context, number: number, { asked }: Breach): Action[] {
  const tenant = context.tenant.id;
  const form = (verb: string, label: string): Action => ({
    ...{ id: `form-${verb}`, label, command: 'form', tenant, record: `breach:${verb}:${number}` },
  });
  return [
    ...asked.slice(0, 3).map(
      ({ duty }): Action => ({
        ...{ id: `approve-${duty}`, label: clip(`Approve: ${duty}`, 70), command: 'breach', tenant },
        ...{ record: `approve:${number}:${duty}`, style: 'danger' },
      }),
    ),
    form('declare', 'What data…'),
    form('whose', 'Whose…'),
    form('when', 'When…'),
    form('harm', 'How bad…'),
    form('satisfy', 'Sent…'),
    form('not-required', 'Not required…'),
    form('pause', 'Pause…'),
    { id: 'all', label: 'All duties', command: 'breach', tenant, record: `duties:${number}` },
    { id: 'facts', label: 'What is known', command: 'breach', tenant, record: `list:${number}` },
  ];
}

/** One duty in full. */
export function dutyCard(number: number, duty: Duty): Card {
  return {
    title: `${duty.id}: ${duty.title}`,
    tone: toneOf([duty]),
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'State', value: duty.state },
          { name: 'Due', value: dueSpans(duty) },
          { name: 'Owed by', value: `${duty.owes}${duty.as ? ` as ${duty.as}` : ''}` },
          { name: 'To', value: duty.to },
          { name: 'Law', value: `${duty.law} (${duty.status}, version ${duty.version})` },
          { name: 'Deadline', value: duty.deadline },
          ...(duty.pause ? [{ name: 'May be delayed by', value: duty.pause }] : []),
        ],
      },
      { kind: 'text', text: clip(basisText(duty) || 'Nothing is known yet.', 1500) },
      ...(duty.how ? [{ kind: 'text' as const, text: clip(duty.how, 600) }] : []),
      { kind: 'list', items: duty.content.map((each) => `To say: ${each}`) },
      ...duty.exceptions.map((each): Block => ({ kind: 'note', text: `Exception: ${each.text}` })),
      ...(duty.notes ? [{ kind: 'note' as const, text: duty.notes }] : []),
      {
        kind: 'note',
        text: clip(`Sources: ${duty.sources.join('; ')}. Read: ${duty.verified ?? 'not verified'}.`, 500),
      },
      {
        kind: 'note',
        text: ['Next: when it is sent, ', { code: `/mdr breach satisfy ${number} ${duty.id} <proof>` }, `. ${COUNSEL}`],
      },
    ],
  };
}

/** What was said, the last first: each answer with who gave it and when, and what it replaced. */
export function factsCard(number: number, { facts }: Breach): Card {
  const all = facts.filter(({ fact }) => !fact.startsWith('duty:')).toReversed();
  const standing = new Set<string>();
  const items = all.map(({ fact, value, by, at, reason }): Inline => {
    const isStanding = !standing.has(fact);
    standing.add(fact);
    const why = reason ? `: ${clip(reason, 200)}` : '';
    return [
      `${isStanding ? '' : 'Before: '}${describeName(fact)}: ${clip(describeValue(value), 100)}`,
      ` (${clip(by, 80)}, `,
      { time: at },
      `)${why}`,
    ];
  });
  const left = items.length - MOST_FACTS;
  return {
    title: `What is known of the breach of case ${number}`,
    tone: 'neutral',
    blocks: [
      items.length === 0
        ? { kind: 'text', text: 'Nothing was said yet.' }
        : { kind: 'list', items: [...items.slice(0, MOST_FACTS), ...(left > 0 ? [`and ${left} earlier ones`] : [])] },
      { kind: 'note', text: ['Next: ', { code: `/mdr breach fact ${number} <name> <value>` }, `. ${COUNSEL}`] },
    ],
  };
}
