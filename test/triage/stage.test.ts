import { beforeEach, describe, expect, it } from 'vitest';
import type { Queues } from '../../engine/queues.js';
import type { Detection } from '../../engine/store/detections.js';
import type { Store } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { triage } from '../../engine/triage/stage.js';
import { reopen } from '../../engine/triage/work.js';
import { detection, T0 } from '../support/detections.js';
import { testQueues, testStore } from '../support/services.js';

let store: Store;
let queues: Queues;
const clock = () => T0;

beforeEach(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  for (const id of ['acme', 'other'])
    await store.tenants.create({ _id: id, name: id, profile: profileSchema.parse({}), channels: [], created: T0 });
});

async function stored(tenant: string, detections: Detection[]): Promise<string[]> {
  const scope = await store.forTenant(tenant);
  await scope.detections.insertNew(detections);
  return detections.map((d) => d._id);
}
const run = (ids: string[], tenant = 'acme') => triage({ store, queues, clock }, tenant, ids);
const alerts = async (tenant = 'acme') => (await store.forTenant(tenant)).alerts.find({}, { sort: { number: 1 } });

describe('triage', () => {
  it('makes one alert of detections on one entity within the window, another one beyond it', async () => {
    const ids = await stored('acme', [
      detection(0),
      detection(30),
      detection(200),
      detection(1, { ecs: { 'host.name': 'ws02' } }),
    ]);
    await run(ids);
    expect((await alerts()).map((a) => [a.entity.value, a.detections]).sort()).toEqual([
      ['ws01', 1],
      ['ws01', 2],
      ['ws02', 1],
    ]);
  });

  it('changes nothing when a job is run again', async () => {
    const ids = await stored('acme', [detection(0), detection(30, { rule: 'r2' })]);
    await run(ids);
    const before = await alerts();
    expect(await run(ids)).toEqual([1]);
    expect(await alerts()).toEqual(before);
  });

  it('picks up where a crash left it: alert saved, detections not marked', async () => {
    const ids = await stored('acme', [detection(0), detection(1)]);
    await run(ids);
    const scope = await store.forTenant('acme');
    await scope.detections.updateMany({}, { $set: { alert: null } });
    await run(ids);
    expect(await alerts()).toMatchObject([{ number: 1, detections: 2 }]);
    expect(await scope.detections.count({ alert: 1 })).toBe(2);
  });

  it('the same detections in many jobs at once make each alert once', async () => {
    const all = Array.from({ length: 60 }, (_, i) =>
      detection(i % 50, { rule: `r${i % 7}`, ecs: { 'host.name': `ws${i % 3}` } }),
    );
    const ids = await stored('acme', all);
    const distinct = new Set(ids).size;
    await Promise.all(Array.from({ length: 6 }, (_, i) => run(ids.slice(i * 8))).concat(run(ids)));
    const made = await alerts();
    expect(made.map((a) => a.entity.value).sort()).toEqual(['ws0', 'ws1', 'ws2']);
    expect(made.reduce((sum, a) => sum + a.detections, 0)).toBe(distinct);
    expect(made.map((a) => a.number).sort()).toEqual([1, 2, 3]);
  });

  it('opens a new alert when the old one is closed', async () => {
    await run(await stored('acme', [detection(0)]));
    const scope = await store.forTenant('acme');
    await scope.alerts.update({ number: 1 }, { $set: { state: 'closed' } });
    await run(await stored('acme', [detection(1)]));
    expect(await alerts()).toMatchObject([
      { number: 1, state: 'closed', detections: 1 },
      { number: 2, state: 'new', detections: 1 },
    ]);
  });

  it('tells the bot which alerts changed', async () => {
    await run(await stored('acme', [detection(0)]));
    const jobs = await queues.queue('changes').getJobs(['waiting']);
    expect(jobs.map((job) => job.data)).toEqual([{ tenant: 'acme', kind: 'alert', number: 1 }]);
  });

  it('keeps tenants apart: the same detections of two tenants make two alerts, each with number 1', async () => {
    await run(await stored('acme', [detection(0)]));
    await run(await stored('other', [detection(0, { tenant: 'other' })]), 'other');
    expect(await alerts()).toHaveLength(1);
    expect(await alerts('other')).toMatchObject([{ number: 1, tenant: 'other' }]);
    expect(await run([detection(0)._id], 'other')).toEqual([]);
  });

  describe('what is too little for an alert', () => {
    const low = (at: number, rule: string, host = 'ws01') =>
      detection(at, { rule, level: 'low', tactics: [], ecs: { 'host.name': host } });
    const quiets = async () => (await store.forTenant('acme')).quiets.find({});

    it('stays quiet, is known again, and becomes an alert with all of it when more joins', async () => {
      const scope = await store.forTenant('acme');
      const first = await stored('acme', [low(0, 'r1')]);
      expect(await run(first)).toEqual([]);
      expect(await alerts()).toEqual([]);
      expect(await quiets()).toMatchObject([{ score: 15, strands: [{ id: 'r1', count: 1 }] }]);
      expect(await scope.detections.findOne({ _id: first[0]! })).toMatchObject({ alert: 0 });
      expect(await run(first)).toEqual([]);
      expect(await run(await stored('acme', [low(5, 'r2'), low(6, 'r3'), low(7, 'r4')]))).toEqual([1]);
      expect(await alerts()).toMatchObject([{ number: 1, detections: 4, score: 27 }]);
      expect(await scope.detections.count({ alert: 1 })).toBe(4);
      expect(await quiets()).toEqual([]);
      expect(await run(first)).toEqual([1]);
    });

    it('is not counted twice by whoever died before saying that the alert has it', async () => {
      const scope = await store.forTenant('acme');
      await run(await stored('acme', [low(0, 'r1')]));
      const [quiet] = await quiets();
      await run(await stored('acme', [low(5, 'r2'), low(6, 'r3'), low(7, 'r4')]));
      // As if the last two writes had not happened.
      const { tenant, ...record } = quiet!;
      await scope.quiets.insertNew([record]);
      await scope.detections.updateMany({ 'rule.id': 'r1' }, { $set: { alert: 0, quiet: quiet!._id } });
      expect(await run(await stored('acme', [low(9, 'r2')]))).toEqual([1]);
      expect(await alerts()).toMatchObject([{ number: 1, detections: 5 }]);
      expect(await scope.detections.count({ alert: 1 })).toBe(5);
      expect(await quiets()).toEqual([]);
    });

    it('of a large tenant in its first days is judged again when they are over', async () => {
      const scope = await store.forTenant('acme');
      const day = 24 * 60;
      const crowd = Array.from({ length: 40 }, (_, i) =>
        detection(i % 50, { rule: `c${i}`, level: 'informational', tactics: [], ecs: { 'host.name': `pc${i}` } }),
      );
      await run(await stored('acme', crowd));
      await run(await stored('acme', [detection(55, { rule: 'rare', ecs: { 'host.name': 'ws01' } })]));
      expect(await alerts()).toEqual([]);
      for (const at of [1, 2, 3]) await run(await stored('acme', [low(at * day, `d${at}`, 'ws99')]));
      expect(await alerts()).toMatchObject([{ number: 1, entity: { value: 'ws01' }, detections: 1 }]);
      expect(await scope.detections.count({ alert: 1 })).toBe(1);
    });
  });

  describe('what comes late', () => {
    const on = (at: number, host: string, user: string, rule = 'r1') =>
      detection(at, { rule, ecs: { 'host.name': host, 'user.name': user } });

    it('joins two alerts: the first goes on with all detections, the second says where', async () => {
      const scope = await store.forTenant('acme');
      await run(await stored('acme', [on(0, 'ws1', 'ann'), on(2, 'ws2', 'bob', 'r2')]));
      expect(await alerts()).toHaveLength(2);
      expect((await run(await stored('acme', [on(1, 'ws1', 'bob', 'r3')]))).sort()).toEqual([1, 2]);
      expect(await alerts()).toMatchObject([
        { number: 1, state: 'new', detections: 3, log: [{ kind: 'opened' }, { kind: 'grew' }, { kind: 'merged' }] },
        {
          number: 2,
          state: 'closed',
          reason: 'duplicate',
          mergedInto: 1,
          log: [{}, { kind: 'merged', text: 'Goes on in alert 1: the same account bob, on 2 of 2 hosts' }],
        },
      ]);
      expect(await scope.detections.count({ alert: 1 })).toBe(3);
      await run(await stored('acme', [on(3, 'ws2', 'bob', 'r4')]));
      expect(await alerts()).toMatchObject([{ detections: 4 }, { state: 'closed' }]);
      await expect(reopen(scope, 2, { id: 'ana', name: 'Ana' }, clock)).rejects.toMatchObject({
        code: 'MDR_ALERT_STATE',
        hint: expect.stringContaining('alert 1'),
      });
    });

    it('takes no alert away from whoever works on it', async () => {
      const scope = await store.forTenant('acme');
      await run(await stored('acme', [on(0, 'ws1', 'ann'), on(2, 'ws2', 'bob', 'r2')]));
      await scope.alerts.update({ number: 2 }, { $set: { state: 'acknowledged' } });
      await run(await stored('acme', [on(1, 'ws1', 'bob', 'r3')]));
      expect(await alerts()).toMatchObject([
        { number: 1, state: 'closed', mergedInto: 2 },
        { number: 2, state: 'acknowledged', detections: 3 },
      ]);
    });

    it('within days makes a campaign, and the first thread says by what', async () => {
      await run(await stored('acme', [on(0, 'ws1', 'ann')]));
      await run(await stored('acme', [on(3 * 24 * 60, 'ws2', 'ann', 'r2')]));
      await run(await stored('acme', [on(3 * 24 * 60, 'ws7', 'eve', 'r2')]));
      expect(await alerts()).toMatchObject([
        {
          number: 1,
          campaign: 1,
          log: [
            {},
            {
              kind: 'related',
              text: 'Alert 2, Rule r2 on ws2, belongs to the same campaign: the same account ann, on 2 of 2 hosts',
            },
          ],
        },
        { number: 2, campaign: 1 },
        { number: 3 },
      ]);
      expect((await alerts())[2]!.campaign).toBeUndefined();
    });
  });

  it('gives the same alerts whatever the order and the batches are', async () => {
    const many = Array.from({ length: 40 }, (_, i) =>
      detection((i * 37) % 900, {
        rule: `r${i % 5}`,
        level: i % 2 ? 'high' : 'medium',
        ecs: { 'host.name': `ws${i % 3}`, 'user.name': ['ann', 'bob', 'cat', 'dan'][i % 4]! },
      }),
    );
    const seen: unknown[] = [];
    for (const [tenant, order] of [
      ['acme', many],
      ['other', [...many].reverse()],
    ] as const) {
      const mine = order.map((each) =>
        detection((each.event.time - T0) / 60_000, {
          tenant,
          rule: each.rule.id,
          level: each.rule.level,
          ecs: each.event.ecs,
        }),
      );
      const ids = await stored(tenant, mine);
      const size = tenant === 'acme' ? 7 : 3;
      for (let from = 0; from < ids.length; from += size) await run(ids.slice(from, from + size), tenant);
      const open = (await alerts(tenant)).filter(({ mergedInto }) => mergedInto === undefined);
      seen.push(
        open
          .map(({ entity, first, last, detections, rules, score }) => ({
            entity,
            first,
            last,
            detections,
            score,
            rules: rules.map(({ id, count }) => [id, count]),
          }))
          .sort((a, b) => a.first - b.first || (a.entity.value < b.entity.value ? -1 : 1)),
      );
    }
    expect(seen[1]).toEqual(seen[0]);
    expect((seen[0] as unknown[]).length).toBeGreaterThan(1);
  });
});

