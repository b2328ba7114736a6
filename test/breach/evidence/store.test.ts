import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../../engine/audit/verify.js';
import { addEvidence } from '../../../engine/breach/evidence/add.js';
import { chainOf } from '../../../engine/breach/evidence/custody.js';
import { FRAME_BYTES } from '../../../engine/breach/evidence/frames.js';
import { readEvidence, verifyEvidence } from '../../../engine/breach/evidence/read.js';
import { sweepEvidence } from '../../../engine/breach/evidence/sweep.js';
import { handOver, takeOver } from '../../../engine/breach/evidence/transfer.js';
import { seeded } from '../../../engine/hunt/stats.js';
import type { EvidenceItem } from '../../../engine/store/evidenceitems.js';
import { about, ana, bo, doing, evidenceWorld, hex, inChunks, newCase } from './world.js';

const { store, desk, other, add, time } = await evidenceWorld();
const acme = desk.store;
/** As whoever has the database can reach it: past everything of ours. */
const frames = store.connection.collection<{ _id: string; data: unknown }>('vault');
const items = store.connection.collection<EvidenceItem>('evidence_items');
const entries = store.connection.collection('chain_entries');

async function bytesOf(item: EvidenceItem): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of readEvidence(desk, item, doing())) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
const custody = async (item: EvidenceItem) =>
  (await acme.chainEntries.find({ chain: chainOf(item) }, { sort: { seq: 1 } })).map(({ body }) => body);
const faultsOf = async (item: EvidenceItem) =>
  (await verifyEvidence(desk, (await items.findOne({ _id: item._id }))!, doing())).faults;

describe('what comes in', () => {
  it.each([0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 2.5 * FRAME_BYTES])(
    'is kept to the byte, with its hashes, encrypted: %d bytes',
    async (size) => {
      const bytes = randomBytes(size);
      const { item, isNew } = await add(bytes);
      expect(isNew).toBe(true);
      const hashes = Object.fromEntries((['sha256', 'sha1', 'md5'] as const).map((name) => [name, hex(name, bytes)]));
      expect(item).toMatchObject({
        state: 'kept',
        size,
        ...hashes,
        frames: Math.max(1, Math.ceil(size / FRAME_BYTES)),
      });
      expect((await bytesOf(item)).equals(bytes)).toBe(true);
      expect(await faultsOf(item)).toEqual([]);
    },
  );

  it('is nowhere in the database as it was', async () => {
    const marker = 'a sentence that nobody else has written';
    const { item } = await add(Buffer.from(marker.repeat(100)));
    const kept = await frames.findOne({ _id: `acme/${item.upload}/0` });
    expect(Buffer.from((kept!.data as { buffer: Uint8Array }).buffer).includes(marker)).toBe(false);
    expect(JSON.stringify(await items.findOne({ _id: item._id }))).not.toContain(marker);
  });

  it('whatever sizes the pieces have', async () => {
    const random = seeded(3);
    for (let round = 0; round < 12; round++) {
      const bytes = randomBytes(Math.floor(random() * 3 * FRAME_BYTES));
      const { item } = await addEvidence(desk, inChunks(bytes, 1 + Math.floor(random() * 2 * FRAME_BYTES)), about());
      expect((await bytesOf(item)).equals(bytes)).toBe(true);
    }
  });

  it('is known when the same comes again: the same request, and the same bytes for the same case', async () => {
    const bytes = randomBytes(1000);
    const first = await add(bytes, { request: 'once' });
    const again = await add(bytes, { request: 'once' });
    expect(again).toMatchObject({ isNew: false, item: { number: first.item.number } });
    const twin = await add(bytes, { by: bo, request: 'other' });
    expect(twin).toMatchObject({ isNew: false, item: { number: first.item.number } });
    expect((await custody(first.item)).map(({ action }) => action)).toEqual(['collected', 'received again']);
    const elsewhere = await add(bytes, { case: await newCase(acme) });
    expect(elsewhere).toMatchObject({ isNew: true, item: { sameAs: [first.item.number] } });
  });

  it('is nothing at all when it is too large, or the source fails', async () => {
    const before = await frames.countDocuments();
    await expect(add(randomBytes(3 * FRAME_BYTES), { most: 2 * FRAME_BYTES })).rejects.toMatchObject({
      code: 'MDR_BODY_TOO_LARGE',
    });
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield randomBytes(2 * FRAME_BYTES);
      throw new Error('the line is dead');
    }
    await expect(addEvidence(desk, broken(), about())).rejects.toThrow('the line is dead');
    expect(await frames.countDocuments()).toBe(before);
    expect(await acme.evidenceItems.count({ state: 'uploading' })).toBe(0);
  });

  it('needs a case, a how and a why, and a key of the service', async () => {
    await expect(add(Buffer.from('x'), { case: 99 })).rejects.toMatchObject({ code: 'MDR_CASE_UNKNOWN' });
    await expect(add(Buffer.from('x'), { case: null })).rejects.toMatchObject({ code: 'MDR_EVIDENCE_BAD' });
    await expect(add(Buffer.from('x'), { why: ' ' })).rejects.toMatchObject({ code: 'MDR_EVIDENCE_BAD' });
    const keyless = addEvidence({ ...desk, secret: undefined }, inChunks(Buffer.from('x')), about());
    await expect(keyless).rejects.toMatchObject({ code: 'MDR_SECRET' });
  });

  it('has a name that is only ever shown', async () => {
    const { item } = await add(Buffer.from('n'), { name: '../../etc/\u202Epass\u0000wd' });
    expect(item.name).toBe('passwd');
  });

  it('is the tenant’s own', async () => {
    const { item } = await add(randomBytes(10));
    expect(await other.store.evidenceItems.findOne({ _id: item._id })).toBeNull();
    expect(await other.store.vault.get(item.upload, 0)).toBeNull();
  });
});

