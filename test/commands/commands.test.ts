import { scryptSync } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import { type Card, plain } from '../../commands/cards/card.js';
import { loadCommands } from '../../commands/index.js';
import type { Command, Context } from '../../commands/types.js';
import { counters } from '../../engine/counters.js';
import { MdrError } from '../../engine/errors.js';
import { saveVersion } from '../../engine/investigate/report/keep.js';
import type { Queues } from '../../engine/queues.js';
import { contractOf } from '../../engine/respond/case/contract.js';
import { newCase, type Opening } from '../../engine/respond/case/create.js';
import { type Alert, CLOSE_REASONS } from '../../engine/store/alerts.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { type Person, ROLES } from '../../engine/store/people.js';
import type { Question } from '../../engine/store/questions.js';
import { investigation } from '../investigate/report/fixture.js';
import { testQueues, testStore } from '../support/services.js';
import { actionRecord, addPerson, addTenant, alertRecord, detectionRecord, NOW } from './world.js';

let store: Store;
let queues: Queues;
let tenant: TenantStore;
let commands: readonly Command[];
let ana: Person;
let adm: Person;

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  commands = await loadCommands();
  tenant = await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C1', lane: 'provider' }]);
  ana = await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  await addPerson(store, 'bo', 'Bo Anders', [{ tenant: '*', role: 'lead' }]);
  await addPerson(store, 'bodil', 'Bodil Krag', [{ tenant: 'acme', role: 'responder' }]);
  await addPerson(store, 'vic', 'Vic Viewer', [{ tenant: 'acme', role: 'viewer' }]);
  adm = await addPerson(store, 'adm', 'Ada Admin', [{ tenant: 'acme', role: 'admin' }]);
  await addPerson(store, 'ben', 'Ben Roe', [{ tenant: 'acme', role: 'viewer' }], 'customer');
  await addPerson(store, 'eve', 'Eve Else', [{ tenant: 'zeta', role: 'admin' }]);
});
beforeEach(async () => {
  await tenant.alerts.deleteMany({});
  await tenant.detections.deleteMany({});
  await queues.queue('changes').drain();
});

async function run(line: string, more: Partial<Context> = {}): Promise<Card> {
  const [name, ...args] = line.split(' ');
  const command = commands.find((known) => known.name === name)!;
  const context: Context = {
    tenant,
    person: ana,
    role: 'analyst',
    queues,
    clock: () => NOW,
    alert: null,
    internal: true,
    commands,
    people: () => peopleOf(store, 'acme'),
    ...more,
  };
  return command.run(context, args);
}
const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 250 });
const fault = async (line: string, more: Partial<Context> = {}): Promise<MdrError> => {
  const error = await run(line, more).then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(MdrError);
  return error;
};
const add = (number: number, more: Partial<Alert> = {}) => tenant.alerts.insert(alertRecord(number, more));
const stored = async (number: number) => (await tenant.alerts.findOne({ number }))!;
const told = async () => (await queues.queue('changes').getJobs(['waiting', 'delayed'])).map(({ data }) => data.number);

/** Cases 4 and 5 as the examples of `case` need them. */
async function addCases(example: string) {
  await tenant.cases.deleteMany({});
  const cause = { by: { id: 'ana', name: 'Ana Silva' }, now: NOW, request: 'r', contract: contractOf(tenant.tenant) };
  const first: Opening = {
    ...{ origin: '4', title: 'A case', type: 'other', severity: 'high', priority: 'P2', lead: cause.by, reason: '' },
    alerts: [13, 14].map((number) => ({
      number,
      title: 't',
      observables: [],
      rules: [],
      techniques: [],
      simulated: false,
    })),
  };
  const isClosed = /^case reopen/.test(example);
  const isLinked = /^case link/.test(example);
  for (const number of [4, 5]) {
    const { tenant: _, ...record } = newCase(
      'acme',
      number,
      { ...first, origin: String(number), ...(isLinked && { alerts: [] }) },
      cause,
    );
    const task = {
      id: 'T1',
      title: 'do',
      state: 'open',
      lane: 'provider',
      owner: null,
      due: null,
      after: [],
      checklist: [],
    } as const;
    await tenant.cases.insert({
      ...record,
      state: isClosed ? 'closed' : 'triage',
      ...(isClosed && { outcome: 'test' }),
      ...(/^case task/.test(example) && { tasks: [{ ...task, after: [], checklist: [] }] }),
      ...(/^case unpublish/.test(example) && { published: { at: NOW, by: cause.by } }),
    });
  }
  for (const number of [13, 14]) await add(number, isLinked ? {} : { case: 4 });
}

