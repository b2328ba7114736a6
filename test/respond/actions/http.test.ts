import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queues } from '../../../engine/queues.js';
import { loadCarriers } from '../../../engine/respond/actions/carriers/index.js';
import { ACTIONS } from '../../../engine/respond/actions/catalog.js';
import { readConnectors } from '../../../engine/respond/actions/connectors.js';
import { loadDeclarations } from '../../../engine/respond/actions/http/declaration.js';
import { fillHeader, fillUrl } from '../../../engine/respond/actions/http/fill.js';
import type { Carriers } from '../../../engine/respond/actions/registry.js';
import { approve, askUndo, checkAction, propose } from '../../../engine/respond/actions/requests.js';
import { actionOf } from '../../../engine/respond/actions/save.js';
import { workOn } from '../../../engine/respond/actions/work.js';
import type { Store } from '../../../engine/store/index.js';
import { testQueues, testStore } from '../../support/services.js';
import { conforms, type Subject } from './conformance.js';
import { by, type World, world } from './world.js';

type Ask = { method: string; path: string; query: URLSearchParams; headers: IncomingMessage['headers']; body: string };
type Reply = { status: number; json?: unknown } | null;

/** A product's server: answers in the shape that its documents give. */
class Product {
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

let store: Store;
let queues: Queues;
let carriers: Carriers;
const opened: Product[] = [];
beforeAll(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  carriers = await loadCarriers();
});
afterAll(() => {
  for (const product of opened) product.close();
});

const VALUES: Record<string, Record<string, string>> = {
  'microsoft-defender': { directory: 'd1', client: 'c1' },
  'microsoft-entra': { directory: 'd1', client: 'c1' },
  crowdstrike: { client: 'c1' },
  okta: {},
  'google-workspace': { client: 'c1' },
};

