import type { Socket } from 'node:net';

/** Why a connection is over before its time. */
export type Ended = 'evicted' | 'refused';

const keyOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

/**
 * The open connections of one port, at most so many. When they are all taken, the oldest of those that have never sent a message
 * gives its place to the new one: a thousand that say nothing keep nobody out. When all have, the new one is refused.
 */
export class Connections {
  readonly #silent = new Map<string, Socket>();
  readonly #speaking = new Map<string, Socket>();

  constructor(
    private readonly limit: number,
    private readonly ended: (why: Ended) => void,
  ) {}

  get size(): number {
    return this.#silent.size + this.#speaking.size;
  }

  /** @returns whether there was a place; if not, the socket is closed */
  take(socket: Socket): boolean {
    if (this.size >= this.limit) {
      const oldest = this.#silent.entries().next().value;
      if (!oldest) {
        this.ended('refused');
        socket.destroy();
        return false;
      }
      this.#silent.delete(oldest[0]);
      this.ended('evicted');
      oldest[1].destroy();
    }
    const key = keyOf(socket);
    this.#silent.set(key, socket);
    socket.once('close', () => {
      if (this.#silent.get(key) === socket) this.#silent.delete(key);
      if (this.#speaking.get(key) === socket) this.#speaking.delete(key);
    });
    return true;
  }

  /** It has sent a message. Its TLS socket may be given as well. */
  speaks(socket: Socket): void {
    const key = keyOf(socket);
    const own = this.#silent.get(key);
    if (!own) return;
    this.#silent.delete(key);
    this.#speaking.set(key, own);
  }

  destroy(): void {
    for (const socket of [...this.#silent.values(), ...this.#speaking.values()]) socket.destroy();
  }
}
