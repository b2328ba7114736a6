import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SCOPES } from '../../bot/surfaces/slack/scopes.js';
import { type Fault, Faults } from './slack/faults.js';
import {
  click,
  event,
  httpBody,
  shortcut,
  signature,
  slashCommand,
  submission,
  suggestion,
  viewClick,
  type Who,
} from './slack/payloads.js';
import { type Envelope, Sockets } from './slack/sockets.js';
import { type Args, METHODS, putView, type Reply, respond, SlackRefusal } from './slack/web.js';
import { type Ephemeral, type SlackFile, type SlackMessage, Workspace } from './slack/workspace.js';

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

const MOST_BODY = 12 * 1024 * 1024;

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
  /** Further workspaces with the app, by token: each sees its own channels only. */
  readonly others = new Map<string, Workspace>();
  /** What a code of the installation is exchanged for. */
  readonly codes = new Map<string, { token: string; workspace: Workspace; enterprise?: boolean }>();
  readonly clientId = '111.222';
  readonly clientSecret = 'double-client-secret';
  scopes: string[] = [...SCOPES];
  /** The app's own address for HTTP mode, as in `http://127.0.0.1:8789/slack/events`. */
  appUrl: string | null = null;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly sockets = new Sockets(this.#server, this.workspace.bot.app);
  #base = '';

  /** @param port 0 takes any free one */
  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#base = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    this.workspace.base = this.#base;
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

  view(id: string): Record<string, unknown> & { id: string; blocks: Record<string, unknown>[] } {
    const view = this.workspace.views.get(id);
    if (!view) throw new Error(`no view ${id}`);
    return view as ReturnType<SlackDouble['view']>;
  }

  /** Someone clicks in a dialog, or on the home page (`home:<user>`). */
  clickIn(viewId: string, actionId: string, who: Who & Sending = {}): Promise<Delivery> {
    return this.deliver(viewClick(this.workspace, this.view(viewId), actionId, who.user ?? 'U0ANA'), who);
  }

  /** Someone sends a form; what the app says in its acknowledgement is done. */
  async submit(viewId: string, values: Record<string, string>, who: Who & Sending = {}): Promise<Delivery> {
    const done = await this.deliver(submission(this.workspace, this.view(viewId), values, who.user ?? 'U0ANA'), who);
    const body = (typeof done.body === 'string' && done.body ? JSON.parse(done.body) : done.body) as {
      response_action?: string;
      view?: unknown;
    } | null;
    if (body?.response_action === 'update') putView(this.workspace, { view: body.view }, viewId);
    else this.workspace.views.delete(viewId);
    return done;
  }

  /** Someone types into a field with search. @returns the options' labels */
  async search(
    viewId: string,
    blockId: string,
    value: string,
    who: Who = {},
  ): Promise<{ label: string; value: string }[]> {
    const { body } = await this.deliver(
      suggestion(this.workspace, this.view(viewId), blockId, value, who.user ?? 'U0ANA'),
    );
    const { options } = (typeof body === 'string' ? JSON.parse(body) : body) as {
      options: { text: { text: string }; value: string }[];
    };
    return options.map((option) => ({ label: option.text.text, value: option.value }));
  }

  /** Someone uses a shortcut; of a message when one is given. */
  shortcut(callbackId: string, on: SlackMessage | null = null, who: Who & Sending = {}): Promise<Delivery> {
    return this.deliver(shortcut(this.workspace, this.#base, callbackId, who.user ?? 'U0ANA', on), who);
  }

  /** Someone puts an emoji on a message, or takes it away. @param at epoch seconds */
  react(
    on: SlackMessage,
    reaction: string,
    who: Who & Sending & { removed?: boolean; at?: number; id?: string } = {},
  ): Promise<Delivery> {
    const inner = {
      type: who.removed ? 'reaction_removed' : 'reaction_added',
      user: who.user ?? 'U0ANA',
      reaction,
      item: { type: 'message', channel: on.channel, ts: on.ts },
      item_user: on.user,
      event_ts: String(who.at ?? Number(this.workspace.nextTs())),
    };
    return this.event(inner, who);
  }

  /** Someone gives a file into a thread. */
  upload(on: SlackMessage, file: Omit<SlackFile, 'id'>, who: Who & Sending & { id?: string } = {}): Promise<Delivery> {
    const id = `F${this.workspace.files.size + 1}`;
    this.workspace.files.set(id, { id, ...file });
    const user = who.user ?? 'U0ANA';
    const message = this.workspace.add({
      channel: on.channel,
      thread_ts: on.ts,
      user,
      text: 'see file',
      blocks: [],
      unfurl: false,
    });
    const { name, mimetype, bytes } = file;
    return this.event(
      {
        ...{ type: 'message', subtype: 'file_share', channel_type: 'channel', user, text: message.text },
        ...{ channel: on.channel, ts: message.ts, thread_ts: on.ts },
        files: [{ id, name, mimetype, size: bytes.length, url_private_download: `${this.#base}/files/${id}/download` }],
      },
      who,
    );
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
      if (area === 'upload') {
        const bytes = await readBytes(request);
        return await this.#faulty('upload', response, () => takeFile(this.workspace, name, bytes));
      }
      const args = await readArgs(request);
      if (area === 'api') await this.#faulty(name, response, () => this.#call(name, args, request));
      else if (area === 'response')
        await this.#faulty('response_url', response, () => {
          respond(this.workspace, name, args);
          return { ok: true };
        });
      else if (area === 'files')
        await this.#faulty('files', response, () => {
          const file = this.workspace.files.get(name);
          const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
          if (!file || token !== this.botToken) response.writeHead(403).end();
          else response.writeHead(200, { 'content-type': file.mimetype }).end(file.bytes);
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
    if (method === 'files') {
      call();
      return;
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
    if (!token && name !== 'oauth.v2.access') throw new SlackRefusal('not_authed');
    if (name === 'apps.connections.open') {
      if (token !== this.appToken) throw new SlackRefusal('invalid_auth');
      return { ok: true, url: this.sockets.ticket(this.#base) };
    }
    if (name === 'oauth.v2.access') return this.#exchange(args, request);
    const workspace = token === this.botToken ? this.workspace : this.others.get(token);
    if (!workspace) throw new SlackRefusal('invalid_auth');
    const method = METHODS[name];
    if (!method) throw new SlackRefusal('unknown_method');
    if (method.scopes.length > 0 && !method.scopes.some((scope) => this.scopes.includes(scope)))
      throw new SlackRefusal('missing_scope');
    return method.run(workspace, args);
  }

  /** A code of the installation for a token, once. */
  #exchange(args: Args, request: IncomingMessage): Reply {
    const basic = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
    const [id, secret] = args.client_id ? [args.client_id, args.client_secret] : basic.split(':');
    if (id !== this.clientId || secret !== this.clientSecret) throw new SlackRefusal('bad_client_secret');
    const granted = this.codes.get(String(args.code));
    if (!granted) throw new SlackRefusal('invalid_code');
    this.codes.delete(String(args.code));
    this.others.set(granted.token, granted.workspace);
    const { team, bot } = granted.workspace;
    return {
      ...{ ok: true, app_id: bot.app, authed_user: { id: 'U0ANA' }, scope: this.scopes.join(','), token_type: 'bot' },
      ...{ access_token: granted.token, bot_user_id: bot.user },
      ...(granted.enterprise
        ? { is_enterprise_install: true, team: null, enterprise: { id: 'E1', name: 'Org' } }
        : { is_enterprise_install: false, team, enterprise: null }),
    };
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

/** The bytes of a file that was announced. */
function takeFile(workspace: Workspace, id: string, bytes: Buffer): Reply {
  const file = workspace.uploads.get(id);
  if (file?.length !== bytes.length) throw new SlackRefusal('file_size_mismatch');
  file.data = bytes;
  return { ok: true };
}

/** Arguments of a call, from a form (nested values as JSON) or from JSON. */
async function readArgs(request: IncomingMessage): Promise<Args> {
  const body = (await readBytes(request)).toString('utf8');
  if (request.headers['content-type']?.startsWith('application/json')) return JSON.parse(body) as Args;
  const nested = ['blocks', 'metadata', 'view', 'attachments', 'files'];
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([key, value]) => [key, nested.includes(key) ? JSON.parse(value) : value]),
  );
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MOST_BODY) throw new Error('too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
