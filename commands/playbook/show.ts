import { ownLibrary } from '../../engine/respond/playbook/load.js';
import { type Suggestion, suggest as suggestFor } from '../../engine/respond/playbook/suggest.js';
import type { Alert } from '../../engine/store/alerts.js';
import type { Case } from '../../engine/store/cases.js';
import type { TenantStore } from '../../engine/store/index.js';
import type { PlaybookRun } from '../../engine/store/playbookruns.js';
import type { Action, Block, Inline } from '../cards/card.js';
import { isForCustomers, runCard } from '../cards/run.js';
import { caseFor, takeCase } from '../case/words.js';
import { clip } from '../words/arguments.js';
import { viewOf, viewsOf } from './view.js';
import { takeRun, type Verb, wrong } from './words.js';

const MAX_ROWS = 20;
const MAX_FITTING = 3;

export const show: Verb = {
  name: 'show',
  usage: '<run>',
  example: 'playbook show 3',
  says: 'shows a run as its checklist',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { run, rest } = await takeRun(show, context, args);
    if (rest.length > 0) throw wrong(show, 'it shows one run, and takes no further words.');
    return runCard(await viewOf(context.tenant, run), context.tenant.tenant, context.internal);
  },
};

export const of: Verb = {
  name: 'of',
  usage: '[case]',
  example: 'playbook of 4',
  says: 'shows the runs of a case, the newest as its checklist; and the playbooks that fit it',
  role: 'viewer',
  both: true,
  async run(context, args) {
    const { number, rest } = takeCase({ usage: 'playbook of [case]', examples: [of.example] }, context, args);
    if (rest.length > 0) throw wrong(of, 'it takes the number of one case.');
    const record = await caseFor(context, number);
    const all = (await viewsOf(context.tenant, number)).reverse();
    const views = context.internal ? all : all.filter(isForCustomers);
    const [newest] = views;
    const { tenant } = context.tenant;
    if (!newest)
      return {
        title: `Case ${number} of ${tenant.name} (${tenant._id}): ${context.internal ? 'no playbook has been run' : 'no steps of playbooks for you'}`,
        tone: 'neutral',
        blocks: context.internal
          ? [
              ...(await fittingBlocks(context.tenant, record)),
              { kind: 'note', text: ['Next: ', { code: `/mdr playbook run ${number} <playbook>` }, ' begins one.'] },
            ]
          : [{ kind: 'note', text: 'Nothing to do for you here at the moment.' }],
      };
    const card = runCard(newest, tenant, context.internal);
    const runs = views.map(({ record: each }) => each);
    return runs.length === 1 ? card : { ...card, blocks: [tableOf(runs), ...card.blocks] };
  },
};

export const list: Verb = {
  name: 'list',
  usage: '[all]',
  example: 'playbook list',
  says: 'lists runs that are not over; or all, the newest first',
  role: 'viewer',
  async run(context, args) {
    const [word, ...more] = args;
    if (more.length > 0 || (word !== undefined && word.toLowerCase() !== 'all'))
      throw wrong(list, `"${clip(args.join(' '), 40)}" is not all.`);
    const filter = word === undefined ? { status: { $in: ['running' as const, 'paused' as const] } } : {};
    const page = { sort: { number: -1 as const }, limit: MAX_ROWS, fields: ROW };
    const [runs, count] = await Promise.all([
      context.tenant.playbookRuns.find(filter, page),
      context.tenant.playbookRuns.count(filter),
    ]);
    const { name, _id } = context.tenant.tenant;
    const [first] = runs;
    return {
      title: `${word === undefined ? 'Playbooks that run' : 'Runs of playbooks'} at ${name} (${_id}): ${count || 'none'}`,
      tone: 'neutral',
      blocks: [
        ...(runs.length > 0 ? [tableOf(runs)] : []),
        ...(count > runs.length ? [{ kind: 'note' as const, text: `and ${count - runs.length} more` }] : []),
        {
          kind: 'note',
          text: first
            ? ['Next: ', { code: `/mdr playbook show ${first.number}` }, ' shows it as a checklist.']
            : ['Next: ', { code: '/mdr playbook of <case>' }, ' shows which playbooks fit a case.'],
        },
      ],
    };
  },
};
/** What a row shows: not the states, which can be long. */
const ROW = Object.fromEntries(
  ['number', 'case', 'name', 'status', 'outcome', 'by', 'created', 'updated'].map((name) => [name, 1 as const]),
);

const tableOf = (runs: readonly PlaybookRun[]): Block => ({
  kind: 'table',
  columns: ['Run', 'Playbook', 'Case', 'State', 'Begun by', 'Changed'],
  rows: runs
    .slice(0, MAX_ROWS)
    .map(({ number, name, case: of_, status, outcome, by, updated }) => [
      String(number),
      clip(name, 80),
      String(of_),
      outcome ?? status,
      clip(by.name, 40),
      [{ time: updated }],
    ]),
});

/** Playbooks that fit a case, the best first: by its techniques, and the kinds that its rules are of. */
export async function fittingFor(store: TenantStore, record: Case): Promise<Suggestion[]> {
  const numbers = { number: { $in: record.alerts } };
  const fields = { rules: 1 as const };
  const alerts = (await store.alerts.find(numbers, { fields, limit: record.alerts.length || 1 })) as Alert[];
  const ids = [...new Set([...record.rules, ...alerts.flatMap(({ rules }) => rules.map(({ id }) => id))])];
  const known = await store.rules
    .find({ id: { $in: ids } })
    .select({ id: 1, title: 1, response: 1, techniques: 1, file: 1 })
    .lean();
  const rules = known.map(({ id, title, response, techniques, file }) => ({
    ...{ title, techniques, tags: [id, file.replace(/^.*\//, '').replace(/\.ya?ml$/, '')] },
    ...(response && { response }),
  }));
  return suggestFor(await ownLibrary(), { techniques: record.techniques, tags: record.rules, rules });
}

/** What fits, why, and a button to begin each. */
export async function fittingBlocks(store: TenantStore, record: Case): Promise<Block[]> {
  const found = (await fittingFor(store, record)).slice(0, MAX_FITTING);
  if (found.length === 0 || record.state === 'closed') return [];
  const items = found.map(
    ({ playbook, reasons }): Inline => [{ bold: playbook.name }, `: ${clip(reasons.join('; '), 300)}`],
  );
  const actions = found.map(
    ({ playbook: { id, name } }): Action => ({
      ...{ id: `run-${id}`, label: clip(`Run ${name}`, 70), command: 'playbook', tenant: store.id },
      record: `run:${record.number}:${id}`,
    }),
  );
  return [
    { kind: 'text', text: [{ bold: 'Playbooks that fit' }] },
    { kind: 'list', items },
    { kind: 'actions', actions },
  ];
}
