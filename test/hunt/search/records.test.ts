import { beforeAll, describe, expect, it } from 'vitest';
import { renderText } from '../../../bot/cards/text.js';
import { plain } from '../../../commands/cards/card.js';
import hunt from '../../../commands/hunt.js';
import type { Context } from '../../../commands/types.js';
import { compileRules } from '../../../engine/detect/index.js';
import { runPlans } from '../../../engine/hunt/search/plans.js';
import { nextDue } from '../../../engine/hunt/search/saved.js';
import { hunted } from '../../../engine/hunt/search/work.js';
import { log } from '../../../engine/log.js';
import type { Queues } from '../../../engine/queues.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import { addTenant } from '../../commands/world.js';
import { testQueues, testStore } from '../../support/services.js';
import { formats, lakeWith, NOW } from './world.js';

const HOUR_MS = 3_600_000;
let now = NOW;
const clock = () => now;
const rules = { base: compileRules([]) };
const ticket = (n: number) =>
  JSON.stringify({
    ...{ Channel: 'Security', EventID: 4769, TimeCreated: new Date(NOW - 5 * HOUR_MS + n * 1000).toISOString() },
    ...{ Hostname: 'dc-01', TargetUserName: 'j.maier@CORP', ServiceName: `svc-${n}`, TicketEncryptionType: '0x17' },
    ...{ IpAddress: '::ffff:10.4.2.71', Status: '0x0', RecordNumber: n },
  });
const { lake } = await lakeWith(Array.from({ length: 12 }, (_, n) => ticket(n)));
let store: Store;
let queues: Queues;
let acme: TenantStore;
beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme');
});

/** Run what waits, as a worker does. */
async function work(): Promise<void> {
  for (const { _id } of await acme.huntRuns.find({ state: 'waiting' }))
    await hunted({ store, queues, lake, formats, rules, clock, log }, { tenant: 'acme', id: _id });
}
const context = (more: Partial<Context> = {}): Context =>
  ({
    ...{ tenant: acme, queues, clock, alert: null, internal: true, role: 'analyst', commands: [] },
    ...{ person: { _id: 'ana', name: 'Ana', side: 'provider' }, people: async () => [], ...more },
  }) as unknown as Context;
const run = (line: string, more: Partial<Context> = {}) => hunt.run(context(more), line.split(' '));
const text = async (line: string, more: Partial<Context> = {}) => renderText(await run(line, more), { width: 240 });
const here = { place: { surface: 'slack', channel: 'C0SOC', direct: false, identity: 'slack:Uana' } };

