import { makeAnswer } from '../../bot/answer.js';
import type { Answer } from '../../bot/surfaces/types.js';
import { loadCommands } from '../../commands/index.js';
import type { Command } from '../../commands/types.js';
import { keepDeadLetters } from '../../engine/ingest/deadletters.js';
import { saveVersion } from '../../engine/investigate/report/keep.js';
import { log } from '../../engine/log.js';
import { setRota, takeOver } from '../../engine/oncall/work.js';
import type { Queues } from '../../engine/queues.js';
import { contractOf } from '../../engine/respond/case/contract.js';
import { newCase, type Opening, shareOf } from '../../engine/respond/case/create.js';
import { beginRun } from '../../engine/respond/playbook/drive/begin.js';
import { ownLibrary } from '../../engine/respond/playbook/load.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { Scoped } from '../../engine/store/scoped.js';
import { draft, send } from '../../engine/triage/ask/questions.js';
import { actionRecord, addPerson, addTenant, alertRecord, detectionRecord, NOW } from '../commands/world.js';
import { investigation } from '../investigate/report/fixture.js';
import { ALERT, CASE, CLOSED, DIGEST, OPEN, RUN, SECRET } from './tenants.cases.js';

export interface World {
  store: Store;
  queues: Queues;
  commands: readonly Command[];
  answer: Answer;
  zeta: TenantStore;
  letter: string;
}

