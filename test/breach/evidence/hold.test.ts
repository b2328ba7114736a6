import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../../engine/breach/evidence/custody.js';
import { askDisposal, finishDisposal, reviewDisposal, setKeep } from '../../../engine/breach/evidence/dispose.js';
import { holdEvidence, releaseEvidence, settleHolds } from '../../../engine/breach/evidence/holds.js';
import { readEvidence } from '../../../engine/breach/evidence/read.js';
import { isSigned, providerKey } from '../../../engine/breach/evidence/signing.js';
import { sweepEvidence } from '../../../engine/breach/evidence/sweep.js';
import type { EvidenceItem } from '../../../engine/store/evidenceitems.js';
import { NOW } from '../../commands/world.js';
import { ana, bo, doing, evidenceWorld, newCase } from './world.js';

const { store, desk, add, time } = await evidenceWorld();
const acme = desk.store;
const closed = async (): Promise<number> => {
  const number = await newCase(acme);
  await store.connection.collection('cases').updateOne({ tenant: 'acme', number }, { $set: { state: 'closed' } });
  return number;
};
const again = async ({ number }: EvidenceItem) => (await acme.evidenceItems.findOne({ number }))!;
const isThere = async (item: EvidenceItem) => {
  const now = await again(item);
  const all = await Promise.all(Array.from({ length: item.frames }, (_, at) => acme.vault.get(item.upload, at)));
  return now.state === 'kept' && now.key !== '' && all.every((frame) => frame !== null);
};
/** Kept until a moment ago, of a closed case: nothing but a hold is in the way. */
async function due(): Promise<EvidenceItem> {
  const { item } = await add(randomBytes(2_000_000), { case: await closed() });
  await setKeep(desk, item.number, NOW - 1, doing());
  return again(item);
}

describe('what is held', () => {
  it('goes by no function of the store or of the engine, whoever asks', async () => {
    const item = await due();
    await holdEvidence(desk, { kind: 'item', number: item.number }, doing());
    await askDisposal(desk, item.number, doing()).then(
      () => expect.unreachable(),
      (error) => expect(error).toMatchObject({ code: 'MDR_EVIDENCE_HELD', message: expect.stringContaining('h1') }),
    );
    const scoped = acme.evidenceItems as unknown as { deleteMany(filter: object): Promise<number> };
    await expect(scoped.deleteMany({ number: item.number })).rejects.toMatchObject({ code: 'MDR_EVIDENCE_HELD' });
    await expect(acme.vault.destroy(item.upload)).rejects.toMatchObject({ code: 'MDR_EVIDENCE_HELD' });
    for (const state of ['disposing', 'disposed'] as const) {
      expect(await acme.evidenceItems.update({ number: item.number }, { $set: { state } })).toBe(false);
      expect(await acme.evidenceItems.updateMany({ number: item.number }, { $set: { state } })).toBe(0);
      await acme.evidenceItems.upsert({ _id: item._id, held: [] }, { $set: { state } }).catch(() => {});
      await expect(
        acme.evidenceItems.updateEach([{ filter: { number: item.number }, change: { $set: { state } } }]),
      ).rejects.toThrow();
    }
    await sweepEvidence(desk);
    expect(await isThere(item)).toBe(true);
  });

  it('stays also when disposal was asked for, or agreed, before the hold came', async () => {
    const item = await due();
    await askDisposal(desk, item.number, doing(ana));
    await holdEvidence(desk, { kind: 'item', number: item.number }, doing());
    await expect(reviewDisposal(desk, item.number, doing(bo), true)).rejects.toMatchObject({
      code: 'MDR_EVIDENCE_HELD',
    });
    // As a process that read the item before the hold would go on.
    await store.connection
      .collection('evidence_items')
      .updateOne({ _id: item._id as never }, { $set: { state: 'disposing' } });
    await expect(finishDisposal(desk, await again(item))).rejects.toMatchObject({ code: 'MDR_EVIDENCE_HELD' });
    await sweepEvidence(desk);
    await store.connection
      .collection('evidence_items')
      .updateOne({ _id: item._id as never }, { $set: { state: 'kept' } });
    expect(await isThere(item)).toBe(true);
  });

  it('by its case: what is there, and what comes later', async () => {
    const number = await closed();
    const { item: first } = await add(randomBytes(10), { case: number });
    const hold = await holdEvidence(desk, { kind: 'case', number }, doing());
    const { item: second } = await add(randomBytes(10), { case: number });
    expect((await again(first)).held).toEqual([hold.id]);
    expect(second.held).toEqual([hold.id]);
  });

  it('also where the process that placed the hold died before it marked the items', async () => {
    const item = await due();
    await acme.keeping.addHold(
      {
        id: 'h77',
        why: 'court',
        by: 'ana',
        placed: NOW,
        from: null,
        until: null,
        of: { kind: 'item', number: item.number },
      },
      (await acme.keeping.holds()).length,
    );
    await expect(askDisposal(desk, item.number, doing())).rejects.toMatchObject({ code: 'MDR_EVIDENCE_HELD' });
    await settleHolds(desk);
    expect((await again(item)).held).toEqual(['h77']);
  });

  it('is released by two different people, and says so in its custody record', async () => {
    const item = await due();
    const hold = await holdEvidence(desk, { kind: 'item', number: item.number }, doing());
    expect(await releaseEvidence(desk, hold.id, doing(ana, 'settled'))).not.toHaveProperty('released');
    await expect(releaseEvidence(desk, hold.id, doing(ana, 'settled'))).rejects.toMatchObject({
      code: 'MDR_LAKE_HELD',
    });
    expect((await again(item)).held).toEqual([hold.id]);
    await releaseEvidence(desk, hold.id, doing(bo, 'yes'));
    expect((await again(item)).held).toEqual([]);
    const actions = (await acme.chainEntries.find({ chain: chainOf(item) }, { sort: { seq: 1 } })).map(
      ({ body }) => body.action,
    );
    expect(actions).toEqual(['collected', 'retention set', 'held', 'release asked', 'released']);
  });

  it('of two who agree at once, one releases it', async () => {
    const item = await due();
    const hold = await holdEvidence(desk, { kind: 'item', number: item.number }, doing());
    const both = await Promise.allSettled([ana, bo].map((by) => releaseEvidence(desk, hold.id, doing(by))));
    const released = both.filter((each) => each.status === 'fulfilled' && each.value.released);
    expect(released.length).toBeLessThanOrEqual(1);
    const { asked, released: end } = (await acme.keeping.holds()).find(({ id }) => id === hold.id)!;
    if (end) expect(end.by).not.toBe(asked!.by);
  });
});

