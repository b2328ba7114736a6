import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoIntrusion, demoTenant } from '../../bin/demo/content.js';
import { type DemoEvent, demoEvents } from '../../bin/demo/scenario.js';
import { detectionsOf, eventIdOf } from '../../engine/detect/found.js';
import { loadRules, ownRules } from '../../engine/detect/index.js';
import { TACTICS } from '../../engine/detect/types.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { attack } from '../../engine/investigate/attack.js';
import { investigate } from '../../engine/investigate/index.js';
import { measures } from '../../engine/investigate/mitigation.js';
import type { Investigation } from '../../engine/investigate/types.js';
import { writeParquet } from '../../engine/lake/bulk.js';
import { openLake, type TenantLake } from '../../engine/lake/index.js';
import type { LakeEvent } from '../../engine/lake/pack.js';
import type { TenantStore } from '../../engine/store/index.js';
import { triage } from '../../engine/triage/stage.js';
import { testQueues, testStore } from '../support/services.js';

const START = Date.UTC(2026, 10, 20, 9);
const clock = () => START + 3_600_000;
const folders: string[] = [];
let scope: TenantStore;
let lake: TenantLake;
let events: (DemoEvent & { id: string })[];

/** The demo's intrusion as it would be after the worker has seen all of it: detections, alerts, and a lake. */
async function intrusion(order: (ids: string[]) => string[] = (ids) => ids): Promise<TenantStore> {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const { id, name, profile } = demoTenant();
  await store.tenants.create({ _id: id, name, profile, channels: [], created: START });
  const tenant = await store.forTenant(id);
  const [formats, { matcher }] = await Promise.all([loadFormats(), loadRules([ownRules])]);
  const recogniser = formats.recogniser();
  const inLake: LakeEvent[] = [];
  const detections: ReturnType<typeof detectionsOf> = [];
  events = demoEvents({ start: START, seed: 3 }).map((event) => {
    const { line, source } = event;
    const read = recogniser.read(line, null, START);
    const seen = { tenant: id, source, format: read.format.name, line, parsed: read.parsed, simulated: true };
    detections.push(...detectionsOf(seen, [...matcher.match(read.parsed)]));
    inLake.push({ ...lakeEvent(seen), id: eventIdOf(seen) });
    return { ...event, id: eventIdOf(seen) };
  });
  await tenant.detections.insertNew(detections.map((each) => ({ ...each, created: START })));
  const ids = order(detections.map(({ _id }) => _id));
  for (let from = 0; from < ids.length; from += 50)
    await triage({ store, queues, clock }, id, ids.slice(from, from + 50));
  const root = await mkdtemp(join(tmpdir(), 'mdr-investigate-'));
  folders.push(root);
  await writeParquet(root, id, inLake);
  lake = openLake(root).forTenant(id);
  return tenant;
}

const lakeEvent = ({
  source,
  format,
  line,
  parsed,
  simulated,
}: {
  source: string;
  format: string;
  line: string;
  parsed: LakeEvent['parsed'];
  simulated: boolean;
}) => ({ source, format, original: line, parsed, simulated }) as Omit<LakeEvent, 'id'>;

const worstOf = async (tenant: TenantStore) => {
  const alerts = await tenant.alerts.find({ mergedInto: { $exists: false } }, { sort: { number: 1 } });
  // The first of its campaign, whatever its number is.
  return alerts.reduce((a, b) => (b.first < a.first && b.level === 'critical' ? b : a));
};
const made = async (tenant = scope, from: TenantLake | null = lake): Promise<Investigation> =>
  investigate({ store: tenant, lake: from, clock }, (await worstOf(tenant)).number);

