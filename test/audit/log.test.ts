import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runAs } from '../../engine/actor.js';
import { anchorAudit, anchorOutside, anchorsOf } from '../../engine/audit/anchor.js';
import { forwardAudit, openSink } from '../../engine/audit/forward.js';
import { AUDIT, sealAudit } from '../../engine/audit/log.js';
import { verifyChain } from '../../engine/audit/verify.js';
import type { ChainEntry } from '../../engine/store/chains.js';
import { PROVIDER } from '../../engine/store/indicators.js';
import type { Webhook } from '../../engine/store/webhooks.js';
import { acknowledge } from '../../engine/triage/work.js';
import { collect } from '../../engine/webhooks/collect.js';
import { addPerson, addTenant, alertRecord, NOW } from '../commands/world.js';
import { testStore } from '../support/services.js';

const { store } = await testStore();
const acme = await addTenant(store, 'acme', 'Acme', [
  { surface: 'slack', channel: 'C1', lane: 'provider' },
  { surface: 'slack', channel: 'C2', lane: 'customer' },
]);
const zeta = await addTenant(store, 'zeta', 'Zeta');
const ana = { id: 'ana', name: 'Ana Silva', where: 'slack:C1', what: 'ack 1' };
// Of the machine's own clock, as changes are; a moment later, so that all have settled.
const DAY = 86_400_000;
const soon = () => Date.now() + 60_000;
const seal = (tenant = 'acme') => sealAudit(store, tenant, soon, 0);
const raw = store.connection.collection<ChainEntry>('chain_entries');
const bodies = async (after = 0) =>
  (await acme.chainEntries.find({ chain: AUDIT, seq: { $gt: after } }, { sort: { seq: 1 } })).map(({ body }) => body);
let last = 0;
beforeEach(async () => {
  await seal();
  last = (await acme.chainHeads.findOne({ name: AUDIT }))?.seq ?? 0;
});

