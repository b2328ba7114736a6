import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewayDouble } from './discord/gateway.js';
import { click, type InteractionPayload, said, slashCommand, submit, typing, type Who } from './discord/payloads.js';
import { DiscordRefusal, type Request, ROUTES, routeOf } from './discord/rest.js';
import { type Attachment, type DiscordMessage, type Ephemeral, Workspace } from './discord/workspace.js';
import { Faults } from './slack/faults.js';

export type { DiscordMessage, Ephemeral } from './discord/workspace.js';

/** Something that goes wrong, on purpose. `stored` says whether the call took effect before it went wrong. */
export type Fault =
  /** 429 with its times in seconds; global ones hold for the whole bot. */
  | { kind: 'rate-limited'; retryAfter: number; global?: boolean }
  | { kind: 'status'; status: number; stored?: boolean }
  /** The caller never hears back. */
  | { kind: 'time-out'; stored?: boolean }
  /** The connection breaks. */
  | { kind: 'reset'; stored?: boolean }
  | { kind: 'slow'; ms: number }
  /** A refusal with Discord's code. */
  | { kind: 'error'; status: number; code: number };

/** How the app answered an interaction. */
export interface Acknowledgement {
  /** 5: deferred, 8: suggestions, 9: a form. */
  type: number;
  data: Record<string, unknown>;
  /** Milliseconds until it came. */
  ms: number;
}

const MOST_BODY = 30 * 1024 * 1024;

/**
 * A small Discord of our own on loopback: REST API v10, gateway, and faults on demand. Give its `apiUrl` to the app as `DISCORD_API_URL`
 * and its token as the app's. What people do is called as methods (`slash`, `click`, `say`); what the app did is in `workspace`.
 */
