import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notify } from '../../engine/notify/index.js';
import { policySchema } from '../../engine/notify/policy.js';
import { savePolicy } from '../../engine/notify/save.js';
import { acknowledge, close, reopen } from '../../engine/triage/work.js';
import { MINUTE, openWorld, paging, type World } from './world.js';

const T0 = Date.parse('2026-11-24T12:00Z');
const ana = { id: 'ana', name: 'Ana Silva' };
let world: World;
let engines: Notify[];

beforeEach(async () => {
  world = await openWorld(T0);
  engines = [];
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.stop()));
  await world.pager.stop();
});

function start(more = {}): Notify {
  const engine = world.engine(more);
  engines.push(engine);
  return engine;
}
const STEPS = [
  { after: 5, people: ['ana'] },
  { after: 15, people: ['bo'] },
  { after: 20, page: ['main', 'hook'] },
];
const alertNow = async (number = 1) => (await (await world.tenant()).alerts.findOne({ number }))!;
const calls = async (number = 1) =>
  (await alertNow(number)).log
    .filter(({ kind }) => kind === 'escalated')
    .map(({ at, calls: called, text }) => [(at - T0) / MINUTE, called?.map(({ name }) => name).join(), text]);
/** Let time go by, a minute at a time. */
async function pass(engine: Notify, minutes: number) {
  for (let i = 0; i < minutes; i++) {
    world.now += MINUTE;
    await engine.tick();
  }
}

