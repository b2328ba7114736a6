import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with the next request: a status, an answer that never comes, or one that is lost after it was stored. */
export type Fault = { status: number; retryAfter?: number } | 'silent' | 'lost' | 'reset';

export interface PagerEvent {
  routing_key: string;
  event_action: 'trigger' | 'acknowledge' | 'resolve';
  dedup_key: string;
  payload?: { summary: string; source: string; severity: string; custom_details?: Record<string, unknown> };
}

export interface Hook {
  id: string;
  body: { type: string; data: Record<string, unknown> };
}

const SEVERITIES = ['critical', 'error', 'warning', 'info'];

/** Receivers of pages on loopback: PagerDuty's Events API v2 under `/v2/enqueue`, and a webhook that checks its signature under `/hook`. */
export class PagerDouble {
  readonly routingKey = 'R0123456789ABCDEF0123456789ABCDE';
  readonly hookSecret = `whsec_${Buffer.from('a secret of the webhook').toString('base64')}`;
  /** Events taken, in order, also those that change nothing. */
  readonly events: PagerEvent[] = [];
  readonly hooks: Hook[] = [];
  /** Incidents by dedup_key. */
  readonly incidents = new Map<string, { state: string; triggers: number; summary: string }>();
  requests = 0;
  readonly #faults: Fault[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  fault(...faults: Fault[]): void {
    this.#faults.push(...faults);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.requests++;
    const fault = this.#faults.shift();
    if (fault === 'silent') return;
    if (fault === 'reset') return void response.destroy();
    if (fault && fault !== 'lost') {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', String(fault.retryAfter));
      return void response.writeHead(fault.status).end('{"status":"trouble"}');
    }
    const problem = request.url === '/hook' ? this.#hook(request, body) : this.#event(request, body);
    if (fault === 'lost') return void response.destroy();
    response.setHeader('content-type', 'application/json');
    response
      .writeHead(problem ? 400 : 202)
      .end(JSON.stringify(problem ? { status: 'invalid event', errors: [problem] } : { status: 'success' }));
  }

  #event(request: IncomingMessage, body: string): string | null {
    if (request.url !== '/v2/enqueue' || request.method !== 'POST') return 'no such address';
    const event = JSON.parse(body) as PagerEvent;
    if (event.routing_key !== this.routingKey) return 'Invalid routing key';
    if (!event.dedup_key || event.dedup_key.length > 255) return 'dedup_key is missing or too long';
    const known = this.incidents.get(event.dedup_key);
    if (event.event_action === 'trigger') {
      const { payload } = event;
      if (!payload?.summary || payload.summary.length > 1024 || !payload.source) return 'payload is incomplete';
      if (!SEVERITIES.includes(payload.severity)) return 'severity is none';
      const isOpen = known && known.state !== 'resolved';
      this.incidents.set(event.dedup_key, {
        state: isOpen ? known.state : 'triggered',
        triggers: (known?.triggers ?? 0) + 1,
        summary: payload.summary,
      });
    } else if (event.event_action === 'acknowledge' || event.event_action === 'resolve') {
      if (known && known.state !== 'resolved')
        known.state = event.event_action === 'resolve' ? 'resolved' : 'acknowledged';
    } else return 'event_action is none';
    this.events.push(event);
    return null;
  }

  /** As the Standard Webhooks specification has receivers check. */
  #hook(request: IncomingMessage, body: string): string | null {
    const header = (name: string) => String(request.headers[name] ?? '');
    const key = Buffer.from(this.hookSecret.slice('whsec_'.length), 'base64');
    const signed = `${header('webhook-id')}.${header('webhook-timestamp')}.${body}`;
    const expected = Buffer.from(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    const given = Buffer.from(header('webhook-signature'));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'bad signature';
    this.hooks.push({ id: header('webhook-id'), body: JSON.parse(body) });
    return null;
  }
}
