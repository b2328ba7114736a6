import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { connect, createServer as secure } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { seenOf } from '../../../engine/hunt/input.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { bytesOf, clientHello, connection, pcap, u16 } from '../../support/capture.js';
import { authority, hasProgram } from '../certificates.js';
import { recordsOf } from './read.js';

const START = Date.UTC(2026, 2, 4, 8);
const client = { ip: '10.20.4.17', port: 51000 };
const server = { ip: '203.0.113.50', port: 8443 };
const list = (...values: number[]) => bytesOf(u16(values.length * 2), ...values.map(u16));
const named = (name: string) => bytesOf(u16(name.length + 3), [0], u16(name.length), name);

describe('TLS in a capture', () => {
  it('has the fingerprint that the definition of JA3 gives as its example, whatever is mixed in', async () => {
    const ciphers = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4];
    const groups = [23, 24, 25];
    const hello = (mixed: boolean) =>
      clientHello({
        version: 769,
        ciphers: mixed ? [0x1a1a, ...ciphers] : ciphers,
        extensions: [
          ...(mixed ? [[0xfafa, Buffer.alloc(1)] as [number, Buffer]] : []),
          [0, named('Update.Example')],
          [10, mixed ? list(0x2a2a, ...groups) : list(...groups)],
          [11, bytesOf([1, 0])],
        ],
      });
    for (const mixed of [false, true]) {
      const records = await recordsOf(pcap(connection(client, server, START, [{ bytes: hello(mixed) }])));
      expect(records.find(({ _path }) => _path === 'ssl')).toMatchObject({
        ja3: 'ada70206e40642a3e4461f35503241d5',
        server_name: 'update.example',
        established: false,
      });
      expect(records.find(({ _path }) => _path === 'conn')).toMatchObject({ service: 'ssl' });
    }
  });

  it.skipIf(!hasProgram('openssl')).each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is understood as it is spoken: %s',
    async (version) => {
      const { cert, key } = authority().sign('c2.example');
      const talk = await spoken(version, readFileSync(cert), readFileSync(key));
      const records = await recordsOf(pcap(connection(client, server, START, talk)));
      const ssl = records.find(({ _path }) => _path === 'ssl')!;
      expect(ssl).toMatchObject({
        version: version.replace('.', ''),
        server_name: 'c2.example',
        client_alpn: ['h2'],
        established: true,
        ja3: expect.stringMatching(/^[0-9a-f]{32}$/),
        ja3s: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      const recogniser = (await loadFormats()).recogniser();
      const { parsed } = recogniser.read(JSON.stringify(ssl), null, 0);
      expect(seenOf(parsed, '1').ecs).toMatchObject({
        'tls.client.ja3': ssl.ja3,
        'destination.domain': 'c2.example',
        'source.ip': client.ip,
      });
      // From 1.3 on certificates are encrypted.
      const x509 = records.find(({ _path }) => _path === 'x509');
      if (version === 'TLSv1.3') expect(x509).toBeUndefined();
      else
        expect(x509).toMatchObject({
          'certificate.subject': 'CN=c2.example',
          'certificate.issuer': 'CN=Test CA',
          'certificate.serial': expect.stringMatching(/^[0-9A-F]+$/),
          'san.dns': ['c2.example'],
          uid: ssl.uid,
        });
    },
  );
});

/** What a real client and a real server say to each other. */
async function spoken(
  version: 'TLSv1.2' | 'TLSv1.3',
  cert: Buffer,
  key: Buffer,
): Promise<{ back: boolean; bytes: Buffer }[]> {
  const talk: { back: boolean; bytes: Buffer }[] = [];
  const inner = secure({ cert, key, minVersion: version, maxVersion: version, ALPNProtocols: ['h2'] }, (socket) =>
    socket.end('bye'),
  );
  const portOf = (each: { address(): unknown }) => (each.address() as AddressInfo).port;
  await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve));
  const between = createServer((socket) => {
    const onward = dial(portOf(inner), '127.0.0.1');
    socket.on('data', (bytes: Buffer) => {
      talk.push({ back: false, bytes });
      onward.write(bytes);
    });
    onward.on('data', (bytes: Buffer) => {
      talk.push({ back: true, bytes });
      socket.write(bytes);
    });
    onward.on('end', () => socket.end());
    socket.on('end', () => onward.end());
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve, reject) => {
    const socket = connect({
      port: portOf(between),
      host: '127.0.0.1',
      servername: 'c2.example',
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.resume();
  });
  inner.close();
  between.close();
  return talk;
}
