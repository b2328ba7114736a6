import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { log } from '../../../engine/log.js';
import { MAX_ENTRIES } from '../../../engine/respond/case/change.js';
import { faultsOf } from '../../../engine/respond/case/check.js';
import { followCases } from '../../../engine/respond/case/follow.js';
import { caseOf } from '../../../engine/respond/case/join.js';
import { openFromAlert } from '../../../engine/respond/case/open.js';
import { type Asking, changeCase } from '../../../engine/respond/case/save.js';
import type { Change } from '../../../engine/respond/case/types.js';
import type { TenantStore } from '../../../engine/store/index.js';
import { HOUR, MINUTE, openWorld, paging, type World } from '../../notify/world.js';
import { bo } from './world.js';

const quiet = log.child({}, { level: 'silent' });

const START = Date.UTC(2026, 10, 24, 9);
let world: World;
let acme: TenantStore;
let requests = 0;
const by = (): Asking => ({ by: bo, clock: world.clock, request: `f${++requests}` });
const change = (made: Change) => changeCase(acme, 1, by(), made);
const entries = async (kind: string) => (await caseOf(acme, 1)).log.filter((entry) => entry.kind === kind);
const at = async (ms: number) => {
  world.now = START + ms;
  return followCases(world.store, await world.tenant(), world.clock, quiet);
};

beforeAll(async () => {
  world = await openWorld(START);
});
afterAll(() => world.pager.stop());
beforeEach(async () => {
  world.now = START;
  await world.setPolicy(paging(world.pager, [{ after: 10, people: ['ana'], page: ['main', 'hook'] }]));
  acme = await world.tenant();
  await acme.cases.deleteMany({});
  await acme.alerts.deleteMany({});
  await acme.dispatches.deleteMany({});
  await world.store.connection.collection('counters').deleteMany({});
  await world.open(12, 'high');
  await openFromAlert(acme, by(), 12);
});

describe('the clocks of a case', () => {
  it('call the lead when three quarters are gone, whoever is on duty when it is over, then the chain; each once', async () => {
    await at(22 * MINUTE);
    expect(await entries('clock')).toEqual([]);
    await at(23 * MINUTE);
    await at(23 * MINUTE);
    expect(await entries('clock')).toEqual([
      expect.objectContaining({
        text: expect.stringContaining('acknowledged by 2026-11-24T09:30:00.000Z: 7 minutes are left'),
        actor: 'mdr',
        calls: [expect.objectContaining({ name: 'Bo Anders' })],
      }),
    ]);
    await Promise.all([at(31 * MINUTE), at(31 * MINUTE)]);
    expect((await entries('clock')).map(({ text }) => /are left|over for 1 minutes/.exec(text)?.[0])).toEqual([
      'are left',
      'over for 1 minutes',
    ]);
    const engine = world.engine();
    world.now = START + 41 * MINUTE;
    await engine.tick();
    await engine.tick();
    await engine.stop();
    const [, , third, ...more] = await entries('clock');
    expect(more).toEqual([]);
    expect(third!.calls!.map(({ name }) => name)).toEqual(['Bo Anders', 'Ana Silva']);
    expect(world.pager.incidents.get('mdr/acme/case/1')).toMatchObject({ state: 'triggered', triggers: 1 });
    expect(world.pager.hooks.at(-1)).toMatchObject({ body: { type: 'case.escalated', data: { case: { number: 1 } } } });
    expect(faultsOf(await caseOf(acme, 1))).toEqual([]);
    const told = await world.queues.queue('changes').getJobs(['waiting', 'delayed']);
    expect(told.map(({ data }) => data)).toContainEqual({ tenant: 'acme', kind: 'case', number: 1 });
  });

  it('are silent about what is reached, and begin anew with another severity', async () => {
    await change({ kind: 'state', to: 'triage', reason: 'on it' });
    await at(40 * MINUTE);
    expect(await entries('clock')).toEqual([]);
    await at(7 * HOUR);
    expect(await entries('clock')).toHaveLength(1);
    await change({ kind: 'severity', to: 'low', reason: 'one host' });
    await at(9 * HOUR);
    expect(await entries('clock')).toHaveLength(1);
    await at(71 * HOUR);
    expect(await entries('clock')).toHaveLength(2);
    await change({ kind: 'close', outcome: 'benign', reason: 'nothing' });
    await at(900 * HOUR);
    expect(await entries('clock')).toHaveLength(2);
  });

  it('page for each of two cases that are due at the same time', async () => {
    await world.open(13, 'high');
    await openFromAlert(acme, by(), 13);
    await at(31 * MINUTE);
    await at(41 * MINUTE);
    const pages = await acme.dispatches.find({ 'content.page.number': 0 });
    const numbers = pages.map(({ content }) => content.kind === 'page' && content.page.case);
    expect(numbers.sort()).toEqual([1, 1, 2, 2]);
  });

  it('pages nobody about a case that was closed meanwhile, and no alert of the same number is taken for it', async () => {
    await world.open(1, 'high');
    for (let i = 0; i < 3; i++) await at(45 * MINUTE);
    const pages = await acme.dispatches.find({ 'content.page.case': 1 });
    expect(pages.map(({ content }) => content.kind === 'page' && content.page.number)).toEqual([0, 0]);
    await change({ kind: 'close', outcome: 'benign', reason: 'nothing' });
    const engine = world.engine();
    await engine.tick();
    await engine.stop();
    const after = await acme.dispatches.find({ 'content.page.case': 1 });
    expect(after.map(({ state, error }) => [state, error])).toEqual([
      ['dropped', 'not needed any more: the case is closed'],
      ['dropped', 'not needed any more: the case is closed'],
    ]);
  });

  it('calls the owner of a task when it is due, once for each due time', async () => {
    const due = START + HOUR;
    await change({
      kind: 'task-add',
      title: 'image',
      lane: 'provider',
      owner: { id: 'ana', name: 'Ana Silva' },
      due,
      after: [],
      checklist: [],
    });
    await change({ kind: 'state', to: 'triage', reason: 'on it' });
    await at(59 * MINUTE);
    expect(await entries('reminded')).toEqual([]);
    await at(61 * MINUTE);
    await at(62 * MINUTE);
    expect(await entries('reminded')).toEqual([
      expect.objectContaining({ text: 'T1 is due: image', calls: [expect.objectContaining({ name: 'Ana Silva' })] }),
    ]);
    await change({ kind: 'task-due', task: 'T1', due: START + 2 * HOUR, reason: '' });
    await at(3 * HOUR);
    expect(await entries('reminded')).toHaveLength(2);
  });
});

