import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterAll } from 'vitest';
import { loadCarriers } from '../../../engine/respond/actions/carriers/index.js';
import { readConnectors } from '../../../engine/respond/actions/connectors.js';
import { loadDeclarations } from '../../../engine/respond/actions/http/declaration.js';
import { workOn } from '../../../engine/respond/actions/work.js';
import { testQueues, testStore } from '../../support/services.js';
import { type World, world } from './world.js';

/** What a product was asked, and what it answers; null: nothing, ever. */
export type Ask = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
};
export type Reply = { status: number; json?: unknown } | null;

/** A product's server: answers in the shape that its documents give. */
export class Product {
  asks: Ask[] = [];
  #server: Server;
  url = '';
  constructor(readonly answer: (ask: Ask) => Reply) {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const url = new URL(request.url ?? '/', 'http://x');
      const ask = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body,
      };
      this.asks.push(ask);
      const reply = this.answer(ask);
      if (!reply) return;
      response.writeHead(reply.status, { 'content-type': 'application/json' });
      response.end(reply.json === undefined ? undefined : JSON.stringify(reply.json));
    });
  }
  async open(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
    return this;
  }
  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** What else a tenant's settings say of a product. */
const VALUES: Record<string, Record<string, string>> = {
  'microsoft-defender': { directory: 'd1', client: 'c1' },
  'microsoft-entra': { directory: 'd1', client: 'c1' },
  crowdstrike: { client: 'c1' },
  okta: {},
  'google-workspace': { client: 'c1' },
};

/** Servers of products, closed after the file's tests, and worlds whose tenant has one of them. */
export async function httpWorlds() {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const carriers = await loadCarriers();
  const opened: Product[] = [];
  afterAll(() => {
    for (const product of opened) product.close();
  });
  /** A server, listening. */
  async function serve(answer: Product['answer']): Promise<Product> {
    const server = await new Product(answer).open();
    opened.push(server);
    return server;
  }
  /** A world whose tenant has the declared product, answering so; its host is allowed, or those that are `allowed`. */
  async function on(
    product: string,
    answer: Product['answer'],
    allowed?: (url: string) => string[],
  ): Promise<{ w: World; server: Product }> {
    const server = await serve(answer);
    const w = await world(store, queues, carriers);
    const declared = loadDeclarations().find((one) => one.product === product)!;
    const login = declared.values.login ? { login: server.url } : {};
    const secrets = Object.fromEntries(Object.keys(declared.secrets).map((name) => [name, `${name}-kept`]));
    const http = { [product]: { values: { base: server.url, ...login, ...VALUES[product] }, secrets } };
    await store.tenants.updateOne({ _id: w.acme.id }, { $set: { connectors: readConnectors({ http }) } });
    w.parts.store = w.acme = await store.forTenant(w.acme.id);
    for (const kept of Object.values(secrets)) await w.parts.secrets.keep(w.acme, kept, `${kept}-value`, () => w.now);
    const hosts = allowed ? allowed(server.url) : [new URL(server.url).host];
    w.parts.allowed = hosts;
    w.working.allowed = hosts;
    w.work = async (number) => workOn(w.working, w.acme.id, number);
    return { w, server };
  }
  const carrier = (name: string) => carriers.find((one) => one.name === name)!;
  return { store, queues, carriers, serve, on, carrier };
}

/** The answer of whoever gives out tokens, and whether a request carries that token. */
export const token: Reply = { status: 200, json: { token_type: 'Bearer', expires_in: 3599, access_token: 'tok' } };
export const signedIn = ({ headers }: Ask) => headers.authorization === 'Bearer tok';
