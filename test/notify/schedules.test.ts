import { beforeEach, describe, expect, it } from 'vitest';
import { postDispatch } from '../../bot/outbox/dispatch.js';
import { DeliveryError, type UploadFile } from '../../bot/surfaces/types.js';
import { plain } from '../../commands/cards/card.js';
import { dispatchCard } from '../../commands/cards/digest.js';
import { spanWords } from '../../commands/cards/report.js';
import digest from '../../commands/digest.js';
import type { Context } from '../../commands/types.js';
import { log } from '../../engine/log.js';
import { workBegins } from '../../engine/notify/hours.js';
import { numbersOf } from '../../engine/notify/numbers.js';
import { nextTime, setSchedule } from '../../engine/notify/schedules.js';
import type { Dispatch, Report } from '../../engine/store/dispatches.js';
import type { Person } from '../../engine/store/people.js';
import { acknowledge, assign, close } from '../../engine/triage/work.js';
import { FakeSurface } from '../bot/fakesurface.js';
import { addPerson } from '../commands/world.js';
import { HOUR, MINUTE, openWorld, type World } from './world.js';

const ZONE = 'Europe/Copenhagen';
const DAY = 24 * HOUR;
const at = (text: string) => Date.parse(text);
const ana = { id: 'ana', name: 'Ana Silva' };

describe('the next time', () => {
  const daily = { times: ['08:30'], days: [] };
  it.each([
    ['today', daily, '2026-11-25T07:00:00+01:00', '2026-11-25T08:30:00+01:00'],
    ['not the same moment again', daily, '2026-11-25T08:30:00+01:00', '2026-11-26T08:30:00+01:00'],
    ['over the change to winter', daily, '2026-10-24T09:00:00+02:00', '2026-10-25T08:30:00+01:00'],
    ['over the change to summer', daily, '2027-03-27T09:00:00+01:00', '2027-03-28T08:30:00+02:00'],
    [
      'in the hour that is left out',
      { times: ['02:30'], days: [] },
      '2027-03-27T12:00:00+01:00',
      '2027-03-28T03:30:00+02:00',
    ],
    [
      'once in the hour that comes twice',
      { times: ['02:30'], days: [] },
      '2026-10-25T02:30:00+02:00',
      '2026-10-26T02:30:00+01:00',
    ],
    [
      'of a shift',
      { times: ['06:00', '14:00', '22:00'], days: [] },
      '2026-11-25T14:00:00+01:00',
      '2026-11-25T22:00:00+01:00',
    ],
    ['of a week', { times: ['08:00'], days: [1] }, '2026-11-25T08:00:00+01:00', '2026-11-30T08:00:00+01:00'],
  ])('%s', (_name, times, after, next) => {
    expect(nextTime(times, ZONE, at(after))).toBe(at(next));
  });
});

