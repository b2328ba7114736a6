import { faultsOf } from '../../engine/respond/case/check.js';
import { timelineOf } from '../../engine/respond/case/timeline.js';
import type { Alert } from '../../engine/store/alerts.js';
import { type Case, SEVERITIES } from '../../engine/store/cases.js';
import type { Action, Block, Inline } from '../cards/card.js';
import {
  capital,
  caseActions,
  caseFields,
  caseStateName,
  caseTitle,
  caseTone,
  nextCaseBlock,
  simulatedCase,
  taskBlocks,
  taskLine,
} from '../cards/case.js';
import { FOR_CUSTOMERS } from '../cards/caselog.js';
import { forCustomersEyes } from '../cards/customer.js';
import { counted } from '../cards/labels.js';
import type { Context } from '../types.js';
import { clip } from '../words/arguments.js';
import { shown } from '../words/record.js';
import { elsewhere, section } from './elsewhere.js';
import { caseFor, takeCase, type Verb, wrongCase } from './words.js';

const MAX_OBSERVABLES = 20;
const MAX_LOG = 12;
const MAX_TIMELINE = 60;
const MAX_ROWS = 20;
const MAX_TASKS = 40;
/** What a row shows: not the logs, which can be long. */
const ROW = Object.fromEntries(
  ['number', 'title', 'severity', 'priority', 'state', 'outcome', 'people', 'tasks', 'updated'].map((name) => [
    name,
    1 as const,
  ]),
);

export const show: Verb = {
  name: 'show',
  usage: '[n]',
  example: 'case show 4',
  says: 'shows one case in full',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { number, rest } = takeCase(show, context, args);
    if (rest.length > 0) throw wrongCase(show, 'it shows one case, and takes no further words.');
    const record = await caseFor(context, number);
    return {
      title: caseTitle(record),
      tone: caseTone(record),
      blocks: [
        ...simulatedCase(record),
        ...faultBlocks(context, record),
        { kind: 'fields', fields: caseFields(record, context.tenant.tenant) },
        ...publishedBlocks(context, record),
        ...taskBlocks(record, MAX_TASKS),
        ...doneTasks(record),
        ...section('Seen in it', await observablesOf(context, record)),
        ...(await elsewhere(context, record)),
        ...section('What happened last', recent(record)),
        { kind: 'actions', actions: actionsFor(context, record) },
        nextFor(context, record),
      ],
    };
  },
};

export const timeline: Verb = {
  name: 'timeline',
  usage: '[n] [add <when> <what> | correct <entry> <words>]',
  example: 'case timeline 4',
  says: 'shows what happened in order, puts something on it, or corrects words; what stood there stays to be read',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { number } = takeCase(timeline, context, args);
    const record = await caseFor(context, number);
    const { tenant, internal } = context;
    const numbers = { number: { $in: record.alerts } };
    const alerts = await tenant.alerts.find({ $and: [numbers, shown(context)] }, { limit: record.alerts.length || 1 });
    const eyes = (alert: Alert) => (internal ? alert : forCustomersEyes(alert));
    const joined = internal && record.took.length > 0 ? await tenant.cases.find({ number: { $in: record.took } }) : [];
    const all = timelineOf([record, ...joined], alerts.map(eyes));
    const items = all
      .slice(-MAX_TIMELINE)
      .map(
        ({ at, who, text, reason, source, was }): Inline => [
          { time: at },
          ` ${clip(who, 60)}: ${clip(text, 300)}${reason ? ` — because ${clip(reason, 200)}` : ''}`,
          was && internal ? ` (before: ${clip(was, 200)})` : was ? ' (corrected)' : '',
          ` · ${source}`,
        ],
      );
    const left = all.length - items.length;
    return {
      title: `Timeline of case ${number}: ${counted(all.length, 'entry', 'entries')}`,
      tone: 'neutral',
      blocks: [
        ...(left > 0
          ? [{ kind: 'note' as const, text: `and ${counted(left, 'earlier entry', 'earlier entries')}` }]
          : []),
        { kind: 'list', items },
        {
          kind: 'note',
          text: internal
            ? ['Next: ', { code: `/mdr case timeline ${number} add 14:30 <what>` }, ' puts something on it.']
            : ['Next: ', { code: `/mdr case show ${number}` }, ' shows the case.'],
        },
      ],
    };
  },
};

