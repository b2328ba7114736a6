import fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { registerRest } from '../../../bot/api/index.js';
import { createApiToken } from '../../../engine/api/tokens.js';
import { SCOPES } from '../../../engine/store/apitokens.js';
import { addPerson, addTenant, alertRecord, NOW } from '../../commands/world.js';
import { testQueues, testStore } from '../../support/services.js';

/** The API over two tenants, with tokens of all kinds. `now` can be set. */
export async function apiWorld() {
  const { store } = await testStore();
  const { queues } = await testQueues();
  const clock = { now: NOW };
  const acme = await addTenant(store, 'acme', 'Acme');
  const zeta = await addTenant(store, 'zeta', 'Zeta');
  await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'analyst' }]);
  await addPerson(store, 'vic', 'Vic Viewer', [{ tenant: 'acme', role: 'viewer' }]);
  await addPerson(store, 'cus', 'Cus Tomer', [{ tenant: 'acme', role: 'responder' }], 'customer');
  const app: FastifyInstance = fastify();
  app.register(async (scope) =>
    registerRest(scope, { store, queues, clock: () => clock.now, log: pino({ level: 'silent' }) }),
  );
  await app.ready();
  const tokens: Record<string, string> = {};
  const give = async (name: string, what: object) => {
    const base = { name, tenants: ['acme'], scopes: [...SCOPES] as string[], expires: null };
    const made = await createApiToken(
      store,
      { ...base, ...what } as unknown as Parameters<typeof createApiToken>[1],
      () => clock.now,
    );
    tokens[name] = made.token;
    return made;
  };
  await give('ana', { person: 'ana' });
  await give('vic', { person: 'vic' });
  await give('cus', { person: 'cus' });
  await give('soar', { side: 'provider', role: 'responder' });
  await give('reader', { side: 'provider', role: 'admin', scopes: ['cases:read'] });
  await give('zed', { side: 'provider', role: 'admin', tenants: ['zeta'] });

  async function call(
    method: string,
    path: string,
    who: string | null,
    body?: unknown,
    headers: Record<string, string> = {},
  ) {
    const answer = await app.inject({
      ...{ method: method as 'GET', url: path.startsWith('/api') ? path : `/api/v1/tenants/acme${path}` },
      headers: { ...(who !== null && { authorization: `Bearer ${tokens[who] ?? who}` }), ...headers },
      ...(body !== undefined && { payload: body as object }),
    });
    const json = answer.headers['content-type']?.toString().includes('json') ? answer.json() : null;
    return {
      ...{ status: answer.statusCode, headers: answer.headers, text: answer.body, etag: String(answer.headers.etag) },
      // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server sent
      json: json as any,
    };
  }
  const add = (number: number, more = {}, tenant = acme) => tenant.alerts.insert(alertRecord(number, more));
  return { store, queues, clock, acme, zeta, app, tokens, give, call, add };
}
