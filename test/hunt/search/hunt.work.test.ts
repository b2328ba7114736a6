import { UnrecoverableError } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import { plain } from '../../../commands/cards/card.js';
import hunt from '../../../commands/hunt.js';
import { planHunt, runPlans } from '../../../engine/hunt/search/plans.js';
import { hunted, startHunting } from '../../../engine/hunt/search/work.js';
import { log } from '../../../engine/log.js';
import type { Queues } from '../../../engine/queues.js';
import { testQueues } from '../../support/services.js';
import { buttons, clock, huntWorld, rules } from './hunt.world.js';
import { formats, NOW } from './world.js';

const { lake, store, queues, acme, context, run, text, latest } = await huntWorld();

describe('a hunt that takes long', () => {
  it('is cancelled, and stays so', async () => {
    const card = await hunt.run(
      context({
        line: 'hunt sql SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11',
      }),
      ['sql', 'x'],
    );
    const { number } = await latest();
    expect(buttons(card).map(({ id }) => id)).toEqual(['again', 'cancel']);
    expect((await latest()).post).toEqual({ surface: 'slack', channel: 'C0SOC' });
    expect(plain((await run(`${number} cancel`)).title)).toContain('was cancelled');
    for (let i = 0; i < 100 && (await queues.queue('hunts').getActiveCount()) > 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await latest()).state).toBe('cancelled');
    await hunted({ store, queues, lake, formats, rules, clock, log }, { tenant: 'acme', id: (await latest())._id });
    expect((await latest()).state).toBe('cancelled');
  }, 30_000);

  it('comes into the channel by itself when it is done', async () => {
    const before = await acme.dispatches.count();
    const { startRun, awaitRun } = await import('../../../engine/hunt/search/runs.js');
    const request = { kind: 'sql' as const, sql: 'SELECT 1 AS one', params: {}, datasets: [] };
    const by = { id: 'ana', name: 'Ana' };
    const run = await startRun(
      acme,
      queues,
      {
        title: 't',
        request,
        techniques: [],
        from: 0,
        until: NOW,
        period: 'p',
        by,
        hunt: null,
        post: { surface: 'slack', channel: 'C0SOC' },
      },
      clock,
    );
    expect((await awaitRun(acme, run, 10_000, null)).state).toBe('done');
    for (let i = 0; i < 50 && (await acme.dispatches.count()) === before; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await acme.dispatches.count()).toBe(before + 1);
  });

  it('is one of so many at most', async () => {
    const { startRun } = await import('../../../engine/hunt/search/runs.js');
    const other = await store.forTenant('other');
    const quiet = { ...queues, add: async () => {} } as Queues;
    const wanted = {
      title: 't',
      request: { kind: 'sql' as const, sql: 'SELECT 1', params: {}, datasets: [] },
      techniques: [],
      from: 0,
      until: 1,
      period: 'p',
      by: { id: 'a', name: 'A' },
      hunt: null,
    };
    for (let i = 0; i < 20; i++) await startRun(other, quiet, wanted, clock);
    await expect(startRun(other, quiet, wanted, clock)).rejects.toMatchObject({ code: 'MDR_HUNT_BUSY' });
    await other.huntRuns.deleteMany({});
  });
});

