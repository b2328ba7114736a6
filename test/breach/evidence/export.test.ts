import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBufferPromise } from 'yauzl';
import { ZipFile } from 'yazl';
import { hashOf } from '../../../engine/audit/chain.js';
import { chainOf, record } from '../../../engine/breach/evidence/custody.js';
import { evidenceOf, writeExport } from '../../../engine/breach/evidence/export.js';
import { FRAME_BYTES } from '../../../engine/breach/evidence/frames.js';
import { verifyExport } from '../../../engine/breach/evidence/offline.js';
import { providerKey } from '../../../engine/breach/evidence/signing.js';
import { handOver, takeOver } from '../../../engine/breach/evidence/transfer.js';
import { seeded } from '../../../engine/hunt/stats.js';
import { canonical } from '../../../engine/ids.js';
import type { ChainEntry } from '../../../engine/store/chains.js';
import { ana, bo, doing, evidenceWorld } from './world.js';

const run = promisify(execFile);
const { store, desk, add } = await evidenceWorld();
const folder = await mkdtemp(join(tmpdir(), 'mdr-export-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

type Files = Map<string, Buffer>;
const image = randomBytes(FRAME_BYTES + 12_345);
let zip: string;
let key: string;
let files: Files;

beforeAll(async () => {
  const { item } = await add(image, { name: 'disk of Jane; rm -rf.img' });
  await handOver(desk, item.number, bo, doing(ana, 'to the laboratory'), false);
  await takeOver(desk, item.number, doing(bo), true);
  await add(Buffer.from('a log\n'), { name: 'auth.log' });
  zip = join(folder, 'whole.zip');
  await writeExport(
    desk,
    await evidenceOf(desk.store, { case: 1 }),
    doing(bo, 'for the court'),
    createWriteStream(zip),
  );
  key = (await providerKey(desk)).publicKey;
  files = await unpacked(zip);
});

async function unpacked(path: string): Promise<Files> {
  const out: Files = new Map();
  const opened = await fromBufferPromise(await readFile(path), { lazyEntries: true });
  for await (const entry of opened.eachEntry()) {
    const parts: Buffer[] = [];
    for await (const part of await opened.openReadStreamPromise(entry)) parts.push(part as Buffer);
    out.set(entry.fileName, Buffer.concat(parts));
  }
  return out;
}

let made = 0;
/** The export with some files changed, packed anew. */
async function repacked(change: (copy: Files) => unknown): Promise<string> {
  const copy: Files = new Map([...files].map(([name, data]) => [name, Buffer.from(data)]));
  change(copy);
  const packed = new ZipFile();
  for (const [name, data] of copy) packed.addBuffer(data, name);
  packed.end();
  const path = join(folder, `changed-${++made}.zip`);
  await pipeline(packed.outputStream as Readable, createWriteStream(path));
  return path;
}
const faultsOf = async (path: string) => (await verifyExport(path, key)).faults;

const IMAGE = 'evidence/EV1/disk_of_Jane__rm_-rf.img';
const linesOf = (data: Buffer): ChainEntry[] =>
  data
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const asLines = (entries: readonly unknown[]) => Buffer.from(entries.map((entry) => `${canonical(entry)}\n`).join(''));

describe('an export', () => {
  it('holds the bytes, and is whole', async () => {
    expect(files.get(IMAGE)!.equals(image)).toBe(true);
    const verdict = await verifyExport(zip, key);
    expect(verdict).toMatchObject({ isWhole: true, faults: [], isKeyKnown: true });
    expect(verdict.manifest!.items.map(({ item, name }) => [item, name])).toEqual([
      ['EV1', 'disk of Jane; rm -rf.img'],
      ['EV2', 'auth.log'],
    ]);
    expect(linesOf(files.get('custody/EV1.jsonl')!).map(({ body }) => body.action)).toEqual([
      'collected',
      'handed over',
      'taken over',
      'exported',
    ]);
    expect(files.get('timeline.jsonl')!.toString()).toContain('Opened as high');
  });

  it('is what sha256sum and openssl say it is, and unzip finds no fault', async () => {
    const out = join(folder, 'out');
    await run('python3', [
      '-c',
      'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])',
      zip,
      out,
    ]);
    const { stdout } = await run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: out });
    expect(
      stdout
        .trim()
        .split('\n')
        .every((line) => line.endsWith(': OK')),
    ).toBe(true);
    expect(stdout).toContain(IMAGE);
    const told = await run(
      'openssl',
      [
        'pkeyutl',
        '-verify',
        '-pubin',
        '-inkey',
        'public-key.pem',
        '-rawin',
        '-in',
        'SHA256SUMS',
        '-sigfile',
        'SHA256SUMS.sig',
      ],
      { cwd: out },
    );
    expect(told.stdout + told.stderr).toContain('Verified Successfully');
  });

  it('is whole also when somebody works with the evidence while it is written', async () => {
    const found = await evidenceOf(desk.store, { case: 1 });
    const [first, second] = found.items;
    let isDone = false;
    // The heads of the first are in the manifest by now, its entries are not written yet.
    const findOne = async (filter: object) => {
      const head = await desk.store.chainHeads.findOne(filter);
      if (!isDone && head?.name === chainOf(second!)) {
        isDone = true;
        await record(desk, first!, 'read', doing(ana, 'at the same time'));
      }
      return head;
    };
    const chainHeads = Object.create(desk.store.chainHeads, { findOne: { value: findOne } });
    const path = join(folder, 'busy.zip');
    await writeExport({ ...desk, store: { ...desk.store, chainHeads } }, found, doing(bo), createWriteStream(path));
    expect(isDone).toBe(true);
    expect(await verifyExport(path, key)).toMatchObject({ isWhole: true, faults: [] });
    const next = join(folder, 'next.zip');
    await writeExport(desk, found, doing(bo), createWriteStream(next));
    expect((await unpacked(next)).get('custody/EV1.jsonl')!.toString()).toContain('at the same time');
  });

  it('is made of what is whole only', async () => {
    const { item } = await add(randomBytes(5000), { case: 1 });
    const vault = store.connection.collection<{ _id: string }>('vault');
    await vault.updateOne({ _id: `acme/${item.upload}/0` }, { $set: { data: randomBytes(5016) } });
    const exporting = writeExport(
      desk,
      await evidenceOf(desk.store, { case: 1 }),
      doing(),
      createWriteStream(join(folder, 'bad.zip')),
    );
    await expect(exporting).rejects.toMatchObject({ code: 'MDR_EVIDENCE_DAMAGED' });
  });
});

