import { once } from 'node:events';
import { createServer as createPlain, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createServer as createSecure, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Log } from '../../log.js';
import { Connections } from './connections.js';
import { SyslogFrames } from './frames.js';
import { sparing } from './sparing.js';
import type { Stream } from './stream.js';

/** Syslog has no acknowledgement: what has arrived at this machine when a listener stops is still read. */
export const LAST_READS_MS = 100;
/** Text of messages that have not ended, over all connections of a port, in bytes. */
const MAX_UNFINISHED = 64 * 1024 * 1024;

/** Bounds of each TCP and TLS listener. */
export interface SyslogLimits {
  connections: number;
  /** After so long without a byte a connection is ended, in ms. */
  idleMs: number;
  /** A TLS handshake takes no longer, in ms. */
  handshakeMs: number;
}
export const SYSLOG_LIMITS: SyslogLimits = { connections: 1000, idleMs: 10 * 60_000, handshakeMs: 10_000 };

export interface Address {
  host: string;
  port: number;
}

export interface Opened {
  port: number;
  close(): Promise<void>;
}

/** What happened to a connection, as it is counted. */
export type Outcome = 'opened' | 'refused' | 'evicted' | 'handshake' | 'certificate' | 'unfinished';

export interface TcpParts {
  limits: SyslogLimits;
  log: Log;
  count(outcome: Outcome): void;
  /** Where a connection's records go; null: it is not to be taken. */
  streamOf(socket: Socket): Stream | null;
  /** With these, TLS. */
  tls?: TlsOptions;
}

/**
 * Syslog over TCP (RFC 6587) or TLS (RFC 5425), in both framings. While the queue is full it is read no further, so that the sender
 * waits.
 */
export async function listenTcp({ host, port }: Address, parts: TcpParts): Promise<Opened & { server: Server }> {
  const { limits, log, count, streamOf, tls } = parts;
  const { idleMs } = limits;
  const tell = sparing(log);
  const frames = new Map<Socket, SyslogFrames>();
  const connections = new Connections(limits.connections, (why) => {
    count(why);
    tell(`syslog connection ${why}: all places were taken`, { port, limit: limits.connections });
  });
  let unfinished = 0;

  function serve(socket: Socket): void {
    const stream = streamOf(socket);
    if (!stream) {
      count('certificate');
      tell('syslog client refused: its certificate belongs to nobody here', { port, from: socket.remoteAddress });
      socket.destroy();
      return;
    }
    count('opened');
    const splitter = new SyslogFrames(stream);
    frames.set(socket, splitter);
    socket.setTimeout(idleMs);
    socket.on('timeout', () => {
      // One that is made to wait is not idle. One that is gets no chance to keep its place by never closing its end.
      if (socket.isPaused()) socket.setTimeout(idleMs);
      else socket.destroy();
    });
    let held = 0;
    const hold = (bytes: number) => {
      unfinished += bytes - held;
      held = bytes;
    };
    socket.on('data', (chunk) => {
      splitter.push(chunk);
      hold(splitter.pending);
      if (splitter.ended > 0) connections.speaks(socket);
      if (unfinished > MAX_UNFINISHED) {
        count('unfinished');
        tell('syslog connection ended: too many messages are unfinished at once', { port, from: socket.remoteAddress });
        socket.destroy();
        return;
      }
      if (!stream.congested) return;
      socket.pause();
      stream.room().then(() => socket.resume());
    });
    socket.on('error', (error) => log.debug({ err: error }, 'syslog tcp'));
    socket.on('close', () => {
      hold(0);
      // When the door stops, it has ended the frames itself.
      if (frames.delete(socket)) splitter.end();
    });
  }

  const server = tls ? createSecure({ ...tls, handshakeTimeout: limits.handshakeMs }) : createPlain();
  server.on('connection', (socket: Socket) => {
    socket.on('error', (error) => log.debug({ err: error }, 'syslog tcp'));
    if (connections.take(socket) && !tls) serve(socket);
  });
  server.on('secureConnection', serve);
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    count('handshake');
    tell('syslog client refused: no TLS handshake', { port, reason: error.message.slice(0, 200) });
    socket.destroy();
  });
  server.listen(port, host);
  await once(server, 'listening');
  server.on('error', (error) => log.warn({ err: error }, 'syslog tcp'));
  return {
    server,
    port: (server.address() as { port: number }).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await wait(LAST_READS_MS);
      // The server may be closed before its sockets say that they are: what they hold is taken from them here.
      for (const [socket, splitter] of frames) {
        frames.delete(socket);
        socket.destroy();
        splitter.end();
      }
      connections.destroy();
      await closed;
    },
  };
}
