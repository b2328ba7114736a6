import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import ssh from '../../../engine/respond/actions/carriers/ssh.js';
import { propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { SECTIONS, sectionsFor } from '../../../engine/respond/actions/ssh/sections.js';
import { caseOf } from '../../../engine/respond/case/join.js';
import { openCase } from '../../../engine/respond/case/open.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { conforms } from './conformance.js';
import { sshWorld } from './ssh.world.js';
import { Host, hasSshd } from './sshd.js';
import { by, type World } from './world.js';

it('parts are taken by what people call them; what names none takes all', () => {
  const names = (parts?: string) => sectionsFor(parts).map(({ name }) => name);
  expect(names()).toHaveLength(SECTIONS.length);
  expect(names('network')).toEqual(['connections']);
  expect(names('processes, autostarts')).toEqual(['processes', 'hashes', 'autostarts']);
  expect(names('something else')).toHaveLength(SECTIONS.length);
  expect(new Set(names()).size).toBe(SECTIONS.length);
});

const isThere = hasSshd();
if (!isThere) console.warn('skipped: there is no sshd (apt-get install openssh-server)');

describe.skipIf(!isThere)('a triage package over SSH', () => {
  const host = new Host();
  let store: Store;
  let queues: Queues;
  beforeAll(async () => {
    ({ store } = await testStore());
    ({ queues } = await testQueues());
    await host.open();
  });
  afterAll(() => host.close());

  const args = { host: 'web01', parts: 'system network' };
  const kept = async (w: World) =>
    (await w.acme.evidence.find()).map(({ name, sha256, case: number }) => ({ name, sha256, number }));
  conforms('SSH collect-triage-package', async () => {
    const w = await sshWorld(store, queues, host);
    return { w, carrier: ssh, action: 'collect-triage-package', args, state: () => kept(w) };
  });

  const opened = async (w: World) => {
    const asking = { by: by(w.people.ana), clock: () => w.now, request: 'open' };
    const opening = {
      title: 'Web shell',
      type: 'intrusion',
      severity: 'high',
      priority: 'P2',
      lead: null,
      reason: '',
    } as const;
    return (await openCase(w.acme, asking, opening)).record.number;
  };

  it('is evidence of its case, with what was taken and what was not, once', async () => {
    const w = await sshWorld(store, queues, host);
    const number = await opened(w);
    // Without the search for recent files, which takes as long as the disk of this machine is large.
    const parts = 'system, processes, network, accounts, logons, logs';
    const args = { host: 'web01', parts };
    const asking = { action: 'collect-triage-package', args, reason: 'web shell', case: number };
    const { record } = await propose(w.parts, by(w.people.ana), 'x', asking);
    // Nobody has to agree.
    expect(record.state).toBe('approved');
    await w.work(record.number);
    await w.work(record.number);
    const done = await actionOf(w.acme, record.number);
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done', effect: 'holds' });
    const [evidence, ...more] = await w.acme.evidence.find({ case: number });
    expect(more).toEqual([]);
    expect(done.gives).toMatchObject({ evidence: evidence!._id, sha256: evidence!.sha256 });
    const { log } = await caseOf(w.acme, number);
    expect(log.filter(({ kind }) => kind === 'evidence').map(({ text }) => text)).toEqual([
      expect.stringContaining(evidence!.sha256),
    ]);

    const files = new Map<string, Buffer>();
    const hash = createHash('sha256');
    const tar = extract();
    tar.on('entry', (header, stream, next) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk) => chunks.push(chunk as Buffer));
      stream.on('end', () => {
        files.set(header.name.replace(/^.*\//, ''), Buffer.concat(chunks));
        next();
      });
    });
    const packed = (await w.acme.blobs.read(evidence!._id))!;
    packed.on('data', (chunk: Buffer) => hash.update(chunk));
    const ended = new Promise((resolve, reject) => tar.on('finish', () => resolve(null)).on('error', reject));
    packed.pipe(createGunzip()).pipe(tar);
    await ended;
    expect(hash.digest('hex')).toBe(evidence!.sha256);
    const manifest = JSON.parse(files.get('manifest.json')!.toString());
    expect(manifest).toMatchObject({ tenant: w.acme.id, host: 'web01', case: number, reason: 'web shell' });
    expect(manifest.parts.map(({ file }: { file: string }) => file)).toEqual(
      sectionsFor(parts).map(({ name }) => `${name}.txt`),
    );
    for (const { file, bytes, sha256 } of manifest.parts) {
      const data = files.get(file) ?? Buffer.alloc(0);
      expect([file, data.length]).toEqual([file, bytes]);
      expect(createHash('sha256').update(data).digest('hex')).toBe(sha256);
    }
    expect(files.get('processes.txt')!.toString()).toContain(String(process.pid));
    expect(files.get('connections.txt')!.toString()).toMatch(/LISTEN|0A /);
    expect(files.get('accounts.txt')!.toString()).toContain('root:');
    for (const [name, data] of files) expect(data.toString('latin1'), name).not.toContain('PRIVATE KEY');
  });

  it('of a host that goes away: what was taken is kept, what was not is said', async () => {
    const w = await sshWorld(store, queues, host);
    const { record } = await propose(w.parts, by(w.people.ana), 'y', {
      ...{ action: 'collect-triage-package', args: { host: 'web01' }, reason: '', case: null },
    });
    const cut = SECTIONS.find(({ name }) => name === 'hashes')! as { script: string };
    const before = cut.script;
    // The host loses its network in the middle of the third part.
    cut.script = 'kill -9 $PPID; sleep 60';
    try {
      await w.work(record.number);
    } finally {
      cut.script = before;
    }
    const done = await actionOf(w.acme, record.number);
    expect(done, JSON.stringify(done.error)).toMatchObject({ state: 'done' });
    expect(done.gives.empty).toContain('connections');
    expect(done.gives.empty).not.toContain('processes');
    expect(await kept(w)).toHaveLength(1);
  });
});
