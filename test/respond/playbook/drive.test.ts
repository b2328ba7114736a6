import { beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import { approve, refuse } from '../../../engine/respond/actions/requests.js';
import { faultsOf } from '../../../engine/respond/case/check.js';
import { mergeCases } from '../../../engine/respond/case/join.js';
import { openCase } from '../../../engine/respond/case/open.js';
import { changeCase } from '../../../engine/respond/case/save.js';
import { beginRun } from '../../../engine/respond/playbook/drive/begin.js';
import { decide } from '../../../engine/respond/playbook/drive/decide.js';
import { startRuns } from '../../../engine/respond/playbook/drive/index.js';
import { programId } from '../../../engine/respond/playbook/drive/keep.js';
import type { RunEvent } from '../../../engine/respond/playbook/run/index.js';
import type { ActionRecord } from '../../../engine/store/actions.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { by, log } from '../actions/world.js';
import { driveWorld } from './drive.world.js';
import { library, program } from './sample.js';

const MIN = 60_000;
let store: Store;
let queues: Queues;
beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
});

async function opened(given?: Record<string, unknown>) {
  const d = await driveWorld(store, queues);
  const run = await d.begin('everything', given);
  await d.drive(run);
  const { w, parts } = d;
  const task = async (title: string) => (await d.theCase()).tasks.find((one) => one.title === title)!;
  const doTask = async (title: string, to: 'done' | 'dropped' = 'done', reason = '') =>
    changeCase(w.acme, d.number, d.asking(`${title}${to}${Math.random()}`), {
      ...{ kind: 'task-state', task: (await task(title)).id, to, reason },
    });
  const say = (event: RunEvent, who = w.people.ana) => decide(parts, by(who), run, () => ({ event, text: event.type }));
  const action = async (name: string): Promise<ActionRecord> =>
    (await w.acme.actions.find({ action: name }, { sort: { number: -1 } }))[0]!;
  const agree = async (name: string, who = w.people.bo) => {
    const { number, digest, undo } = await action(name);
    await approve(w.parts, who, `a${Math.random()}`, number, undo?.digest ?? digest);
  };
  const look = { type: 'done', step: 'look', by: w.people.ana._id, answers: { real: true } } as const;
  const step = async (path: string) => (await d.state(run)).steps[path];
  return { ...d, run, task, doTask, say, action, agree, look, step };
}

