import { waitingFor } from '../../engine/respond/actions/requests.js';
import { handleOf, laneAt, linkKey, stepAt, titleAt, wanted } from '../../engine/respond/playbook/drive/steps.js';
import type { Loaded } from '../../engine/respond/playbook/drive/types.js';
import type { Effect } from '../../engine/respond/playbook/run/index.js';
import { isOver, type StepState } from '../../engine/respond/playbook/run/types.js';
import { argsInline, needsWords } from '../actions/cards.js';
import type { RunView } from '../playbook/view.js';
import { clip } from '../words/arguments.js';
import type { Block, Card, Inline, Span, Tone } from './card.js';
import { counted } from './labels.js';
import { runActions } from './runactions.js';

const MAX_OPEN = 15;
const MAX_OVER = 10;
const MAX_THEN = 8;
const MAX_TITLE = 150;
/** Steps that people or machines do; the others only hold them together. */
const DOING: ReadonlySet<string> = new Set(['manual', 'action', 'decision', 'approval', 'wait']);

export const runTitle = ({ record: { name, number, status, outcome } }: Pick<Loaded, 'record'>): string =>
  `Playbook · ${clip(name, 80)} · run ${number} · ${outcome ?? status}`;

export function runTone({ record, state }: Pick<Loaded, 'record' | 'state'>): Tone {
  if (record.status === 'ended') return record.outcome === 'failed' ? 'high' : 'ok';
  if (record.status === 'paused') return 'low';
  return Object.values(state.steps).some(({ status }) => status === 'failed') ? 'high' : 'medium';
}

/**
 * A run as a checklist: what is to be done now, what is over, what comes then. The same run gives the same card. Customers see the steps
 * of their lane, and what one of them has to agree to.
 */
