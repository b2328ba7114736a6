import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readBatches } from '../../../engine/ingest/files.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { bytesOf, connection, dns, ethernet, type Made, pcap, pcapng, tcp, udp } from '../../support/capture.js';
import { countsOf, lettersOf, queuedLines } from '../parts.js';
import { watchedFolder } from '../watchdoors.js';
import { itemsOf, recordsOf, refusedIn } from './read.js';

const START = Date.UTC(2026, 2, 4, 8);
const client = { ip: '10.20.4.17', port: 51000 };
const server = { ip: '203.0.113.50', port: 80 };
const resolver = { ip: '10.20.0.2', port: 53 };
const text = (value: string) => Buffer.from(value, 'latin1');

const request = text(
  'POST /gate.php?id=1 HTTP/1.1\r\nHost: c2.example:80\r\nUser-Agent: Mozilla/4.0\r\nContent-Length: 5\r\nAuthorization: Basic amFuZTpwdw==\r\n\r\nhello',
);
const answer = text('HTTP/1.1 404 Not Found\r\nContent-Type: text/html; charset=x\r\nContent-Length: 3\r\n\r\nno!');
const talk = () => connection(client, server, START, [{ bytes: request }, { back: true, bytes: answer }]);
const names: Made[] = [
  { time: START - 50, data: udp({ ip: client.ip, port: 53001 }, resolver, dns(7, 'C2.Example', null)) },
  { time: START - 30, data: udp(resolver, { ip: client.ip, port: 53001 }, dns(7, 'C2.Example', [server.ip])) },
];
const all = [...names, ...talk()];