describe('an escalation', () => {
  it('calls one after the other, then pages, each once and at its time', async () => {
    await world.setPolicy(paging(world.pager, STEPS));
    const engine = start();
    await world.open(1, 'critical');
    await engine.tick();
    await pass(engine, 40);
    expect((await calls()).map(([at, who]) => [at, who])).toEqual([
      [5, 'Ana Silva'],
      [15, 'Bo Anders'],
      [20, ''],
    ]);
    expect(world.pager.events).toHaveLength(1);
    expect(world.pager.events[0]).toMatchObject({
      event_action: 'trigger',
      dedup_key: 'mdr/acme/alert/1',
      payload: { severity: 'critical', source: 'host-1', custom_details: { tenant: 'acme', alert: 1 } },
    });
    expect(world.pager.hooks.map(({ body }) => body.type)).toEqual(['alert.escalated']);
    expect(await (await world.tenant()).escalations.find()).toMatchObject([{ state: 'finished', due: null }]);
  });

  it('calls people by their chat identities', async () => {
    await world.setPolicy(paging(world.pager, STEPS));
    const engine = start();
    await world.open(1, 'high');
    await engine.tick();
    await pass(engine, 5);
    const [entry] = (await alertNow()).log.filter(({ kind }) => kind === 'escalated');
    expect(entry!.calls).toEqual([{ name: 'Ana Silva', identities: expect.arrayContaining(['slack:Uana']) }]);
    expect(entry!.text).toContain('5 minutes without an acknowledgement (soc, step 1 of 3)');
    const told = await world.queues.queue('changes').getJobs(['waiting']);
    expect(told.map(({ data }) => data.number)).toContain(1);
  });

  it('stops when somebody acknowledges, and tells those whom it paged', async () => {
    await world.setPolicy(paging(world.pager, STEPS, { repeat: { times: 3, every: 30 } }));
    const engine = start();
    await world.open(1, 'critical');
    await world.open(2, 'critical');
    await engine.tick();
    await pass(engine, 7);
    await acknowledge(await world.tenant(), 2, ana, world.clock);
    await pass(engine, 14);
    await acknowledge(await world.tenant(), 1, ana, world.clock);
    await pass(engine, 60);
    await close(await world.tenant(), 1, ana, world.clock, 'benign');
    await close(await world.tenant(), 2, ana, world.clock, 'benign');
    await pass(engine, 60);
    expect(await calls(1)).toHaveLength(3);
    expect(await calls(2)).toHaveLength(1);
    expect(world.pager.events.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ['trigger', 'mdr/acme/alert/1'],
      ['acknowledge', 'mdr/acme/alert/1'],
      ['resolve', 'mdr/acme/alert/1'],
    ]);
    expect(world.pager.hooks.map(({ body }) => body.type)).toEqual([
      'alert.escalated',
      'alert.acknowledged',
      'alert.closed',
    ]);
    expect(world.pager.hooks[1]!.body.data.reason).toBe('Acknowledged by Ana Silva');
  });

  it('goes through the whole chain again as often as the policy says', async () => {
    await world.setPolicy(paging(world.pager, [{ after: 5, page: ['main'] }], { repeat: { times: 2, every: 30 } }));
    const engine = start();
    await world.open(1, 'high');
    await engine.tick();
    await pass(engine, 120);
    expect((await calls()).map(([at]) => at)).toEqual([5, 35, 65]);
    expect([...world.pager.incidents.values()]).toMatchObject([{ triggers: 3, state: 'triggered' }]);
  });

  it('begins again when an alert is reopened that nobody had acknowledged', async () => {
    await world.setPolicy(paging(world.pager, [{ after: 5, page: ['main'] }]));
    const engine = start();
    await world.open(1, 'high');
    await engine.tick();
    await pass(engine, 6);
    await close(await world.tenant(), 1, ana, world.clock, 'benign');
    await pass(engine, 2);
    await reopen(await world.tenant(), 1, ana, world.clock);
    await pass(engine, 10);
    expect(world.pager.events.map(({ event_action }) => event_action)).toEqual(['trigger', 'resolve', 'trigger']);
    expect((await calls()).map(([at]) => at)).toEqual([5, 14]);
  });

  it('begins when an alert becomes grave enough', async () => {
    await world.setPolicy(paging(world.pager, STEPS));
    const engine = start();
    await world.open(1, 'low');
    await engine.tick();
    await pass(engine, 30);
    expect(await calls()).toEqual([]);
    await (await world.tenant()).alerts.update(
      { number: 1 },
      { $set: { level: 'high', updated: world.now }, $inc: { revision: 1 } },
    );
    await engine.tick();
    await pass(engine, 5);
    expect((await calls()).map(([at, who]) => [at, who])).toEqual([[35, 'Ana Silva']]);
  });

  it('follows a change of the policy, and ends with it', async () => {
    await world.setPolicy(
      paging(world.pager, [
        { after: 5, people: ['ana'] },
        { after: 60, people: ['bo'] },
      ]),
    );
    const engine = start();
    await world.open(1, 'high');
    await world.open(2, 'high');
    await engine.tick();
    await pass(engine, 6);
    const later = { after: 90, people: ['bo'] };
    await world.setPolicy(paging(world.pager, [{ after: 5, people: ['ana'] }, later]));
    await pass(engine, 84);
    expect((await calls()).map(([at]) => at)).toEqual([5, 90]);
    await world.setPolicy({
      rules: [{ levels: ['informational', 'low', 'medium', 'high', 'critical'], send: 'at once' }],
    });
    await pass(engine, 60);
    expect(await calls()).toHaveLength(2);
  });

  it('takes a step at once that a change of the policy has made due', async () => {
    await world.setPolicy(paging(world.pager, [{ after: 60, people: ['ana'] }]));
    const engine = start();
    await world.open(1, 'high');
    await engine.tick();
    await pass(engine, 20);
    const sooner = policySchema.parse(paging(world.pager, [{ after: 10, people: ['ana'] }]));
    await savePolicy(await world.tenant(), sooner, 'Bo', world.clock);
    await pass(engine, 1);
    expect((await calls()).map(([at]) => at)).toEqual([21]);
  });

  it('sees an alert that was written late, by a process with a slow clock', async () => {
    await world.setPolicy(paging(world.pager, STEPS));
    const engine = start();
    await world.open(1, 'high');
    await engine.tick();
    await world.open(2, 'high', { updated: world.now - 30_000 });
    await engine.tick();
    expect(await (await world.tenant()).escalations.count()).toBe(2);
  });

  it('names who cannot be called because they have no role here any more', async () => {
    await world.setPolicy(paging(world.pager, [{ after: 1, people: ['ana', 'bo'] }]));
    await world.store.people.updateOne({ _id: 'bo' }, { $set: { grants: [{ tenant: 'zeta', role: 'lead' }] } });
    const engine = start();
    await world.open(1, 'high');
    await engine.tick();
    await pass(engine, 1);
    const [[, who, text]] = (await calls()) as [[number, string, string]];
    expect(who).toBe('Ana Silva');
    expect(text).toContain('Without a role here, so not called: bo');
  });

  it('does not wake anybody for what is held back in quiet hours', async () => {
    const quiet = [{ from: '00:00', to: '13:00', through: ['critical'] }];
    const policy = paging(world.pager, [{ after: 5, people: ['ana'] }]);
    await world.setPolicy({ ...policy, rules: policy.rules.map((rule, i) => (i === 0 ? { ...rule, quiet } : rule)) });
    const engine = start();
    await world.open(1, 'high');
    await world.open(2, 'critical');
    await engine.tick();
    await pass(engine, 30);
    expect(await calls(1)).toEqual([]);
    expect(await calls(2)).toHaveLength(1);
  });

  it('is one chain, however many engines there are', async () => {
    await world.setPolicy(paging(world.pager, STEPS, { repeat: { times: 2, every: 30 } }));
    const [one, two, three] = [start(), start(), start()];
    for (const number of [1, 2, 3]) await world.open(number, 'critical');
    for (let i = 0; i < 95; i += 1) {
      await Promise.all([one.tick(), two.tick(), three.tick()]);
      world.now += MINUTE;
    }
    await one.tick();
    for (const number of [1, 2, 3]) expect(await calls(number)).toHaveLength(9);
    expect([...world.pager.incidents.values()].map(({ triggers }) => triggers)).toEqual([3, 3, 3]);
    expect(new Set(world.pager.hooks.map(({ id }) => id)).size).toBe(world.pager.hooks.length);
  });

  it('keeps tenants apart', async () => {
    await world.setPolicy(paging(world.pager, [{ after: 5, people: ['ana'], page: ['main'] }]));
    const engine = start();
    await world.open(1, 'high');
    const { addTenant, alertRecord } = await import('../commands/world.js');
    const zeta = await addTenant(world.store, 'zeta', 'Zeta');
    await zeta.alerts.insert(alertRecord(1, { level: 'critical', created: T0, updated: T0 }));
    await engine.tick();
    await pass(engine, 10);
    expect(await zeta.escalations.count()).toBe(0);
    expect(await zeta.dispatches.count()).toBe(0);
    expect((await zeta.alerts.findOne({ number: 1 }))!.log).toHaveLength(1);
    expect(world.pager.events.map(({ dedup_key }) => dedup_key)).toEqual(['mdr/acme/alert/1']);
  });
});
