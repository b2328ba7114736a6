import { beforeEach, describe, expect, it } from 'vitest';
import type { Queues } from '../../engine/queues.js';
import type { Detection } from '../../engine/store/detections.js';
import type { Store } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { triage } from '../../engine/triage/stage.js';
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
});