describe('tampering with an export is found and named', () => {
  it('one bit of the evidence', async () => {
    const faults = await faultsOf(await repacked((copy) => copy.get(IMAGE)!.writeUInt8(image[999]! ^ 1, 999)));
    expect(faults).toContain(`${IMAGE}: it was changed`);
    expect(faults).toContain("EV1: its sha256 is not the manifest's");
  });
  it('any one bit of any file', async () => {
    const random = seeded(5);
    for (const name of files.keys()) {
      const path = await repacked((copy) => {
        const data = copy.get(name)!;
        data[Math.floor(random() * data.length)]! ^= 1 << Math.floor(random() * 8);
      });
      const { isWhole, faults } = await verifyExport(path, key);
      expect(isWhole, name).toBe(false);
      expect(faults.join('\n'), name).toContain(name);
    }
  });
  it('any one byte of the zip itself', async () => {
    const random = seeded(6);
    const whole = await readFile(zip);
    for (let round = 0; round < 15; round++) {
      const bytes = Buffer.from(whole);
      // Before the directory at the end, whose times and comments say nothing of the files.
      const at = 60 + Math.floor(random() * image.length);
      bytes[at]! ^= 0xff;
      const path = join(folder, `byte-${round}.zip`);
      await writeFile(path, bytes);
      expect((await verifyExport(path, key)).isWhole, String(at)).toBe(false);
    }
  });
  it.each([
    'evidence/EV2/auth.log',
    'custody/EV1.jsonl',
    'timeline.jsonl',
    'SHA256SUMS',
    'SHA256SUMS.sig',
    'manifest.json',
    'public-key.pem',
  ])('%s taken out', async (name) => {
    expect((await faultsOf(await repacked((copy) => void copy.delete(name)))).join('\n')).toContain(name);
  });
  it('a file put in', async () => {
    expect(await faultsOf(await repacked((copy) => void copy.set('evidence/EV1/more.bin', Buffer.from('x'))))).toEqual([
      'evidence/EV1/more.bin: it was put in',
    ]);
  });
  it('two files that changed places', async () => {
    const faults = await faultsOf(
      await repacked((copy) => {
        const [a, b] = [copy.get(IMAGE)!, copy.get('evidence/EV2/auth.log')!];
        copy.set(IMAGE, b);
        copy.set('evidence/EV2/auth.log', a);
      }),
    );
    expect(faults).toEqual(
      expect.arrayContaining([`${IMAGE}: it was changed`, 'evidence/EV2/auth.log: it was changed']),
    );
  });
  it('the zip cut off', async () => {
    const whole = await readFile(zip);
    for (const share of [0.2, 0.5, 0.9, 0.999]) {
      const path = join(folder, `cut-${share}.zip`);
      await writeFile(path, whole.subarray(0, Math.floor(whole.length * share)));
      expect((await faultsOf(path)).join('\n')).toContain('the zip is not whole');
    }
  });

  const custody = async (change: (entries: ChainEntry[]) => readonly unknown[]) =>
    (
      await faultsOf(
        await repacked(
          (copy) => void copy.set('custody/EV1.jsonl', asLines(change(linesOf(copy.get('custody/EV1.jsonl')!)))),
        ),
      )
    ).filter((fault) => fault.startsWith('custody/EV1.jsonl: evidence:EV1'));
  const said = (text: string) => [`custody/EV1.jsonl: evidence:EV1: ${text}`];
  it('an entry of a custody record changed', async () => {
    expect(
      await custody((all) => all.map((entry) => (entry.seq === 2 ? { ...entry, at: entry.at + 1 } : entry))),
    ).toEqual(said('entry 2 was changed'));
  });
  it('an entry taken out', async () => {
    expect(await custody((all) => all.filter(({ seq }) => seq !== 2))).toEqual(said('entry 2 is missing'));
  });
  it('an entry put in', async () => {
    expect(
      await custody((all) => [...all.slice(0, 2), { ...all[1]!, body: {}, hash: 'f'.repeat(64) }, ...all.slice(2)]),
    ).toEqual(said('entry 2 is there twice: one was put in'));
  });
  it('two entries that changed places', async () => {
    expect((await custody((all) => [all[0]!, all[2]!, all[1]!, all[3]!])).join()).toContain(
      'entry 2 stands after entry 3',
    );
  });
  it('its end cut off', async () => {
    expect(await custody((all) => all.slice(0, 2))).toEqual(said('it ends after entry 2, and had 4'));
  });

  it('all of it written anew by whoever has no key: sums, manifest and custody agree, the signature does not', async () => {
    const path = await repacked((copy) => {
      const entries = linesOf(copy.get('custody/EV1.jsonl')!);
      let prev = entries[0]!.prev;
      const anew = entries.map((entry) => {
        const next = { ...entry, at: entry.at - 1000, prev };
        prev = hashOf(next);
        return { ...next, hash: prev };
      });
      copy.set('custody/EV1.jsonl', asLines(anew));
      const manifest = JSON.parse(copy.get('manifest.json')!.toString());
      manifest.items[0].custody.head = prev;
      copy.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
    });
    const faults = await faultsOf(path);
    expect(faults).toContain('custody/EV1.jsonl: it was changed');
  });
  it('signed with another key', async () => {
    const { generateKeyPairSync, sign } = await import('node:crypto');
    const pair = generateKeyPairSync('ed25519');
    const path = await repacked((copy) => {
      copy.set('SHA256SUMS.sig', sign(null, copy.get('SHA256SUMS')!, pair.privateKey));
      copy.set('public-key.pem', Buffer.from(pair.publicKey.export({ type: 'spki', format: 'pem' })));
    });
    expect(await faultsOf(path)).toEqual(
      expect.arrayContaining([
        'SHA256SUMS.sig: SHA256SUMS is not what was signed with this key',
        'public-key.pem: it is another key than the one that was given',
      ]),
    );
  });
});