describe('what somebody left half done', () => {
  it('an alert that says it is part of a case nobody has made yet gets it, by the name of whoever began', async () => {
    await world.open(13, 'critical');
    await acme.alerts.update({ number: 13 }, {
      $set: { case: 2, updated: START },
      $push: {
        log: { id: 'h', at: START, actor: 'bo', actorName: 'Bo Anders', kind: 'handed', text: 'Part of case 2' },
      },
    } as never);
    expect((await at(5000)).cases).toEqual([]);
    expect((await at(15_000)).cases).toEqual([2]);
    expect(await caseOf(acme, 2)).toMatchObject({ alerts: [13], severity: 'critical', log: [{ actor: 'bo' }, {}, {}] });
  });

  it('an alert that went into another one brings it into the case', async () => {
    await world.open(13, 'high');
    await acme.alerts.update({ number: 12 }, { $set: { mergedInto: 13, updated: START } });
    expect((await at(15_000)).alerts).toEqual([13]);
    expect((await caseOf(acme, 1)).alerts).toEqual([12, 13]);
    expect((await at(16_000)).alerts).toEqual([]);
  });

  it('a merge that was decided is carried out', async () => {
    await world.open(13, 'high');
    await openFromAlert(acme, by(), 13);
    await changeCase(acme, 2, by(), { kind: 'merge-into', to: 1, reason: 'same' });
    expect((await at(15_000)).cases).toEqual([1, 2]);
    expect(await caseOf(acme, 1)).toMatchObject({ alerts: [12, 13], took: [2] });
  });
});

describe('a case that takes no more', () => {
  const fill = async (number: number, count: number) => {
    const record = await caseOf(acme, number);
    const note = (i: number) => ({ ...{ id: `n${number}.${i}`, at: START, actor: 'bo', actorName: 'Bo Anders' }, i });
    const log = Array.from({ length: count - record.log.length }, (_, i) => ({
      ...note(i),
      ...{ kind: 'note', lane: 'provider', text: 'x', reason: '' },
    }));
    await acme.cases.update({ number }, { $push: { log: { $each: log } } } as never);
  };

  it('still calls; and when it is full to the last, pages once and keeps nobody else waiting', async () => {
    await world.open(13, 'high');
    await openFromAlert(acme, by(), 13);
    await fill(1, MAX_ENTRIES);
    expect((await at(31 * MINUTE)).cases.sort()).toEqual([1, 2]);
    expect(await entries('clock')).toHaveLength(1);
    await fill(1, MAX_ENTRIES + 100);
    await expect(change({ kind: 'note', text: 'x', lane: 'provider' })).rejects.toThrow(/takes no more/);
    const failed: object[] = [];
    const telling = { warn: (what: object) => failed.push(what) } as unknown as typeof quiet;
    world.now = START + 41 * MINUTE;
    for (let i = 0; i < 2; i++) await followCases(world.store, await world.tenant(), world.clock, telling);
    expect(failed).toEqual(
      [1, 2].map(() => ({
        ...{ tenant: 'acme', case: 1, clock: 'acknowledge' },
        error: expect.stringContaining('takes no more'),
      })),
    );
    expect((await caseOf(acme, 2)).log.filter(({ kind }) => kind === 'clock')).toHaveLength(2);
    expect(await acme.dispatches.count({ 'content.page.case': 1 })).toBe(2);
    await change({ kind: 'close', outcome: 'benign', reason: 'nothing' });
    expect((await caseOf(acme, 1)).state).toBe('closed');
  });
});
