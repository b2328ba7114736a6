import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { chainOf } from '../../../engine/breach/evidence/custody.js';
import { askDisposal, setKeep } from '../../../engine/breach/evidence/dispose.js';
import { evidenceOf } from '../../../engine/breach/evidence/export.js';
import { holdEvidence, releaseEvidence, settleHolds } from '../../../engine/breach/evidence/holds.js';
import { type EvidenceJob, worked } from '../../../engine/breach/evidence/work.js';
import { log } from '../../../engine/log.js';
import { mergeCases } from '../../../engine/respond/case/join.js';
import { linkAlert } from '../../../engine/respond/case/open.js';
import { alertRecord, NOW } from '../../commands/world.js';
import { testQueues } from '../../support/services.js';
import { ana, bo, doing, evidenceWorld, newCase, SECRET } from './world.js';

const { store, desk, add } = await evidenceWorld();
const { queues } = await testQueues();
const acme = desk.store;
const asking = () => ({ by: ana, clock: () => NOW, request: `r${Math.random()}` });
const cases = store.connection.collection('cases');
const close = (number: number) => cases.updateOne({ tenant: 'acme', number }, { $set: { state: 'closed' } });
const heldNow = async (number: number) => (await acme.evidenceItems.findOne({ number }))!.held;

let alerts = 100;
const newAlert = async (): Promise<number> => {
  await acme.alerts.insert(alertRecord(++alerts));
  return alerts;
};
const item = async (more: { case?: number | null; alert?: number }) => (await add(randomBytes(20), more)).item.number;

/** An older case, a younger one that went into it with its alert, and another; evidence of each. */
async function joined() {
  const [older, younger, other] = [await newCase(acme), await newCase(acme), await newCase(acme)];
  const alert = await newAlert();
  await linkAlert(acme, asking(), younger, alert);
  const items = {
    own: await item({ case: older }),
    taken: await item({ case: younger }),
    alert: await item({ case: null, alert }),
    other: await item({ case: other }),
  };
  await mergeCases(acme, asking(), older, younger, 'the same');
  return { older, younger, other, alert, items };
}

describe('a case that others went into', () => {
  let of: Awaited<ReturnType<typeof joined>>;
  beforeAll(async () => {
    of = await joined();
  });
  const numbersOf = async (what: Parameters<typeof evidenceOf>[1]) =>
    (await evidenceOf(acme, what)).items.map(({ number }) => number);

  it('is exported with their evidence and that of all its alerts, and nothing else', async () => {
    const { own, taken, alert } = of.items;
    expect(await numbersOf({ case: of.older })).toEqual([own, taken, alert]);
    expect(await numbersOf({ case: of.younger })).toEqual([taken]);
    expect(await numbersOf({ case: of.other })).toEqual([of.items.other]);
    expect(await numbersOf({ alert: of.alert })).toEqual([alert]);
  });

  it('keeps all of it from being disposed of while it is open', async () => {
    for (const number of [of.items.taken, of.items.alert]) {
      await setKeep(desk, number, NOW - 1, doing());
      await expect(askDisposal(desk, number, doing())).rejects.toThrow(`case ${of.older} is open`);
    }
    await close(of.older);
    for (const number of [of.items.taken, of.items.alert])
      expect((await askDisposal(desk, number, doing())).disposal).not.toBeNull();
  });

  it('is told what came of a job that was given for one of them', async () => {
    const { older, younger, items } = await joined();
    const job: EvidenceJob = {
      ...{
        kind: 'verify',
        case: younger,
        alert: null,
        items: [items.taken],
        by: ana,
        why: 'a check',
        where: 'slack:C1',
      },
      request: 'told',
    };
    const parts = { store, queues, clock: () => NOW, log, secret: SECRET, folder: '/nowhere' };
    await worked(parts, { tenant: 'acme', job }, false);
    const { log: entries } = (await acme.cases.findOne({ number: older }))!;
    expect(entries.at(-1)).toMatchObject({ kind: 'note', text: expect.stringContaining(`EV${items.taken} is whole`) });
    const [change] = await queues.queue('changes').getJobs(['waiting']);
    expect(change!.data).toEqual({ tenant: 'acme', kind: 'case', number: older });
  });
});

describe('a hold on a case', () => {
  it('is on what went into it, on its alerts, and on what comes to any of them later', async () => {
    const { older, younger, alert, items } = await joined();
    const { id } = await holdEvidence(desk, { kind: 'case', number: older }, doing());
    for (const number of [items.own, items.taken, items.alert]) expect(await heldNow(number)).toEqual([id]);
    expect(await heldNow(items.other)).toEqual([]);
    expect(await heldNow(await item({ case: younger }))).toEqual([id]);
    expect(await heldNow(await item({ case: null, alert }))).toEqual([id]);
  });

  it('comes onto evidence of a case that goes into it, before the sweep too', async () => {
    const [older, younger] = [await newCase(acme), await newCase(acme)];
    const number = await item({ case: younger });
    const { id } = await holdEvidence(desk, { kind: 'case', number: older }, doing());
    await setKeep(desk, number, NOW - 1, doing());
    await mergeCases(acme, asking(), older, younger, 'the same');
    await expect(askDisposal(desk, number, doing())).rejects.toMatchObject({ code: 'MDR_EVIDENCE_HELD' });
    await settleHolds(desk);
    expect(await heldNow(number)).toEqual([id]);
  });

  it('goes by its release also from what belongs elsewhere by then', async () => {
    const { older, alert, other, items } = await joined();
    const { id } = await holdEvidence(desk, { kind: 'case', number: older }, doing());
    await acme.alerts.update({ number: alert }, { $set: { case: other } });
    await settleHolds(desk);
    expect(await heldNow(items.alert)).toEqual([id]);
    await releaseEvidence(desk, id, doing(ana, 'settled'));
    await releaseEvidence(desk, id, doing(bo, 'yes'));
    for (const number of [items.own, items.taken, items.alert]) expect(await heldNow(number)).toEqual([]);
    const entries = await acme.chainEntries.find({ chain: chainOf({ number: items.alert }) }, { sort: { seq: 1 } });
    expect(entries.map(({ body }) => body.action)).toEqual(['collected', 'held', 'release asked', 'released']);
  });
});

it('an alert that went into another belongs to that one’s case; and a ring of merged cases ends', async () => {
  const [one, two] = [await newCase(acme), await newCase(acme)];
  const [gone, heir] = [await newAlert(), await newAlert()];
  await linkAlert(acme, asking(), two, heir);
  await acme.alerts.update({ number: gone }, { $set: { mergedInto: heir } });
  await cases.updateOne({ tenant: 'acme', number: one }, { $set: { mergedInto: two } });
  await cases.updateOne({ tenant: 'acme', number: two }, { $set: { mergedInto: one } });
  const number = await item({ case: null, alert: gone });
  for (const of of [one, two])
    expect((await evidenceOf(acme, { case: of })).items.map((each) => each.number)).toEqual([number]);
});
