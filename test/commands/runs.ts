import { keepProgram, loaded } from '../../engine/respond/playbook/drive/keep.js';
import type { Loaded } from '../../engine/respond/playbook/drive/types.js';
import { libraryOf, parsePlaybook } from '../../engine/respond/playbook/load.js';
import { begin, pin, step } from '../../engine/respond/playbook/run/index.js';
import type { TenantStore } from '../../engine/store/index.js';
import { NOW } from './world.js';

/** Once S1 is done: S3 a task, S4 one of the customer's, S5 a decision, S6 a wait, S7 an action, S8 a task with answers, S9 an approval. */
export const STEPS = `
id: many-steps
name: Many steps
use: part
summary: For tests.
inputs: { host: { kind: host, about: a host } }
steps:
  - { id: first-look, type: manual, title: First look, do: Look., doneWhen: Looked., answers: { running: { kind: yes-no, about: does it run }, spreading: { kind: yes-no, about: does it spread } } }
  - id: all
    type: parallel
    title: All
    branches:
      - { id: b3, steps: [{ id: image, type: manual, title: "Take an image of {host}", do: Internal words., doneWhen: It is there. }] }
      - { id: b4, steps: [{ id: call, type: manual, title: Call them, role: customer-lead, lane: customer, do: Call., doneWhen: They know. }] }
      - { id: b5, steps: [{ id: whose, type: decision, title: Whose is it?, ask: Whose?, choices: [{ id: person, label: "A person's", steps: [] }, { id: service, label: "A service's", steps: [] }] }] }
      - { id: b6, steps: [{ id: back, type: wait, title: Until it is back, until: device-returned, timeout: 9d }] }
      - { id: b7, steps: [{ id: isolate, type: action, title: "Isolate {host}", action: isolate-host, with: { host: "{host}" } }] }
      - { id: b8, steps: [{ id: names, type: manual, title: Names, do: Name them., doneWhen: Named., answers: { who: { kind: text, about: their names }, ips: { kind: ips, about: addresses } } }] }
      - { id: b9, steps: [{ id: restart, type: approval, title: Restart it, ask: May it restart?, approver: incident-lead }] }
`;

/** The same with nothing in it for the customer. */
export const INTERNAL = STEPS.replace('Many steps', 'Insider').replace(
  'role: customer-lead, lane: customer',
  'role: analyst',
);

/** A run of it on a case, its first step done by ana. */
export async function addRun(tenant: TenantStore, of: number, number: number, steps = STEPS): Promise<Loaded> {
  const library = libraryOf([parsePlaybook(steps, 'many-steps.yaml')]);
  const program = pin(library.get('many-steps')!, library);
  const _id = `run-${number}-${Math.random()}`;
  const answers = { running: true, spreading: false };
  const first = begin(program, _id, { host: 'ws01' }, 'ana', NOW).state;
  const { state } = step(program, first, { type: 'done', step: 'first-look', by: 'ana', answers }, NOW);
  await keepProgram(tenant, program, NOW);
  await tenant.playbookRuns.insert({
    ...{ _id, number, case: of, playbook: 'many-steps', version: program.version, inputs: 'i' },
    name: library.get('many-steps')!.name,
    ...{ by: { id: 'ana', name: 'Ana Silva' }, status: state.status, outcome: null, state: JSON.stringify(state) },
    ...{ wake: null, links: [], log: [], told: 0, shown: 0, settled: false, looked: 0, created: NOW, updated: NOW },
    revision: 1,
  });
  return loaded(tenant, (await tenant.playbookRuns.findOne({ number }))!);
}
