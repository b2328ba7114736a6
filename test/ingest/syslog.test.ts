import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { counters } from '../../engine/counters.js';
import { readClientsSetting, readSyslogSetting } from '../../engine/ingest/doors/listeners.js';
import { type SyslogDoor, syslogDoor } from '../../engine/ingest/doors/syslog.js';
import { doorParts, queuedLines } from './parts.js';

const LINE = '<38>Nov 24 03:00:01 bastion sshd[711]: Failed password for root from 192.0.2.7 port 50111 ssh2';
const open = new Set<SyslogDoor>();
afterEach(async () => {
  for (const door of open) await stop(door);
});

async function stop(door: SyslogDoor): Promise<void> {
  if (open.delete(door)) await door.stop();
}

async function listening(protocol: 'udp' | 'tcp', settings: Record<string, string> = {}) {
  const parts = await doorParts({ MDR_SYSLOG: `acme:linux:${protocol}:0`, ...settings });
  const door = await syslogDoor(parts);
  open.add(door);
  const count = counters(parts.queues.redis, parts.queues.prefix, 'acme');
  return { ...parts, door, port: door.listeners[0]!.port, count };
}

async function sendTcp(port: number, ...chunks: (string | Buffer)[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  for (const chunk of chunks) socket.write(chunk);
  socket.end();
  await once(socket, 'close');
}

describe('the syslog door', () => {
  it('takes datagrams over UDP, one event each', async () => {
    const { door, port, queues, count } = await listening('udp');
    const socket = createSocket('udp4');
    for (let i = 0; i < 20; i++)
      await new Promise((resolve) => socket.send(`${LINE} ${i}`, port, '127.0.0.1', resolve));
    socket.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await stop(door);
    expect(await queuedLines(queues)).toEqual(Array.from({ length: 20 }, (_, i) => `${LINE} ${i}`).sort());
    expect(await count.read()).toMatchObject({ accepted: 20, refused: 0 });
  });

  it('takes lines over TCP, however they are cut, and the last one without a line end', async () => {
    const { door, port, queues } = await listening('tcp');
    await sendTcp(port, `${LINE} 1\n${LINE.slice(0, 20)}`, `${LINE.slice(20)} 2\r\n`, `${LINE} 3`);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([`${LINE} 1`, `${LINE} 2`, `${LINE} 3`]);
  });

  it('takes octet-counted frames over TCP (RFC 6587)', async () => {
    const { door, port, queues } = await listening('tcp');
    const frame = (text: string) => `${Buffer.byteLength(text)} ${text}`;
    await sendTcp(port, frame(`${LINE} ä`) + frame(`${LINE} 2`));
    await stop(door);
    expect(await queuedLines(queues)).toEqual([`${LINE} 2`, `${LINE} ä`]);
  });

  it('refuses what is too long or not UTF-8, keeps a sample, and goes on', async () => {
    const { door, port, queues, store, count } = await listening('tcp');
    await sendTcp(
      port,
      Buffer.concat([Buffer.from('<1>'), Buffer.alloc(3 << 20, 'x')]),
      `\n${LINE}\n`,
      Buffer.from([0x3c, 0x31, 0x3e, 0xff, 0xfe, 10]),
    );
    await stop(door);
    expect(await queuedLines(queues)).toEqual([LINE]);
    const letters = await (await store.forTenant('acme')).deadletters.find();
    expect(letters.map((letter) => letter.code).sort()).toEqual(['MDR_LINE_TOO_LONG', 'MDR_LINE_UTF8']);
    expect(await count.read()).toMatchObject({ accepted: 1, refused: 2 });
  });

  it('stores what was taken when it stops, although no batch was full', async () => {
    const { door, port, queues } = await listening('tcp');
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${LINE}\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stop(door);
    socket.destroy();
    expect(await queuedLines(queues)).toEqual([LINE]);
  });

  it('counts equal messages each time they come', async () => {
    const { door, port, count } = await listening('tcp');
    for (let i = 0; i < 2; i++) {
      await sendTcp(port, `${LINE}\n`);
      await expect.poll(async () => (await count.read()).accepted).toBe(i + 1);
    }
    await stop(door);
  });

  it('goes on after megabytes of white space around messages', async () => {
    const { port, count } = await listening('tcp');
    const padded = Buffer.from(`${LINE}${' '.repeat(10_000)}\n`.repeat(600));
    await sendTcp(port, padded);
    await sendTcp(port, `${LINE} last\n`);
    await expect.poll(async () => (await count.read()).accepted).toBe(601);
  });

  it('stops reading TCP while the queue is full, and loses nothing', async () => {
    const { port, queues, count } = await listening('tcp', { MDR_MAX_WAITING: '1' });
    const message = (n: number) => `<34>${n} ${'x'.repeat(20_000)}\n`;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const total = 1000;
    for (let n = 0; n < total; n++) socket.write(message(n));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // The door holds 4 MiB and the queue a little; the rest waits with the sender.
    expect(socket.writableLength).toBeGreaterThan(1 << 20);
    const worker = setInterval(() => queues.queue('events').drain(), 100);
    await expect.poll(async () => (await count.read()).accepted).toBe(total);
    clearInterval(worker);
    socket.destroy();
  });

  it('counts the datagrams that it drops while the queue is full, and keeps one of them', async () => {
    const { door, port, queues, store, count } = await listening('udp', { MDR_MAX_WAITING: '1' });
    const data = { tenant: 'acme', source: 'x', format: null, received: 0, count: 0, simulated: false, lines: '' };
    await queues.addBulk('events', [{ data }, { data }, { data }]);
    const socket = createSocket('udp4');
    for (let n = 0; n < 200; n++) {
      const datagram = Buffer.from(`<34>${n} ${'x'.repeat(40_000)}`);
      await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    socket.close();
    await queues.queue('events').drain();
    await stop(door);
    const { accepted, refused } = await count.read();
    expect(accepted).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(10);
    const letters = await (await store.forTenant('acme')).deadletters.find();
    expect(letters[0]).toMatchObject({
      source: 'linux',
      code: 'MDR_OVERLOADED',
      sample: expect.stringMatching(/^<34>\d+ x/),
    });
  });

  it.each([
    'acme:linux:udp',
    'acme:linux:sctp:1',
    'acme:linux:tcp:99999',
    'acme:UPPER:tcp:1',
    ':linux:tcp:1',
    '*:x:tcp:1',
  ])('%s is no listener', (setting) => {
    expect(() => readSyslogSetting(setting)).toThrow(expect.objectContaining({ code: 'MDR_CONFIG' }));
  });

  it.each(['acme', ':web-1', '*:web-1', 'acme:sha256:12', 'acme:a/b', 'acme:web-1,beta:WEB-1'])(
    '%s is no client',
    (setting) => {
      expect(() => readClientsSetting(setting)).toThrow(expect.objectContaining({ code: 'MDR_CONFIG' }));
    },
  );

  it('names the tenant that does not exist', async () => {
    const parts = await doorParts({ MDR_SYSLOG: 'nobody:linux:tcp:0' });
    await expect(syslogDoor(parts)).rejects.toMatchObject({ code: 'MDR_TENANT_UNKNOWN' });
  });
});