async function on(
  product: string,
  answer: Product['answer'],
  allowed?: (url: string) => string[],
): Promise<{ w: World; server: Product }> {
  const server = await new Product(answer).open();
  opened.push(server);
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
const token: Reply = { status: 200, json: { token_type: 'Bearer', expires_in: 3599, access_token: 'tok' } };
const carrier = (name: string) => carriers.find((one) => one.name === name)!;
const signedIn = ({ headers }: Ask) => headers.authorization === 'Bearer tok';

/** `machines`: those of the name ws01. `isSlow`: it says that it will, and does not yet. */
function defender() {
  const mood = { isSlow: false, machines: ['m1'] };
  const did: { type: string; status: string; machineId: string; id: string }[] = [];
  const answer = (ask: Ask): Reply => {
    if (ask.path === '/d1/oauth2/v2.0/token')
      return new URLSearchParams(ask.body).get('client_secret') === 'secret-kept-value' ? token : { status: 401 };
    if (!signedIn(ask)) return { status: 401 };
    if (ask.path === '/api/machines')
      return {
        status: 200,
        json: {
          value: ask.query.get('$filter') === "computerDnsName eq 'ws01'" ? mood.machines.map((id) => ({ id })) : [],
        },
      };
    if (ask.path === '/api/machineactions') return { status: 200, json: { value: did.toReversed().slice(0, 1) } };
    const verb = /^\/api\/machines\/m1\/(isolate|unisolate|collectInvestigationPackage)$/.exec(ask.path)?.[1];
    if (!verb || ask.method !== 'POST' || !JSON.parse(ask.body).Comment) return { status: 404 };
    const type = verb[0]!.toUpperCase() + verb.slice(1);
    const last = did.at(-1)?.type;
    if (last !== type)
      did.push({ type, status: mood.isSlow ? 'Pending' : 'Succeeded', machineId: 'm1', id: `a${did.length}` });
    return { status: 201, json: did.at(-1) };
  };
  return { did, answer, mood };
}
function graph() {
  const user = { id: 'u1', accountEnabled: true };
  const answer = (ask: Ask): Reply => {
    if (ask.path.endsWith('/token')) return token;
    if (!signedIn(ask)) return { status: 401 };
    if (decodeURIComponent(ask.path) === '/v1.0/users/jane@acme.com/revokeSignInSessions')
      return { status: 200, json: { value: true } };
    if (decodeURIComponent(ask.path) !== '/v1.0/users/jane@acme.com')
      return { status: 404, json: { error: { code: 'Request_ResourceNotFound' } } };
    if (ask.method === 'PATCH') Object.assign(user, JSON.parse(ask.body));
    return ask.method === 'PATCH' ? { status: 204 } : { status: 200, json: user };
  };
  return { user, answer };
}
function falcon() {
  const device = { device_id: 'dev1', status: 'normal' };
  const mood = { isSlow: false, devices: ['dev1'] };
  const answer = (ask: Ask): Reply => {
    if (ask.path === '/oauth2/token') return { ...token, status: 201 };
    if (!signedIn(ask)) return { status: 401 };
    if (ask.path === '/devices/queries/devices/v1')
      return { status: 200, json: { resources: ask.query.get('filter') === "hostname:'ws01'" ? mood.devices : [] } };
    if (ask.path === '/devices/entities/devices/v2') return { status: 200, json: { resources: [device] } };
    const name = ask.query.get('action_name');
    if (ask.path !== '/devices/entities/devices-actions/v2' || JSON.parse(ask.body).ids[0] !== 'dev1')
      return { status: 404 };
    const [slow, done] =
      name === 'contain' ? ['containment_pending', 'contained'] : ['lift_containment_pending', 'normal'];
    device.status = mood.isSlow ? slow! : done!;
    return { status: 202, json: { resources: [{ id: 'dev1' }] } };
  };
  return { device, answer, mood };
}
function okta() {
  const user = { id: '00u1', status: 'ACTIVE' };
  const next: Record<string, [string, string]> = {
    suspend: ['ACTIVE', 'SUSPENDED'],
    unsuspend: ['SUSPENDED', 'ACTIVE'],
    expire_password: ['ACTIVE', 'PASSWORD_EXPIRED'],
  };
  const answer = (ask: Ask): Reply => {
    if (ask.headers.authorization !== 'SSWS token-kept-value') return { status: 401 };
    const rest = /^\/api\/v1\/users\/jane(?:\/(.*))?$/.exec(ask.path);
    if (!rest) return { status: 404, json: { errorCode: 'E0000007' } };
    if (rest[1] === undefined) return { status: 200, json: user };
    if (rest[1] === 'sessions') return { status: ask.method === 'DELETE' ? 204 : 405 };
    const [from, to] = next[rest[1].replace('lifecycle/', '')] ?? ['', ''];
    if (user.status !== from) return { status: 400, json: { errorCode: 'E0000001' } };
    user.status = to;
    return { status: 200, json: {} };
  };
  return { user, answer };
}
function google() {
  const user = { primaryEmail: 'jane@acme.com', suspended: false, changePasswordAtNextLogin: false };
  const answer = (ask: Ask): Reply => {
    if (ask.path === '/token')
      return new URLSearchParams(ask.body).get('refresh_token') === 'refresh-kept-value' ? token : { status: 400 };
    if (!signedIn(ask)) return { status: 401 };
    if (decodeURIComponent(ask.path) === '/admin/directory/v1/users/jane@acme.com/signOut') return { status: 204 };
    if (decodeURIComponent(ask.path) !== '/admin/directory/v1/users/jane@acme.com') return { status: 404 };
    if (ask.method === 'PUT') Object.assign(user, JSON.parse(ask.body));
    return { status: 200, json: user };
  };
  return { user, answer };
}

describe('declared products', () => {
  it('name actions of the catalogue, their documents, and arguments that there are', () => {
    for (const { product, documents, actions } of loadDeclarations()) {
      expect(documents.length, product).toBeGreaterThan(0);
      for (const [id, { needs }] of Object.entries(actions))
        for (const name of needs) expect(Object.keys(ACTIONS[id]!.args), `${product} ${id}`).toContain(name);
    }
    for (const { works, name } of carriers)
      for (const id of Object.keys(works)) expect(ACTIONS[id], `${name} ${id}`).toBeDefined();
  });

  const subject =
    <T extends { answer: Product['answer'] }>(
      product: string,
      action: string,
      args: Record<string, string>,
      make: () => T,
      state: (made: T) => unknown,
      before?: (made: T) => void,
    ) =>
    async (): Promise<Subject> => {
      const made = make();
      before?.(made);
      const { w } = await on(product, made.answer);
      return { w, carrier: carrier(product), action, args, state: async () => JSON.parse(JSON.stringify(state(made))) };
    };
  const isolated = (made: ReturnType<typeof defender>) => made.did.at(-1)?.type === 'Isolate';
  conforms(
    'Defender isolate-host',
    subject('microsoft-defender', 'isolate-host', { host: 'ws01' }, defender, isolated),
  );
  conforms(
    'Entra disable-user',
    subject('microsoft-entra', 'disable-user', { user: 'jane@acme.com' }, graph, ({ user }) => user),
  );
  conforms(
    'CrowdStrike isolate-host',
    subject('crowdstrike', 'isolate-host', { host: 'ws01' }, falcon, ({ device }) => device.status),
  );
  conforms(
    'Okta disable-user',
    subject('okta', 'disable-user', { user: 'jane' }, okta, ({ user }) => user.status),
  );
  conforms(
    'Okta force-password-change',
    subject('okta', 'force-password-change', { user: 'jane' }, okta, ({ user }) => user.status),
  );
  conforms(
    'Google disable-user',
    subject('google-workspace', 'disable-user', { user: 'jane@acme.com' }, google, ({ user }) => user),
  );
  conforms(
    'Google force-password-change',
    subject('google-workspace', 'force-password-change', { user: 'jane@acme.com' }, google, ({ user }) => user),
  );

  it.each([
    ['microsoft-entra', graph, 'jane@acme.com'],
    ['okta', okta, 'jane'],
    ['google-workspace', google, 'jane@acme.com'],
  ])('%s revokes sessions, which nobody has to agree to and nobody can look at', async (product, make, user) => {
    const { w, server } = await on(product, make().answer);
    const asking = { action: 'revoke-sessions', args: { user }, reason: 'stolen token', case: null };
    const { number, state } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
    expect(state).toBe('approved');
    await w.work(number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done' });
    expect(server.asks.filter(({ path }) => /sessions|signOut|revokeSignIn/i.test(path))).toHaveLength(1);
  });

  describe('devices', () => {
    const asking = { action: 'isolate-host', args: { host: 'ws01' }, reason: 'beacons', case: null };
    async function isolated(w: World) {
      const { number, digest } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
      await approve(w.parts, w.people.bo, 'b', number, digest);
      await w.work(number);
      return number;
    }

    it('of which several have the name are none of them isolated', async () => {
      const falcons = falcon();
      falcons.mood.devices = ['dev0', 'dev1'];
      const defenders = defender();
      defenders.mood.machines = ['m0', 'm1'];
      for (const [product, { answer }] of [
        ['crowdstrike', falcons],
        ['microsoft-defender', defenders],
      ] as const) {
        const { w } = await on(product, answer);
        await expect(checkAction(w.parts, asking)).rejects.toThrow(/several of this name/);
        const number = await isolated(w);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'failed', effect: 'absent' });
      }
      expect([falcons.device.status, defenders.did]).toEqual(['normal', []]);
    });

    it('are those that were found before it began, also when the name means another by now', async () => {
      const made = falcon();
      const { w, server } = await on('crowdstrike', made.answer);
      const number = await isolated(w);
      expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', memory: { found: { device: 'dev1' } } });
      made.mood.devices = ['dev9'];
      const back = await askUndo(w.parts, by(w.people.ana), 'u', number, 'clean');
      await approve(w.parts, w.people.bo, 'ub', number, back.record.undo!.digest);
      server.asks.length = 0;
      await w.work(number);
      expect(await actionOf(w.acme, number)).toMatchObject({ state: 'undone', effect: 'absent' });
      expect(made.device.status).toBe('normal');
      expect(server.asks.filter(({ path }) => path.includes('queries'))).toEqual([]);
    });

    it('that are only about to be cut off, or let back in, are looked at again until they are', async () => {
      for (const then of ['contained', 'normal']) {
        const made = falcon();
        made.mood.isSlow = true;
        const { w } = await on('crowdstrike', made.answer);
        const number = await isolated(w);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', effect: 'unknown' });
        w.now += 61_000;
        await w.work(number);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', effect: 'unknown' });
        made.device.status = then;
        w.now += 200_000;
        await w.work(number);
        const is = then === 'contained' ? { state: 'done', effect: 'holds' } : { state: 'failed', effect: 'absent' };
        expect(await actionOf(w.acme, number)).toMatchObject({ ...is, recheck: null });
        if (then === 'normal') continue;
        const back = await askUndo(w.parts, by(w.people.ana), 'u', number, 'clean');
        await approve(w.parts, w.people.bo, 'ub', number, back.record.undo!.digest);
        await w.work(number);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'undone', effect: 'unknown' });
        made.device.status = 'contained';
        w.now += 61_000;
        await w.work(number);
        expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', effect: 'holds', undo: null });
      }
    });
  });

  it('a message goes out of a mailbox and back', async () => {
    const folders: Record<string, string> = { a1: 'inbox' };
    const { w } = await on('microsoft-entra', (ask) => {
      if (ask.path.endsWith('/token')) return token;
      const path = decodeURIComponent(ask.path);
      const list = (folder: string) => ({
        status: 200,
        json: {
          value: Object.keys(folders)
            .filter((id) => folders[id] === folder)
            .map((id) => ({ id })),
        },
      });
      const asked = ask.query.get('$filter') === "internetMessageId eq '<1@evil.example>'";
      if (path === '/v1.0/users/jane@acme.com/messages' && asked) return list('inbox');
      if (path === '/v1.0/users/jane@acme.com/mailFolders/recoverableitemsdeletions/messages' && asked)
        return list('recoverableitemsdeletions');
      const id = /^\/v1.0\/users\/jane@acme.com\/messages\/(\w+)\/move$/.exec(path)?.[1];
      if (!id || !folders[id]) return { status: 404 };
      delete folders[id];
      const moved = `${id}x`;
      folders[moved] = JSON.parse(ask.body).destinationId;
      return { status: 201, json: { id: moved } };
    });
    const args: Record<string, string> = { message: '<1@evil.example>' };
    const asking = { action: 'quarantine-message', args, reason: 'phish', case: null };
    await expect(propose(w.parts, by(w.people.ana), 'x', asking)).rejects.toThrow(/needs mailbox/);
    args.mailbox = 'jane@acme.com';
    const { number, digest } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
    await approve(w.parts, w.people.bo, 'b', number, digest);
    await w.work(number);
    expect(folders).toEqual({ a1x: 'recoverableitemsdeletions' });
    const back = await askUndo(w.parts, by(w.people.ana), 'u', number, 'it was ours');
    await approve(w.parts, w.people.bo, 'ub', number, back.record.undo!.digest);
    await w.work(number);
    expect(folders).toEqual({ a1xx: 'inbox' });
    expect((await actionOf(w.acme, number)).state).toBe('undone');
  });
});

