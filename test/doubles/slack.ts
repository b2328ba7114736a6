import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, Faults } from './slack/faults.js';
import { click, event, httpBody, signature, slashCommand, type Who } from './slack/payloads.js';
import { type Envelope, Sockets } from './slack/sockets.js';
import { type Args, METHODS, type Reply, respond, SlackRefusal } from './slack/web.js';
import { type Ephemeral, type SlackMessage, Workspace } from './slack/workspace.js';

export type { Ephemeral, SlackMessage } from './slack/workspace.js';

/** How the app answered something that Slack sent it. */
export interface Delivery {
  /** HTTP status; 200 for an acknowledged envelope. */
  status: number;
  body: unknown;
  /** Milliseconds until the acknowledgement. */
  ms: number;
}

/** Further ways to send the same thing. */
export interface Sending {
  /** Sign with the right secret, with a wrong one, or with the right one ten minutes ago. */
  sign?: 'good' | 'bad' | 'old';
  /** Number of Slack's retry. */
  retry?: number;
}

const MOST_BODY = 4 * 1024 * 1024;

/**
 * A small Slack of our own on loopback: Web API, signed posts to an app, Socket Mode, and faults on demand. Give its `apiUrl` to the
 * app as `SLACK_API_URL` and its tokens as the app's. What people do is called as methods (`slash`, `click`, `mention`); what the app
 * did is in `workspace`. With `appUrl` set it posts to the app over HTTP, otherwise it uses Socket Mode.
 */
export class SlackDouble {
  readonly botToken = 'xoxb-double';
  readonly appToken = 'xapp-double';
  readonly signingSecret = 'double-signing-secret';
  readonly workspace = new Workspace();
  readonly faults = new Faults();
  /** Web API calls so far, in order. */
  readonly calls: { method: string; args: Args }[] = [];
  /** Scopes granted to the bot. */
  scopes = 'app_mentions:read,channels:history,chat:write,commands,groups:history,im:history'.split(',');
  /** The app's own address for HTTP mode, as in `http://127.0.0.1:8789/slack/events`. */
  appUrl: string | null = null;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly sockets = new Sockets(this.#server, this.workspace.bot.app);
  #base = '';

  /** @param port 0 takes any free one */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#base = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.sockets.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What goes into `SLACK_API_URL`. */
  get apiUrl(): string {
    return `${this.#base}/api/`;
  }

  /** The next `times` calls of this Web API method, or of `response_url`, go wrong. */
  fault(method: string, fault: Fault, times = 1): void {
    this.faults.add(method, fault, times);
  }

  until<T>(predicate: () => T | null | undefined | false, ms?: number): Promise<T> {
    return this.workspace.until(predicate, ms);
  }

  get ephemerals(): Ephemeral[] {
    return this.workspace.ephemerals;
  }

  #who(who: Who): Required<Who> {
    return { user: who.user ?? 'U0ANA', channel: who.channel ?? 'C0ALERTS' };
  }

  /** Someone types `/mdr <text>`. */
  slash(text: string, who: Who & Sending = {}): Promise<Delivery> {
    return this.deliver(this.slashEnvelope(text, who), who);
  }

