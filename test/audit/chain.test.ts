import { describe, expect, it } from 'vitest';
import { append, GENESIS } from '../../engine/audit/chain.js';
import { verifyChain } from '../../engine/audit/verify.js';
import { seeded } from '../../engine/hunt/stats.js';
import { idOf } from '../../engine/ids.js';
import type { ChainEntry } from '../../engine/store/chains.js';
import { addTenant, NOW } from '../commands/world.js';
import { testStore } from '../support/services.js';

const { store } = await testStore();
const acme = await addTenant(store, 'acme', 'Acme');
const zeta = await addTenant(store, 'zeta', 'Zeta');
/** As whoever has the database can reach it: past everything of ours. */
const raw = store.connection.collection<ChainEntry>('chain_entries');
const heads = store.connection.collection<{ _id: string }>('chain_heads');

let made = 0;
async function chainOf(count: number): Promise<string> {
  const name = `test:${++made}`;
  for (let i = 1; i <= count; i++)
    await append(acme, name, [{ key: `k${i}`, at: NOW + i, body: { what: `thing ${i}` } }]);
  return name;
}
const faultsOf = async (name: string) => (await verifyChain(acme, name)).faults.map(({ at, kind }) => `${kind} ${at}`);
const at = (name: string, seq: number) => ({ tenant: 'acme', chain: name, seq });

describe('a chain', () => {
  it('holds each entry to the one before it, and is whole as it was written', async () => {
    const name = await chainOf(5);
    const entries = await acme.chainEntries.find({ chain: name }, { sort: { seq: 1 } });
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(entries[0]!.prev).toBe(GENESIS);
    expect(entries.slice(1).map(({ prev }) => prev)).toEqual(entries.slice(0, -1).map(({ hash }) => hash));
    expect(await verifyChain(acme, name)).toEqual({ entries: 5, head: entries[4]!.hash, faults: [] });
  });

  it('writes the same thing down once', async () => {
    const name = await chainOf(2);
    const again = await append(acme, name, [{ key: 'k1', at: NOW + 99, body: { what: 'other' } }]);
    expect(again[0]).toMatchObject({ seq: 1, at: NOW + 1 });
    expect((await verifyChain(acme, name)).entries).toBe(2);
  });

  it('takes many writers at once, each entry once, without a gap', async () => {
    const name = `test:${++made}`;
    const all = Array.from({ length: 40 }, (_, i) =>
      append(acme, name, [{ key: `k${i % 30}`, at: NOW, body: { i: i % 30 } }]),
    );
    await Promise.all(all);
    expect(await verifyChain(acme, name)).toMatchObject({ entries: 30, faults: [] });
  });

  it('is whole whatever letters are in it, halves of pairs too, which no store keeps', async () => {
    const name = `test:${++made}`;
    const body = { text: 'cut \ud83d', '\udc00key': [{ deep: '\ud800\ud800x', whole: '\ud83d\ude00' }] };
    const [entry] = await append(acme, name, [{ key: '\ud800', at: NOW, body }]);
    await append(acme, name, [{ key: 'k2', at: NOW, body: { next: '\udfff' } }]);
    expect(entry!.body).toEqual({
      ...{ text: 'cut \ufffd', '\ufffdkey': [{ deep: '\ufffd\ufffdx', whole: '\ud83d\ude00' }] },
    });
    expect((await acme.chainEntries.findOne({ chain: name, seq: 1 }))!.body).toEqual(entry!.body);
    expect(await verifyChain(acme, name)).toMatchObject({ entries: 2, faults: [] });
  });

  it('is whole when a writer died between the head and the entries', async () => {
    const name = await chainOf(3);
    const last = (await acme.chainEntries.findOne({ chain: name, seq: 3 }))!;
    await raw.deleteOne(at(name, 3));
    await heads.updateOne({ _id: idOf('chain', 'acme', name) }, { $set: { tail: [last] } });
    await append(acme, name, [{ key: 'k4', at: NOW, body: {} }]);
    expect(await verifyChain(acme, name)).toMatchObject({ entries: 4, faults: [] });
  });

  it('is one for each tenant', async () => {
    const name = await chainOf(1);
    await append(zeta, name, [{ key: 'k1', at: NOW, body: {} }]);
    expect((await verifyChain(acme, name)).entries).toBe(1);
    await raw.updateOne({ tenant: 'zeta', chain: name }, { $set: { tenant: 'acme', seq: 2 } });
    await heads.updateOne({ _id: idOf('chain', 'acme', name) }, { $set: { seq: 2 } });
    expect(await faultsOf(name)).toContain('changed 2');
  });
});

