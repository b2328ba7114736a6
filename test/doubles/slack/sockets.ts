import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

export interface Envelope {
  type: 'slash_commands' | 'interactive' | 'events_api';
  payload: unknown;
  retry_attempt?: number;
  retry_reason?: string;
}

/** Slack's Socket Mode: says hello, sends envelopes, takes their acknowledgements. */
export class Sockets {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #open = new Set<WebSocket>();
  readonly #tickets = new Set<string>();
  readonly #acks = new Map<string, (payload: unknown) => void>();
  readonly #onConnect = new Set<() => void>();
  /** How many connections were made since the start. */
  connections = 0;

  constructor(
    http: Server,
    private readonly app: string,
  ) {
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** A single-use address, as `apps.connections.open` gives. */
  ticket(base: string): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return `${base.replace(/^http/, 'ws')}/link/?ticket=${ticket}`;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://double').searchParams.get('ticket') ?? '';
    if (!this.#tickets.delete(ticket)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      this.#open.add(ws);
      this.connections += 1;
      ws.on('close', () => this.#open.delete(ws));
      ws.on('message', (data) => this.#acknowledged(String(data)));
      ws.send(
        JSON.stringify({
          type: 'hello',
          num_connections: this.#open.size,
          connection_info: { app_id: this.app },
          debug_info: { host: 'double', approximate_connection_time: 3600 },
        }),
      );
      for (const told of this.#onConnect) told();
      this.#onConnect.clear();
    });
  }

  #acknowledged(text: string): void {
    const { envelope_id: id, payload } = JSON.parse(text) as { envelope_id: string; payload?: unknown };
    this.#acks.get(id)?.(payload ?? null);
    this.#acks.delete(id);
  }

  /** Connections that are open now. */
  get count(): number {
    return [...this.#open].filter((socket) => socket.readyState === WebSocket.OPEN).length;
  }

  /** Until at least one client is connected. @throws Error after `ms` */
  async connected(ms = 10_000): Promise<void> {
    if (this.count > 0) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no Socket Mode connection within ${ms} ms`)), ms);
      this.#onConnect.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Send an envelope and wait for its acknowledgement. @returns its payload @throws Error when none comes within `ms` */
  async send(envelope: Envelope, ms = 3000, id = randomUUID()): Promise<unknown> {
    await this.connected();
    const socket = [...this.#open].find((found) => found.readyState === WebSocket.OPEN);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#acks.delete(id);
        reject(new Error(`envelope not acknowledged within ${ms} ms`));
      }, ms);
      this.#acks.set(id, (payload) => {
        clearTimeout(timer);
        resolve(payload);
      });
      socket?.send(
        JSON.stringify({ envelope_id: id, accepts_response_payload: envelope.type !== 'events_api', ...envelope }),
      );
    });
  }

  /** Break every connection without a word. */
  drop(): void {
    for (const socket of this.#open) socket.terminate();
    this.#open.clear();
  }

  /** Ask every client to connect again, as Slack does every few hours. */
  refresh(): void {
    for (const socket of this.#open)
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'double' } }));
  }

  close(): void {
    this.drop();
    this.#server.close();
  }
}
