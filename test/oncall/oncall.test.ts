import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { renderText } from '../../bot/cards/text.js';
import { peopleOf } from '../../bot/people.js';
import { loadCommands } from '../../commands/index.js';
import { log } from '../../engine/log.js';
import type { Notify } from '../../engine/notify/index.js';
import { slotsIn } from '../../engine/oncall/calendar.js';
import { onCall, rotasFor } from '../../engine/oncall/duty.js';
import { calendarReader } from '../../engine/oncall/fetch.js';
import { planAt, planChanges, readPlan } from '../../engine/oncall/plan.js';
import { setRota } from '../../engine/oncall/work.js';
import { addPerson } from '../commands/world.js';
import { HOUR, MINUTE, openWorld, type World } from '../notify/world.js';

const at = (text: string) => Date.parse(text);
const PLAN = `
zone: Europe/Copenhagen
layers:
  - { people: [ana, bo], start: 2026-10-05T09:00, every: 1 week }
  - people: [cy]
    start: 2026-10-01T00:00
    every: 1 day
    hours: [{ days: [fri], from: "20:00", to: "08:00" }]
`;

describe('a rota from a file', () => {
  const plan = readPlan(PLAN);

  // Clocks go back on 25 October 2026: 9 o'clock is 07:00 UTC before, and 08:00 UTC after.
  it.each([
    ['2026-10-05T06:59:59Z', null],
    ['2026-10-05T07:00:00Z', 'ana'],
    ['2026-10-12T06:59:59Z', 'ana'],
    ['2026-10-12T07:00:00Z', 'bo'],
    ['2026-10-26T07:59:59Z', 'ana'],
    ['2026-10-26T08:00:00Z', 'bo'],
    ['2026-11-02T08:00:00Z', 'ana'],
    // The later layer, in its hours only, over midnight.
    ['2026-10-16T17:59:59Z', 'bo'],
    ['2026-10-16T18:00:00Z', 'cy'],
    ['2026-10-17T05:59:59Z', 'cy'],
    ['2026-10-17T06:00:00Z', 'bo'],
    // The night in which the clocks go back ends an hour later.
    ['2027-03-29T06:59:59Z', 'ana'],
    ['2027-03-29T07:00:00Z', 'bo'],
  ])('goes by the clock on the wall: %s %s', (moment, who) => {
    expect(planAt(plan, at(moment))).toBe(who);
  });

  it('knows every change of hands', () => {
    const [from, until] = [at('2026-10-10T00:00:00Z'), at('2026-11-10T00:00:00Z')];
    const changes = new Set(planChanges(plan, from, until));
    for (let moment = from; moment < until; moment += HOUR) {
      const before = planAt(plan, moment - 1);
      if (planAt(plan, moment) !== before)
        expect([new Date(moment).toISOString(), changes.has(moment)]).toEqual([new Date(moment).toISOString(), true]);
    }
  });

  it.each([
    ['layers: [', /not YAML/],
    ['zone: Mars/Olympus\nlayers: []', /time zone/],
    ['zone: UTC\nlayers: []', /layers/],
    ['zone: UTC\nlayers: [{ people: [], start: 2026-01-01T00:00, every: 1 week }]', /people/],
    ['zone: UTC\nlayers: [{ people: [a], start: "2026-01-01T00:00", every: 0 days }]', /length/],
    ['zone: UTC\nlayers: [{ people: [a], start: "soon", every: 1 week }]', /start/],
  ])('says what is wrong: %s', (text, message) => {
    expect(() => readPlan(text)).toThrow(message);
  });
});