describe('an upload that broke off', () => {
  async function halfway() {
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield randomBytes(FRAME_BYTES * 2);
      await held;
      yield randomBytes(10);
    }
    const upload = addEvidence(desk, slow(), about({ request: 'slow' })).then(
      (added) => added,
      (error) => error,
    );
    await expect.poll(async () => (await items.findOne({ state: 'uploading' }))?.upload ?? '').not.toBe('');
    const item = (await items.findOne({ state: 'uploading' }))!;
    await expect.poll(() => frames.countDocuments({ _id: `acme/${item.upload}/0` })).toBe(1);
    return { item, go, upload };
  }

  it('is no evidence, is swept once nobody gives a sign of life, and cannot be completed then', async () => {
    const { item, go, upload } = await halfway();
    await sweepEvidence(desk);
    expect((await items.findOne({ _id: item._id }))!.state).toBe('uploading');
    time.now += 10 * 60_000;
    await sweepEvidence(desk);
    expect((await items.findOne({ _id: item._id }))!.state).toBe('abandoned');
    go();
    expect(await upload).toMatchObject({ code: 'MDR_CONFLICT' });
    await sweepEvidence(desk);
    expect(
      await frames.countDocuments({ _id: { $in: [0, 1, 2].map((at) => `acme/${item.upload}/${at}`) } as never }),
    ).toBe(0);
    const again = await add(Buffer.from('the whole of it'), { request: 'slow' });
    expect(again).toMatchObject({ isNew: true, item: { number: item.number, state: 'kept' } });
  });
});

describe('custody', () => {
  it('says who, what, when, where, how, why, from whom and to whom, read by read', async () => {
    const { item } = await add(randomBytes(100));
    await bytesOf(item);
    await handOver(desk, item.number, bo, doing(ana, 'to the laboratory'), false);
    await expect(takeOver(desk, item.number, doing(ana), true)).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    await takeOver(desk, item.number, doing(bo, 'for analysis'), true);
    await expect(handOver(desk, item.number, bo, doing(ana), false)).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    expect(await custody(item)).toMatchObject([
      {
        action: 'collected',
        by: ana,
        from: 'Jane Roe',
        where: 'host ws01',
        how: 'dd 9.4 over a write blocker',
        to: ana,
      },
      { action: 'read', by: ana, where: 'slack:C1', why: 'the court asks' },
      { action: 'handed over', by: ana, from: ana, to: bo, why: 'to the laboratory' },
      { action: 'taken over', by: bo, from: ana, to: bo, why: 'for analysis' },
    ]);
    expect(await acme.evidenceItems.findOne({ number: item.number })).toMatchObject({ holder: bo, transfer: null });
  });

  it('is begun by whoever comes next, when the process died right after the last byte', async () => {
    const { item } = await add(randomBytes(100));
    await items.updateOne({ _id: item._id }, { $set: { begun: false } });
    await entries.deleteMany({ chain: chainOf(item) });
    await store.connection.collection('chain_heads').deleteMany({ name: chainOf(item) });
    await sweepEvidence(desk);
    expect((await custody(item)).map(({ action }) => action)).toEqual(['collected']);
    expect(await faultsOf(item)).toEqual([]);
  });
});