describe('hostile', () => {
  it('values stay values: in paths, queries, literals and headers', async () => {
    const values = { base: 'https://x.example', user: "a/b?c#d'e", up: '..', line: 'a\r\nX: y' };
    const filled = new URL(fillUrl('{base}/u/{user}/z', values, { $f: "n eq '{user|odata}'" }));
    expect(filled.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'u', "a/b?c#d'e", 'z']);
    expect([...filled.searchParams]).toEqual([['$f', "n eq 'a/b?c#d''e'"]]);
    expect([filled.host, filled.hash]).toEqual(['x.example', '']);
    expect(() => fillUrl('{base}/u/{up}/z', values, {})).toThrow(/change the address/);
    expect(() => fillHeader('Bearer {line}', values)).toThrow(/header/);
    const { answer, did } = defender();
    const { w, server } = await on('microsoft-defender', answer);
    const asking = { action: 'isolate-host', args: { host: "ws01' or '1' eq '1" }, reason: '', case: null };
    await expect(checkAction(w.parts, asking)).rejects.toMatchObject({ code: 'MDR_ACTION_BAD' });
    expect(server.asks).toEqual([]);
    expect(did).toEqual([]);
    for (const user of ["o'brien@acme.com", '../admin', '%2e%2e/x', 'a?b=c', 'jane@acme.com/extra'])
      await expect(
        checkAction((await on('microsoft-entra', graph().answer)).w.parts, {
          action: 'disable-user',
          args: { user },
          reason: '',
          case: null,
        }),
        user,
      ).rejects.toBeDefined();
  });

  it('addresses inside are reached only where the operator allows them', async () => {
    const { w, server } = await on('okta', okta().answer, () => []);
    const asking = { action: 'disable-user', args: { user: 'jane' }, reason: '', case: null };
    await expect(checkAction(w.parts, asking)).rejects.toMatchObject({ code: 'MDR_NOTIFY_URL' });
    for (const base of [
      'https://169.254.169.254',
      'https://[::1]',
      'https://10.0.0.1',
      'https://localhost',
      'file:///etc/passwd',
    ]) {
      w.acme.tenant.connectors!.http!.okta!.values.base = base;
      await expect(checkAction(w.parts, asking), base).rejects.toThrow();
    }
    expect(server.asks).toEqual([]);
  });

  it('an answer that is endless, no JSON, or a refusal is a failure, and its words are not shown', async () => {
    for (const reply of [
      { status: 500, json: { secret: 'x' } },
      { status: 302, json: {} },
      { status: 200, json: { status: 'x'.repeat(2_000_000) } },
    ]) {
      const { w } = await on('okta', () => reply);
      const failed = checkAction(w.parts, { action: 'disable-user', args: { user: 'jane' }, reason: '', case: null });
      if (reply.status === 200 || reply.status >= 300)
        await expect(failed).rejects.toMatchObject({ code: 'MDR_ACTION_FAILED' });
    }
  });
});

