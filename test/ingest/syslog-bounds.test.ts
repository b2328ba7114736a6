import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type SyslogDoor, syslogDoor } from '../../engine/ingest/doors/syslog.js';
import { SYSLOG_LIMITS } from '../../engine/ingest/doors/tcp.js';
import { countsOf, doorParts, lettersOf, queued, queuedLines } from './parts.js';

const LINE = '<38>Nov 24 03:00:01 bastion sshd[711]: Failed password for root from 192.0.2.7 port 50111 ssh2';
const doors = new Set<SyslogDoor>();
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all([...doors].map(stop));
});

async function stop(door: SyslogDoor): Promise<void> {
  if (doors.delete(door)) await door.stop();
}

async function listening(protocol: 'udp' | 'tcp', limits: Partial<typeof SYSLOG_LIMITS> = {}) {
  const parts = await doorParts({ MDR_SYSLOG: `acme:linux:${protocol}:0` });
  const door = await syslogDoor(parts, { ...SYSLOG_LIMITS, ...limits });
  doors.add(door);
  return { ...parts, door, port: door.listeners[0]!.port };
}

/** A connection that its own end never closes. */
async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  return socket;
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the syslog door at its bounds', () => {
  it('stores at its stop what has arrived, also a message that has not ended', async () => {
    const { door, port, queues } = await listening('tcp');
    const socket = await connected(port);
    socket.write(`${LINE} 1\n${LINE} 2`);
    await pause(50);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([`${LINE} 1`, `${LINE} 2`]);
  });

  it('reads at its stop the datagrams that this machine has received', async () => {
    const { door, port, queues } = await listening('udp');
    const socket = createSocket('udp4');
    for (let n = 0; n < 50; n++) socket.send(`${LINE} ${n}`, port, '127.0.0.1');
    await new Promise((resolve) => socket.send(`${LINE} last`, port, '127.0.0.1', resolve));
    await stop(door);
    socket.close();
    expect(await queuedLines(queues)).toHaveLength(51);
  });

  it('ends a connection that is idle, also when its other end stays open, and keeps what it had sent', async () => {
    const { door, port, queues } = await listening('tcp', { idleMs: 100, connections: 1 });
    const idle = await connected(port);
    idle.write(LINE);
    await pause(300);
    const next = await connected(port);
    next.write(`${LINE} next\n`);
    await pause(50);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([LINE, `${LINE} next`]);
  });

  it('refuses connections beyond its limit when the others have spoken, and those go on', async () => {
    const { door, port, queues, metrics } = await listening('tcp', { connections: 2 });
    const first = await connected(port);
    const second = await connected(port);
    for (const [n, socket] of [first, second].entries()) socket.write(`${LINE} ${n}\n`);
    await pause(50);
    const third = await connected(port);
    if (!third.readableEnded) await once(third, 'end');
    first.write(`${LINE} 2\n`);
    await pause(50);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([`${LINE} 0`, `${LINE} 1`, `${LINE} 2`]);
    expect(await metrics.registry.getSingleMetricAsString('mdr_syslog_connections_total')).toMatch(
      /outcome="refused"\} 1/,
    );
  });

  it('gives the place of the oldest connection that never spoke to a new one', async () => {
    const { door, port, queues } = await listening('tcp', { connections: 2 });
    const first = await connected(port);
    const second = await connected(port);
    second.write(`${LINE} 2\n`);
    await pause(50);
    const third = await connected(port);
    if (!first.readableEnded) await once(first, 'end');
    third.write(`${LINE} 3\n`);
    second.write(`${LINE} 4\n`);
    await pause(50);
    await stop(door);
    expect(await queuedLines(queues)).toEqual([`${LINE} 2`, `${LINE} 3`, `${LINE} 4`]);
  });

  it('takes a sender while a thousand connections say nothing', async () => {
    const { door, port, queues } = await listening('tcp', { connections: 100 });
    await Promise.all(Array.from({ length: 1000 }, () => connected(port)));
    const sender = await connected(port);
    sender.write(`${LINE}\n`);
    await expect.poll(() => queuedLines(queues)).toEqual([LINE]);
    await stop(door);
  });

  it('holds no more than 64 MiB of messages that never end', async () => {
    const { door, port, queues, metrics } = await listening('tcp');
    const part = Buffer.alloc(1024 * 1024, 'x');
    const hoarders = await Promise.all(Array.from({ length: 80 }, () => connected(port)));
    for (const socket of hoarders) socket.write(part);
    await expect
      .poll(() => metrics.registry.getSingleMetricAsString('mdr_syslog_connections_total'))
      .toMatch(/outcome="unfinished"\} (1[6-9]|[23]\d)\b/);
    const sender = await connected(port);
    sender.write(`${LINE}\n`);
    await expect.poll(() => queuedLines(queues)).toContain(LINE);
    await stop(door);
  });

  it('queues equal messages that come at different moments as often as it counts them', async () => {
    const { door, port, ...parts } = await listening('tcp');
    const socket = await connected(port);
    for (let n = 1; n <= 2; n++) {
      socket.write(`${LINE}\n`);
      await expect.poll(() => countsOf(parts)).toEqual({ accepted: n, refused: 0 });
    }
    await stop(door);
    const jobs = await queued(parts.queues);
    expect(jobs.map((job) => job.count)).toEqual([1, 1]);
  });

  it.each(['udp', 'tcp'] as const)('survives rubbish over %s, and counts it', async (protocol) => {
    const { door, port, ...parts } = await listening(protocol);
    const rubbish = [Buffer.from([0xff, 0xfe, 0x00, 0x80]), Buffer.from('99999999 \xe4', 'latin1')];
    if (protocol === 'tcp') {
      const socket = await connected(port);
      socket.write(Buffer.concat(rubbish.flatMap((bytes) => [bytes, Buffer.from('\n')])));
      socket.write(`${LINE}\n`);
    } else {
      const socket = createSocket('udp4');
      for (const bytes of [...rubbish, Buffer.alloc(0), Buffer.from(`${LINE}\n`)])
        await new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve));
      socket.close();
    }
    await pause(50);
    await stop(door);
    expect(await queuedLines(parts.queues)).toEqual([LINE]);
    expect(await countsOf(parts)).toEqual({ accepted: 1, refused: 2 });
    expect((await lettersOf(parts)).map(({ code }) => code)).toEqual(['MDR_LINE_UTF8', 'MDR_LINE_UTF8']);
  });
});