describe('tampering in the database is found and named', () => {
  const idOf = (item: EvidenceItem, at: number) => `acme/${item.upload}/${at}`;
  async function three(): Promise<EvidenceItem> {
    return (await add(randomBytes(2 * FRAME_BYTES + 500))).item;
  }
  const dataOf = async (item: EvidenceItem, at: number) => {
    const { data } = (await frames.findOne({ _id: idOf(item, at) }))!;
    return Buffer.from((data as { buffer: Uint8Array }).buffer);
  };

  it('one bit of the bytes', async () => {
    const item = await three();
    const data = await dataOf(item, 1);
    data[777]! ^= 1;
    await frames.updateOne({ _id: idOf(item, 1) }, { $set: { data } });
    expect(await faultsOf(item)).toEqual([
      `EV${item.number}: frame 1 (from byte 1048576 on) is not what was kept: it was changed or moved.`,
    ]);
  });
  it('a frame that was taken out', async () => {
    const item = await three();
    await frames.deleteOne({ _id: idOf(item, 1) });
    expect(await faultsOf(item)).toEqual([`EV${item.number}: frame 1 (from byte 1048576 on) is missing.`]);
  });
  it('two frames that changed places', async () => {
    const item = await three();
    const [first, second] = [await dataOf(item, 0), await dataOf(item, 1)];
    await frames.updateOne({ _id: idOf(item, 0) }, { $set: { data: second } });
    await frames.updateOne({ _id: idOf(item, 1) }, { $set: { data: first } });
    expect((await faultsOf(item))[0]).toContain('frame 0');
  });
  it('an end that was cut off, also where the record was made to agree', async () => {
    const item = await three();
    await frames.deleteOne({ _id: idOf(item, 2) });
    await items.updateOne({ _id: item._id }, { $set: { frames: 2, size: 2 * FRAME_BYTES } });
    const faults = await faultsOf(item);
    expect(faults).toContain(`EV${item.number}: its size is not what its custody record began with`);
    expect(faults.join()).toContain('frame 1');
  });
  it('a frame that was put in after the end', async () => {
    const item = await three();
    await frames.insertOne({ _id: idOf(item, 3), data: await dataOf(item, 0) });
    expect(await faultsOf(item)).toEqual([`EV${item.number}: frames were put in after its end.`]);
  });
  it('the bytes of another item', async () => {
    const [item, twin] = [await three(), await three()];
    await frames.updateOne({ _id: idOf(item, 0) }, { $set: { data: await dataOf(twin, 0) } });
    expect((await faultsOf(item))[0]).toContain('frame 0');
  });
  it.each(['sha256', 'sha1', 'md5', 'name'] as const)('another %s in its record', async (field) => {
    const item = await three();
    await items.updateOne({ _id: item._id }, { $set: { [field]: 'f'.repeat(32) } });
    expect(await faultsOf(item)).toContain(`EV${item.number}: its ${field} is not what its custody record began with`);
  });
  it('an entry of its custody record', async () => {
    const item = await three();
    await bytesOf(item);
    await entries.updateOne({ chain: chainOf(item), seq: 2 }, { $set: { 'body.by.name': 'Eve Else' } });
    expect(await faultsOf(item)).toEqual([`${chainOf(item)}: entry 2 was changed`]);
  });
  it('and a reader gets no byte of what is not what was kept', async () => {
    const item = await three();
    const data = await dataOf(item, 0);
    data[0]! ^= 1;
    await frames.updateOne({ _id: idOf(item, 0) }, { $set: { data } });
    await expect(bytesOf(item)).rejects.toMatchObject({ code: 'MDR_EVIDENCE_DAMAGED' });
    expect((await verifyChain(acme, chainOf(item))).faults).toEqual([]);
  });
});