/** Two tenants; everything that zeta has carries the secret. */
export async function fill(store: Store, queues: Queues, make = addTenant): Promise<World> {
  const commands = await loadCommands();
  const answer = makeAnswer({ store, queues, commands, clock: () => NOW, log });
  const acme = await make(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'C0ALERTS', lane: 'provider' },
    { surface: 'slack', channel: 'CSHARED', lane: 'customer' },
  ]);
  const zeta = await make(store, 'zeta', `Zeta ${SECRET}`, [
    { surface: 'slack', channel: 'CZETA', lane: 'provider' },
    { surface: 'slack', channel: 'CZSHARED', lane: 'customer' },
  ]);
  const published = { at: NOW, by: { id: 'zed', name: SECRET } };
  await acme.alerts.insert(alertRecord(1, { state: 'acknowledged', published }));
  const theirs = { title: SECRET, entity: { kind: 'host' as const, value: SECRET }, observables: [] };
  await zeta.alerts.insert(alertRecord(ALERT, { ...theirs, published }));
  await zeta.alerts.insert(alertRecord(OPEN, { ...theirs, state: 'acknowledged' }));
  await zeta.alerts.insert(alertRecord(CLOSED, { ...theirs, state: 'closed', reason: 'false_positive', closed: NOW }));
  const opening: Opening = {
    ...{ origin: 'o', title: SECRET, type: 'other', severity: 'high', priority: 'P2', reason: SECRET },
    ...{ alerts: [shareOf((await zeta.alerts.findOne({ number: ALERT }))!)], lead: published.by },
  };
  const cause = { by: published.by, now: NOW, request: 'r', contract: contractOf(zeta.tenant) };
  const { tenant: _, ...begun } = newCase('zeta', CASE, opening, cause);
  const args = { ip: SECRET };
  await zeta.actions.insert(actionRecord(1, { args, reason: SECRET, digest: DIGEST, state: 'proposed' }));
  await zeta.cases.insert({ ...begun, state: 'triage', published });
  const said = { by: `Zed ${SECRET} (zed)`, at: NOW - 1000, reason: SECRET };
  await zeta.breaches.insert({
    ...{ _id: 'zeta-breach', case: CASE, asked: [], told: [], log: [], created: NOW, updated: NOW, revision: 1 },
    facts: [
      { ...said, fact: 'personal_data', value: true },
      { ...said, fact: 'role.controller', value: true },
      { ...said, fact: 'law.EEA', value: true },
      { ...said, fact: 'aware', value: { at: NOW - 2000 } },
    ],
  });
  const words = [{ text: SECRET, from: [SECRET] }];
  await zeta.lessons.insert({
    ...{
      _id: 'lesson-61',
      number: CASE,
      case: CASE,
      playbook: 'ransomware',
      version: SECRET,
      after: SECRET,
      diff: SECRET,
    },
    ...{ reasons: words, left: words, state: 'open', by: published.by, created: NOW, revision: 1 },
  });
  const library = await ownLibrary();
  const given = { hosts: [SECRET], users: [SECRET] };
  const run = await beginRun({ store: zeta, queues, clock: () => NOW }, published.by, library, {
    ...{ case: CASE, playbook: 'ransomware', given },
  });
  // Numbered as only zeta's are.
  await store.playbookRuns.updateOne({ _id: run.record._id }, { $set: { number: RUN } });
  const told = investigation({ alert: ALERT, alerts: [ALERT], title: SECRET });
  await saveVersion(zeta, { ...told, who: [{ text: SECRET, events: ['e0'] }] }, published.by);
  for (const number of [ALERT, OPEN, CLOSED]) await zeta.detections.insert(detectionRecord(number, SECRET));
  await zeta.exceptions.insert({
    _id: 'exception-9',
    number: 9,
    state: 'proposed',
    rules: [{ id: 'r1', title: SECRET, level: 'high' }],
    conditions: [{ key: 'host.name', values: [SECRET] }],
    reason: SECRET,
    alert: CLOSED,
    author: { id: 'zed', name: SECRET },
    created: NOW,
    updated: NOW,
    expires: NOW + 86_400_000,
    log: [],
    revision: 1,
  });
  await zeta.proposals.insert({
    ...{ _id: 'proposal-9', number: 9, state: 'open', rule: { id: 'r1', title: SECRET, level: 'high' } },
    change: { kind: 'exception', conditions: [{ key: 'host.name', values: [SECRET] }] },
    ...{ seen: { real: 0, benign: 0, false: 9 }, alert: CLOSED, created: NOW, updated: NOW, log: [], revision: 1 },
    would: { days: 30, what: 'detections', count: 3, of: 3, real: 0 },
  });
  await keepDeadLetters(
    zeta,
    [
      {
        source: 'zeta-source',
        code: 'MDR_FORMAT_UNKNOWN',
        message: SECRET,
        sample: SECRET,
        bytes: 9,
        record: { format: null, carrier: null, simulated: false, received: NOW },
      },
    ],
    NOW,
  );
  await setRota(
    zeta.rotas,
    { text: 'zone: UTC\nlayers: [{ people: [zed], start: 2026-11-23T09:00, every: 1 week }]', name: SECRET },
    'UTC',
    () => NOW,
  );
  await takeOver(zeta.rotas, {
    person: { id: 'zed', name: SECRET },
    from: NOW,
    until: NOW + 3_600_000,
    by: published.by,
    at: NOW,
  });
  const by = published.by;
  await zeta.huntRuns.insert({
    ...{
      _id: 'zeta-run',
      number: ALERT,
      title: SECRET,
      techniques: [],
      from: 0,
      until: NOW,
      period: SECRET,
      by,
      hunt: 7,
    },
    ...{ request: { kind: 'indicator', values: [{ kind: 'host', value: SECRET }] }, scheduled: false, state: 'done' },
    ...{ progress: 1, created: NOW, started: NOW, ended: NOW, queries: [], file: 9, error: null, post: null },
    result: {
      ...{ columns: [{ name: 'host', type: 'VARCHAR' }], rows: [[SECRET]], total: 1, truncated: false },
      ...{ chart: null, notes: [], gaps: [] },
    },
  });
  await zeta.hunts.insert({
    ...{
      _id: 'zeta-hunt',
      number: 7,
      hypothesis: SECRET,
      techniques: [],
      by,
      created: NOW,
      updated: NOW,
      state: 'open',
    },
    ...{ runs: [], notes: [], outcome: null, conclusion: '', concluded: null, gaps: [], revision: 1 },
  });
  await addPerson(store, 'ana', 'Ana Acme', [{ tenant: 'acme', role: 'admin' }]);
  await addPerson(store, 'cus', 'Cus Tomer', [{ tenant: 'acme', role: 'admin' }], 'customer');
  await addPerson(store, 'star', 'Star Customer', [{ tenant: '*', role: 'admin' }], 'customer');
  await addPerson(store, 'none', 'No Role', []);
  await addPerson(store, 'zed', SECRET, [{ tenant: 'zeta', role: 'admin' }]);
  const zcu = await addPerson(store, 'zcu', SECRET, [{ tenant: 'zeta', role: 'viewer' }], 'customer');
  const about = { alert: (await zeta.alerts.findOne({ number: OPEN }))!, person: zcu, by: published.by };
  const { number } = await draft(zeta, { ...about, text: SECRET, clock: () => NOW });
  await send(zeta, number, published.by, () => NOW);
  const [letter] = await zeta.deadletters.find();
  return { store, queues, commands, answer, zeta, letter: letter!._id };
}

/** Everything of zeta, and what was enqueued for it: refused attempts change nothing of this. */
export async function zetaNow({ store, queues, zeta }: World): Promise<string> {
  const { tenant } = zeta;
  const collections = Object.values(zeta).filter((each) => each instanceof Scoped) as (typeof zeta.alerts)[];
  const records = await Promise.all(collections.map((each) => each.find({}, { sort: { _id: 1 } })));
  const jobs = (
    await Promise.all(
      (['changes', 'dispatches', 'events', 'hunts', 'playbooks'] as const).map((name) => queues.queue(name).getJobs()),
    )
  ).flat();
  const ours = jobs.map(({ data }) => data).filter((data) => data.tenant === 'zeta');
  return JSON.stringify([
    records,
    ours,
    await store.tenants.findById('zeta').lean(),
    await store.people.findById('zed').lean(),
    tenant._id,
  ]);
}
