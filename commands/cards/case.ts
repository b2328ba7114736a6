import { leadOf, ROLE_WORDS } from '../../engine/respond/case/changes/people.js';
import { waitsFor } from '../../engine/respond/case/changes/tasks.js';
import { nextState } from '../../engine/respond/case/states.js';
import type { Case, CaseClock, CaseTask, ClockKind } from '../../engine/store/cases.js';
import type { Tenant } from '../../engine/store/tenants.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import type { Action, Block, Card, Inline, Span, Tone } from './card.js';
import { REASON_NAMES } from './labels.js';

const MAX_TITLE = 200;
const MAX_TASKS = 8;
const MAX_LISTED = 20;

/** A case as the first message of its thread. The same case gives the same card, whenever and for whomever it is made. */
export function caseCard(record: Case, tenant: Tenant): Card {
  return {
    title: caseTitle(record),
    tone: caseTone(record),
    blocks: [
      ...simulatedCase(record),
      { kind: 'fields', fields: caseFields(record, tenant) },
      ...taskBlocks(record),
      { kind: 'actions', actions: caseActions(record, tenant._id) },
      nextCaseBlock(record),
    ],
  };
}

export function caseTitle(record: Pick<Case, 'number' | 'severity' | 'title' | 'simulated'>): string {
  const title = `Case ${record.number} · ${capital(record.severity)} · ${clip(record.title, MAX_TITLE)}`;
  return record.simulated ? `Simulated · ${title}` : title;
}

export const caseTone = ({ state, severity }: Pick<Case, 'state' | 'severity'>): Tone =>
  state === 'closed' ? 'ok' : severity;

/** `Contain`, `Closed as benign`. */
export const caseStateName = ({ state, outcome }: Pick<Case, 'state' | 'outcome'>): string =>
  state === 'closed' && outcome ? `Closed as ${outcome}` : capital(state);

/** Nobody may take an exercise for the real thing. */
export const simulatedCase = ({ simulated }: Pick<Case, 'simulated'>): Block[] =>
  simulated
    ? [{ kind: 'text', text: [{ bold: 'Simulated.' }, ' Its alerts come from a simulation, not from a real network.'] }]
    : [];

export function caseFields(record: Case, tenant: Tenant): { name: string; value: Inline }[] {
  const others = record.people.filter(({ role }) => role !== 'lead');
  return [
    { name: 'Tenant', value: `${tenant.name} (${tenant._id})` },
    { name: 'State', value: caseStateName(record) },
    { name: 'Severity, priority', value: `${capital(record.severity)}, ${record.priority}` },
    { name: 'Type', value: record.type },
    { name: 'Incident lead', value: clip(leadOf(record)?.name ?? 'nobody', 80) },
    ...(others.length > 0
      ? [
          {
            name: 'People',
            value: clip(others.map(({ role, name }) => `${name} (${ROLE_WORDS[role]})`).join(', '), 500),
          },
        ]
      : []),
    ...(record.alerts.length > 0 ? [{ name: 'Alerts', value: listed(record.alerts.map(String)) }] : []),
    ...record.clocks.map((clock) => ({ name: CLOCK_NAMES[clock.kind], value: clockLine(clock) })),
    { name: 'Tasks', value: taskCount(record.tasks) },
    ...breachFields(record),
  ];
}

/** What its breach asks for first, with how long there is. */
function breachFields({ breach }: Pick<Case, 'breach'>): { name: string; value: Inline }[] {
  if (!breach) return [];
  const { open, missed, candidates, next } = breach;
  return [
    {
      name: 'Breach',
      value: `${open} duties run${missed > 0 ? `, ${missed} missed` : ''}, ${candidates} to be decided. Check with counsel.`,
    },
    ...next.map(({ duty, title, at, isAim, isMissed }) => ({
      name: duty,
      value: [
        `${isMissed ? 'Missed: ' : ''}${clip(title, 80)}, ${isAim ? 'our aim ' : 'by '}`,
        { time: at, live: true },
      ],
    })),
  ];
}

const CLOCK_NAMES: Readonly<Record<ClockKind, string>> = {
  acknowledge: 'Acknowledge by',
  contain: 'Contain by',
  resolve: 'Resolve by',
};

/** Without the present: what is edited only when the record changes must not say what changes by itself. */
const clockLine = ({ due, met, run }: CaseClock): Span[] => [
  { time: due },
  ...(met === null ? [] : [met <= due ? ', done in time ' : ', done late ', { time: met }]),
  ...(run > 1 ? [` (time ${run})`] : []),
];

function taskCount(tasks: readonly CaseTask[]): string {
  const open = tasks.filter(({ state }) => state === 'open').length;
  return tasks.length === 0 ? 'none' : `${open} open of ${tasks.length}`;
}

/** Open tasks, those that can be done first. */
export function taskBlocks(record: Case, most = MAX_TASKS): Block[] {
  const open = record.tasks.filter(({ state }) => state === 'open');
  const ready = open.filter((task) => waitsFor(record, task).length === 0);
  const sorted = [...ready, ...open.filter((task) => !ready.includes(task))];
  const left = sorted.length - most;
  if (open.length === 0) return [];
  return [
    { kind: 'text', text: [{ bold: 'Open tasks' }] },
    {
      kind: 'list',
      items: [
        ...sorted.slice(0, most).map((task) => taskLine(record, task)),
        ...(left > 0 ? [`and ${left} more`] : []),
      ],
    },
  ];
}

