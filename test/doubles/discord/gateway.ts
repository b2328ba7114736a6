import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import type { Workspace } from './workspace.js';

interface Frame {
  op: number;
  d?: unknown;
  s?: number | null;
  t?: string | null;
}

/** The privileged intent for the words of messages that are not for the bot. */
const MESSAGE_CONTENT = 1 << 15;

interface Session {
  intents: number;
  sequence: number;
  /** Everything sent, for whoever resumes. */
  sent: Frame[];
  socket: WebSocket | null;
}

interface Identify {
  token: string;
  intents: number;
}

const OP = { dispatch: 0, heartbeat: 1, identify: 2, resume: 6, reconnect: 7, invalid: 9, hello: 10, ack: 11 } as const;

/** Discord's gateway: hello, identify or resume, heartbeats, events with sequence numbers. */
export class GatewayDouble {
  readonly #server: WebSocketServer;
  readonly #sessions = new Map<string, Session>();
  readonly #onReady = new Set<() => void>();
  /** How often somebody identified, resumed, and how many heartbeats came. */
  identified = 0;
  resumed = 0;
  heartbeats = 0;
  /** Milliseconds between heartbeats. */
  heartbeatMs = 41_250;
  url = '';

  constructor(
    http: Server,
    private readonly workspace: Workspace,
    private readonly token: string,
  ) {
    this.#server = new WebSocketServer({ server: http });
    this.#server.on('connection', (socket) => this.#greet(socket));
  }

  #greet(socket: WebSocket): void {
    let session: Session | null = null;
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.op === OP.heartbeat) {
        this.heartbeats += 1;
        socket.send(JSON.stringify({ op: OP.ack }));
      } else if (frame.op === OP.identify) session = this.#identify(socket, frame.d as Identify);
      else if (frame.op === OP.resume) session = this.#resume(socket, frame.d as { session_id: string; seq: number });
    });
    socket.on('close', () => {
      if (session?.socket === socket) session.socket = null;
    });
    socket.send(JSON.stringify({ op: OP.hello, d: { heartbeat_interval: this.heartbeatMs } }));
  }

  #identify(socket: WebSocket, { token, intents }: Identify): Session | null {
    if (token !== this.token) {
      socket.close(4004, 'Authentication failed.');
      return null;
    }
    this.identified += 1;
    const id = randomUUID();
    const session: Session = { intents, sequence: 0, sent: [], socket };
    this.#sessions.set(id, session);
    const { bot, application, guild } = this.workspace;
    this.#dispatch(session, 'READY', {
      v: 10,
      user: { ...bot, bot: true },
      session_id: id,
      resume_gateway_url: this.url,
      application: { id: application, flags: 0 },
      guilds: [{ id: guild.id, unavailable: true }],
    });
    this.#ready();
    return session;
  }

  #resume(socket: WebSocket, { session_id: id, seq }: { session_id: string; seq: number }): Session | null {
    const session = this.#sessions.get(id);
    if (!session) {
      socket.send(JSON.stringify({ op: OP.invalid, d: false }));
      return null;
    }
    this.resumed += 1;
    session.socket = socket;
    for (const frame of session.sent) if (Number(frame.s) > seq) socket.send(JSON.stringify(frame));
    this.#dispatch(session, 'RESUMED', {});
    this.#ready();
    return session;
  }

  #ready(): void {
    for (const told of this.#onReady) told();
    this.#onReady.clear();
    this.workspace.changed();
  }

  /** As Discord does it: without the intent, words come only in direct messages and where the bot is mentioned. */
  #asAllowed({ intents }: Session, t: string, d: unknown): unknown {
    const message = d as { guild_id?: string; content: string };
    if (t !== 'MESSAGE_CREATE' || intents & MESSAGE_CONTENT || !message.guild_id) return d;
    return message.content.includes(`<@${this.workspace.bot.id}>`) ? d : { ...message, content: '' };
  }

  #dispatch(session: Session, t: string, d: unknown): void {
    session.sequence += 1;
    const frame = { op: OP.dispatch, t, s: session.sequence, d: this.#asAllowed(session, t, d) };
    session.sent.push(frame);
    if (session.socket?.readyState === WebSocket.OPEN) session.socket.send(JSON.stringify(frame));
  }

  /** Sessions with an open connection. */
  get count(): number {
    return [...this.#sessions.values()].filter(({ socket }) => socket?.readyState === WebSocket.OPEN).length;
  }

  /** Until somebody is ready or has resumed. @throws Error after `ms` */
  async connected(ms = 10_000): Promise<void> {
    if (this.count > 0) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no gateway connection within ${ms} ms`)), ms);
      this.#onReady.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Tell every session; one whose connection is gone gets it when it resumes. */
  send(t: string, d: unknown): void {
    for (const session of this.#sessions.values()) this.#dispatch(session, t, d);
  }

  /** Break every connection without a word. */
  drop(): void {
    for (const { socket } of this.#sessions.values()) socket?.terminate();
  }

  /** Ask every client to connect again and resume. */
  reconnect(): void {
    for (const { socket } of this.#sessions.values()) socket?.send(JSON.stringify({ op: OP.reconnect }));
  }

  /** Break every connection and forget the sessions: whoever resumes has to identify anew. */
  forget(): void {
    this.drop();
    this.#sessions.clear();
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }
}