/** What an alert has to be for the examples of a command. */
const STATES: Record<string, Partial<Alert>> = {
  reopen: { state: 'closed', reason: 'test' },
  publish: { state: 'acknowledged' },
  report: { state: 'acknowledged', published: { at: NOW, by: { id: 'ana', name: 'Ana Silva' } } },
  unpublish: { state: 'acknowledged', published: { at: NOW, by: { id: 'ana', name: 'Ana Silva' } } },
};

describe('every command', () => {
  it('says what it is, in one shape', () => {
    expect(commands.map(({ name }) => name)).toEqual([
      'ack',
      'actions',
      'alert',
      'alerts',
      'answer',
      'ask',
      'assign',
      'brief',
      'case',
      'close',
      'compliance',
      'deadletters',
      'digest',
      'dismiss',
      'form',
      'help',
      'hunt',
      'investigate',
      'menu',
      'models',
      'note',
      'notify',
      'numbers',
      'oncall',
      'people',
      'publish',
      'raise',
      'remind',
      'reopen',
      'report',
      'rules',
      'snooze',
      'status',
      'storm',
      'tenant',
      'tune',
      'unpublish',
      'war-room',
      'yes',
    ]);
    for (const command of commands) {
      expect(command.usage.split(' ')[0]).toBe(command.name);
      expect(command.summary).toMatch(/^[A-Z].*\.$/);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) expect(example.split(' ')[0]).toBe(command.name);
      expect(ROLES).toContain(command.role);
      expect(command.related.length).toBeGreaterThan(0);
      for (const name of command.related) {
        expect(commands.map((known) => known.name)).toContain(name);
        expect(name).not.toBe(command.name);
      }
    }
  });

  it('answers each of its examples with a card that ends with the next step', async () => {
    // Those that the examples name.
    const by = { id: 'ana', name: 'Ana Silva' };
    const at = { surface: 'slack', channel: 'C1' };
    await tenant.actions.insert(actionRecord(3));
    await tenant.storms.insert({ _id: 's3', number: 3, ...at, turn: 1, began: NOW, ended: null });
    const told = { state: 'told' as const, told: 1, created: NOW, changed: { at: NOW, ...by } };
    await tenant.reminders.insert({ _id: 'r3', number: 3, alert: 12, person: by, text: '', due: NOW, ...told });
    const { _id: carla } = await addPerson(store, 'carla', 'Carla', [{ tenant: 'acme', role: 'viewer' }], 'customer');
    const code = `salt:${scryptSync('123456', 'salt', 32).toString('hex')}`;
    const question: Omit<Question, 'tenant'> = {
      ...{
        _id: 'q3',
        number: 3,
        alert: 12,
        state: 'asked',
        person: { id: 'adm', name: 'Ada Admin' },
        by,
        text: 'You?',
      },
      ...{ to: null, code, codes: 1, tries: 0, used: null, created: NOW, expires: NOW + 1, answer: null },
      ...{ recorded: true, revision: 1 },
    };
    for (const made of [NOW, NOW + 1]) await saveVersion(tenant, investigation({ made }), by);
    for (const command of commands) {
      for (const example of command.examples) {
        await tenant.alerts.deleteMany({});
        await tenant.questions.deleteMany({});
        await tenant.questions.insert(question);
        await addCases(example);
        await add(12, STATES[command.name] ?? {});
        const place = { surface: 'slack', channel: 'C1', direct: false, identity: 'slack:Uadm' };
        const line = example.replaceAll('"', '').replace('Ana Silva', 'Ana');
        const card = await run(line, { person: adm, role: 'admin', place });
        const last = card.blocks.at(-1)!;
        expect({ example, kind: last.kind }).toEqual({ example, kind: 'note' });
        expect(last.kind === 'note' && plain(last.text)).toMatch(/Next: |Nothing to do/);
        expect(card.tone).not.toBe('error');
      }
    }
    await store.people.deleteOne({ _id: carla });
  });

  it('shows usage and one example when it is used wrongly', async () => {
    await add(12);
    const lines = [
      'ack',
      'ack twelve',
      'ack 12 now',
      'alert',
      'alert 1x',
      'alert 12 13',
      'assign',
      'close',
      'close 12',
      'close 12 because',
      'reopen 12 please',
      'note 12',
      'status now',
      'tenant zeta',
      'alert -1',
      'alert 0',
      'alert 99999999999',
    ];
    for (const line of lines) {
      const { code, hint } = await fault(line);
      const command = commands.find(({ name }) => name === line.split(' ')[0])!;
      expect({ line, code }).toEqual({ line, code: 'MDR_COMMAND_USAGE' });
      expect(hint).toContain(`/mdr ${command.usage}`);
      expect(hint).toContain(`/mdr ${command.examples[0]}`);
    }
  });

  it('says so when there is no such alert', async () => {
    for (const line of ['ack 7', 'alert 7', 'assign 7', 'close 7 benign', 'reopen 7', 'note 7 x'])
      expect(await fault(line)).toMatchObject({ code: 'MDR_ALERT_UNKNOWN' });
  });
});