describe('a run on a case', () => {
  it('is tasks of the case and requests for actions, and is told on its timeline', async () => {
    const r = await opened();
    expect(await r.task('Look')).toMatchObject({
      ...{ state: 'open', lane: 'provider', due: r.w.now + 60 * MIN },
      how: { do: 'Look at ws-1.', doneWhen: 'Looked.' },
    });
    await r.say(r.look);
    await r.work(r.run);
    expect(await r.task('Look')).toMatchObject({ state: 'done' });
    // What is dangerous waits for somebody else than who brought it about.
    const asked = await r.action('isolate-host');
    expect(asked).toMatchObject({ state: 'proposed', by: by(r.w.people.ana), run: r.run, case: r.number });
    await expect(r.agree('isolate-host', r.w.people.ana)).rejects.toThrow('nobody approves what they asked for');
    // The playbook wants the customer's lead to agree to this one.
    expect(await r.action('disable-user')).toMatchObject({ needs: { customer: true }, state: 'proposed' });
    await r.agree('isolate-host');
    await r.work(r.run);
    expect(await r.step('each[0]/isolate')).toMatchObject({ status: 'done', approvedBy: r.w.people.bo._id });
    await r.agree('disable-user', r.w.people.cus);
    await r.work(r.run);
    await r.say(
      { type: 'done', step: 'closed/revoke', by: r.w.people.bo._id, answers: { said: 'Not me' } },
      r.w.people.bo,
    );
    await r.drive(r.run);
    expect(await r.task('Tell them')).toMatchObject({
      state: 'open',
      lane: 'customer',
      how: { do: 'Not me about carla' },
    });
    // A task that is done is a step that is done.
    await r.doTask('Tell them');
    await r.drive(r.run);
    // A decision is not taken by ticking it off.
    await r.doTask('Pick');
    await r.drive(r.run);
    expect(await r.task('Pick')).toMatchObject({ state: 'open' });
    await r.say({ type: 'chosen', step: 'pick', choice: 'a', by: r.w.people.bo._id }, r.w.people.bo);
    await r.drive(r.run);
    await r.doTask('A1');
    await r.drive(r.run);
    const { attempt, digest = '' } = (await r.step('agree'))!;
    const agreed = { type: 'approved', step: 'agree', attempt, digest } as const;
    expect((await r.say({ ...agreed, by: r.w.people.ana._id })).ignored).toContain('somebody else');
    await r.say({ ...agreed, by: r.w.people.cy._id }, r.w.people.cy);
    r.w.now += 2 * 86_400_000;
    await r.drive(r.run);
    const { record } = await r.say({ type: 'tick' });
    expect(record).toMatchObject({ status: 'ended', outcome: 'failed' });
    await r.drive(r.run);
    const record2 = await r.theCase();
    expect(faultsOf(record2)).toEqual([]);
    const told = record2.log.filter(({ kind }) => kind === 'playbook').map(({ text }) => text);
    expect(told[0]).toContain('Every type of step begins');
    expect(told.at(-1)).toContain('is over (failed): Wait for the reset');
    expect(record2.tasks.filter(({ state }) => state === 'open')).toEqual([]);
    expect(r.machines.told.map(({ action, args }) => [action, args])).toEqual([
      ['collect-triage-package', { host: 'ws-1' }],
      ['isolate-host', { host: 'ws-1', reason: 'test' }],
      ['disable-user', { user: 'carla' }],
    ]);
    expect(r.machines.wrong).toEqual([]);
  });

  it('opens a task again that was ticked off without its answers, and leaves out what was dropped', async () => {
    const r = await opened({ hosts: [] });
    await r.doTask('Look');
    await r.drive(r.run);
    expect(await r.task('Look')).toMatchObject({ state: 'open' });
    expect((await r.theCase()).log.at(-1)).toMatchObject({
      reason: expect.stringContaining('its answers are missing (real)'),
    });
    await r.doTask('Look', 'dropped', 'known already');
    await r.drive(r.run);
    expect(await r.step('look')).toMatchObject({ status: 'skipped', why: 'known already' });
  });

  it('paused: nothing is agreed to, begins or runs out', async () => {
    const r = await opened({ hosts: ['ws-1'] });
    await r.say(r.look);
    await r.work(r.run);
    await r.say({ type: 'pause', by: 'ana' });
    await expect(r.agree('isolate-host')).rejects.toThrow('its playbook run is paused or over');
    r.w.now += 20 * MIN;
    await r.work(r.run);
    expect(await r.step('each[0]/isolate')).toMatchObject({ status: 'approval' });
    await r.say({ type: 'resume', by: 'ana' });
    // The request lapses when the step was to be over at first; the step fails then and goes back, as it says.
    await r.agree('isolate-host');
    await r.say({ type: 'pause', by: 'ana' });
    await r.work(r.run);
    expect(r.machines.told.map(({ action }) => action)).toEqual(['collect-triage-package']);
    await r.say({ type: 'resume', by: 'ana' });
    await r.work(r.run);
    expect(await r.step('each[0]/isolate')).toMatchObject({ status: 'done' });
  });

  it('stopped: what was asked for is withdrawn; with roll-back, what was done is taken back once it is agreed to', async () => {
    const r = await opened({ hosts: ['ws-1', 'ws-2'] });
    await r.say(r.look);
    await r.work(r.run);
    const [first, second] = await r.w.acme.actions.find({ action: 'isolate-host' }, { sort: { number: 1 } });
    await approve(r.w.parts, r.w.people.bo, 'x', first!.number, first!.digest);
    await r.work(r.run);
    await r.say({ type: 'stop', by: r.w.people.ana._id, why: 'an exercise', rollback: true });
    await r.drive(r.run);
    expect(await r.w.acme.actions.findOne({ number: second!.number })).toMatchObject({ state: 'refused' });
    await expect(approve(r.w.parts, r.w.people.bo, 'y', second!.number, second!.digest)).rejects.toThrow('refused');
    expect(await r.w.acme.actions.findOne({ number: first!.number })).toMatchObject({
      state: 'done',
      undo: { by: { id: r.w.people.ana._id } },
    });
    const { undo } = (await r.w.acme.actions.findOne({ number: first!.number }))!;
    await approve(r.w.parts, r.w.people.bo, 'z', first!.number, undo!.digest);
    await r.work(r.run);
    expect(await r.state(r.run)).toMatchObject({ outcome: 'rolled-back' });
    expect([r.machines.undone, [...r.machines.on].filter((each) => each.startsWith('isolate'))]).toEqual([
      [first!.number],
      [],
    ]);
    expect((await r.theCase()).tasks.filter(({ state }) => state === 'open')).toEqual([]);
  });

  it('whoever began a run approves nothing of it, whoever clicked last; what is taken back only its asker may not', async () => {
    const r = await opened({ hosts: ['ws-1'] });
    const { ana, bo, cy } = r.w.people;
    await r.say({ ...r.look, by: bo._id }, bo);
    await r.work(r.run);
    expect(await r.action('isolate-host')).toMatchObject({ by: by(bo), state: 'proposed' });
    await expect(r.agree('isolate-host', ana)).rejects.toThrow('run that they began');
    expect((await r.action('isolate-host')).approvals).toEqual([]);
    const { attempt, digest = '' } = (await r.step('each[0]/isolate'))!;
    const approved = { type: 'approved', step: 'each[0]/isolate', attempt, digest, by: ana._id } as const;
    expect((await r.say(approved)).ignored).toContain('somebody else');
    await r.agree('isolate-host', cy);
    await r.work(r.run);
    expect(await r.step('each[0]/isolate')).toMatchObject({ status: 'done', approvedBy: cy._id });
    await r.say({ type: 'stop', by: bo._id, why: 'an exercise', rollback: true }, bo);
    await r.drive(r.run);
    await expect(r.agree('isolate-host', bo)).rejects.toThrow('nobody approves what they asked for');
    await r.agree('isolate-host', ana);
    await r.work(r.run);
    expect(await r.state(r.run)).toMatchObject({ outcome: 'rolled-back' });
  });

  it('what a run does not take in withdraws nothing; what it does is withdrawn in the name of whoever said so', async () => {
    const r = await opened({ hosts: ['ws-1', 'ws-2'] });
    const { ana, bo } = r.w.people;
    await r.say(r.look);
    await r.work(r.run);
    const [first, second] = await r.w.acme.actions.find({ action: 'isolate-host' }, { sort: { number: 1 } });
    const isNow = async (number: number) => (await r.w.acme.actions.findOne({ number }))!;
    const skip = (path: string) => r.say({ type: 'skip', step: path, by: ana._id, why: 'by hand' });
    await r.say({ type: 'pause', by: ana._id });
    expect((await skip('each[0]/isolate')).ignored).toContain('paused');
    expect(await isNow(first!.number)).toMatchObject({ state: 'proposed' });
    await r.say({ type: 'resume', by: ana._id });
    // Agreed to, heard of, and not begun yet.
    await approve(r.w.parts, bo, 'x', first!.number, first!.digest);
    await r.drive(r.run);
    expect((await skip('each[0]/isolate')).ignored).toContain('left out');
    expect(await isNow(first!.number)).toMatchObject({ state: 'approved' });
    await r.work(r.run);
    expect((await skip('each[1]/isolate')).ignored).toBeUndefined();
    expect(await isNow(second!.number)).toMatchObject({ state: 'refused' });
    expect((await isNow(second!.number)).log.at(-1)).toMatchObject({ text: 'withdrawn', actorName: ana.name });
    // While it goes back, another stop is none.
    const stop = { type: 'stop', by: ana._id, why: 'an exercise', rollback: true } as const;
    await r.say(stop);
    await r.drive(r.run);
    const { undo } = await isNow(first!.number);
    expect(undo).toMatchObject({ by: { id: ana._id } });
    expect((await r.say({ ...stop, rollback: false })).ignored).toContain('goes back already');
    expect(await isNow(first!.number)).toMatchObject({ state: 'done', undo: { digest: undo!.digest } });
  });

  it('a step that cannot be done waits for a person: once more, or by hand', async () => {
    const r = await opened({ hosts: ['ws-1'], user: 'carla' });
    await r.say(r.look);
    await r.work(r.run);
    const { number, digest } = await r.action('disable-user');
    await refuse(r.w.parts, r.w.people.cus, 'n', number, 'she is the director', digest);
    await r.drive(r.run);
    expect(await r.step('closed/disable')).toMatchObject({ status: 'failed' });
    expect((await r.theCase()).log.at(-1)!.text).toMatch(/failed, and somebody has to say how to go on.*director/);
    await r.say({ type: 'resolve', step: 'closed/disable', how: 'retry', by: r.w.people.ana._id });
    await r.drive(r.run);
    const again = await r.action('disable-user');
    expect(again).toMatchObject({ state: 'proposed' });
    expect(again.number).not.toBe(number);
    await r.say({ type: 'skip', step: 'closed/disable', by: 'ana', why: 'done by hand' });
    await r.drive(r.run);
    expect(await r.action('disable-user')).toMatchObject({ number: again.number, state: 'refused' });
    expect(await r.step('closed/disable')).toMatchObject({ status: 'skipped', why: 'done by hand' });
  });

  it('an action that nobody here can do, or whose arguments are wrong, fails its step and says why', async () => {
    const r = await opened({ hosts: ['not a host!'], user: 'carla' });
    await r.say(r.look);
    await r.work(r.run);
    // It is not tried again, since that could not help: it goes on without the package, and back without the isolation.
    expect(await r.step('each[0]/collect')).toMatchObject({
      ...{ status: 'given-up', attempt: 1, why: expect.stringContaining('no host name') },
    });
    expect((await r.state(r.run)).rollback?.why).toContain('no host name');
  });

  it('begun twice it is one run; changed by other means than through us it does not go on', async () => {
    const d = await driveWorld(store, queues);
    const all = await Promise.all([d.begin(), d.begin(), d.begin()]);
    expect(new Set(all).size).toBe(1);
    expect(await d.w.acme.playbookRuns.count()).toBe(1);
    const other = await driveWorld(store, queues);
    const { version } = program;
    const changed = JSON.stringify(program).replaceAll('Look', 'Wipe');
    const kept = { _id: programId(other.w.acme.id, version), version, program: changed, created: 1 };
    await other.w.acme.playbookPrograms.insert(kept);
    await expect(other.begin()).rejects.toThrow('not kept as it was pinned');
  });

  it('goes on in the case that its case went into', async () => {
    const d = await driveWorld(store, queues);
    const { acme, people } = d.w;
    const { record } = await openCase(acme, d.asking('second'), {
      ...{ title: 'The other', type: 'other', severity: 'high', priority: 'P2', reason: '', lead: by(people.ana) },
    });
    const beginning = { case: record.number, playbook: 'everything', given: { hosts: [] } };
    const { number: run } = (await beginRun(d.parts, by(people.ana), library, beginning)).record;
    await d.drive(run);
    await mergeCases(acme, d.asking('merge'), d.number, record.number, 'the same');
    await d.drive(run);
    expect(await acme.playbookRuns.findOne({ number: run })).toMatchObject({ case: d.number });
    const event = { type: 'done', step: 'look', by: people.bo._id, answers: { real: false } } as const;
    await decide(d.parts, by(people.bo), run, () => ({ event, text: 'done' }));
    await d.drive(run);
    const head = await d.theCase();
    expect(head.tasks).toMatchObject([{ title: 'Look', state: 'done' }]);
    expect(head.log.at(-1)!.text).toContain('is over (completed): false alarm');
    expect(faultsOf(head)).toEqual([]);
  });
});

describe('workers', () => {
  it('drive a run by themselves, with time, however many there are', async () => {
    const d = await driveWorld(store, queues);
    const parts = {
      store,
      queues,
      secrets: d.parts.secrets,
      allowed: [],
      carriers: d.parts.carriers,
      clock: () => d.w.now,
      log,
    };
    const workers = await Promise.all([startRuns(parts), startRuns(parts)]);
    const run = await d.begin();
    await expect.poll(async () => (await d.theCase()).tasks.length, { timeout: 10_000 }).toBe(1);
    d.w.now += 61 * MIN;
    // Nobody says so: they look.
    await expect.poll(async () => (await d.state(run)).steps.look?.status, { timeout: 15_000 }).toBe('failed');
    await expect
      .poll(async () => (await d.theCase()).log.at(-1)?.text, { timeout: 10_000 })
      .toContain('it took too long');
    await Promise.all(workers.map((worker) => worker.stop()));
    expect((await d.theCase()).tasks).toMatchObject([{ state: 'dropped' }]);
  });
});