describe('tickets and pages', () => {
  for (const [action, args, kind] of [
    ['open-ticket', { title: 'Reset', text: 'by noon' }, 'ticket'],
    ['page', { rota: 'night', text: 'ransom note' }, 'page'],
  ] as [string, Record<string, string>, 'ticket' | 'page'][])
    conforms(action, async () => {
      const receiver = await new Product(() => ({ status: 202 })).open();
      opened.push(receiver);
      const w = await world(store, queues, carriers);
      const connectors = readConnectors({ [kind]: { url: `${receiver.url}/hook` } });
      await store.tenants.updateOne({ _id: w.acme.id }, { $set: { connectors } });
      w.parts.store = w.acme = await store.forTenant(w.acme.id);
      w.parts.allowed = w.working.allowed = [new URL(receiver.url).host];
      w.work = (number) => workOn(w.working, w.acme.id, number);
      return {
        w,
        carrier: carrier('webhook'),
        action,
        args,
        state: async () => receiver.asks.length,
        isVisible: false,
      };
    });

  it('are sent once, signed; lost answers are said, and not sent again', async () => {
    const receiver = await new Product(() => ({ status: 201, json: { ticket: 'INC-17' } })).open();
    opened.push(receiver);
    const w = await world(store, queues, carriers);
    const ticket = { url: `${receiver.url}/hook`, secret: 'hook' };
    await store.tenants.updateOne({ _id: w.acme.id }, { $set: { connectors: readConnectors({ ticket }) } });
    w.parts.store = w.acme = await store.forTenant(w.acme.id);
    await w.parts.secrets.keep(w.acme, 'hook', 'hook key', () => w.now);
    const asking = { action: 'open-ticket', args: { title: 'Reset', text: 'two\nlines' }, reason: '', case: null };
    const { number } = (await propose(w.parts, by(w.people.ana), 'x', asking)).record;
    const working = { ...w.working, allowed: [new URL(receiver.url).host] };
    await workOn(working, w.acme.id, number);
    await workOn(working, w.acme.id, number);
    expect(await actionOf(w.acme, number)).toMatchObject({ state: 'done', gives: { ticket: 'INC-17' } });
    expect(receiver.asks).toHaveLength(1);
    const { headers, body } = receiver.asks[0]!;
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', 'hook key').update(signed).digest('base64')}`);
    // Not allowed: nothing is sent.
    const other = (await propose(w.parts, by(w.people.ana), 'y', asking)).record;
    await workOn({ ...working, allowed: [] }, w.acme.id, other.number);
    expect(await actionOf(w.acme, other.number)).toMatchObject({ state: 'failed', effect: 'absent' });
    expect(receiver.asks).toHaveLength(1);
  });
});