describe('working on an alert', () => {
  it.each([
    ['ack 12', {}, { state: 'acknowledged' }],
    ['ack #12', {}, { state: 'acknowledged' }],
    ['assign 12', {}, { assignee: { id: 'ana', name: 'Ana Silva' } }],
    ['assign 12 me', {}, { assignee: { id: 'ana' } }],
    ['assign 12 bo', {}, { assignee: { id: 'bo' } }],
    ['assign 12 Bo Anders', {}, { assignee: { id: 'bo' } }],
    ['assign 12 @krag', {}, { assignee: { id: 'bodil' } }],
    ['assign 12 <@Ubodil|x>', {}, { assignee: { id: 'bodil' } }],
    ['close 12 benign backup job', {}, { state: 'closed', reason: 'benign' }],
    ['close 12 False-Positive', {}, { state: 'closed', reason: 'false_positive' }],
    ['close 12 false positive again', {}, { state: 'closed', reason: 'false_positive' }],
    ['reopen 12', { state: 'closed', reason: 'test' }, { state: 'new' }],
  ] as const)('%s changes the record and tells the outbox', async (line, before, after) => {
    await add(12, before as Partial<Alert>);
    const card = await run(line);
    expect(card.tone).toBe('ok');
    expect(await stored(12)).toMatchObject(after);
    expect((await stored(12)).log.at(-1)).toMatchObject({ actor: 'ana', actorName: 'Ana Silva' });
    expect(await told()).toEqual([12]);
  });

  it("takes the number from the alert's thread", async () => {
    await add(5);
    for (const line of ['ack', 'assign bo', 'note it was the backup', 'close test', 'reopen'])
      await run(line, { alert: 5 });
    expect((await stored(5)).log.map(({ kind }) => kind)).toEqual([
      'opened',
      'acknowledged',
      'assigned',
      'note',
      'closed',
      'reopened',
    ]);
    expect((await stored(5)).log[3]!.text).toBe('it was the backup');
  });

  it('says who did it already, and tells the outbox all the same', async () => {
    await add(12);
    await run('ack 12');
    expect(await text('ack 12')).toContain('You did this already');
    const bo = { ...ana, _id: 'bo', name: 'Bo Anders' };
    expect(await text('ack 12', { person: bo })).toContain('Ana Silva did this already');
    expect((await stored(12)).log).toHaveLength(2);
    expect(await told()).toEqual([12, 12, 12]);
  });

  it('suggests the reason or the person that was meant, and names who could be meant', async () => {
    await add(12);
    expect((await fault('close 12 bening')).message).toContain('Did you mean "benign"?');
    for (const reason of CLOSE_REASONS) expect((await fault('close 12 why')).message).toContain(reason);
    expect((await fault('assign 12 bod anders')).message).toContain('Did you mean "Bo Anders"?');
    expect((await fault('assign 12 b')).message).toContain('Bo Anders or Bodil Krag');
  });

  it.each(['vic', 'eve', 'nobody', '<@Ueve>', '$ne'])(
    'gives it to nobody who may not work on this tenant: %s',
    async (name) => {
      await add(12);
      expect(await fault(`assign 12 ${name}`)).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
      expect((await stored(12)).assignee).toBeUndefined();
    },
  );
});