  slashEnvelope(text: string, who: Who = {}): Envelope {
    return slashCommand(this.workspace, this.#base, text, this.#who(who));
  }

  /** Someone clicks a button, or chooses from a select, of a message that is there. */
  click(
    on: SlackMessage | Ephemeral,
    actionId: string,
    who: Who & Sending & { choice?: string } = {},
  ): Promise<Delivery> {
    const place = { user: who.user ?? 'U0ANA', channel: on.channel };
    return this.deliver(click(this.workspace, this.#base, on, actionId, place, who.choice ?? null), who);
  }

  /** Something happens: an event of the Events API. @param id the same id makes it the same event again */
  event(inner: Record<string, unknown>, sending: Sending & { id?: string } = {}): Promise<Delivery> {
    return this.deliver(event(this.workspace, inner, sending.id), sending);
  }

  /** Hand an envelope to the app, over the socket or as a signed post; the same one twice is a duplicate. */
  async deliver(envelope: Envelope, sending: Sending = {}): Promise<Delivery> {
    const from = performance.now();
    if (this.appUrl === null) {
      const retry = sending.retry ? { retry_attempt: sending.retry, retry_reason: 'timeout' } : {};
      const body = await this.sockets.send({ ...envelope, ...retry });
      return { status: 200, body, ms: performance.now() - from };
    }
    const { type, body } = httpBody(envelope);
    return this.post(type, body, sending);
  }

  /** A post to the app, signed as told. */
  async post(type: string, body: string, { sign = 'good', retry }: Sending = {}): Promise<Delivery> {
    const from = performance.now();
    const at = Math.floor(Date.now() / 1000) - (sign === 'old' ? 600 : 0);
    const answer = await fetch(this.appUrl ?? '', {
      method: 'POST',
      headers: {
        'content-type': type,
        'x-slack-request-timestamp': String(at),
        'x-slack-signature': signature(sign === 'bad' ? 'another secret' : this.signingSecret, at, body),
        ...(retry && { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_timeout' }),
      },
      body,
    });
    return { status: answer.status, body: await answer.text(), ms: performance.now() - from };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [, area, name = ''] = new URL(request.url ?? '/', 'http://double').pathname.split('/');
      const args = await readArgs(request);
      if (area === 'api') await this.#faulty(name, response, () => this.#call(name, args, request));
      else if (area === 'response')
        await this.#faulty('response_url', response, () => {
          respond(this.workspace, name, args);
          return { ok: true };
        });
      else response.writeHead(404).end();
    } catch {
      if (!response.destroyed) response.writeHead(400).end();
    }
  }

  /** Do the call, or make it go wrong as told. */
  async #faulty(method: string, response: ServerResponse, call: () => Reply): Promise<void> {
    const fault = this.faults.take(method);
    const isUrl = method === 'response_url';
    if (fault && 'stored' in fault && fault.stored) answerOf(call);
    switch (fault?.kind) {
      case 'rate-limited':
        if (fault.retryAfter !== null) response.setHeader('retry-after', String(fault.retryAfter));
        response.writeHead(429).end('{"ok":false,"error":"ratelimited"}');
        return;
      case 'status':
        response.writeHead(fault.status).end('upstream trouble');
        return;
      case 'time-out':
        return;
      case 'reset':
        response.destroy();
        return;
      case 'garbage':
        response.writeHead(200).end('<html>not what you asked for</html>');
        return;
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
    }
    const reply = fault?.kind === 'error' ? { ok: false, error: fault.error } : answerOf(call);
    response.setHeader('x-oauth-scopes', this.scopes.join(','));
    response.setHeader('content-type', 'application/json; charset=utf-8');
    if (isUrl && !reply.ok) response.writeHead(404);
    response.end(isUrl && reply.ok ? 'ok' : JSON.stringify(reply));
  }

  #call(name: string, args: Args, request: IncomingMessage): Reply {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? String(args.token ?? '');
    this.calls.push({ method: name, args });
    if (!token) throw new SlackRefusal('not_authed');
    if (name === 'apps.connections.open') {
      if (token !== this.appToken) throw new SlackRefusal('invalid_auth');
      return { ok: true, url: this.sockets.ticket(this.#base) };
    }
    if (token !== this.botToken) throw new SlackRefusal('invalid_auth');
    const method = METHODS[name];
    if (!method) throw new SlackRefusal('unknown_method');
    if (method.scopes.length > 0 && !method.scopes.some((scope) => this.scopes.includes(scope)))
      throw new SlackRefusal('missing_scope');
    return method.run(this.workspace, args);
  }
}

function answerOf(call: () => Reply): Reply {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return { ok: false, error: error.error, response_metadata: { messages: error.detail ? [error.detail] : [] } };
  }
}

/** Arguments of a call, from a form (nested values as JSON) or from JSON. */
async function readArgs(request: IncomingMessage): Promise<Args> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MOST_BODY) throw new Error('too large');
    chunks.push(chunk as Buffer);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  if (request.headers['content-type']?.startsWith('application/json')) return JSON.parse(body) as Args;
  const nested = ['blocks', 'metadata', 'view', 'attachments'];
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([key, value]) => [key, nested.includes(key) ? JSON.parse(value) : value]),
  );
}