describe('the record of a hunt', () => {
  it('holds the hypothesis, what was run with its query, notes, gaps and the conclusion', async () => {
    expect(await text('new somebody roasts service tickets T1558.003')).toContain('Hunt H1 has begun');
    await run('run kerberoasting least=5');
    await run('ask dns queries last 24h');
    await run('ask logons last 24h', { person: { _id: 'bo', name: 'Bo', side: 'provider' } as Context['person'] });
    await work();
    await run('note H1 ten services within ten seconds');
    const shown = await text('record H1');
    for (const part of [
      'somebody roasts',
      'T1558.003 Kerberoasting',
      'One account that asks for tickets',
      'dns queries last 24h',
      'ten services within',
      'Gaps in logging: dns had no event',
    ])
      expect(shown).toContain(part);
    // What others run is theirs.
    expect(shown).not.toContain('ask logons');
    const [record] = await acme.hunts.find({ number: 1 });
    expect(record!.runs.map(({ rows }) => rows)).toEqual([1, 0]);
    expect(record!.runs[0]!.sql).toContain('count(DISTINCT lower(service_name)) >= $least');
    expect(record!.gaps).toEqual(['dns']);
    expect(await text('conclude H1 found j.maier, reported as alert 4')).toContain('Hunt H1: found');
    await expect(run('note H1 too late')).rejects.toMatchObject({ code: 'MDR_HUNT_STATE' });
    await expect(run('conclude H1 found again')).rejects.toMatchObject({ code: 'MDR_HUNT_STATE' });
    await run('ask logons last 1h');
    await work();
    expect((await acme.hunts.find({ number: 1 }))[0]!.runs).toHaveLength(2);
    expect(await text('records')).toContain('H1');
  });

  it('is refused for what it does not take', async () => {
    await expect(run('new')).rejects.toMatchObject({ code: 'MDR_HUNT_BAD' });
    await expect(run('note')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(run('note H99 words')).rejects.toMatchObject({ code: 'MDR_HUNT_UNKNOWN' });
    await run('new another one');
    await expect(run('conclude H2 perhaps words')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(run('conclude H2 found')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    expect(await text('conclude H2 not found nobody asked for more than two')).toContain('Hunt H2: not found');
  });

  it('takes what several write at once', async () => {
    await run('new many hands');
    await Promise.all([1, 2, 3].map((n) => run(`note H3 note ${n}`)));
    expect((await acme.hunts.find({ number: 3 }))[0]!.notes).toHaveLength(3);
  });
});

describe('coverage', () => {
  it('tells what was hunted for in 30 days, with and without result, and what was not', async () => {
    const shown = await text('coverage');
    expect(shown).toMatch(/T1558\.003 Kerberoasting\s+\S*\s*1 of 1\s+\S*\s*1\s+\S*\s*1 found/);
    expect(shown).toContain('Not hunted for');
    expect(shown).toMatch(/Hunted in the last 30 days at Acme \(acme\): 1 of \d+ techniques/);
    now += 31 * 24 * HOUR_MS;
    expect(await text('coverage')).toContain(': 0 of ');
    now = NOW;
  });
});

describe('a saved hunt by itself', () => {
  it('runs at three by the tenant’s clock, weekly ones on Mondays', () => {
    // 2026-11-26 is a Thursday.
    expect(new Date(nextDue('daily', 'UTC', NOW)).toISOString()).toBe('2026-11-27T03:00:00.000Z');
    expect(new Date(nextDue('weekly', 'Europe/Berlin', NOW)).toISOString()).toBe('2026-11-30T02:00:00.000Z');
    expect(new Date(nextDue('daily', 'UTC', Date.parse('2026-11-26T02:59:00Z'))).toISOString()).toBe(
      '2026-11-26T03:00:00.000Z',
    );
  });

  it('is run once for each time that it is due, whoever looks, and tells its channel only of what it found', async () => {
    await acme.huntRuns.deleteMany({});
    await run('schedule kerberoasting daily least=5', here);
    await run('schedule logs-cleared daily', here);
    expect(await text('schedule')).toContain('least=5');
    const parts = { store, queues, clock, log };
    await runPlans(parts);
    expect(await acme.huntRuns.count()).toBe(0);
    now = Date.parse('2026-11-27T03:00:10Z');
    await Promise.all([runPlans(parts), runPlans(parts)]);
    await runPlans(parts);
    expect(await acme.huntRuns.count()).toBe(2);
    await work();
    const runs = await acme.huntRuns.find({}, { sort: { title: 1 } });
    expect(
      runs
        .map(({ state, scheduled, by, request }) => [state, scheduled, by.name, (request as { name: string }).name])
        .sort(),
    ).toEqual([
      ['done', true, 'Ana', 'kerberoasting'],
      ['done', true, 'Ana', 'logs-cleared'],
    ]);
    const posts = (await acme.dispatches.find()).filter(({ content }) => content.kind === 'hunt');
    expect(posts).toHaveLength(1);
    expect(posts[0]!.content).toMatchObject({ kind: 'hunt', run: { name: 'kerberoasting', scheduled: true } });
    expect(await text('show kerberoasting')).toContain('daily, owner Ana');
    expect(await text('list kerberos')).toContain('daily');
    expect(plain((await run('schedule kerberoasting off')).title)).toContain('does not run by itself any more');
    now += 48 * HOUR_MS;
    await runPlans(parts);
    expect(await acme.huntRuns.count({ 'request.name': 'kerberoasting' } as never)).toBe(1);
    now = NOW;
  });

  it('is refused with parameters that it does not take, now and not at night', async () => {
    await expect(run('schedule kerberoasting daily most=1')).rejects.toMatchObject({ code: 'MDR_HUNT_BAD' });
    await expect(run('schedule kerberoasting hourly')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(run('schedule nothing daily')).rejects.toMatchObject({ code: 'MDR_HUNT_UNKNOWN' });
  });

  it('whose job was lost is handed over again, and one that nobody ends is given up', async () => {
    await acme.huntRuns.deleteMany({});
    await queues.queue('hunts').obliterate({ force: true });
    await run('ask logons last 1h');
    await queues.queue('hunts').obliterate({ force: true });
    now += 10 * 60_000;
    await runPlans({ store, queues, clock, log });
    expect(await queues.queue('hunts').getWaitingCount()).toBe(1);
    await acme.huntRuns.updateMany({}, { $set: { state: 'running', started: now } });
    now += 7 * HOUR_MS;
    await runPlans({ store, queues, clock, log });
    expect((await acme.huntRuns.find())[0]).toMatchObject({ state: 'failed' });
    now = NOW;
  });
});