const ics = (...events: string[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    ...events.flatMap((event, i) => ['BEGIN:VEVENT', `UID:e${i}`, ...event.split('\n'), 'END:VEVENT']),
    'END:VCALENDAR',
  ].join('\r\n');
const WEEKLY = 'DTSTART;TZID=Europe/Copenhagen:20261005T090000\nDTEND;TZID=Europe/Copenhagen:20261012T090000';
const spans = (text: string, from: string, until: string, zone = 'UTC') =>
  slotsIn(text, zone, at(from), at(until)).map((slot) => [
    new Date(slot.from).toISOString().slice(0, 16),
    new Date(slot.until).toISOString().slice(0, 16),
    slot.names[0],
  ]);

describe('a rota from a calendar', () => {
  it('repeats by the clock of its zone, also when that changes, without what was left out or moved', () => {
    const text = ics(
      `${WEEKLY}\nRRULE:FREQ=WEEKLY;INTERVAL=2\nSUMMARY:Ana\nEXDATE;TZID=Europe/Copenhagen:20261116T090000`,
      'DTSTART:20261120T080000Z\nDTEND:20261120T200000Z\nSUMMARY:Bo',
    );
    expect(spans(text, '2026-10-01T00:00Z', '2026-12-01T00:00Z')).toEqual([
      ['2026-10-05T07:00', '2026-10-12T07:00', 'Ana'],
      ['2026-10-19T07:00', '2026-10-26T08:00', 'Ana'],
      ['2026-11-02T08:00', '2026-11-09T08:00', 'Ana'],
      ['2026-11-20T08:00', '2026-11-20T20:00', 'Bo'],
      ['2026-11-30T08:00', '2026-12-07T08:00', 'Ana'],
    ]);
  });

  it('takes one occurrence that was changed, times without a zone, whole days, and no cancelled event', () => {
    const moved = `${WEEKLY}\nRRULE:FREQ=WEEKLY\nSUMMARY:Ana\nEND:VEVENT\nBEGIN:VEVENT\nUID:e0\nRECURRENCE-ID;TZID=Europe/Copenhagen:20261012T090000\nDTSTART;TZID=Europe/Copenhagen:20261013T090000\nDTEND;TZID=Europe/Copenhagen:20261019T090000\nSUMMARY:Bo`;
    const text = ics(
      moved,
      'DTSTART:20261014T100000\nDTEND:20261014T110000\nSUMMARY:Cy',
      'DTSTART;VALUE=DATE:20261015\nDTEND;VALUE=DATE:20261016\nSUMMARY:Day',
      'DTSTART:20261014T100000Z\nDTEND:20261014T110000Z\nSTATUS:CANCELLED\nSUMMARY:No',
    );
    expect(spans(text, '2026-10-12T08:00Z', '2026-10-18T00:00Z', 'America/New_York')).toEqual([
      ['2026-10-13T07:00', '2026-10-19T07:00', 'Bo'],
      ['2026-10-14T14:00', '2026-10-14T15:00', 'Cy'],
      ['2026-10-15T04:00', '2026-10-16T04:00', 'Day'],
    ]);
  });

  it.each([
    ['no calendar', 'hello', /not an iCalendar/],
    ['a page of a web site', '<html></html>', /not an iCalendar/],
    ['too large', `BEGIN:VCALENDAR\r\n${'X'.repeat(600_000)}`, /too large/],
    ['too many events', ics(...Array.from({ length: 5001 }, () => 'DTSTART:20260101T000000Z')), /more than 5000/],
    ['every second', ics('DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY\nSUMMARY:x'), /not read/],
    ['never', ics('DTSTART:20200101T000000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\nSUMMARY:x'), /not read/],
    ['never, by days', ics('DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO\nSUMMARY:x'), /not read/],
  ])('refuses what is %s', (_, text, message) => {
    expect(() => slotsIn(text, 'UTC', at('2026-11-01T00:00Z'), at('2026-12-01T00:00Z'))).toThrow(message);
  });

  it('ends soon, however long ago its events began', () => {
    const old = Array.from(
      { length: 300 },
      () => 'DTSTART:19700101T000000Z\nDTEND:19700101T010000Z\nRRULE:FREQ=DAILY\nSUMMARY:x',
    );
    const start = performance.now();
    slotsIn(ics(...old), 'UTC', at('2026-11-01T00:00Z'), at('2026-12-01T00:00Z'));
    expect(performance.now() - start).toBeLessThan(15_000);
  }, 30_000);
});

describe('reading a calendar from its address', () => {
  let server: Server;
  let host: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
      else if (request.url === '/large') response.end('x'.repeat(700_000));
      else if (request.url !== '/slow') response.end(ics(`${WEEKLY}\nSUMMARY:Ana`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('goes to the internet only, unless the operator allowed the address', async () => {
    await expect(calendarReader([])(`http://${host}/`)).rejects.toMatchObject({ code: 'MDR_NOTIFY_URL' });
    await expect(calendarReader([])('https://169.254.169.254/latest')).rejects.toMatchObject({
      code: 'MDR_NOTIFY_URL',
    });
    await expect(calendarReader([])('webcal://localhost/x.ics')).rejects.toMatchObject({ code: 'MDR_NOTIFY_URL' });
    expect(await calendarReader([host])(`http://${host}/`)).toContain('BEGIN:VCALENDAR');
  });

  it.each(['/moved', '/large', '/slow'])('gives up on %s', async (path) => {
    await expect(calendarReader([host], 500)(`http://${host}${path}`)).rejects.toMatchObject({ code: 'MDR_ROTA' });
  });
});

describe('on call', () => {
  let world: World;
  let notify: Notify | null;
  let say: (text: string, user?: string) => Promise<string>;
  beforeEach(async () => {
    world = await openWorld(at('2026-11-24T12:00:00Z'));
    notify = null;
    await addPerson(world.store, 'lee', 'Lee Lead', [{ tenant: '*', role: 'lead' }]);
    await addPerson(world.store, 'cus', 'Cus Tomer', [{ tenant: 'acme', role: 'admin' }], 'customer');
    const answer = makeAnswer({
      store: world.store,
      queues: world.queues,
      commands: await loadCommands(),
      clock: world.clock,
      log,
    });
    say = async (text, user = 'ana') =>
      renderText(await answer({ surface: 'terminal', user, channel: 't', thread: null, text, tenant: 'acme' }), {
        width: 250,
      });
  });
  afterEach(() => notify?.stop());
  const now = async () => {
    const tenant = await world.tenant();
    const found = onCall(await rotasFor(tenant), await peopleOf(world.store, 'acme'), world.now);
    return [
      found.now?.person ?? null,
      found.next && [new Date(found.next.at).toISOString().slice(0, 16), found.next.duty?.person ?? null],
    ];
  };
  const yaml = (people: string) => ({
    text: `zone: UTC\nlayers: [{ people: [${people}], start: 2026-11-23T09:00, every: 1 week }]`,
    name: 'rota.yaml',
  });

  it('comes from the tenant’s own rota, else from the one that all share; what was taken over comes first', async () => {
    expect(await now()).toEqual([null, null]);
    expect(await say('oncall')).toContain('load a rota');
    await setRota(world.store.rotas, yaml('bo, ana'), 'UTC', world.clock);
    expect(await now()).toEqual(['bo', ['2026-11-30T09:00', 'ana']]);
    await say('oncall take 4h everywhere', 'lee');
    expect(await now()).toEqual(['lee', ['2026-11-24T16:00', 'bo']]);
    await setRota((await world.tenant()).rotas, yaml('ana, bo'), 'UTC', world.clock);
    expect(await now()).toEqual(['ana', ['2026-11-30T09:00', 'bo']]);
    expect(await say('oncall take 2h', 'bo')).toContain('Bo Anders is on call now');
    expect(await now()).toEqual(['bo', ['2026-11-24T14:00', 'ana']]);
    const shown = await say('oncall');
    for (const word of ['Acme (acme)', 'Bo Anders (taken over)', 'said by Bo Anders', 'rota.yaml'])
      expect(shown).toContain(word);
    expect(await say('oncall back', 'bo')).toContain('Given back');
    expect(await now()).toEqual(['ana', ['2026-11-30T09:00', 'bo']]);
  });

  it('is given by whoever has it or leads, to the provider’s people, for a bounded while, by the tenant’s clock', async () => {
    await world.store.tenants.updateOne({ _id: 'acme' }, { $set: { 'profile.timeZone': 'Europe/Copenhagen' } });
    expect(await say('oncall give bo 4h')).toContain('MDR_FORBIDDEN');
    expect(await say('oncall give cus 4h', 'lee')).toContain('MDR_ROTA');
    expect(await say('oncall', 'cus')).toContain('MDR_FORBIDDEN');
    expect(await say('oncall take 4h everywhere')).toContain('MDR_FORBIDDEN');
    for (const wrong of ['', '4', '1m', '15d', 'until yesterday', 'until 25:00', 'until 2026-11-23T08:00'])
      expect(await say(`oncall take ${wrong}`)).toContain('MDR_COMMAND_USAGE');
    expect(await now()).toEqual([null, null]);
    await say('oncall give @Ana until 18:00', 'lee');
    expect(await now()).toEqual(['ana', ['2026-11-24T17:00', null]]);
    await say('oncall give bo until 2026-11-25 08:00');
    expect(await now()).toEqual(['bo', ['2026-11-25T07:00', null]]);
  });

  it('is called by a chain, whoever it is by then; without anybody, the thread says so and the others are called', async () => {
    await setRota(
      world.store.rotas,
      {
        text: ics(
          'DTSTART:20261124T120000Z\nDTEND:20261124T130000Z\nSUMMARY:On call: Ana Silva',
          'DTSTART:20261124T130000Z\nDTEND:20261124T140000Z\nSUMMARY:Somebody Else',
        ),
        name: 'x.ics',
      },
      'UTC',
      world.clock,
    );
    await say('notify set chain soc 10 oncall 70 oncall,bo', 'lee');
    expect(await say('notify set high now in console escalate soc', 'lee')).toContain(
      'whoever is on call after 10 min, then whoever is on call and Bo Anders after 70 min',
    );
    await world.open(1, 'high');
    notify = world.engine();
    await notify.tick();
    const calls = async () => {
      const alert = await (await world.tenant()).alerts.findOne({ number: 1 });
      return alert!.log
        .filter(({ kind }) => kind === 'escalated')
        .map(({ text, calls }) => [calls!.map(({ name }) => name).join(), text]);
    };
    world.now += 11 * MINUTE;
    await notify.tick();
    expect(await calls()).toEqual([['Ana Silva', expect.stringContaining('On call: Ana Silva.')]]);
    world.now += HOUR;
    await notify.tick();
    expect((await calls())[1]).toEqual(['Bo Anders', expect.stringContaining('Somebody Else, who is not known here')]);
    world.now += HOUR;
    expect(await say('notify', 'lee')).toContain('A chain calls whoever is on call, and nobody is');
  });

  it('reads its calendar again every quarter of an hour, and keeps the old one when that fails', async () => {
    let text = ics('DTSTART:20261124T000000Z\nDTEND:20261130T000000Z\nSUMMARY:ana');
    let reads = 0;
    const readCalendar = async () => {
      reads++;
      if (text === '') throw new Error('connect ECONNREFUSED secret-address');
      return text;
    };
    await setRota(
      (await world.tenant()).rotas,
      { url: 'https://cal.example.com/secret-path', text },
      'UTC',
      world.clock,
    );
    notify = world.engine({ readCalendar });
    await notify.tick();
    expect(reads).toBe(0);
    text = ics('DTSTART:20261124T000000Z\nDTEND:20261130T000000Z\nSUMMARY:bo');
    world.now += 16 * MINUTE;
    await notify.tick();
    await notify.tick();
    expect(reads).toBe(1);
    expect((await now())[0]).toBe('bo');
    text = '';
    world.now += 16 * MINUTE;
    await notify.tick();
    expect((await now())[0]).toBe('bo');
    const shown = await say('oncall');
    expect(shown).toContain('could not be read');
    expect(shown).not.toContain('secret');
  });
});