describe('disposal', () => {
  it('waits for the end of retention and of the case', async () => {
    const { item } = await add(randomBytes(10));
    await expect(askDisposal(desk, item.number, doing())).rejects.toThrow('for good');
    await setKeep(desk, item.number, NOW + 1000, doing());
    await expect(askDisposal(desk, item.number, doing())).rejects.toThrow('is kept until');
    await setKeep(desk, item.number, NOW - 1, doing());
    await expect(askDisposal(desk, item.number, doing())).rejects.toThrow('case 1 is open');
  });

  it('goes by the tenant’s schedule where an item says nothing', async () => {
    const { item } = await add(randomBytes(10), { case: await closed() });
    await acme.keeping.setSchedule({ days: 30, why: 'contract', by: 'ana', at: NOW });
    await expect(askDisposal(desk, item.number, doing())).rejects.toThrow('contract');
    time.now += 31 * 86_400_000;
    await askDisposal(desk, item.number, doing());
    time.now = NOW;
    await acme.keeping.setSchedule(null);
  });

  it('takes two people, destroys key and bytes, and leaves the record with a signed certificate', async () => {
    const item = await due();
    await askDisposal(desk, item.number, doing(ana, 'retention is over'));
    await expect(reviewDisposal(desk, item.number, doing(ana), true)).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    expect(await isThere(item)).toBe(true);
    const gone = await reviewDisposal(desk, item.number, doing(bo), true);
    expect(gone).toMatchObject({ state: 'disposed', key: '', sha256: item.sha256 });
    expect(await acme.vault.get(item.upload, 0)).toBeNull();
    const { text, signature } = gone.certificate!;
    expect(JSON.parse(text)).toMatchObject({
      item: `EV${item.number}`,
      sha256: item.sha256,
      asked: { by: ana },
      approved: { by: bo },
    });
    const { publicKey } = await providerKey(desk);
    expect(isSigned(Buffer.from(text), signature, publicKey)).toBe(true);
    expect(isSigned(Buffer.from(`${text} `), signature, publicKey)).toBe(false);
    await expect(readEvidence(desk, gone, doing()).next()).rejects.toMatchObject({ code: 'MDR_EVIDENCE_STATE' });
  });

  it('can be refused', async () => {
    const item = await due();
    await askDisposal(desk, item.number, doing(ana));
    await reviewDisposal(desk, item.number, doing(bo, 'the appeal runs'), false);
    expect(await isThere(item)).toBe(true);
    await expect(reviewDisposal(desk, item.number, doing(bo), true)).rejects.toMatchObject({
      code: 'MDR_EVIDENCE_STATE',
    });
  });

  /** As it is when both have agreed, and the first frame is gone. */
  async function begun(disposal?: EvidenceItem['disposal']): Promise<EvidenceItem> {
    const item = await due();
    await askDisposal(desk, item.number, doing(ana));
    const asked = { by: ana, at: NOW, why: 'over' };
    const both = disposal === undefined ? { asked, approved: { by: bo, at: NOW } } : disposal;
    await acme.evidenceItems.update({ number: item.number }, { $set: { state: 'disposing', disposal: both } });
    await store.connection.collection('vault').deleteOne({ _id: `acme/${item.upload}/1` as never });
    return again(item);
  }
  const disposedEntries = async (item: EvidenceItem) =>
    (await acme.chainEntries.find({ chain: chainOf(item) })).filter(({ body }) => body.action === 'disposed');

  it('goes on after a crash in the middle', async () => {
    const item = await begun();
    await sweepEvidence(desk);
    expect(await again(item)).toMatchObject({ state: 'disposed' });
    expect(await acme.vault.get(item.upload, 0)).toBeNull();
  });

  it('cannot be refused any more while the bytes are being destroyed, nor afterwards', async () => {
    const item = await begun();
    const refusing = () => reviewDisposal(desk, item.number, doing(bo, 'no, wait'), false);
    await expect(refusing()).rejects.toMatchObject({
      code: 'MDR_EVIDENCE_STATE',
      message: expect.stringContaining('is being disposed of already'),
    });
    expect((await again(item)).disposal).toEqual(item.disposal);
    await sweepEvidence(desk);
    await expect(refusing()).rejects.toThrow('is disposed of already');
    const gone = await again(item);
    expect(JSON.parse(gone.certificate!.text)).toMatchObject({ asked: { by: ana }, approved: { by: bo } });
    expect(await disposedEntries(item)).toMatchObject([
      { body: { by: bo, why: 'over', more: { asked: ana, certificate: gone.certificate!.signature } } },
    ]);
  });

  it('killed between any two of its steps, it ends with one certificate, and its custody record says so once', async () => {
    const killed = (which: 'evidenceItems' | 'chainHeads', after: number) => {
      let count = 0;
      const update = async (...args: never[]) => {
        if (count++ >= after) throw new Error('killed');
        return (acme[which].update as (...of: never[]) => Promise<boolean>)(...args);
      };
      const part = Object.create(acme[which], { update: { value: update } });
      return { ...desk, store: { ...acme, [which]: part } };
    };
    for (const [which, after] of [
      ['evidenceItems', 0],
      ['chainHeads', 0],
      ['chainHeads', 1],
      ['evidenceItems', 1],
    ] as const) {
      const item = await begun();
      await expect(finishDisposal(killed(which, after), item), `${which} ${after}`).rejects.toThrow('killed');
      expect((await again(item)).state).toBe('disposing');
      time.now += 60_000;
      await sweepEvidence(desk);
      const gone = await again(item);
      expect(gone).toMatchObject({ state: 'disposed', key: '' });
      const entries = await disposedEntries(item);
      expect(entries.map(({ body }) => body.more)).toEqual([{ asked: ana, certificate: gone.certificate!.signature }]);
    }
    time.now = NOW;
  });

  it('ends also where nobody is named in the record any more, and names nobody then', async () => {
    const item = await begun(null);
    await sweepEvidence(desk);
    const gone = await again(item);
    expect(gone.state).toBe('disposed');
    expect(JSON.parse(gone.certificate!.text)).not.toHaveProperty('approved');
    expect(await disposedEntries(item)).toMatchObject([{ body: { by: { id: 'mdr' }, more: { asked: null } } }]);
  });
});