describe('alert', () => {
  it('shows everything about it, with an example event and what was done', async () => {
    await add(12, { simulated: true });
    await tenant.detections.insert(detectionRecord(12));
    await run('ack 12');
    const shown = await text('alert 12');
    for (const part of [
      'Simulated',
      '70 of 100',
      '+50 a high rule fired',
      '+20 ws01 is a crown jewel',
      'LSASS memory read',
      'T1003.001',
      'CORP\\jane',
      'process.command_line',
      '  | {"CommandLine":"rundll32',
      'Backup agents',
      'Ana Silva: Acknowledged',
    ])
      expect(shown).toContain(part);
  });

  it('shows an alert whose example event is no longer kept', async () => {
    await add(12);
    expect(await text('alert 12')).toContain('LSASS memory read');
  });

  it('stays small whatever the record holds', async () => {
    const long = 'x'.repeat(5000);
    const rule = alertRecord(12).rules[0]!;
    await add(12, {
      rules: Array.from({ length: 100 }, (_, i) => ({ ...rule, id: `${i}`, title: long })),
      observables: Array.from({ length: 300 }, () => ({ kind: 'file', value: long })),
      reasons: Array.from({ length: 100 }, () => ({ points: 1, text: long })),
      log: Array.from({ length: 300 }, (_, i) => ({
        id: `${i}`,
        at: NOW,
        actor: 'a',
        actorName: long,
        kind: 'note',
        text: long,
      })),
    });
    await tenant.detections.insert(detectionRecord(12, long));
    expect(JSON.stringify(await run('alert 12')).length).toBeLessThan(40_000);
  });
});

describe('alerts', () => {
  const numbers = async (line: string, more: Partial<Context> = {}) => {
    const table = (await run(line, more)).blocks.find((block) => block.kind === 'table');
    return table?.kind === 'table' ? table.rows.map(([number]) => Number(plain(number!))) : [];
  };
  beforeEach(async () => {
    await add(1, { score: 10, level: 'low' });
    await add(2, { score: 90, level: 'critical', assignee: { id: 'ana', name: 'Ana Silva' } });
    await add(3, {
      score: 50,
      level: 'medium',
      state: 'acknowledged',
      entity: { kind: 'ip', value: '10.0.0.5' },
      observables: [],
    });
    await add(4, {
      score: 99,
      level: 'high',
      state: 'closed',
      reason: 'benign',
      entity: { kind: 'host', value: 'a.*b' },
      observables: [{ kind: 'user', value: 'WS01' }],
    });
  });

  it.each([
    ['alerts', [2, 3, 1]],
    ['alerts all', [2, 3, 1, 4]],
    ['alerts closed', [4]],
    ['alerts acknowledged', [3]],
    ['alerts new critical', [2]],
    ['alerts medium+', [2, 3]],
    ['alerts low medium', [3, 1]],
    ['alerts mine', [2]],
    ['alerts WS01', [2, 1]],
    ['alerts all host ws01', [2, 1]],
    ['alerts all user ws01', [4]],
    ['alerts corp\\JANE', [2, 1]],
    ['alerts 10.0.0.5', [3]],
    ['alerts 10.0.0', []],
    ['alerts all a.*b', [4]],
    ['alerts all .*', []],
    ['alerts all host', []],
  ])('lists what was asked for, highest score first: %s', async (line, expected) => {
    expect(await numbers(line)).toEqual(expected);
  });

  it('says how many more there are', async () => {
    for (let number = 10; number < 30; number++) await add(number, { score: 20 });
    expect(await numbers('alerts')).toHaveLength(15);
    expect(await text('alerts')).toContain('8 more alerts not shown');
    expect(await text('alerts')).toContain('23 open alerts of Acme (acme)');
    expect((await numbers('alerts all')).includes(4)).toBe(false);
    expect(await text('alerts all')).toContain('9 more alerts not shown');
  });

  it('suggests the filter word that was meant when nothing fits', async () => {
    expect(await text('alerts colsed')).toContain('Did you mean "closed"?');
    expect(await text('alerts nothing-like-it')).not.toContain('Did you mean');
    expect(await fault('alerts a b c d e f')).toMatchObject({ code: 'MDR_COMMAND_USAGE' });
  });
});

