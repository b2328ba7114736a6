import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CloseReason } from '../../engine/store/alerts.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { openRescore, rescored } from '../../engine/triage/rescore.js';
import { triage } from '../../engine/triage/stage.js';
import { liveVerdicts, together, verdictsOf, verdictsOver } from '../../engine/triage/trust.js';
import { readWeights, WEIGHTS } from '../../engine/triage/weights.js';
import { close, reopen } from '../../engine/triage/work.js';
import { addTenant, alertRecord, NOW } from '../commands/world.js';
import { detection, T0 } from '../support/detections.js';
import { testQueues, testStore } from '../support/services.js';

const ana = { id: 'ana', name: 'Ana Silva' };
const RULE = 'noisy';
let store: Store;
let acme: TenantStore;

async function judged(number: number, reason: CloseReason, at = NOW, simulated = false): Promise<void> {
  const share = { ...alertRecord(number).rules[0]!, id: RULE, title: 'Noisy rule', level: 'high' as const };
  await acme.alerts.insert(alertRecord(number, { rules: [share], level: 'high', score: 60, simulated }));
  await close(acme, number, ana, () => at, reason);
}

beforeAll(async () => {
  ({ store } = await testStore());
  acme = await addTenant(store, 'acme', 'Acme');
  await addTenant(store, 'zeta', 'Zeta');
  await judged(101, 'true_positive', Date.UTC(2026, 8, 30));
  for (const number of [102, 103, 104, 105]) await judged(number, 'false_positive');
  await judged(106, 'benign');
  await judged(107, 'duplicate');
  await judged(108, 'test');
  await judged(109, 'false_positive', NOW, true);
});

describe('verdicts', () => {
  it('are counted by rule, from real alerts that say something about it, of one tenant', async () => {
    expect(await verdictsOf(acme)).toEqual(new Map([[RULE, { real: 1, benign: 1, false: 4 }]]));
    const { months, weeks } = await verdictsOver(acme, RULE);
    expect(together(months)).toEqual((await verdictsOf(acme)).get(RULE));
    expect(await verdictsOver(acme, 'another')).toEqual({ months: [], weeks: [] });
    expect(await verdictsOf(await store.forTenant('zeta'))).toEqual(new Map());
    expect(weeks).toEqual([
      { monday: '2026-09-28', real: 1, benign: 0, false: 0 },
      { monday: '2026-11-23', real: 0, benign: 1, false: 4 },
    ]);
    expect(months).toEqual([
      { month: '2026-09', real: 1, benign: 0, false: 0 },
      { month: '2026-11', real: 0, benign: 1, false: 4 },
    ]);
  });

  it('are counted of a time, and of alerts with one rule, when that is asked', async () => {
    expect((await verdictsOf(acme, Date.UTC(2026, 9, 1))).get(RULE)).toEqual({ real: 0, benign: 1, false: 4 });
    expect(await verdictsOf(acme, NOW + 1)).toEqual(new Map());
    expect(await verdictsOf(acme, 0, 'another')).toEqual(new Map());
  });

  it('are taken back by reopening', async () => {
    await reopen(acme, 102, ana, () => NOW);
    expect((await verdictsOf(acme)).get(RULE)?.false).toBe(3);
    await close(acme, 102, ana, () => NOW, 'false_positive');
    expect((await verdictsOf(acme)).get(RULE)?.false).toBe(4);
  });

  it('are read again after half a minute, and not before', async () => {
    let now = 0;
    const live = liveVerdicts(() => now);
    const first = await live.forTenant(acme);
    now = 29_000;
    expect(await live.forTenant(acme)).toBe(first);
    now = 30_000;
    expect(await live.forTenant(acme)).not.toBe(first);
  });
});

describe('triage', () => {
  it('scores what comes next with them, the same however the detections are cut into batches', async () => {
    const { queues } = await testQueues();
    const hits = [0, 3, 7].map((at) => ({ ...detection(at, { rule: RULE, level: 'high' }), created: T0 }));
    await acme.detections.insertNew(hits);
    const parts = { store, queues, clock: () => NOW, verdicts: liveVerdicts(() => NOW) };
    for (const { _id } of hits) await triage(parts, 'acme', [_id]);
    const [grown] = await acme.alerts.find({ detections: 3, state: 'new' });
    // 4 + 1 of 4 + 1 + 2 + 4 + 0.5, in proportion to 4 of 6.
    const points = Math.round(60 * (5 / 11.5 / (4 / 6)));
    expect(grown).toMatchObject({ score: points, level: 'medium' });
    expect(grown!.reasons.map((reason) => reason.points)).toEqual([60, points - 60]);
    const again = (await openRescore(acme))(grown!).after;
    expect([again.score, again.reasons]).toEqual([grown!.score, grown!.reasons]);
  });
});

describe('other weights', () => {
  it('show what they would have done, of a period, and change nothing', async () => {
    const weights = { ...WEIGHTS, levels: { ...WEIGHTS.levels, high: 20 } };
    const before = await acme.alerts.find({});
    const found = [];
    for await (const each of rescored(acme, { from: 0, until: NOW + 1 }, weights)) found.push(each);
    expect(found.map(({ alert }) => alert.number)).toEqual(before.map(({ number }) => number).sort((a, b) => a - b));
    expect(found[0]!.after.score).toBeLessThan(20);
    expect(await acme.alerts.find({})).toEqual(before);
    for await (const _ of rescored(acme, { from: NOW + 1, until: NOW + 2 })) expect.unreachable();
  });

  it.each([
    ['no yaml', '{{', 'the file'],
    ['aliases', 'a: &a [1]\nb: *a\n', 'the file'],
    ['a number too large', JSON.stringify({ ...WEIGHTS, crownJewel: 1e9 }), 'crownJewel'],
    ['levels in the wrong order', JSON.stringify({ ...WEIGHTS, from: { ...WEIGHTS.from, low: 99 } }), 'from'],
    ['a word too many', JSON.stringify({ ...WEIGHTS, more: 1 }), 'the file'],
  ])('are refused: %s', async (_what, text, where) => {
    const folder = await mkdtemp(join(tmpdir(), 'mdr-weights-'));
    const path = join(folder, 'weights.yaml');
    await writeFile(path, text);
    expect(() => readWeights(path)).toThrowError(new RegExp(`weights: ${where}`));
    await rm(folder, { recursive: true });
  });
});