export function runCard(view: RunView, tenant: { _id: string; name: string }, internal: boolean): Card {
  const { record, state } = view;
  const open = openOf(view, internal);
  const over = overOf(view, internal);
  const shown = over.sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0)).slice(-MAX_OVER);
  const then = internal && record.status !== 'ended' && !state.rollback ? thenOf(view) : [];
  const actions = record.status === 'ended' ? [] : runActions(view, open, tenant._id, internal);
  return {
    title: runTitle(view),
    tone: runTone(view),
    blocks: [
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.name} (${tenant._id})` },
          { name: 'Case', value: String(record.case) },
          { name: 'Begun', value: [`by ${clip(record.by.name, 80)}, `, { time: record.created }] },
          { name: 'Over', value: counted(over.length, 'step') },
          ...(internal && state.rollback ? [{ name: 'Goes back', value: clip(state.rollback.why, 200) }] : []),
          ...(internal && record.status === 'ended' ? [{ name: 'Why', value: clip(state.why ?? '', 300) }] : []),
        ],
      },
      ...section(
        'To do now',
        open.slice(0, MAX_OPEN).map((effect) => openLine(view, effect, internal)),
        open.length,
      ),
      ...section(
        'Over',
        shown.map(([path, at]) => overLine(view, path, at, internal)),
        over.length,
        'earlier',
      ),
      ...section('Then', then.slice(0, MAX_THEN), then.length),
      ...(actions.length > 0 ? [{ kind: 'actions' as const, actions }] : []),
      nextOf(view, open, internal),
    ],
  };
}

/** Whether there is something in a run for the customer's people; of any other run they learn nothing, not even that it is there. */
export const isForCustomers = (view: RunView): boolean =>
  openOf(view, false).length > 0 || overOf(view, false).length > 0;

/** What is over of what people or machines do, by its path. */
function overOf({ program, state }: RunView, internal: boolean): [string, StepState][] {
  const isTheirs = (path: string) => internal || laneAt(program, state, path) === 'customer';
  return Object.entries(state.steps).filter(
    ([path, at]) => isOver(at) && isTheirs(path) && DOING.has(stepAt(program, state, path)?.type ?? ''),
  );
}

/** What waits for somebody or something now. */
function openOf(view: RunView, internal: boolean): Effect[] {
  return wanted(view.program, view.state).filter(
    (effect) =>
      effect.kind !== 'ended' &&
      (internal ||
        (effect.kind === 'task' && effect.lane === 'customer') ||
        (effect.kind === 'approve' && isCustomers(view, effect))),
  );
}

/** Whether one of the customer's people has to agree. */
function isCustomers({ program, state, actions }: RunView, effect: Extract<Effect, { kind: 'approve' }>): boolean {
  const found = actions.get(effect.step);
  if (effect.action !== undefined) return found !== undefined && waitingFor(found)?.needs.customer === true;
  return effect.approver === 'customer-lead' || laneAt(program, state, effect.step) === 'customer';
}

function openLine({ record, state, actions }: RunView, effect: Effect, internal: boolean): Inline {
  const handle: Span = { bold: handleOf(state, effect.step) };
  const at = state.steps[effect.step]!;
  const due: Span[] = at.due === undefined ? [] : [', until ', { time: at.due }];
  const head = (mark: string): Span[] => [`[${mark}] `, handle, ` ${clip(effect.title, MAX_TITLE)}`];
  const found = actions.get(effect.step);
  switch (effect.kind) {
    case 'task': {
      const task = record.links.find(({ key }) => key === linkKey(state, effect.step))?.task;
      const asked = Object.entries(effect.answers ?? {}).map(
        ([name, { kind, about }]) => `${name} (${kind}): ${about}`,
      );
      return [
        ...head(' '),
        ` (${effect.role}${effect.lane === 'customer' ? ', customer' : ''}${task ? `, ${task}` : ''}`,
        ...due,
        `) ${clip(effect.text, 400)}`,
        effect.doneWhen ? ` Done when: ${clip(effect.doneWhen, 200)}` : '',
        asked.length > 0 ? ` Say: ${clip(asked.join('; '), 300)}.` : '',
      ];
    }
    case 'approve': {
      const waits = found ? waitingFor(found) : null;
      const what: Span[] = found
        ? [' (action ', String(found.number), ': ', ...[argsInline(found.args)].flat(), ')']
        : [];
      return [
        ...head(' '),
        ...what,
        `: somebody else has to agree${waits ? ` (${needsWords(waits.needs)})` : ` (${effect.approver})`}`,
        ...due,
        effect.action === undefined
          ? ` ${clip(effect.text, 400)}`
          : effect.effect
            ? ` ${clip(effect.effect, 200)}`
            : '',
      ];
    }
    case 'act':
      return [...head('…'), found && waitingFor(found) ? ': somebody has to agree again' : ' is being done'];
    case 'stuck':
      return [...head('!'), internal ? `: ${clip(effect.why, 300)} Try it again, or do it by hand and leave it.` : ''];
    default:
      return head(' ');
  }
}

function overLine({ program, state }: RunView, path: string, at: StepState, internal: boolean): Inline {
  const mark = at.status === 'done' ? 'x' : '-';
  const answers = Object.entries(at.answers ?? {}).map(([name, value]) => `${name}: ${wordsOf(value)}`);
  const why = at.status === 'done' || !internal || !at.why ? '' : ` (${clip(at.why, 120)})`;
  return [
    `[${mark}] `,
    { bold: handleOf(state, path) },
    ` ${clip(titleAt(program, state, path), MAX_TITLE)}${why}`,
    answers.length > 0 ? ` — ${clip(answers.join('; '), 200)}` : '',
  ];
}

const wordsOf = (value: unknown): string =>
  value === true ? 'yes' : value === false ? 'no' : Array.isArray(value) ? value.join(', ') || 'none' : String(value);

/** Steps of the playbook itself to which the run has not come. */
const thenOf = ({ program, state }: RunView): string[] =>
  program.playbooks[program.root]!.steps.filter(({ id }) => state.steps[id] === undefined).map(({ title }) =>
    clip(title, MAX_TITLE),
  );

function section(heading: string, items: Inline[], all: number, which = 'more'): Block[] {
  if (items.length === 0) return [];
  const left = all - items.length;
  const more: Inline[] = left > 0 ? [`and ${left} ${which}`] : [];
  return [
    { kind: 'text', text: [{ bold: heading }] },
    { kind: 'list', items: which === 'earlier' ? [...more, ...items] : [...items, ...more] },
  ];
}

function nextOf({ record, state }: RunView, open: readonly Effect[], internal: boolean): Block {
  const { number, status } = record;
  const note = (...text: Span[]): Block => ({ kind: 'note', text });
  const code = (words: string): Span => ({ code: `/mdr playbook ${words}` });
  if (status === 'ended')
    return note('Nothing to do here. ', { code: `/mdr case show ${record.case}` }, ' shows the case.');
  if (status === 'paused') return note('Next: it goes on with ', code(`resume ${number}`), '.');
  const [first] = open;
  if (!first) return internal ? note('Next: it goes on by itself.') : note('Nothing to do for you here at the moment.');
  const handle = handleOf(state, first.step);
  if (first.kind === 'task')
    return note(
      'Next: ',
      code(first.choices ? `choose ${number} ${handle} <choice>` : `done ${number} ${handle}`),
      '.',
    );
  if (first.kind === 'stuck')
    return note('Next: ', code(`retry ${number} ${handle}`), ' or ', code(`leave ${number} ${handle} <why>`), '.');
  if (first.kind === 'approve') return note('Next: somebody else agrees above, or does not.');
  return note('Next: it goes on by itself.');
}
