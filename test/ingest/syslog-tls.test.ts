import { once } from 'node:events';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readCertificates } from '../../engine/ingest/doors/certificates.js';
import { type SyslogDoor, syslogDoor } from '../../engine/ingest/doors/syslog.js';
import { SYSLOG_LIMITS } from '../../engine/ingest/doors/tcp.js';
import { authority, hasProgram, shown } from './certificates.js';
import { addTenant, doorParts, queued, queuedLines, quiet } from './parts.js';

const LINE = '<38>Nov 24 03:00:01 bastion sshd[711]: Failed password for root from 192.0.2.7 port 50111 ssh2';
const MODERN = '<38>1 2026-11-24T03:00:01Z bastion sshd 711 - - Failed password for root from 192.0.2.7 port 1 ssh2';
const frame = (text: string) => `${Buffer.byteLength(text)} ${text}`;
const doors = new Set<SyslogDoor>();
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const door of doors) await stop(door);
});
async function stop(door: SyslogDoor): Promise<void> {
  if (doors.delete(door)) await door.stop();
}

describe.skipIf(!hasProgram('openssl'))('the syslog door over TLS (skipped without openssl)', () => {
  const ours = hasProgram('openssl') ? authority() : (null as never);
  const server = ours?.sign('mdr.test');
  afterAll(() => rmSync(ours.folder, { recursive: true }));

  async function listening(settings: Record<string, string> = {}, limits: Partial<typeof SYSLOG_LIMITS> = {}) {
    const given = { MDR_SYSLOG_TLS_CERT: server.cert, MDR_SYSLOG_TLS_KEY: server.key, ...settings };
    const parts = await doorParts({ MDR_SYSLOG: 'acme:linux:tls:0', ...given });
    await addTenant(parts.store, 'beta');
    const door = await syslogDoor(parts, { ...SYSLOG_LIMITS, ...limits });
    doors.add(door);
    const outcomes = () => parts.metrics.registry.getSingleMetricAsString('mdr_syslog_connections_total');
    return { ...parts, door, port: door.listeners[0]!.port, outcomes };
  }

  async function connected(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const given = { ca: readFileSync(ours.ca), servername: 'mdr.test', ...options };
    const socket = connect({ port, host: '127.0.0.1', ...given });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    socket.on('error', () => {});
    return socket;
  }
  async function send(port: number, text: string, options: ConnectionOptions = {}): Promise<void> {
    const socket = await connected(port, options);
    socket.resume();
    socket.end(text);
    await once(socket, 'close');
  }

  it('takes both framings and both forms of messages', async () => {
    const { door, port, queues } = await listening();
    await send(port, frame(LINE) + frame(MODERN));
    await send(port, `${LINE} 2\n${MODERN} 2\r\n`);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([LINE, `${LINE} 2`, MODERN, `${MODERN} 2`].sort());
  });

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    const { port } = await listening();
    const protocols = ['TLSv1.2', 'TLSv1.3'] as const;
    for (const version of protocols) {
      const socket = await connected(port, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
    }
    const old = connected(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await expect(old).rejects.toThrow();
  });

  it('with an authority, takes only clients whose certificate it signed', async () => {
    const { door, port, queues, outcomes } = await listening({ MDR_SYSLOG_TLS_CA: ours.ca });
    const other = authority();
    await send(port, `${LINE} signed\n`, shown(ours.sign('web-1.acme.test')));
    await send(port, `${LINE} none\n`).catch(() => {});
    await send(port, `${LINE} self\n`, shown(ours.selfSigned('self.test'))).catch(() => {});
    await send(port, `${LINE} foreign\n`, shown(other.sign('web-1.acme.test'))).catch(() => {});
    rmSync(other.folder, { recursive: true });
    await expect.poll(outcomes).toMatch(/outcome="certificate"\} 3/);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([`${LINE} signed`]);
  });

  it('tells the tenant by the client’s certificate, and never mixes two', async () => {
    const pinned = ours.selfSigned('sensor.beta.test');
    const { door, queues, outcomes } = await listening({
      MDR_SYSLOG: '*:linux:tls:0,acme:own:tls:0',
      MDR_SYSLOG_TLS_CA: ours.ca,
      MDR_SYSLOG_CLIENTS: `acme:web-1.acme.test, beta:sha256:${pinned.fingerprint}`,
    });
    const [all, own] = door.listeners.map((listener) => listener.port) as [number, number];
    const acme = shown(ours.sign('web-1.acme.test'));
    const unlisted = shown(ours.sign('web-9.acme.test'));
    await send(all, `${LINE} acme\n`, acme);
    await send(all, `${LINE} beta\n`, shown(pinned));
    await send(all, `${LINE} nobody\n`, unlisted).catch(() => {});
    await send(own, `${LINE} acme\n`, acme);
    await send(own, `${LINE} unlisted\n`, unlisted);
    await send(own, `${LINE} of beta\n`, shown(pinned)).catch(() => {});
    await expect.poll(outcomes).toMatch(/tenant="\*",source="linux",outcome="certificate"\} 1/);
    await expect.poll(outcomes).toMatch(/tenant="acme",source="own",outcome="certificate"\} 1/);
    await stop(door);
    const found = (await queued(queues)).map(({ tenant, source, lines }) => [tenant, source, ...lines.sort()]);
    expect(found.sort()).toEqual([
      ['acme', 'linux', `${LINE} acme`],
      ['acme', 'own', `${LINE} acme`, `${LINE} unlisted`],
      ['beta', 'linux', `${LINE} beta`],
    ]);
  });

  it('a pinned certificate needs no authority, and without one a name proves nothing', async () => {
    const pinned = ours.selfSigned('fw.acme.test');
    const { door, port, queues, outcomes } = await listening({
      MDR_SYSLOG: '*:linux:tls:0',
      MDR_SYSLOG_CLIENTS: `acme:sha256:${pinned.fingerprint.replaceAll(':', '').toLowerCase()}`,
    });
    await send(port, `${LINE}\n`, shown(pinned));
    await send(port, `${LINE} other\n`, shown(ours.sign('fw.acme.test'))).catch(() => {});
    await expect.poll(outcomes).toMatch(/outcome="certificate"\} 1/);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([LINE]);
    const named = { MDR_SYSLOG: '*:linux:tls:0', MDR_SYSLOG_CLIENTS: 'acme:fw.acme.test' };
    await expect(listening(named)).rejects.toMatchObject({
      code: 'MDR_CONFIG',
      hint: expect.stringContaining('MDR_SYSLOG_TLS_CA'),
    });
    await expect(listening({ MDR_SYSLOG: '*:linux:tls:0' })).rejects.toMatchObject({ code: 'MDR_CONFIG' });
  });

  it('takes up a renewed certificate without a restart, keeps the old one while the new is broken', async () => {
    const [cert, key] = [`${ours.folder}/live.pem`, `${ours.folder}/live.key`];
    copyFileSync(server.cert, cert);
    copyFileSync(server.key, key);
    const files = { MDR_SYSLOG_TLS_CERT: cert, MDR_SYSLOG_TLS_KEY: key, MDR_SYSLOG_TLS_CA: undefined };
    const certificates = await readCertificates(files, []);
    const { createServer } = await import('node:tls');
    const live = createServer(certificates.options).listen(0);
    await once(live, 'listening');
    const { port } = live.address() as { port: number };
    const following = certificates.follow([live], quiet, 20);
    const serial = async () => (await connected(port)).getPeerX509Certificate()!.serialNumber;
    const before = await serial();
    const next = ours.sign('mdr.test', 'renewed');
    writeFileSync(cert, 'not a certificate');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await serial()).toBe(before);
    copyFileSync(next.cert, cert);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await serial()).toBe(before);
    copyFileSync(next.key, key);
    await expect.poll(serial).not.toBe(before);
    following.stop();
    for (const socket of sockets.splice(0)) socket.destroy();
    live.close();
  });

  it('ends handshakes that stall, and those that are none, and counts them', async () => {
    const { door, port, queues, outcomes } = await listening({}, { handshakeMs: 200, connections: 50 });
    for (let i = 0; i < 60; i++) {
      const socket = connectTcp(port, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => {});
      await once(socket, 'connect');
      // The beginning of a ClientHello that never goes on; or plain syslog.
      socket.write(i % 2 ? Buffer.from([0x16, 3, 1, 2, 0, 1]) : `${LINE}\n`);
    }
    await send(port, `${LINE} real\n`);
    await expect.poll(outcomes).toMatch(/outcome="handshake"\} [2-6]\d/);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([`${LINE} real`]);
  });

  it.each([
    ['no certificate is set', { MDR_SYSLOG_TLS_CERT: '' }],
    ['a file is missing', { MDR_SYSLOG_TLS_KEY: '/nowhere/key.pem' }],
    ['the key is another’s', { MDR_SYSLOG_TLS_KEY: ours?.sign('other.test').key ?? '' }],
  ])('says what to do when %s', async (_case, settings) => {
    await expect(listening(settings)).rejects.toMatchObject({
      code: 'MDR_CONFIG',
      hint: expect.stringContaining('PEM files'),
    });
  });
});
