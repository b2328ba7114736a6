import { beginRun } from '../../engine/respond/playbook/drive/begin.js';
import { ownLibrary, playbookCalled } from '../../engine/respond/playbook/load.js';
import { by } from '../actions/words.js';
import { runCard } from '../cards/run.js';
import { caseFor, takeCase, told } from '../case/words.js';
import { viewOf } from './view.js';
import { readValues, type Verb, wrong } from './words.js';

const PLAYBOOK = /^[a-z][a-z0-9-]{0,60}$/;

export const run: Verb = {
  name: 'run',
  usage: '[case] <playbook> [input=value …]',
  example: 'playbook run 4 ransomware hosts=fs01,ws-07',
  says: 'begins a playbook on a case; hosts, users and addresses that are not given are those that were seen in it',
  role: 'responder',
  async run(context, args) {
    const usage = { usage: `playbook run ${run.usage}`, examples: [run.example] };
    const { number, rest } = takeCase(usage, context, args);
    const [id = '', ...words] = rest;
    if (!PLAYBOOK.test(id)) throw wrong(run, 'which playbook? It is called by its id, as in ransomware.');
    await caseFor(context, number);
    const library = await ownLibrary();
    const { inputs } = playbookCalled(library, id);
    const kinds = Object.fromEntries(Object.entries(inputs).map(([name, { kind }]) => [name, kind]));
    const given = readValues(run, words, kinds);
    const parts = { store: context.tenant, queues: context.queues, clock: context.clock };
    const begun = await beginRun(parts, by(context), library, { case: number, playbook: id, given });
    await told(context, number);
    const card = runCard(await viewOf(context.tenant, begun), context.tenant.tenant, context.internal);
    return {
      ...card,
      title: begun.isNew
        ? `Begun: ${begun.record.name}, as run ${begun.record.number} of case ${number}`
        : `Run ${begun.record.number} of this playbook is on it already; nothing was begun`,
    };
  },
};