describe('a capture of packets', () => {
  it('becomes flows, DNS and HTTP in the shape of Zeek logs', async () => {
    const records = await recordsOf(pcap(all));
    expect(records.map(({ _path }) => _path).sort()).toEqual(['conn', 'conn', 'dns', 'http']);
    const of = (log: string, service?: string) =>
      records.find((each) => each._path === log && (!service || each.service === service))!;
    expect(of('dns')).toMatchObject({
      ts: (START - 50) / 1000,
      query: 'c2.example',
      qtype_name: 'A',
      rcode_name: 'NOERROR',
      answers: [server.ip],
      rtt: 0.02,
    });
    expect(of('http')).toMatchObject({
      'id.orig_h': client.ip,
      method: 'POST',
      uri: '/gate.php?id=1',
      host: 'c2.example',
      user_agent: 'Mozilla/4.0',
      username: 'jane',
      status_code: 404,
      resp_mime_types: ['text/html'],
      request_body_len: 5,
    });
    expect(of('conn', 'http')).toMatchObject({
      uid: of('http').uid,
      ts: START / 1000,
      proto: 'tcp',
      orig_bytes: request.length,
      resp_bytes: answer.length,
      conn_state: 'SF',
      orig_pkts: 4,
      resp_pkts: 3,
      duration: 0.06,
    });
    expect(of('conn', 'dns')).toMatchObject({ proto: 'udp', conn_state: 'SF', 'id.resp_p': 53 });
    expect(JSON.stringify(records)).not.toContain('amFuZTpwdw');
  });

  it.each([
    ['pcap, the other order of bytes', pcap(all, { big: true })],
    ['pcap with nanoseconds', pcap(all, { nano: true })],
    ['pcapng', pcapng(all)],
    ['pcapng, the other order of bytes', pcapng(all, { big: true })],
  ])('is read alike as %s, and in pieces of any size', async (_, capture) => {
    const expected = await recordsOf(pcap(all));
    for (const piece of [1, 7, 1000, 1 << 20]) expect(await recordsOf(capture, piece)).toEqual(expected);
  });

  it('passes formats as events of a sensor', async () => {
    const recogniser = (await loadFormats()).recogniser();
    const seen = (await recordsOf(pcap(all))).map((record) => recogniser.read(JSON.stringify(record), null, 0));
    expect(new Set(seen.map(({ format }) => format.name))).toEqual(new Set(['zeek']));
    expect(seen.map(({ parsed }) => parsed.ecs())).toContainEqual(
      expect.objectContaining({
        '@timestamp': new Date(START + 30).toISOString(),
        'source.ip': client.ip,
        'url.original': '/gate.php?id=1',
        'destination.domain': 'c2.example',
        'http.response.status_code': 404,
      }),
    );
  });

  it('puts pieces in order, drops what comes twice, and goes on behind what is lost', async () => {
    const [syn, back, ack, ...rest] = talk();
    const head = request.subarray(0, 40);
    const piece = (at: number, bytes: Buffer): Made => ({
      time: START + 30,
      data: tcp(client, server, 1001 + at, 24, bytes),
    });
    const pieces = [
      piece(40, request.subarray(40)),
      piece(0, head),
      piece(0, head),
      piece(20, request.subarray(20, 60)),
    ];
    const http = (await recordsOf(pcap([syn!, back!, ack!, ...pieces, ...rest.slice(1)]))).filter(
      ({ _path }) => _path === 'http',
    );
    expect(http).toHaveLength(1);
    expect(http[0]).toMatchObject({ uri: '/gate.php?id=1', status_code: 404, username: 'jane' });

    const two = connection(client, server, START, [
      { bytes: request },
      { bytes: text('x'.repeat(3000)) },
      { bytes: request },
    ]);
    two.splice(4, 1);
    expect((await recordsOf(pcap(two))).filter(({ _path }) => _path === 'http')).toHaveLength(2);
  });

  it('tells connections apart by how they end', async () => {
    const end = (port: number) => ({ ip: client.ip, port });
    const packets = [
      tcp(end(1), server, 5, 2),
      tcp(end(2), server, 5, 2),
      tcp(server, end(2), 0, 20),
      tcp(end(3), server, 5, 2),
      tcp(server, end(3), 9, 18),
      tcp(end(3), server, 6, 4),
    ];
    const records = await recordsOf(pcap(packets.map((data, i) => ({ time: START + i, data }))));
    const states = records.map((each) => [each['id.orig_p'], each.conn_state]).sort();
    expect(states).toEqual([
      [1, 'S0'],
      [2, 'REJ'],
      [3, 'RSTO'],
    ]);
    // The same ports again, after an end and after a long pause, are other connections.
    const again = [...talk(), ...talk().map((each) => ({ ...each, time: each.time + 1000 }))];
    expect((await recordsOf(pcap(again))).filter(({ _path }) => _path === 'conn')).toHaveLength(2);
    const late = names.map((each) => ({ ...each, time: each.time + 90_000 }));
    expect((await recordsOf(pcap([...names, ...late]))).filter(({ _path }) => _path === 'conn')).toHaveLength(2);
  });

  it('reads IPv6, tags of virtual networks, and links without Ethernet', async () => {
    const question = bytesOf([0xd0, 1, 0, 53, 0, 0, 0, 0], dns(1, 'six.example', null));
    const six = bytesOf(
      [0x60, 0, 0, 0],
      [0, question.length + 8],
      [0, 64],
      [0xfe, 0x80],
      Buffer.alloc(13),
      [1],
      [0x20, 1],
      Buffer.alloc(13),
      [2],
      [17, 0, 0, 0, 0, 0, 0, 0],
      question,
    );
    const tagged = ethernet(bytesOf([0, 5, 0x86, 0xdd], six), 0x8100);
    for (const capture of [pcap([{ time: START, data: tagged }]), pcap([{ time: START, data: six }], { link: 101 })])
      expect(await recordsOf(capture)).toContainEqual(
        expect.objectContaining({ _path: 'dns', query: 'six.example', 'id.orig_h': 'fe80::1', 'id.resp_h': '2001::2' }),
      );
  });

  it('says what it passed over', async () => {
    expect(refusedIn(await itemsOf(pcap(all, { link: 147 })))).toEqual([
      `MDR_PCAP_LINK: ${all.length} packets of link type 147 were passed over.`,
    ]);
    expect(refusedIn(await itemsOf(pcapng([], { simple: 3 })))).toEqual([
      'MDR_PCAP_LINK: 3 packets that say no time were passed over.',
    ]);
  });
});

describe('a capture as a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mdr-pcap-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is told by its first bytes, also packed', async () => {
    writeFileSync(join(folder, 'a.bin'), pcapng(all));
    writeFileSync(join(folder, 'a.gz'), gzipSync(pcap(all)));
    for (const name of ['a.bin', 'a.gz']) {
      const lines: string[] = [];
      for await (const batch of readBatches(join(folder, name)))
        for (const item of batch) if ('line' in item) lines.push(item.line);
      expect(lines).toHaveLength(4);
    }
  });
});

describe('a capture in a watched folder', () => {
  const given = watchedFolder();

  it('is read once it has stopped growing; of one that is cut short everything before the fault', async () => {
    const door = await given.watching();
    writeFileSync(join(given.folder, 'a.pcap'), pcap(all));
    writeFileSync(join(given.folder, 'b.pcapng'), pcapng(names).subarray(0, -10));
    for (let i = 0; i < 4; i++) await door.poll();
    const lines = await queuedLines(given.parts.queues);
    expect(lines.filter((line) => line.includes('"_path":"http"'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('"_path":"dns"'))).toHaveLength(2);
    expect(await countsOf(given.parts)).toMatchObject({ accepted: lines.length });
    expect((await lettersOf(given.parts)).map(({ code }) => code)).toEqual(['MDR_PCAP_DAMAGED']);
  });
});
