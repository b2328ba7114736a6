import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import investigate from '../../commands/investigate.js';
import type { Context } from '../../commands/types.js';
import { investigated, latest, wantInvestigations } from '../../engine/investigate/work.js';
import { openLake } from '../../engine/lake/index.js';
import { log } from '../../engine/log.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { triage } from '../../engine/triage/stage.js';
import { detection, T0 } from '../support/detections.js';
import { testQueues, testStore } from '../support/services.js';

let now = T0;
const clock = () => now;
const root = await mkdtemp(join(tmpdir(), 'mdr-investigating-'));
const lake = openLake(root);
let store: Store;
let queues: Queues;
let scope: TenantStore;
afterAll(async () => {
  lake.close();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  for (const id of ['acme', 'other'])
    await store.tenants.create({ _id: id, name: id, profile: profileSchema.parse({}), channels: [], created: T0 });
  scope = await store.forTenant('acme');
});

const seen = async (...detections: ReturnType<typeof detection>[]) => {
  await scope.detections.insertNew(detections);
  await triage(
    { store, queues, clock },
    'acme',
    detections.map(({ _id }) => _id),
  );
};
const run = (number = 1, tenant = 'acme') =>
  investigated({ store, queues, lake, clock, log }, { tenant, number, by: null });
const waiting = async () =>
  (await queues.queue('investigations').getJobs(['delayed', 'waiting'])).map(({ data, opts }) => [
    data.number,
    opts.delay ?? 0,
  ]);

describe('an alert that is grave enough', () => {
  it('is investigated by itself, once for all that changes meanwhile; a lesser one is not', async () => {
    await seen(detection(0), detection(1, { rule: 'r2' }));
    await seen(detection(2, { rule: 'r3' }));
    expect(await waiting()).toEqual([[1, 60_000]]);
    await queues.queue('investigations').obliterate({ force: true });
    await wantInvestigations(queues, 'acme', [{ ...(await scope.alerts.findOne({ number: 1 }))!, level: 'low' }]);
    expect(await waiting()).toEqual([]);
  });

  it('keeps what was found, tells its thread, and adds nothing when nothing is new', async () => {
    await seen(detection(0, { tactics: ['execution'] }), detection(1, { rule: 'r2', tactics: ['impact'] }));
    expect(await run()).toMatchObject({ version: 1, alert: 1, by: { id: 'mdr' } });
    expect(await run()).toMatchObject({ version: 1 });
    const entries = (await scope.alerts.findOne({ number: 1 }))!.log.filter(({ kind }) => kind === 'investigated');
    expect(entries.map(({ text }) => text)).toEqual(['Version 1: 2 steps on 1 host in 1 minute, 2 tactics']);
    await seen(detection(5, { rule: 'r9', tactics: ['exfiltration'] }));
    expect((await waiting()).at(-1)).toEqual([1, 60_000]);
    now += 60_000;
    expect(await run()).toMatchObject({ version: 2 });
    expect((await latest(scope, 1))!.investigation.chain).toHaveLength(3);
  });

  it('is among the gravest of a storm, or waits to be asked for', async () => {
    await seen(detection(0));
    const one = (await scope.alerts.findOne({ number: 1 }))!;
    const many = Array.from({ length: 150 }, (_, i) => ({ ...one, number: 10 + i, score: i % 100 }));
    await wantInvestigations(queues, 'acme', many);
    const numbers = (await waiting()).map(([number]) => number);
    expect(numbers).toHaveLength(100);
    expect(numbers).toContain(10 + 99);
    expect(numbers).not.toContain(10);
  });

  it('of another tenant is none', async () => {
    await seen(detection(0));
    expect(await run(1, 'other')).toBeNull();
    expect(await (await store.forTenant('other')).reports.count()).toBe(0);
  });
});

describe('/mdr investigate', () => {
  const context = (more: Partial<Context> = {}): Context =>
    ({
      ...{ tenant: scope, queues, clock, alert: null, internal: true, role: 'analyst', commands: [] },
      person: { _id: 'ana', name: 'Ana' },
      people: async () => [],
      ...more,
    }) as unknown as Context;

  it('begins one, shows what is known, and begins anew when asked again', async () => {
    await seen(detection(0, { ecs: { 'process.command_line': '<!channel> **x** <b>' } }));
    await queues.queue('investigations').obliterate({ force: true });
    expect(await investigate.run(context(), ['1'])).toMatchObject({ title: 'Alert 1 is being investigated' });
    expect(await waiting()).toEqual([[1, 0]]);
    await run();
    const card = await investigate.run(context(), ['1']);
    expect(card.title).toBe('Investigation of alert 1: Rule r1 on ws01');
    expect(JSON.stringify(card.blocks)).toContain('Attack chain');
    expect(await investigate.run(context(), ['1', 'again'])).toMatchObject({ title: 'Alert 1 is being investigated' });
    await expect(investigate.run(context(), ['1', 'now'])).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(investigate.run(context(), ['9'])).rejects.toMatchObject({ code: 'MDR_ALERT_UNKNOWN' });
  });

  it('is the provider’s: not where the customer reads', async () => {
    await seen(detection(0));
    await expect(investigate.run(context({ internal: false }), ['1'])).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
  });
});
