import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { plain } from '../../commands/cards/card.js';
import { counters } from '../../engine/counters.js';
import { saveVersion } from '../../engine/investigate/report/keep.js';
import { contractOf } from '../../engine/respond/case/contract.js';
import { newCase, type Opening } from '../../engine/respond/case/create.js';
import type { Alert } from '../../engine/store/alerts.js';
import { ROLES } from '../../engine/store/people.js';
import type { Question } from '../../engine/store/questions.js';
import { investigation } from '../investigate/report/fixture.js';
import { commandWorld } from './commands.world.js';
import { evidenceFor } from './evidence.examples.js';
import { addRun } from './runs.js';
import { actionRecord, addPerson, NOW } from './world.js';

const { store, queues, commands, tenant, adm, run, text, fault, add } = await commandWorld();

/** Cases 4 and 5 as the examples of `case` need them. */
async function addCases(example: string) {
  await tenant.cases.deleteMany({});
  await tenant.breaches.deleteMany({});
  if (/^breach (?!declare|board)/.test(example)) {
    const said = { by: 'Ana', at: NOW, reason: '' };
    const facts = ['personal_data', 'role.controller', 'law.EEA'].map((fact) => ({ ...said, fact, value: true }));
    await tenant.breaches.insert({
      ...{ _id: 'b4', case: 4, asked: [], told: [], log: [], created: NOW, updated: NOW, revision: 1 },
      facts: [...facts, { ...said, fact: 'aware', value: { at: NOW } }],
    });
  }
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
      'breach',
      'brief',
      'case',
      'close',
      'collect',
      'compliance',
      'deadletters',
      'digest',
      'dismiss',
      'evidence',
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
      'playbook',
      'publish',
      'raise',
      'remind',
      'reopen',
      'report',
      'review',
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
    await addRun(tenant, 4, 3);
    const lesson = { case: 4, playbook: 'phishing', version: 'v', after: 'a', diff: 'd', reasons: [], left: [] };
    for (const number of [2, 3])
      await tenant.lessons.insert({
        _id: `l${number}`,
        number,
        ...lesson,
        state: 'open',
        by,
        created: NOW,
        revision: 1,
      });
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
        if (command.name === 'evidence') await evidenceFor(store, tenant, example);
        const place = { surface: 'slack', channel: 'C1', direct: false, identity: 'slack:Uadm' };
        const line = example.replaceAll('"', '').replace('Ana Silva', 'Ana');
        // As in the case's thread, where its number is left out.
        const here = command.name === 'collect' ? { case: 4 } : {};
        const card = await run(line, { person: adm, role: 'admin', place, ...here });
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