beforeAll(async () => {
  scope = await intrusion();
}, 120_000);
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('the demo’s intrusion', () => {
  it('gives a chain with every one of its tactics in the order in which they happened, and no step that is not in the data', async () => {
    const { chain } = await made();
    const wanted: string[] = [];
    for (const { tactic } of demoIntrusion().steps) if (!wanted.includes(tactic)) wanted.push(tactic);
    const found = chain.flatMap(({ tactics }) => tactics);
    for (const tactic of wanted) expect(found, tactic).toContain(tactic);
    const firsts = wanted.map((tactic) => chain.findIndex(({ tactics }) => tactics.includes(tactic)));
    const expected = wanted.map((tactic) => {
      const step = demoIntrusion().steps.find((each) => each.tactic === tactic)!;
      return Math.min(...events.filter((event) => event.step === step.id).map(({ time }) => time));
    });
    for (const [i, at] of firsts.entries())
      expect(chain[at]!.first, wanted[i]!).toBeLessThanOrEqual(expected[i]! + 600_000);
    expect(chain.map(({ first }) => first)).toEqual(chain.map(({ first }) => first).toSorted((a, b) => a - b));
    const known = new Map(events.map((event) => [event.id, event]));
    for (const step of chain) {
      expect(step.events.length).toBeGreaterThan(0);
      for (const id of step.events) expect(known.get(id), `${step.title}: ${id}`).toBeDefined();
    }
  });

  it('says nothing that no event says: every link leads to an event of this tenant', async () => {
    const found = await made();
    const known = new Map(events.map((event) => [event.id, event]));
    const { chain, who, what, when, how, impact, blast, observables } = found;
    const resting = [
      ...chain,
      ...who,
      ...what,
      ...when,
      ...how,
      ...impact,
      ...blast.touched,
      ...blast.reachable,
      ...observables,
    ];
    expect(resting.length).toBeGreaterThan(60);
    for (const each of resting) {
      expect(each.events.length, JSON.stringify(each)).toBeGreaterThan(0);
      for (const id of each.events) {
        expect(found.events[id], JSON.stringify(each)).toBeDefined();
        expect(Math.abs(found.events[id]!.time - known.get(id)!.time)).toBeLessThan(2000);
      }
    }
    for (const part of [who, what, when, how, impact]) expect(part.length).toBeGreaterThan(0);
  });

  it('knows what was touched, what could be next, and what it could cost', async () => {
    const { blast, impact, mitigation, spent } = await made();
    const jewels = blast.touched.filter(({ crownJewel }) => crownJewel).map(({ entity }) => entity.value);
    expect(jewels).toEqual(expect.arrayContaining(['tw-dc-01', 'tw-fs-01']));
    const words = impact.map(({ text }) => text).join('\n');
    expect(words).toContain('domain controller');
    expect(words).toContain('GDPR Art. 33');
    expect(mitigation.filter(({ when }) => when === 'now').length).toBeGreaterThan(2);
    expect(mitigation.some(({ mitigations }) => mitigations.length > 0)).toBe(true);
    // Nobody can disable the accounts that every machine has.
    const advice = mitigation.filter(({ mitigations }) => mitigations.length === 0).map(({ text }) => text);
    expect(advice.join('\n')).toContain('svc-backup');
    expect(advice.join('\n')).not.toMatch(/\b(localsystem|system|root)\b(?!\.)/);
    expect(blast.touched.filter(({ entity }) => ['system', 'localsystem'].includes(entity.value))).toEqual([]);
    expect(spent.queries).toBeGreaterThan(2);
    expect(spent.cut).toEqual([]);
  });

  it('is the same whatever order its detections came in', async () => {
    const again = await intrusion((ids) => [...ids].reverse());
    const [one, other] = [await made(), await made(again)];
    const bare = ({ chain, who, what, when, how, blast, impact, observables, score }: Investigation) => ({
      chain,
      who,
      what,
      when,
      how,
      blast,
      impact,
      observables,
      score,
    });
    expect(bare(other)).toEqual(bare(one));
  }, 60_000);

  it('does without a lake, and within a budget says what it did not ask for', async () => {
    const bare = await made(scope, null);
    expect(bare.chain.length).toBeGreaterThan(20);
    const { number } = await worstOf(scope);
    const short = await investigate(
      { store: scope, lake, clock, budget: { queries: 1, ms: 9000, rows: 2000 } },
      number,
    );
    expect(short.spent.queries).toBe(1);
    expect(short.spent.cut.join('\n')).toContain('the budget was spent');
  });

  it('refuses an alert that there is not', async () => {
    await expect(investigate({ store: scope, lake, clock }, 999)).rejects.toMatchObject({ code: 'MDR_ALERT_UNKNOWN' });
  });
});

describe('what is known of ATT&CK', () => {
  it('is there with its notice, and measures are of its tactics', () => {
    expect(attack().notice).toContain('MITRE');
    expect(attack().techniques['T1003.001']).toEqual(['LSASS Memory', expect.arrayContaining(['M1027'])]);
    for (const tactic of Object.keys(measures()))
      expect([...TACTICS, 'defense-impairment', 'stealth']).toContain(tactic);
  });
});