/** `T2 (customer) Isolate ws01, for Ana, due 14:00, after T1, 1 of 3 items`. */
export function taskLine(record: Pick<Case, 'tasks'>, task: CaseTask): Inline {
  const { id, title, lane, owner, due, checklist, state } = task;
  const waiting = waitsFor(record, task).map((one) => one.id);
  const items = checklist.filter(({ done }) => done).length;
  return [
    { bold: id },
    `${state === 'open' ? '' : ` (${state})`}${lane === 'customer' ? ' (customer)' : ''} ${clip(title, MAX_TITLE)}`,
    owner ? `, for ${clip(owner.name, 60)}` : '',
    ...(due === null ? [] : [', due ', { time: due }]),
    waiting.length > 0 ? `, after ${waiting.join(', ')}` : '',
    checklist.length > 0 ? `, ${items} of ${checklist.length} items` : '',
  ];
}

/** Only what the present state allows. */
export function caseActions(record: Case, tenant: string): Action[] {
  const { number, state } = record;
  const action = (rest: Pick<Action, 'id' | 'label' | 'record'> & Partial<Action>): Action => ({
    command: 'case',
    tenant,
    ...rest,
  });
  const form = (verb: string, label: string): Action =>
    action({ id: `form-${verb}`, label, command: 'form', record: `case:${verb}:${number}` });
  const look = [
    action({ id: 'timeline', label: 'Timeline', record: `timeline:${number}` }),
    action({ id: 'brief', label: 'Brief', command: 'brief', record: String(number) }),
  ];
  if (record.mergedInto !== undefined)
    return [action({ id: 'show', label: `Case ${record.mergedInto}`, record: `show:${record.mergedInto}` }), ...look];
  if (state === 'closed') return [form('reopen', 'Reopen…'), ...look];
  const ready = record.tasks.filter((task) => task.state === 'open' && waitsFor(record, task).length === 0);
  return [
    ...(leadOf(record)
      ? []
      : [action({ id: 'lead', label: 'I lead it', record: `assign:${number}`, style: 'primary' as const })]),
    form('state', 'Move on…'),
    ...(ready.length > 0
      ? [
          action({
            ...{ id: 'task-done', label: 'Task done…', record: `task:${number}:done` },
            choices: ready.slice(0, 50).map(({ id, title }) => ({ value: id, label: clip(`${id} ${title}`, 70) })),
          }),
        ]
      : []),
    form('task', 'Add a task…'),
    form('note', 'Note…'),
    form('severity', 'Severity…'),
    form('handover', 'Hand over…'),
    form('close', 'Close…'),
    ...look,
  ];
}

/** The one obvious next step. */
export function nextCaseBlock(record: Case): Block {
  const { number, state } = record;
  const type = (words: string): Span => ({ code: `/mdr case ${words}` });
  const note = (...text: Span[]): Block => ({ kind: 'note', text });
  if (record.mergedInto !== undefined)
    return note('Nothing to do here: it goes on in ', type(`show ${record.mergedInto}`), '.');
  if (state === 'closed') return note('Nothing to do. If there is news: ', type(`reopen ${number} <why>`), '.');
  if (!leadOf(record)) return note('Next: somebody has to lead it (', type(`assign ${number}`), ').');
  if (state === 'new') return note('Next: look into it, and say so (', type(`state ${number} triage <why>`), ').');
  const task = record.tasks.find((one) => one.state === 'open' && waitsFor(record, one).length === 0);
  if (task) return note(`Next: ${task.id}, ${clip(task.title, 100)} (`, type(`task ${number} done ${task.id}`), ').');
  const next = nextState(state);
  return next
    ? note(`Next: when this is done, move on to ${next} (`, type(`state ${number} ${next} <why>`), ').')
    : note('Next: write down what was learnt, then close it (', type(`close ${number} <reason> <words>`), ').');
}

/** The answer to a command that changes a case; it says so when it was like that before. */
export function doneCaseCard(
  { tenant: { tenant }, internal }: Pick<Context, 'tenant' | 'internal'>,
  { record, entries, changed }: { record: Case; entries: readonly { text: string }[]; changed: boolean },
): Card {
  const [first] = entries;
  const said = first ? clip(first.text, 200) : 'nothing to change';
  return {
    title: changed ? `Case ${record.number}: ${said}` : `Case ${record.number}: done already`,
    tone: 'ok',
    blocks: [
      ...(changed ? [] : [{ kind: 'text' as const, text: 'It is like that already. Nothing was changed.' }]),
      {
        kind: 'fields',
        fields: [
          { name: 'Tenant', value: `${tenant.name} (${tenant._id})` },
          { name: 'State', value: caseStateName(record) },
          { name: 'Incident lead', value: clip(leadOf(record)?.name ?? 'nobody', 80) },
          { name: 'Tasks', value: taskCount(record.tasks) },
        ],
      },
      ...(internal ? [{ kind: 'actions' as const, actions: caseActions(record, tenant._id) }] : []),
      internal
        ? nextCaseBlock(record)
        : { kind: 'note', text: ['Next: ', { code: `/mdr case show ${record.number}` }, ' shows it.'] },
    ],
  };
}

/** At most so many, and how many more. */
export function listed(values: readonly string[], most = MAX_LISTED): string {
  const left = values.length - most;
  return `${values.slice(0, most).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

export const OUTCOMES = Object.entries(REASON_NAMES).map(([value, label]) => ({ value, label }));

export const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