describe('a worker that is killed or stopped', () => {
  const by = { id: 'ana', name: 'Ana' };
  const wanted = (sql = 'SELECT 1 AS one') => ({
    ...{ title: 't', request: { kind: 'sql' as const, sql, params: {}, datasets: [] }, techniques: [] },
    ...{ from: 0, until: NOW, period: 'p', by, hunt: null, post: { surface: 'slack', channel: 'C0SOC' } },
  });
  const quiet = () => ({ ...queues, add: async () => {} }) as Queues;
  const parts = () => ({ store, queues, lake, formats, rules, clock, log });
  const posted = async (id: string) =>
    (await acme.dispatches.find()).filter(({ content }) => content.kind === 'hunt' && content.id === id);

  it('right after the end: note and post are made up for, once', async () => {
    const { openHunt, huntCalled } = await import('../../../engine/hunt/search/records.js');
    const { startRun } = await import('../../../engine/hunt/search/runs.js');
    const record = await openHunt(acme, 'something is so', by, clock);
    const { _id } = await startRun(acme, quiet(), { ...wanted(), hunt: record.number }, clock);
    const failing = {
      ...queues,
      add: async () => {
        throw new Error('killed');
      },
    } as Queues;
    await expect(hunted({ ...parts(), queues: failing }, { tenant: 'acme', id: _id })).rejects.toThrow('killed');
    expect(await acme.huntRuns.findOne({ _id })).toMatchObject({ state: 'done', told: false });
    await acme.dispatches.deleteMany({});
    // Long after: what comes by itself comes once, however late it is told.
    const late = () => NOW + 3_600_000;
    await hunted({ ...parts(), clock: late }, { tenant: 'acme', id: _id });
    await acme.huntRuns.update({ _id }, { $set: { told: false } });
    await runPlans({ store, queues, clock: late, log });
    expect((await acme.huntRuns.findOne({ _id }))!.told).toBe(true);
    expect(await posted(_id)).toHaveLength(1);
    expect((await huntCalled(acme, record.number)).runs).toHaveLength(1);
  });

  it('is given up in the end, and that is posted; its failed job is in nobody’s way', async () => {
    const { hand, startRun } = await import('../../../engine/hunt/search/runs.js');
    const { _id } = await startRun(acme, quiet(), wanted(), clock);
    await acme.huntRuns.update({ _id }, { $set: { state: 'running', started: NOW } });
    await runPlans({ store, queues: quiet(), clock: () => NOW + 7 * 3_600_000, log });
    await runPlans({ store, queues: quiet(), clock: () => NOW + 8 * 3_600_000, log });
    expect(await acme.huntRuns.findOne({ _id })).toMatchObject({ state: 'failed', told: true });
    expect(await posted(_id)).toHaveLength(1);

    const { queues: own } = await testQueues();
    let tries = 0;
    const worker = own.work('hunts', 1, async () => {
      tries++;
      throw new UnrecoverableError('broken');
    });
    const loud = log.level;
    log.level = 'silent';
    for (const times of [1, 2]) {
      await hand(own, 'acme', 'one-id');
      await vi.waitFor(() => expect(tries).toBe(times), { timeout: 10_000 });
      await vi.waitFor(async () => expect(await own.queue('hunts').getJob('one-id')).toBeUndefined(), {
        timeout: 30_000,
      });
    }
    log.level = loud;
    await worker.close();
  });

  it('a stop costs no attempt: the hunt waits for the next worker', async () => {
    const { startRun, awaitRun } = await import('../../../engine/hunt/search/runs.js');
    const { queues: own } = await testQueues();
    const worker = startHunting({ ...parts(), queues: own });
    const long = 'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11';
    const { _id } = await startRun(acme, own, wanted(long), clock);
    const state = async () => (await acme.huntRuns.findOne({ _id }))!;
    await vi.waitFor(async () => expect((await state()).state).toBe('running'), { timeout: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await worker.stop();
    const job = await own.queue('hunts').getJob(_id);
    expect([job!.attemptsMade, await job!.isFailed()]).toEqual([0, false]);
    expect(await state()).toMatchObject({ state: 'waiting', started: null });
    await acme.huntRuns.update({ _id }, { $set: { 'request.sql': 'SELECT 1 AS one' } });
    const next = startHunting({ ...parts(), queues: own });
    expect((await awaitRun(acme, await state(), 10_000, null)).state).toBe('done');
    await next.stop();
  }, 40_000);
});

describe('a plan', () => {
  const plan = (name: string, due: number) => ({
    ...{ name, params: {}, every: 'daily' as const, owner: { id: 'ana', name: 'Ana' }, post: null, due, created: 0 },
  });

  it('that can never start is put off, says why, and is in nobody’s way', async () => {
    const { idOf } = await import('../../../engine/ids.js');
    for (let n = 0; n < 60; n++) await planHunt(acme, plan(`no-such-hunt-${n}`, NOW - 10_000));
    const gone = { _id: idOf('huntplan', 'gone', 'logs-cleared'), tenant: 'gone', ...plan('logs-cleared', NOW - 9000) };
    await store.huntPlans.create(gone);
    await planHunt(acme, plan('logs-cleared', NOW - 1000));
    const loud = log.level;
    log.level = 'silent';
    const before = await acme.huntRuns.count({ 'request.name': 'logs-cleared' });
    for (let ticks = 0; ticks < 2; ticks++) await runPlans({ store, queues, clock, log });
    log.level = loud;
    expect(await acme.huntRuns.count({ 'request.name': 'logs-cleared' })).toBe(before + 1);
    expect(await store.huntPlans.countDocuments({ due: { $lte: NOW } })).toBe(0);
    expect(await acme.huntPlans.findOne({ name: 'no-such-hunt-3' })).toMatchObject({
      error: { code: 'MDR_HUNT_UNKNOWN' },
    });
    expect((await store.huntPlans.findById(gone._id).lean())!.error!.code).toBe('MDR_TENANT_UNKNOWN');
    expect((await acme.huntPlans.findOne({ name: 'logs-cleared' }))!.error).toBeNull();
    expect(await text('schedule')).toContain('no-such-hunt-3');
    // Planned again it begins anew, in one step.
    await planHunt(acme, { ...plan('no-such-hunt-3', NOW + 5), every: 'weekly' });
    const [again, ...others] = await acme.huntPlans.find({ name: 'no-such-hunt-3' });
    expect([again, others]).toMatchObject([{ every: 'weekly', due: NOW + 5, error: null }, []]);
    await store.huntPlans.deleteMany({});
  });
});
