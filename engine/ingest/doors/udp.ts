import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../../log.js';
import { deliver, onOneLine, sampleOf } from '../records.js';
import type { Stream } from './stream.js';
import { type Address, LAST_READS_MS, type Opened } from './tcp.js';

const DROPS_TOLD_MS = 1000;

/** Syslog over UDP, one message a datagram. Those that come while the queue is full are counted as refused with MDR_OVERLOADED. */
export async function listenUdp({ host, port }: Address, stream: Stream, log: Log): Promise<Opened> {
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