describe('tampering in the database is found and its place named', () => {
  it('a byte that was flipped', async () => {
    const name = await chainOf(6);
    await raw.updateOne(at(name, 4), { $set: { 'body.what': 'thinf 4' } });
    expect(await faultsOf(name)).toEqual(['changed 4']);
  });
  it('a time that was changed', async () => {
    const name = await chainOf(3);
    await raw.updateOne(at(name, 1), { $set: { at: NOW } });
    expect(await faultsOf(name)).toEqual(['changed 1']);
  });
  it('an entry that was changed together with its hash', async () => {
    const name = await chainOf(6);
    await raw.updateOne(at(name, 2), { $set: { 'body.what': 'else', hash: 'f'.repeat(64) } });
    expect(await faultsOf(name)).toEqual(['changed 2', 'replaced 3']);
  });
  it('an entry that was taken out', async () => {
    const name = await chainOf(6);
    await raw.deleteOne(at(name, 3));
    expect(await faultsOf(name)).toEqual(['missing 3']);
  });
  it('an entry that was taken out, and the rest moved up', async () => {
    const name = await chainOf(5);
    await raw.deleteOne(at(name, 3));
    await raw.updateOne(at(name, 4), { $set: { seq: 3 } });
    await raw.updateOne(at(name, 5), { $set: { seq: 4 } });
    expect(await faultsOf(name)).toEqual(['out of order 3', 'out of order 4', 'cut off 5']);
  });
  it('an entry that was put in', async () => {
    const name = await chainOf(3);
    const third = (await raw.findOne(at(name, 3)))!;
    await raw.insertOne({ ...third, _id: 'x', seq: 4 });
    expect(await faultsOf(name)).toEqual(['inserted 4']);
  });
  it('two entries that changed places', async () => {
    const name = await chainOf(6);
    await raw.updateOne(at(name, 2), { $set: { seq: 100 } });
    await raw.updateOne(at(name, 5), { $set: { seq: 2 } });
    await raw.updateOne(at(name, 100), { $set: { seq: 5 } });
    const { faults } = await verifyChain(acme, name);
    expect(faults.map(({ text }) => text)).toEqual([
      `${name}: what stands as entry 2 was written as entry 5`,
      `${name}: what stands as entry 5 was written as entry 2`,
    ]);
  });
  it('an end that was cut off', async () => {
    const name = await chainOf(6);
    await raw.deleteMany({ tenant: 'acme', chain: name, seq: { $gte: 5 } });
    expect(await faultsOf(name)).toEqual(['cut off 5']);
  });
  it('an end that was cut off together with the head, by an anchor', async () => {
    const name = await chainOf(6);
    const [fourth, sixth] = [(await raw.findOne(at(name, 4)))!, (await raw.findOne(at(name, 6)))!];
    await raw.deleteMany({ tenant: 'acme', chain: name, seq: { $gte: 5 } });
    await heads.updateOne({ _id: idOf('chain', 'acme', name) }, { $set: { seq: 4, hash: fourth.hash } });
    expect(await faultsOf(name)).toEqual([]);
    const anchored = await verifyChain(acme, name, [{ seq: 6, hash: sixth.hash }]);
    expect(anchored.faults.map(({ text }) => text)).toEqual([`${name}: entry 6, which was anchored, is not there`]);
  });

  it('whatever one change of one entry is: it is named, and no other', async () => {
    const random = seeded(9);
    const pick = (most: number) => Math.floor(random() * most);
    for (let round = 0; round < 25; round++) {
      const count = 3 + pick(6);
      const name = `test:${++made}`;
      await append(
        acme,
        name,
        Array.from({ length: count }, (_, i) => ({ key: `k${i}`, at: NOW + i, body: { i, text: `t${pick(1e6)}` } })),
      );
      const seq = 1 + pick(count);
      if (pick(2) === 0) {
        await raw.deleteOne(at(name, seq));
        expect(await faultsOf(name)).toEqual([seq === count ? `cut off ${seq}` : `missing ${seq}`]);
      } else {
        const change = [{ at: -1 }, { 'body.i': -1 }, { 'body.more': 0 }, { prev: '1'.repeat(64) }][pick(4)]!;
        await raw.updateOne(at(name, seq), { $set: change });
        expect(await faultsOf(name)).toEqual([`changed ${seq}`]);
      }
    }
  });
});

describe('no function of the store deletes from a chain', () => {
  it.each(['chainEntries', 'chainHeads'] as const)('%s', async (which) => {
    await chainOf(1);
    const scoped = acme[which] as unknown as { deleteMany(filter: object): Promise<number>; count(): Promise<number> };
    const before = await scoped.count();
    await expect(scoped.deleteMany({})).rejects.toMatchObject({ code: 'MDR_EVIDENCE_HELD' });
    expect(await scoped.count()).toBe(before);
  });
});