export const list: Verb = {
  name: 'list',
  usage: '[open | closed | all] [mine] [severity]',
  example: 'case list mine',
  says: 'lists cases, open ones unless you say otherwise, the gravest first',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const terms: object[] = context.internal ? [] : [{ published: { $exists: true } }];
    let which = 'open';
    for (const arg of args) {
      const word = arg.toLowerCase();
      const severity = SEVERITIES.find((each) => each === word);
      if (['open', 'closed', 'all'].includes(word)) which = word;
      else if (word === 'mine') terms.push({ 'people.id': context.person._id });
      else if (severity) terms.push({ severity });
      else throw wrongCase(list, `"${clip(arg, 40)}" is none of open, closed, all, mine and ${SEVERITIES.join(', ')}.`);
    }
    if (which !== 'all') terms.push({ state: which === 'open' ? { $ne: 'closed' } : 'closed' });
    const filter = terms.length > 0 ? { $and: terms } : {};
    const [found, count] = await Promise.all([
      context.tenant.cases.find(filter, { fields: ROW, sort: { updated: -1 }, limit: 200 }),
      context.tenant.cases.count(filter),
    ]);
    const rows = found
      .toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || b.updated - a.updated)
      .slice(0, MAX_ROWS);
    const { name, _id } = context.tenant.tenant;
    const first = rows[0];
    return {
      title: `${which === 'all' ? 'Cases' : `${capital(which)} cases`} of ${name} (${_id}): ${count || 'none'}`,
      tone: 'neutral',
      blocks: [
        ...(rows.length > 0 ? [tableOf(rows, context.internal)] : []),
        ...(count > rows.length ? [{ kind: 'note' as const, text: `and ${count - rows.length} more` }] : []),
        {
          kind: 'note',
          text: first
            ? ['Next: ', { code: `/mdr case show ${first.number}` }, ' shows the gravest.']
            : context.internal
              ? ['Next: ', { code: '/mdr case open <alert>' }, ' makes a case of an alert.']
              : 'Nothing to do.',
        },
      ],
    };
  },
};

const tableOf = (rows: readonly Case[], internal: boolean): Block => ({
  kind: 'table',
  columns: ['Case', 'Severity', 'State', 'Lead', 'Open tasks', 'Title', 'Changed'],
  rows: rows.map((record) => [
    String(record.number),
    `${record.severity}, ${record.priority}`,
    caseStateName(record),
    clip(record.people.find(({ role }) => role === 'lead')?.name ?? 'nobody', 40),
    String(record.tasks.filter(({ state, lane }) => state === 'open' && (internal || lane === 'customer')).length),
    clip(record.title, 100),
    [{ time: record.updated }],
  ]),
});

/** What of it is there to be looked at and done, for whoever was refused something. */
export function caseBlocks(context: Context, record: Case): Block[] {
  if (!context.internal) return [];
  return [
    { kind: 'fields', fields: caseFields(record, context.tenant.tenant) },
    { kind: 'actions', actions: actionsFor(context, record) },
    nextCaseBlock(record),
  ];
}

function actionsFor({ internal, tenant }: Context, record: Case): Action[] {
  const actions = caseActions(record, tenant.id);
  return internal ? actions : actions.filter(({ id }) => FOR_CUSTOMERS.has(id));
}

const nextFor = ({ internal }: Context, record: Case): Block =>
  internal
    ? nextCaseBlock(record)
    : { kind: 'note', text: ['Next: ', { code: `/mdr case timeline ${record.number}` }, ' shows what happened.'] };

function publishedBlocks({ internal }: Context, { published, number }: Case): Block[] {
  if (!internal) return [];
  const value: Inline = published
    ? ['since ', { time: published.at }, `, by ${clip(published.by.name, 80)}`]
    : ['no; ', { code: `/mdr case publish ${number}` }, ' shows first what they would see'];
  return [{ kind: 'fields', fields: [{ name: 'Customer sees it', value }] }];
}

/** A record that was changed by other means than through its log cannot be relied on: whoever reads it has to know. */
function faultBlocks({ internal }: Context, record: Case): Block[] {
  const faults = internal ? faultsOf(record) : [];
  if (faults.length === 0) return [];
  const text = `Its log does not tell how it became what it is: ${clip(faults.join('; '), 500)}.`;
  return [{ kind: 'text', text: [{ bold: 'This record does not agree with itself.' }, ` ${text}`] }];
}

function doneTasks(record: Case): Block[] {
  const over = record.tasks.filter(({ state }) => state !== 'open');
  return section(
    'Tasks that are over',
    over.slice(-MAX_TASKS).map((task) => taskLine(record, task)),
  );
}

/** What was seen, with what else of this tenant has it too. */
async function observablesOf({ tenant, internal }: Context, record: Case): Promise<Inline[]> {
  if (!internal || record.observables.length === 0) return [];
  const shownOnes = record.observables.slice(0, MAX_OBSERVABLES);
  const keys = shownOnes.map(({ key }) => key);
  const others = await tenant.cases.find(
    { 'observables.key': { $in: keys }, number: { $ne: record.number } },
    { fields: { number: 1, 'observables.key': 1 }, sort: { updated: -1 }, limit: 50 },
  );
  const left = record.observables.length - shownOnes.length;
  return [
    ...shownOnes.map(({ kind, value, key, alert }): Inline => {
      const also = others.filter(({ observables }) => observables.some((one) => one.key === key));
      const numbers = also.map(({ number }) => number);
      return [
        `${kind} `,
        { code: clip(value, 200) },
        alert === null ? '' : `, from alert ${alert}`,
        numbers.length > 0
          ? `; also in ${numbers.length > 1 ? 'cases' : 'case'} ${numbers.slice(0, 5).join(', ')}`
          : '',
      ];
    }),
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}

const recent = ({ log }: Case): Inline[] =>
  log
    .slice(-MAX_LOG)
    .map(
      ({ at, actorName, text, reason }): Inline => [
        { time: at },
        ` ${clip(actorName, 60)}: ${clip(text, 300)}${reason ? ` — because ${clip(reason, 200)}` : ''}`,
      ],
    );
