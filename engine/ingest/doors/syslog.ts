import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import { deliver, onOneLine, sampleOf } from '../records.js';
import { SyslogFrames } from './frames.js';
import { Stream } from './stream.js';
import { type DoorParts, SOURCE } from './types.js';

/** Bounds of each TCP listener. */
export interface SyslogLimits {
  connections: number;
  /** After so long without a byte a connection is ended, in ms. */
  idleMs: number;
}
export const SYSLOG_LIMITS: SyslogLimits = { connections: 256, idleMs: 10 * 60_000 };

const DROPS_TOLD_MS = 1000;
/** Syslog has no acknowledgement: what has arrived at this machine when a listener stops is still read. */
const LAST_READS_MS = 100;

interface Listener {
  tenant: string;
  source: string;
  protocol: 'udp' | 'tcp';
  port: number;
}

/** Open syslog listeners. */
export interface SyslogDoor {
  /** As opened: ports given as 0 are those the system chose. */
  listeners: Listener[];
  /** Stop listening, then store what was taken. */
  stop(): Promise<void>;
}

/** @param setting `<tenant>:<source>:<udp|tcp>:<port>`, separated by commas. @throws MdrError MDR_CONFIG */
export function readSyslogSetting(setting: string): Listener[] {
  const entries = setting.split(',').map((entry) => entry.trim());
  return entries.filter(Boolean).map((entry) => {
    const [tenant = '', source = '', protocol, port = ''] = entry.split(':');
    const number = /^\d{1,5}$/.test(port) ? Number(port) : 65536;
    if (tenant && SOURCE.test(source) && (protocol === 'udp' || protocol === 'tcp') && number < 65536)
      return { tenant, source, protocol, port: number };
    const hint = 'Write <tenant>:<source>:<udp|tcp>:<port>, separated by commas.';
    throw new MdrError('MDR_CONFIG', `MDR_SYSLOG has a malformed entry: "${entry}".`, hint);
  });
}

/**
 * Syslog over UDP and TCP. While the queue is full, TCP is read no further, so that the sender waits; datagrams that come then are
 * counted as refused with MDR_OVERLOADED.
 * @throws MdrError MDR_CONFIG, MDR_TENANT_UNKNOWN
 */
export async function syslogDoor(
  { store, intake, config, log }: DoorParts,
  limits: SyslogLimits = SYSLOG_LIMITS,
): Promise<SyslogDoor> {
  const open: { listener: Listener; stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(open.map((one) => one.stop()));
  };
  try {
    for (const listener of readSyslogSetting(config.MDR_SYSLOG)) {
      const { tenant, source, protocol } = listener;
      await store.forTenant(tenant);
      const stream = new Stream(intake, { tenant, source, format: null, simulated: false }, log);
      const where = { host: config.MDR_ENGINE_HOST, port: listener.port };
      const opening = protocol === 'udp' ? listenUdp(where, stream, log) : listenTcp(where, stream, log, limits);
      const opened = await opening.catch((cause: Error) => {
        const hint = 'Choose a port that is free and that this user may open (above 1023).';
        throw new MdrError(
          'MDR_CONFIG',
          `MDR_SYSLOG: port ${listener.port} cannot be opened: ${cause.message}.`,
          hint,
          { cause },
        );
      });
      open.push({ listener: { ...listener, port: opened.port }, stop: () => opened.close().then(() => stream.stop()) });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { listeners: open.map((one) => one.listener), stop };
}

interface Address {
  host: string;
  port: number;
}

interface Opened {
  port: number;
  close(): Promise<void>;
}

async function listenUdp({ host, port }: Address, stream: Stream, log: Log): Promise<Opened> {
  const socket: UdpSocket = createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: 4 * 1024 * 1024,
  });
  const sink = onOneLine(stream);
  let number = 0;
  let dropped = 0;
  let first: Buffer | null = null;

  function tellDrops(): void {
    if (!first) return;
    const message = `The queue was full: ${dropped} datagrams were dropped, of which this is the first.`;
    const letter = { code: 'MDR_OVERLOADED', message, number, sample: sampleOf(first), bytes: first.length } as const;
    stream.refuse(letter, dropped);
    first = null;
    dropped = 0;
  }

  socket.on('message', (datagram) => {
    number += 1;
    if (!stream.congested) {
      deliver(datagram, datagram.length, number, sink);
      return;
    }
    first ??= datagram;
    dropped += 1;
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  socket.on('error', (error) => log.warn({ err: error }, 'syslog udp'));
  const timer = setInterval(tellDrops, DROPS_TOLD_MS);
  return {
    port: socket.address().port,
    async close() {
      clearInterval(timer);
      await wait(LAST_READS_MS);
      socket.close();
      await once(socket, 'close');
      tellDrops();
    },
  };
}

async function listenTcp(
  { host, port }: Address,
  stream: Stream,
  log: Log,
  { connections, idleMs }: SyslogLimits,
): Promise<Opened> {
  const sockets = new Map<Socket, SyslogFrames>();
  const server = createServer((socket) => {
    const frames = new SyslogFrames(stream);
    sockets.set(socket, frames);
    socket.setTimeout(idleMs);
    socket.on('timeout', () => {
      // One that is made to wait is not idle. One that is gets no chance to keep its place by never closing its end.
      if (socket.isPaused()) socket.setTimeout(idleMs);
      else socket.destroy();
    });
    socket.on('data', (chunk) => {
      frames.push(chunk);
      if (!stream.congested) return;
      socket.pause();
      stream.room().then(() => socket.resume());
    });
    socket.on('error', (error) => log.debug({ err: error }, 'syslog tcp'));
    socket.on('close', () => {
      // When the door stops, it has ended the frames itself.
      if (sockets.delete(socket)) frames.end();
    });
  });
  server.maxConnections = connections;
  server.on('drop', () => log.warn({ port, limit: connections }, 'syslog connection refused: too many'));
  server.listen(port, host);
  await once(server, 'listening');
  server.on('error', (error) => log.warn({ err: error }, 'syslog tcp'));
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await wait(LAST_READS_MS);
      // The server may be closed before its sockets say that they are: what they hold is taken from them here.
      for (const [socket, frames] of sockets) {
        sockets.delete(socket);
        socket.destroy();
        frames.end();
      }
      await closed;
    },
  };
}
