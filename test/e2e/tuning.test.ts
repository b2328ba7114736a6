import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAnswer } from '../../bot/answer.js';
import { renderText } from '../../bot/cards/text.js';
import { loadCommands } from '../../commands/index.js';
import { compileRules } from '../../engine/detect/index.js';
import { type DetectParts, startDetect } from '../../engine/detect/stage.js';
import { eventsJob } from '../../engine/ingest/batch.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { log } from '../../engine/log.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { startTriage } from '../../engine/triage/stage.js';
import { liveTunings } from '../../engine/triage/tune/live.js';
import { addPerson, addTenant } from '../commands/world.js';
import { ruleText } from '../detect/rulesets/support.js';
import { testQueues, testStore } from '../support/services.js';
import { until } from './harness.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let now = Date.UTC(2026, 10, 24, 9);
const clock = () => now;

let store: Store;
let queues: Queues;
let acme: TenantStore;
let say: (user: string, text: string) => Promise<string>;
let sent = 0;

/** One event of the nightly job, or of somebody else, at the present hour, through the queue and the workers. */
async function event(user = 'CORP\\svc-backup', host = 'srv01'): Promise<void> {
  const line = JSON.stringify({
    '@timestamp': new Date(now).toISOString(),
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    RecordNumber: ++sent,
    Hostname: host,
    User: user,
    Image: 'C:\\Windows\\System32\\vssadmin.exe',
    ParentImage: 'C:\\Backup\\agent.exe',
    CommandLine: 'vssadmin delete shadows /for=C:',
  });
  const { data, options } = await eventsJob(
    { tenant: 'acme', source: 's', format: null, simulated: false },
    [line],
    now,
    `${sent}`,
  );
  await queues.add('events', data, options);
  await until('the detection', async () => (await acme.detections.count()) === sent);
}
const numbers = async () => (await acme.alerts.find({}, { sort: { number: 1 } })).map(({ number }) => number);
const openAlert = (number: number) => until(`alert ${number}`, async () => (await numbers()).includes(number));
/** Triage has nothing left to do. */
const settled = () =>
  until(
    'an empty queue',
    async () =>
      (await queues.queue('detections').getJobCounts('waiting', 'active')).waiting === 0 &&
      (await queues.queue('detections').getActiveCount()) === 0,
  );

beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme', [{ surface: 'terminal', channel: 'soc', lane: 'provider' }]);
  await addPerson(store, 'ana', 'Ana', [{ tenant: '*', role: 'analyst' }]);
  await addPerson(store, 'lea', 'Lea', [{ tenant: '*', role: 'lead' }]);
  const { matcher } = compileRules([{ file: 'r.yml', content: ruleText(1, 'delete shadows') }]);
  const tunings = liveTunings({ redis: queues.redis, prefix: queues.prefix, clock, log });
  const parts = { store, queues, formats: await loadFormats(), matcher, tunings, clock, log } as DetectParts;
  startDetect(parts);
  startTriage({ store, queues, clock });
  const answer = makeAnswer({ store, queues, commands: await loadCommands(), clock, log });
  say = async (user, text) =>
    renderText(await answer({ surface: 'terminal', user, channel: 'soc', thread: null, text, tenant: 'acme' }), {
      width: 300,
    });
});

// Workers finish what is in hand while the store is still open.
afterAll(() => queues.close());

describe('an exception, from the alert to its end', () => {
  it('counts in monitor mode, hides when active, and lets alerts through again when its time is over', async () => {
    await event();
    await openAlert(1);
    expect(await say('ana', 'close 1 false_positive the nightly backup')).toContain('Closed as false_positive');

    // What the alert shares, what it would have hidden, and why: from how the alert was closed.
    const proposed = await say('ana', 'tune 1');
    expect(proposed).toContain('E1 proposed, from alert 1');
    expect(proposed).toContain('1 of 1 detection');
    now += 2 * HOUR;
    expect(await say('ana', 'tune accept E1 monitor')).toContain('E1 counts from now on');

    // Counted, and heard of all the same.
    await event();
    await openAlert(2);
    expect(await say('ana', 'tune show E1')).toContain('0 detections hidden; 1 counted in monitor mode');

    // Only a lead lets it hide.
    expect(await say('ana', 'tune accept E1 active')).toContain('MDR_FORBIDDEN');
    expect(await say('lea', 'tune accept E1 active 30 days')).toContain('E1 hides from now on');
    now += 2 * HOUR;
    await event();
    await settled();
    expect(await numbers()).toEqual([1, 2]);
    expect(await say('ana', 'tune show E1')).toContain('1 detection hidden; 1 counted in monitor mode');

    // Somebody else doing the same is heard of.
    await event('CORP\\jane', 'ws07');
    await openAlert(3);
    expect((await acme.alerts.findOne({ number: 3 }))!.entity.value).toBe('ws07');

    // Over by the clock that events are processed by, without anybody doing anything.
    now += 31 * DAY;
    await event();
    await openAlert(4);
    const shown = await say('ana', 'tune show E1');
    expect(shown).toContain('Expired');
    for (const entry of [
      'Ana: Proposed from alert 1',
      'Ana: Counts from now on',
      'Lea: Hides from now on, for 30 days',
      'mdr: Its time is over',
    ])
      expect(shown).toContain(entry);
    expect(await acme.detections.count({ suppressed: { $ne: null } })).toBe(1);
  });

  it('a rule switched off in chat finds nothing from the next events on, and is found again when it is switched on', async () => {
    await store.rules.create({
      _id: 'x',
      pack: 'mdr',
      digest: 'd',
      id: '00000001-1111-4111-8111-111111111111',
      title: 'Rule 1',
      level: 'high',
      kind: 'detection',
    } as never);
    expect(await say('lea', 'rules disable 00000001 planned work')).toContain('Disabled');
    const before = await acme.detections.count();
    const { data, options } = await eventsJob(
      { tenant: 'acme', source: 's', format: null, simulated: false },
      [
        JSON.stringify({
          '@timestamp': new Date(now).toISOString(),
          Channel: 'Microsoft-Windows-Sysmon/Operational',
          EventID: 1,
          Hostname: 'x',
          CommandLine: 'delete shadows',
        }),
      ],
      now,
      'off',
    );
    await queues.add('events', data, options);
    await until(
      'the batch',
      async () =>
        (await queues.queue('events').getJobCounts('waiting', 'active')).waiting === 0 &&
        (await queues.queue('events').getActiveCount()) === 0,
    );
    expect(await acme.detections.count()).toBe(before);
    expect(await say('lea', 'rules enable 00000001 done')).toContain('Enabled');
    await event('CORP\\jane', 'ws08');
  });
});