describe('help, tenant and status', () => {
  it('lists every command, with the role it needs when that is missing', async () => {
    const shown = await text('help', { role: 'viewer' });
    for (const command of commands) expect(shown).toContain(`/mdr ${command.usage}`);
    expect(shown).toContain('(needs role responder)');
    expect(await text('help')).not.toContain('needs role');
    expect(await text('help alerts')).toContain('State: open, new, acknowledged, closed, all');
    expect(await fault('help clsoe')).toMatchObject({
      code: 'MDR_COMMAND_UNKNOWN',
      message: expect.stringContaining('"close"'),
    });
  });

  it("shows the tenant's profile and numbers", async () => {
    await add(1);
    await add(2, { state: 'closed' });
    const shown = await text('tenant');
    for (const part of [
      'Acme (acme)',
      'Logistics',
      'acme-vault',
      'Bo Anders',
      '2 alerts in all: 1 new, 0 acknowledged, 1 closed.',
    ])
      expect(shown).toContain(part);
    expect(shown).not.toContain('Eve Else');
  });

  it('says in plain words what is wrong, and that all is well when it is', async () => {
    await add(1);
    const before = await run('status');
    expect(before.tone).toBe('medium');
    expect(renderText(before, { width: 250 })).toContain('no worker process is running');
    expect(renderText(before, { width: 250 })).toContain('No event has arrived yet');
    await tenant.deadletters.insert({
      _id: 'x',
      source: 's',
      code: 'MDR_LINE_JSON',
      message: 'line 3 is not JSON',
      sample: '',
      bytes: 3,
      at: NOW,
    });
    expect(await text('status')).toContain('1 refusal kept with code `MDR_LINE_JSON`: line 3 is not JSON');

    const said = { worker: 'w', at: NOW, rules: 1, leftOut: 0, sets: {}, fault: 'version 2 is damaged' };
    const workers = `${queues.prefix}:rulesets:workers`;
    await queues.redis.hset(workers, 'w', JSON.stringify(said));
    expect(await text('status')).toContain('A worker runs older rules than it should: version 2 is damaged');
    expect(await text('status', { internal: false })).not.toContain('damaged');
    await queues.redis.del(workers);

    await tenant.deadletters.deleteMany({});
    await counters(queues.redis, queues.prefix, 'acme').add('batch', { accepted: 1234, processed: 1234 });
    for (const name of ['events', 'detections', 'investigations', 'changes', 'outbox'] as const)
      await queues.work(name, 1, async () => {}).waitUntilReady();
    await expect.poll(() => text('status')).toContain('everything works');
    const shown = await text('status');
    expect(shown).toContain('1,234');
    expect(shown).toContain('1 high');
  });
});