describe('what people see of it', () => {
  it('lists what stays quiet to the provider alone, and names the other alerts of a campaign', async () => {
    const { default: list } = await import('../../commands/alerts.js');
    const { default: show } = await import('../../commands/alert.js');
    const scope = await store.forTenant('acme');
    await run(
      await stored('acme', [detection(0, { rule: 'weak', level: 'low', tactics: [], ecs: { 'host.name': 'ws9' } })]),
    );
    const on = (at: number, host: string) =>
      detection(at, { rule: 'r2', ecs: { 'host.name': host, 'user.name': 'ann' } });
    await run(await stored('acme', [on(0, 'ws1')]));
    await run(await stored('acme', [on(600, 'ws2')]));
    const context = {
      tenant: scope,
      queues,
      clock,
      alert: null,
      internal: true,
      role: 'analyst',
      person: { _id: 'a', name: 'A' },
    } as never;
    const quiet = JSON.stringify(await list.run(context, ['quiet']));
    expect(quiet).toContain('1 quiet group of acme');
    expect(quiet).toContain('Rule weak');
    expect(
      JSON.stringify(await list.run({ ...(context as object), internal: false } as never, ['quiet'])),
    ).not.toContain('Rule weak');
    expect(JSON.stringify(await show.run(context, ['1']))).toContain('alerts 2 (ws2)');
    expect(
      JSON.stringify(await show.run({ ...(context as object), internal: false } as never, ['1']).catch(String)),
    ).not.toContain('ws2');
  });
});