export class DiscordDouble {
  readonly token = 'double.discord.token';
  readonly workspace = new Workspace();
  readonly faults = new Faults<Fault>();
  /** Calls so far, in order, by their route: `POST /channels/:channel/messages`. */
  readonly calls: string[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly gateway = new GatewayDouble(this.#server, this.workspace, this.token);
  #base = '';

  /** @param port 0 takes any free one */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#base = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    this.gateway.url = `ws://${this.#base}`;
    return this;
  }

  async stop(): Promise<void> {
    this.gateway.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What goes into `DISCORD_API_URL`. */
  get apiUrl(): string {
    return `http://${this.#base}/api`;
  }

  /** The next `times` calls of this route go wrong. */
  fault(route: string, fault: Fault, times = 1): void {
    this.faults.add(route, fault, times);
  }

  until<T>(predicate: () => T | null | undefined | false, ms?: number): Promise<T> {
    return this.workspace.until(predicate, ms);
  }

  #who(who: Who): Required<Who> {
    return { user: who.user ?? '800000000000000001', channel: who.channel ?? '700000000000000001' };
  }

  /** Someone sends `/mdr command:<command> arguments:<words>`. */
  slash(command: string, words = '', who: Who = {}): Promise<Acknowledgement> {
    return this.deliver(this.slashPayload(command, words, who));
  }

  slashPayload(command: string, words = '', who: Who = {}): InteractionPayload {
    return slashCommand(this.workspace, { command, ...(words && { arguments: words }) }, this.#who(who));
  }

  /** Someone is typing into one of the options. */
  type(values: Record<string, string>, focused: string, who: Who = {}): Promise<Acknowledgement> {
    return this.deliver(typing(this.workspace, values, focused, this.#who(who)));
  }

  /** Someone clicks the component whose id begins like this, or chooses from it. */
  click(on: DiscordMessage | Ephemeral, start: string, who: Who & { choice?: string } = {}): Promise<Acknowledgement> {
    return this.deliver(click(this.workspace, on, start, this.#who(who), who.choice ?? null));
  }

  /** Someone fills in a form that was opened. */
  submit(form: Record<string, unknown>, words: string, who: Who = {}): Promise<Acknowledgement> {
    return this.deliver(submit(this.workspace, form, words, this.#who(who)));
  }

  /** Someone writes a message. @returns it, to be sent again */
  say(content: string, who: Who = {}, rest: Record<string, unknown> = {}): Record<string, unknown> {
    const message = said(this.workspace, content, this.#who(who), rest);
    this.gateway.send('MESSAGE_CREATE', message);
    return message;
  }

  /** Hand an interaction to the app and wait for its acknowledgement. @throws Error when none comes within `ms` */
  async deliver(payload: InteractionPayload, ms = 3000): Promise<Acknowledgement> {
    await this.gateway.connected();
    const from = performance.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`interaction not acknowledged within ${ms} ms`)), ms);
      const interaction = this.workspace.interactions.get(payload.token);
      if (interaction)
        interaction.acknowledged = ({ type, data }) => {
          clearTimeout(timer);
          resolve({ type: Number(type), data: (data ?? {}) as Record<string, unknown>, ms: performance.now() - from });
        };
      this.gateway.send('INTERACTION_CREATE', payload);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://double');
      const path = decodeURIComponent(url.pathname.replace(/^\/api\/v10/, ''));
      const read = await readBody(request);
      const route = routeOf(request.method ?? '', path);
      const name = route?.name ?? `${request.method} ${path}`;
      this.calls.push(name);
      this.workspace.changed();
      const open = name.includes('/callback') || name.includes('/webhooks/');
      await this.#faulty(name, response, () => {
        if (!open && request.headers.authorization !== `Bot ${this.token}`)
          throw new DiscordRefusal(401, 0, '401: Unauthorized');
        if (name === 'GET /gateway/bot') return this.#gatewayBot();
        if (!route) throw new DiscordRefusal(404, 0, '404: Not Found');
        return ROUTES[route.name]!(this.workspace, { params: route.params, query: url.searchParams, ...read });
      });
    } catch {
      if (!response.destroyed) response.writeHead(400).end();
    }
  }

  #gatewayBot() {
    const limit = { total: 1000, remaining: 1000, reset_after: 86_400_000, max_concurrency: 1 };
    return { url: this.gateway.url, shards: 1, session_start_limit: limit };
  }

  /** Do the call, or make it go wrong as told. */
  async #faulty(route: string, response: ServerResponse, call: () => unknown): Promise<void> {
    const fault = this.faults.take(route);
    if (fault && 'stored' in fault && fault.stored) call();
    switch (fault?.kind) {
      case 'rate-limited': {
        const { retryAfter, global = false } = fault;
        response.setHeader('retry-after', String(Math.ceil(retryAfter)));
        response.setHeader('x-ratelimit-scope', global ? 'global' : 'user');
        if (global) response.setHeader('x-ratelimit-global', 'true');
        return json(response, 429, { message: 'You are being rate limited.', retry_after: retryAfter, global });
      }
      case 'status':
        response.writeHead(fault.status).end('upstream trouble');
        return;
      case 'time-out':
        return;
      case 'reset':
        response.destroy();
        return;
      case 'error':
        return json(response, fault.status, { code: fault.code, message: `error ${fault.code}` });
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
    }
    try {
      const answer = call();
      if (answer === undefined) response.writeHead(204).end();
      else json(response, 200, answer);
    } catch (error) {
      if (!(error instanceof DiscordRefusal)) throw error;
      json(response, error.status, { code: error.code, message: error.message });
    }
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The body of a call, from JSON or from a form with files. */
async function readBody(request: IncomingMessage): Promise<Pick<Request, 'body' | 'files'>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MOST_BODY) throw new Error('too large');
    chunks.push(chunk as Buffer);
  }
  const bytes = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (bytes.length === 0) return { body: {}, files: [] };
  if (!type.startsWith('multipart/form-data')) return { body: JSON.parse(bytes.toString('utf8')), files: [] };
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  const files: Attachment[] = [];
  for (const [name, value] of form)
    if (name.startsWith('files[') && typeof value !== 'string')
      files.push({ filename: value.name, content_type: value.type, data: Buffer.from(await value.arrayBuffer()) });
  return { body: JSON.parse(String(form.get('payload_json') ?? '{}')), files };
}