describe('a change of state', () => {
  it('is in the log of its tenant, with who made it, where, and by which request', async () => {
    await acme.alerts.insert(alertRecord(1));
    await runAs(ana, () => acknowledge(acme, 1, { id: 'ana', name: 'Ana Silva' }, () => NOW));
    await seal();
    expect(await bodies(last)).toMatchObject([
      { by: { id: 'mdr' }, collection: 'alerts', op: 'insert' },
      {
        by: { id: 'ana', name: 'Ana Silva' },
        where: 'slack:C1',
        what: 'ack 1',
        collection: 'alerts',
        op: 'updateOne',
        filter: { number: 1 },
      },
    ]);
    expect((await bodies(last))[1]).toMatchObject({ change: { $push: { log: { kind: 'acknowledged' } } } });
    expect(await zeta.chainEntries.count({ chain: AUDIT })).toBeLessThanOrEqual(1);
  });

  it('whichever way the store is written to', async () => {
    await acme.exceptions.insertNew([{ _id: 'x1', number: 1 } as never]);
    await acme.exceptions.updateMany({ number: 1 } as never, { $set: { reason: 'n' } } as never);
    await acme.exceptions.updateEach([{ filter: { number: 1 } as never, change: { $set: { reason: 'm' } } as never }]);
    await acme.exceptions.deleteMany({ number: 1 } as never);
    await acme.reminders.upsert({ _id: 'r1' } as never, { $set: { number: 9 } } as never);
    await store.tenants.updateOne({ _id: 'acme' }, { $set: { lakeDays: 30 } });
    await acme.nextNumber('case');
    await seal();
    expect((await bodies(last)).map(({ collection, op }) => `${collection} ${op}`)).toEqual([
      ...['exceptions insertMany', 'exceptions updateMany', 'exceptions bulkWrite', 'exceptions deleteMany'],
      ...['reminders updateOne', 'tenants updateOne'],
    ]);
  });

  it('that changed nothing is not', async () => {
    await acme.alerts.update({ number: 404 }, { $set: { title: 'x' } });
    await acme.alerts.deleteMany({ number: 404 });
    expect(await acme.alerts.insert({ ...alertRecord(2), _id: 'twice' })).toBe(true);
    expect(await acme.alerts.insert({ ...alertRecord(2), _id: 'twice' })).toBe(false);
    await seal();
    expect((await bodies(last)).map(({ op }) => op)).toEqual(['insert']);
  });

  it('is no sign of life: of a webhook that looks through what is new, of an upload', async () => {
    const hook: Webhook = {
      ...{ _id: 'hook1', tenant: 'acme', name: 'hook', url: 'https://a.example/', events: ['*'], lane: 'provider' },
      ...{ secret: 'hook', before: null, isOn: true, seen: NOW, created: NOW },
    };
    await acme.webhooks.insert(hook);
    const upload = { _id: 'item1', tenant: 'acme', number: 1, state: 'uploading', touched: 0 };
    await store.connection.collection<{ _id: string }>('evidence_items').insertOne(upload);
    await seal();
    for (let tick = 1; tick <= 10; tick++) {
      await collect(acme, [(await acme.webhooks.findOne({ _id: 'hook1' }))!], () => NOW + tick * 2000, false);
      await acme.evidenceItems.update({ number: 1 }, { $set: { touched: tick } });
    }
    expect((await acme.evidenceItems.findOne({ number: 1 }))!.touched).toBe(10);
    expect((await acme.webhooks.findOne({ _id: 'hook1' }))!.seen).toBe(NOW + 20_000);
    expect(await store.auditSpool.countDocuments({ tenant: 'acme' })).toBe(0);
    // With anything else it is a change, and elsewhere a field of that name is one.
    await acme.webhooks.update({ _id: 'hook1' }, { $set: { seen: NOW, isOn: false } });
    await acme.webhooks.update({ _id: 'hook1' }, { $set: { touched: NOW } } as never);
    expect(await store.auditSpool.countDocuments({ tenant: 'acme' })).toBe(2);
  });

  it('says no secret, and is bounded', async () => {
    await acme.secrets.upsert({ _id: 's1' }, { $set: { name: 'hook', sealed: 'c2VhbGVk', changed: NOW } });
    await acme.alerts.insert(alertRecord(3, { title: 'y'.repeat(50_000) }));
    await seal();
    const all = await bodies(last);
    expect(JSON.stringify(all)).not.toContain('c2VhbGVk');
    expect(JSON.stringify(all[1]).length).toBeLessThan(3000);
  });

  it('of people is in the provider’s log', async () => {
    await addPerson(store, 'new', 'New Person', []);
    await seal(PROVIDER);
    const found = await store.provider.chainEntries.find({ chain: AUDIT }, { sort: { seq: -1 }, limit: 1 });
    expect(found[0]!.body).toMatchObject({ collection: 'people', op: 'insert' });
    expect((await verifyChain(store.provider, AUDIT)).faults).toEqual([]);
  });

  it('is taken in once, when whoever did it died before it could say so', async () => {
    await acme.alerts.insert(alertRecord(5));
    const waiting = await store.auditSpool.find({ tenant: 'acme' }).lean();
    await seal();
    await store.auditSpool.collection.insertMany(waiting as never[]);
    await seal();
    expect(await bodies(last)).toHaveLength(1);
    expect(await store.auditSpool.countDocuments({ tenant: 'acme' })).toBe(0);
  });
});