describe('regular posts', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld(at('2026-10-24T07:00:00Z'));
    await world.store.tenants.updateOne({ _id: 'acme' }, { $set: { 'profile.timeZone': ZONE } });
  });
  const reports = async (): Promise<(Dispatch & { content: { kind: 'report'; report: Report } })[]> =>
    (await (
      await world.tenant()
    ).dispatches.find({ 'content.kind': 'report', 'to.surface': 'slack' }, { sort: { created: 1 } })) as never;
  /** Several engines look; then one that was started anew. */
  const look = async () => {
    const engines = [world.engine(), world.engine()];
    await Promise.all(engines.map((engine) => engine.tick()));
    await engines[0]!.tick();
    await Promise.all(engines.map((engine) => engine.stop()));
  };
  const set = async (kind: 'daily' | 'handover' | 'weekly', times: string[], days: number[] = []) =>
    setSchedule(await world.tenant(), kind, { times, days }, 'Lea', world.now);

  it("come once each day at the tenant's own time, also when the clock changes, whoever is restarted", async () => {
    await set('daily', ['08:30']);
    await look();
    expect(await reports()).toEqual([]);
    for (const [now, count] of [
      ['2026-10-24T08:29:00+02:00', 0],
      ['2026-10-25T08:29:00+01:00', 0],
      ['2026-10-25T08:30:00+01:00', 1],
      ['2026-10-25T09:30:00+01:00', 1],
      ['2026-10-26T08:30:30+01:00', 2],
    ] as const) {
      if (at(now) < world.now) continue;
      world.now = at(now);
      await look();
      expect((await reports()).length, now).toBe(count);
    }
    const [first, second] = await reports();
    expect(first!.content.report).toMatchObject({ due: at('2026-10-25T08:30:00+01:00'), late: false });
    expect(second!.content.report).toMatchObject({ from: first!.content.report.due });
    // Nothing goes into the customer's channel.
    expect((await reports()).map(({ to }) => to)).toEqual(
      Array(2).fill({ kind: 'channel', surface: 'slack', channel: 'C0SOC' }),
    );
  });

  it('that were missed are made up for once, marked late, and tell of the whole time', async () => {
    await set('daily', ['08:30']);
    world.now = at('2026-10-25T08:30:00+01:00');
    await look();
    world.now = at('2026-10-28T15:00:00+01:00');
    await look();
    const [, late, ...more] = await reports();
    expect(more).toEqual([]);
    expect(late!.content.report).toMatchObject({
      from: at('2026-10-25T08:30:00+01:00'),
      due: at('2026-10-28T08:30:00+01:00'),
      late: true,
    });
    const card = dispatchCard(late!, (await world.tenant()).tenant)!;
    expect(JSON.stringify(card.blocks)).toContain('Late.');
  });

  it('are not made twice when the one who made them died before writing that down', async () => {
    await set('daily', ['08:30']);
    const before = (await (await world.tenant()).schedules.findOne({ kind: 'daily' }))!;
    world.now = before.next!;
    await look();
    await (await world.tenant()).schedules.update({ kind: 'daily' }, { $set: { next: before.next, last: null } });
    await look();
    expect(await reports()).toHaveLength(1);
  });

  it('follow the tenant into another zone, and stop when they are switched off', async () => {
    await set('daily', ['08:30']);
    await world.store.tenants.updateOne({ _id: 'acme' }, { $set: { 'profile.timeZone': 'America/New_York' } });
    world.now = at('2026-10-25T08:29:00Z') - 2 * HOUR;
    await look();
    const { next } = (await (await world.tenant()).schedules.findOne({ kind: 'daily' }))!;
    expect(next).toBe(at('2026-10-25T08:30:00-04:00'));
    await setSchedule(await world.tenant(), 'daily', null, 'Lea', world.now);
    world.now += 3 * DAY;
    await look();
    expect(await reports()).toEqual([]);
  });

  it('a hand-over tells what is open, what waits for the customer and what is due', async () => {
    await addPerson(world.store, 'cus', 'Cus Tomer', [{ tenant: 'acme', role: 'responder' }], 'customer');
    await set('handover', ['06:00', '14:00', '22:00']);
    await world.open(1, 'high');
    await world.open(2, 'low');
    const tenant = await world.tenant();
    await assign(tenant, 2, ana, world.clock, { id: 'cus', name: 'Cus Tomer' });
    await tenant.reminders.insert({
      _id: 'r',
      number: 1,
      alert: 1,
      person: ana,
      text: 'check the gateway',
      due: world.now + 6 * HOUR,
      state: 'waiting',
      told: 0,
      created: world.now,
      changed: { at: world.now, ...ana },
    });
    world.now = at('2026-10-24T14:00:00+02:00');
    await look();
    const [{ content }] = (await reports()) as [Dispatch & { content: { kind: 'report'; report: Report } }];
    expect(content.report).toMatchObject({ open: { high: 1, low: 1 }, unacknowledged: 2, waiting: [{ number: 2 }] });
    const text = JSON.stringify(dispatchCard({ content }, tenant.tenant));
    for (const part of ['Shift hand-over', 'Waiting for the customer', 'reminder for Ana Silva: check the gateway'])
      expect(text).toContain(part);
  });

  it('the numbers of a week come from what was recorded when', async () => {
    const start = world.now;
    for (const [number, minutes] of [
      [1, 10],
      [2, 20],
    ] as const)
      await world.open(number, 'high', { first: world.now - minutes * MINUTE });
    await world.open(3, 'low', { first: world.now, simulated: true });
    const tenant = await world.tenant();
    world.now += 30 * MINUTE;
    await acknowledge(tenant, 1, ana, world.clock);
    world.now += 30 * MINUTE;
    await close(tenant, 1, ana, world.clock, 'true_positive');
    world.now += HOUR;
    await close(tenant, 2, ana, world.clock, 'false_positive');
    expect(await numbersOf(tenant, start, start + 7 * DAY)).toMatchObject({
      opened: 2,
      perDay: 2 / 7,
      closed: 2,
      falsePositives: 1,
      mttd: 15 * MINUTE,
      // 30 minutes, and two hours where the close was the first that anybody did.
      mtta: 75 * MINUTE,
      mttr: 90 * MINUTE,
      spreads: { mttr: { count: 2, median: 90 * MINUTE, p90: 2 * HOUR } },
      open: 0,
      leftOut: 0,
    });
    expect(await numbersOf(tenant, start - 7 * DAY, start)).toMatchObject({
      opened: 0,
      closed: 0,
      mttd: null,
      mtta: null,
    });
    expect([null, 30_000, 75 * MINUTE, 52 * HOUR].map(spanWords)).toEqual(['—', '30 s', '1 h 15 min', '2 d 4 h']);
  });

  it('the week comes with a picture where the surface takes files, once whatever goes wrong; elsewhere its table has to do', async () => {
    await set('weekly', ['08:00'], [1]);
    world.now = at('2026-10-23T10:00:00Z');
    await world.open(1, 'critical');
    world.now = at('2026-10-26T08:00:00+01:00');
    await look();
    const [dispatch] = await reports();
    const tenant = await world.tenant();
    const files: UploadFile[] = [];
    let lost = true;
    class WithFiles extends FakeSurface {
      async upload(channel: string, file: UploadFile, key: string, thread: string | null) {
        const there = await this.find(channel, key, thread);
        if (there) return there;
        files.push(file);
        const ref = await this.post(channel, { title: file.name, tone: 'neutral', blocks: [] }, key, thread);
        if (lost) {
          lost = false;
          throw new DeliveryError('unknown', 'no answer');
        }
        return ref;
      }
    }
    const hold = {
      check: async () => {},
      set: async (): Promise<never> => {
        throw new Error('no limit here');
      },
    };
    const thread = { tenant: 'acme', surface: 'slack', channel: 'C0SOC', number: 0 };
    const deliver = (surface: FakeSurface) =>
      postDispatch(
        { store: tenant, surface, thread, hold, held: async () => true, clock: world.clock, log, debounceMs: 0 },
        dispatch!._id,
      );
    const slack = new WithFiles('slack');
    await expect(deliver(slack)).rejects.toThrow('no answer');
    await deliver(slack);
    await deliver(slack);
    expect(slack.messages.map(({ card, thread: of }) => [plain(card.title), of])).toEqual([
      ['Week of Acme (acme): 1 open alert', null],
      ['alerts-2026-10-19-2026-10-26.png', 'm1'],
      ['numbers-2026-10-19-2026-10-26.png', 'm1'],
    ]);
    expect(files).toHaveLength(2);
    for (const { data } of files) {
      expect(Buffer.from(data).subarray(1, 4).toString()).toBe('PNG');
      expect(data.length).toBeGreaterThan(3000);
    }
    expect((await tenant.dispatches.findOne({ _id: dispatch!._id }))?.state).toBe('sent');
    // A surface without files.
    await tenant.posts.deleteMany({});
    await tenant.dispatches.update({ _id: dispatch!._id }, { $set: { state: 'due' } });
    const plainOne = new FakeSurface('slack');
    await deliver(plainOne);
    expect(plainOne.messages).toHaveLength(1);
    expect(JSON.stringify(plainOne.messages[0]!.card.blocks)).toContain('2026-10-23');
  });

  it('the numbers of the week begin by themselves with the first alert, once a week at the beginning of the working week', async () => {
    await world.store.tenants.updateOne({ _id: 'acme' }, { $set: { 'profile.workingHours': 'Mon-Fri 08:30-16:30' } });
    await look();
    expect(await (await world.tenant()).schedules.find()).toEqual([]);
    await world.open(1, 'high');
    await look();
    const [schedule] = await (await world.tenant()).schedules.find();
    expect(schedule).toMatchObject({ kind: 'weekly', next: at('2026-10-26T08:30:00+01:00'), changed: { by: 'mdr' } });
    for (const [now, count] of [
      ['2026-10-26T08:29:00+01:00', 0],
      ['2026-10-26T08:30:00+01:00', 1],
      ['2026-10-29T12:00:00+01:00', 1],
      ['2026-11-02T08:31:00+01:00', 2],
    ] as const) {
      world.now = at(now);
      await look();
      expect((await reports()).length, now).toBe(count);
    }
    // The provider's own channels only; the second tells of its own week.
    const [first, second] = await reports();
    expect([first!.to, second!.to]).toEqual(Array(2).fill({ kind: 'channel', surface: 'slack', channel: 'C0SOC' }));
    expect([first, second].map((each) => each!.content.report.numbers?.opened)).toEqual([1, 0]);
    expect(second!.content.report.numbers).toMatchObject({ open: 1, unanswered: 1, oldest: { number: 1 } });
    await setSchedule(await world.tenant(), 'weekly', null, 'Lea', world.now);
    world.now += 21 * DAY;
    await look();
    expect(await reports()).toHaveLength(2);
  });

  it.each([
    ['Mon-Fri 09:00-17:00', 1, '09:00'],
    ['Sun-Thu 08:00-16:00', 1, '08:00'],
    ['Tuesday to Saturday 7:30 - 15:00', 2, '07:30'],
    ['Mon-Fri 8-17', 1, '08:00'],
    ['round the clock', 1, '09:00'],
    ['Mon-Xyz 09:00-17:00', 1, '09:00'],
  ])('working hours "%s" begin on day %i at %s', (workingHours, day, time) => {
    expect(workBegins({ workingHours })).toEqual({ day, time });
  });

  it('are set by a lead, shown to analysts, and asked for at any time', async () => {
    const tenant = await world.tenant();
    const person = (await world.store.people.findById('ana').lean<Person>())!;
    const context = (role: 'analyst' | 'lead', internal = true): Context =>
      ({ tenant, person, role, internal, clock: world.clock, people: async () => [person] }) as unknown as Context;
    const run = (text: string, role: 'analyst' | 'lead' = 'lead', internal = true) =>
      digest.run(context(role, internal), text.split(' ').filter(Boolean));
    expect(JSON.stringify(await run('', 'analyst'))).toContain('Daily digest: off');
    await expect(run('daily 08:30', 'analyst')).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    await expect(run('now', 'lead', false)).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    expect(JSON.stringify(await run('daily mon,tue 08:30'))).toContain('mon, tue 08:30, next');
    await run('handover 06:00,14:00');
    await run('weekly fri 16:00');
    await run('daily off');
    expect((await tenant.schedules.find({ next: { $ne: null } })).map(({ kind }) => kind).sort()).toEqual([
      'handover',
      'weekly',
    ]);
    for (const wrong of [
      'daily',
      'daily 8',
      'daily noday 08:00',
      'weekly 08:00',
      'weekly mon,tue 08:00',
      'yearly 08:00',
      'now yearly',
    ])
      await expect(run(wrong), wrong).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await world.open(1, 'high');
    expect((await run('now')).title).toContain('Daily digest of Acme (acme): 1 open alert');
    expect(JSON.stringify(await run('now weekly'))).toContain('Mean time to resolve (MTTR)');
  });
});
