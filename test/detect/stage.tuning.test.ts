import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { compileRules } from '../../engine/detect/index.js';
import { type DetectParts, detect } from '../../engine/detect/stage.js';
import { eventsJob } from '../../engine/ingest/batch.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { log } from '../../engine/log.js';
import type { TenantStore } from '../../engine/store/index.js';
import { Scoped } from '../../engine/store/scoped.js';
import { triage } from '../../engine/triage/stage.js';
import { liveTunings, tuningChanged } from '../../engine/triage/tune/live.js';
import { tuneRule } from '../../engine/triage/tune/rules.js';
import { accept, DAY_MS, propose, revoke } from '../../engine/triage/tune/work.js';
import { addTenant, NOW } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';

const RULE = `title: Shadow copies deleted
id: 11111111-1111-4111-8111-111111111111
logsource: { product: windows, category: process_creation }
level: high
detection:
  sel: { CommandLine|contains: delete shadows }
  condition: sel
`;
const rule = { id: '11111111-1111-4111-8111-111111111111', title: 'Shadow copies deleted', level: 'high' as const };
const ana = { id: 'ana', name: 'Ana' };
let now = NOW;
const clock = () => now;
let parts: DetectParts;
let acme: TenantStore;
let zeta: TenantStore;
let batch = 0;

const line = (n: number, user = 'CORP\\svc') =>
  JSON.stringify({
    '@timestamp': '2026-11-24T09:00:00.000Z',
    Hostname: 'srv01',
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventID: 1,
    RecordNumber: n,
    Image: 'C:\\Windows\\System32\\vssadmin.exe',
    CommandLine: 'vssadmin delete shadows /all',
    User: user,
  });
const run = async (lines: string[], tenant = 'acme', id = `b${batch++}`) => {
  const { data } = await eventsJob({ tenant, source: 's', format: null, simulated: false }, lines, now, id);
  await detect(parts, data, id);
};
const handedOn = async () =>
  (await parts.queues.queue('detections').getJobs(['waiting'])).flatMap(({ data }) => data.ids);
const changed = (tenant = 'acme') => tuningChanged(parts.queues.redis, parts.queues.prefix, tenant);
const exception = async (as: 'monitor' | 'active') => {
  const conditions = [{ key: 'User', values: ['CORP\\svc'] }];
  const { _id, number } = await propose(acme, { rules: [rule], conditions, reason: 'x', alert: null }, ana, clock);
  await accept(acme, number, ana, clock, { as, reason: '', days: 90, broad: [], truePositives: 0, anyway: false });
  await changed();
  return { _id, number };
};

beforeAll(async () => {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const { matcher } = compileRules([{ file: 'r.yml', content: RULE }]);
  const tunings = liveTunings({ redis: queues.redis, prefix: queues.prefix, clock, log });
  parts = { store, queues, formats: await loadFormats(), matcher, tunings, clock, log } as DetectParts;
  acme = await addTenant(store, 'acme', 'Acme');
  zeta = await addTenant(store, 'zeta', 'Zeta');
});
beforeEach(async () => {
  now = NOW;
  for (const scope of [acme, zeta]) await scope.detections.deleteMany({});
  await acme.exceptions.deleteMany({});
  await acme.ruleTunings.deleteMany({});
  await changed();
  await parts.queues.queue('detections').drain();
});

describe('tuning in the worker', () => {
  it('a disabled rule finds nothing for that tenant from the next batch on, and everything for others', async () => {
    await run([line(1)]);
    await tuneRule(acme, rule, ana, clock, 'noise', (was) => ({ ...was, disabled: true }));
    await changed();
    await run([line(2)]);
    await run([line(2)], 'zeta');
    expect(await acme.detections.count()).toBe(1);
    expect(await zeta.detections.count()).toBe(1);
  });

  it("a level of the tenant's own is what its detections have", async () => {
    await tuneRule(acme, rule, ana, clock, 'minor', (was) => ({ ...was, level: 'low' }));
    await changed();
    await run([line(1)]);
    await run([line(1)], 'zeta');
    expect((await acme.detections.find())[0]!.rule.level).toBe('low');
    expect((await zeta.detections.find())[0]!.rule.level).toBe('high');
  });

  it('an exception in monitor mode marks and hands on; an active one stores, marks and does not hand on', async () => {
    const { _id, number } = await exception('monitor');
    await run([line(1), line(2, 'CORP\\jane')]);
    expect(await acme.detections.count({ monitored: _id })).toBe(1);
    expect(await handedOn()).toHaveLength(2);
    await accept(acme, number, ana, clock, {
      as: 'active',
      reason: '',
      days: 1,
      broad: [],
      truePositives: 0,
      anyway: false,
    });
    await changed();
    await parts.queues.queue('detections').drain();
    await run([line(3), line(4, 'CORP\\jane')]);
    expect(await acme.detections.count({ suppressed: _id })).toBe(1);
    expect(await handedOn()).toHaveLength(1);

    // Its time is over: by the clock of the worker, without anybody telling it.
    now = NOW + DAY_MS;
    await run([line(5)]);
    expect(await acme.detections.count({ suppressed: _id })).toBe(1);
    expect(await handedOn()).toHaveLength(2);
    expect((await acme.exceptions.findOne({ number }))?.state).toBe('expired');
  });

  it('a batch run again after a crash keeps to what was decided the first time', async () => {
    const { number } = await exception('active');
    await run([line(1)], 'acme', 'again');
    await revoke(acme, number, ana, clock, 'x');
    await changed();
    await run([line(1)], 'acme', 'again');
    expect(await triage(parts, 'acme', await handedOn())).toEqual([]);

    await run([line(2)], 'acme', 'other');
    await parts.queues.queue('detections').drain();
    await exception('active');
    await run([line(2)], 'acme', 'other');
    expect(await triage(parts, 'acme', await handedOn())).toHaveLength(1);
  });

  it('asks Redis once a batch, and the store only when something changed', async () => {
    await run([line(1)]);
    const find = vi.spyOn(Scoped.prototype, 'find');
    for (let i = 2; i < 6; i++) await run([line(i)]);
    expect(find).not.toHaveBeenCalled();
    await changed();
    await run([line(7)]);
    expect(find).toHaveBeenCalled();
    find.mockRestore();
  });
});