describe('the log', () => {
  it('is whole, and names what was changed, taken out or moved in it', async () => {
    for (let i = 10; i < 15; i++) await acme.alerts.insert(alertRecord(i));
    await seal();
    expect(await verifyChain(acme, AUDIT)).toMatchObject({ faults: [] });
    const at = { tenant: 'acme', chain: AUDIT, seq: last + 2 };
    const was = (await raw.findOne(at))!;
    await raw.updateOne(at, { $set: { 'body.by.name': 'Somebody Else' } });
    expect((await verifyChain(acme, AUDIT)).faults.map(({ text }) => text)).toEqual([
      `audit: entry ${last + 2} was changed`,
    ]);
    await raw.deleteOne(at);
    expect((await verifyChain(acme, AUDIT)).faults.map(({ text }) => text)).toEqual([
      `audit: entry ${last + 2} is missing`,
    ]);
    await raw.insertOne(was);
    expect((await verifyChain(acme, AUDIT)).faults).toEqual([]);
  });

  it('is anchored once a day in the provider’s channels, and nowhere else; written anew, it does not pass', async () => {
    expect(await anchorAudit(acme, () => Date.now() - DAY)).toBeNull();
    // A day that begins after all that was written, whenever this runs.
    const day = (Math.floor(Date.now() / DAY) + 2) * DAY;
    const ids = await anchorAudit(acme, () => day);
    const posted = await acme.dispatches.find({ 'content.kind': 'anchor' } as never);
    expect(posted.map(({ to }) => (to as { channel: string }).channel).sort()).toEqual(['C1', 'acme/alerts']);
    expect(ids).toHaveLength(2);
    expect(await anchorAudit(acme, () => day + 3_600_000)).toEqual([]);
    expect(await anchorAudit(acme, () => day + DAY)).toHaveLength(2);
    const [anchor] = await anchorsOf(acme);
    expect((await verifyChain(acme, AUDIT, [anchor!])).faults).toEqual([]);
    const other = { ...anchor!, hash: 'a'.repeat(64) };
    expect((await verifyChain(acme, AUDIT, [other])).faults[0]).toMatchObject({ at: anchor!.seq, kind: 'replaced' });
  });

  it('sends its head to a webhook once a day, again after a refusal', async () => {
    const sent: string[] = [];
    let status = 500;
    const send = async (_: string, body: string) => {
      sent.push(body);
      return { status, retryAfterMs: 0, text: '' };
    };
    const done = new Map<string, string>();
    await expect(anchorOutside(acme, send, 'https://a.example/', done, () => NOW)).rejects.toThrow('500');
    status = 200;
    for (const at of [NOW, NOW + 1000, NOW + 86_400_000])
      await anchorOutside(acme, send, 'https://a.example/', done, () => at);
    expect(sent.map((body) => JSON.parse(body).day)).toEqual(['2026-11-24', '2026-11-24', '2026-11-25']);
  });
});

describe('forwarding', () => {
  let folder = '';
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('writes each entry once into a file, as RFC 5424', async () => {
    folder = await mkdtemp(join(tmpdir(), 'mdr-audit-'));
    const path = join(folder, 'audit.log');
    await appendFile(path, '');
    const sink = openSink(`file:${path}`);
    const count = await forwardAudit(acme, sink);
    await acme.alerts.insert(alertRecord(30, { title: 'line\nbreak' }));
    await seal();
    expect(await forwardAudit(acme, sink)).toBe(1);
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(count + 1);
    for (const line of lines)
      expect(line).toMatch(
        /^<110>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ mdr \d+ audit \[mdr@32473 tenant="acme" seq="\d+" prev="[0-9a-f]{64}" hash="[0-9a-f]{64}"\] \{/,
      );
  });

  it('sends over TCP with the length before each, and again when nobody took it', async () => {
    await acme.alerts.insert(alertRecord(31));
    await seal();
    await expect(forwardAudit(acme, openSink('tcp://127.0.0.1:1'))).rejects.toThrow();
    let got = '';
    const server = createServer((socket) => socket.on('data', (data) => (got += data)).on('end', () => socket.end()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await forwardAudit(acme, openSink(`tcp://127.0.0.1:${port}`))).toBe(1);
    server.close();
    const [, length, line] = /^(\d+) (<110>1 .*)$/s.exec(got)!;
    expect(Buffer.byteLength(line!)).toBe(Number(length));
  });

  it('refuses what is no target', () => {
    for (const target of ['', 'http://x:1', 'tcp://x', 'file:relative'])
      expect(() => openSink(target)).toThrow(/no target/);
  });
});
