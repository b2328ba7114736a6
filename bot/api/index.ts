import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { runAs } from '../../engine/actor.js';
import { type ErrorCode, MdrError } from '../../engine/errors.js';
import type { Log } from '../../engine/log.js';
import { type ApiParts, admit, contextFor, keyed, TooMany } from './call.js';
import { openApi } from './openapi.js';
import { loadRoutes } from './routes/index.js';
import type { Route } from './types.js';

export const BASE = '/api/v1';
const MOST_BODY = 64 * 1024;

const STATUS: Partial<Record<ErrorCode, number>> = {
  ...{ MDR_TOKEN_BAD: 401, MDR_SCOPE: 403, MDR_FORBIDDEN: 403, MDR_REQUEST_BAD: 400, MDR_COMMAND_USAGE: 400 },
  ...{
    MDR_CASE_UNKNOWN: 404,
    MDR_ALERT_UNKNOWN: 404,
    MDR_EVIDENCE_UNKNOWN: 404,
    MDR_TENANT_UNKNOWN: 404,
    MDR_ROUTE_UNKNOWN: 404,
  },
  ...{
    MDR_CASE_STATE: 409,
    MDR_ALERT_STATE: 409,
    MDR_CONFLICT: 409,
    MDR_CASE_BAD: 422,
    MDR_KEY_REUSED: 422,
    MDR_IMPORT_BAD: 422,
  },
  ...{ MDR_STALE: 412, MDR_BODY_TOO_LARGE: 413, MDR_QUOTA: 429, MDR_SERVICE_DOWN: 503 },
};

/** The API below `/api/v1`, with tokens; nothing of the console's sessions counts here, so no page can use it in somebody's name. */
export async function registerRest(app: FastifyInstance, parts: ApiParts & { log: Log }): Promise<void> {
  const { log } = parts;
  const groups = await loadRoutes();
  const document = openApi(groups);
  app.setErrorHandler((error: FastifyError | MdrError, request, reply) => answerError(error, request, reply, log));
  app.get(`${BASE}/openapi.json`, async (_request, reply) => reply.type('application/json').send(document));
  for (const { routes } of groups)
    for (const route of routes)
      app.route({
        method: route.method,
        url: `${BASE}/tenants/:tenant${route.path.replace(/\{(\w+)\}/g, ':$1')}`,
        bodyLimit: route.most ?? MOST_BODY,
        // Before the body is read: who may not call has nothing read.
        onRequest: async (request) => {
          request.caller = await admit(parts, request.headers.authorization, request.ip);
        },
        handler: (request, reply) => handle(parts, route, request, reply),
      });
}

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Awaited<ReturnType<typeof admit>>;
  }
}

async function handle(parts: ApiParts, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const caller = request.caller!;
  const { tenant, ...given } = request.params as Record<string, string>;
  const params = route.params ? read(route.params, given) : {};
  const isChange = route.method !== 'GET';
  const key = isChange ? single(request.headers['idempotency-key']) : undefined;
  // Scope and tenant first: whoever may not use it is told nothing of keys.
  await contextFor(parts, caller, tenant!, route.scope, '');
  const query = route.query ? read(route.query, request.query) : {};
  const body = route.body ? read(route.body, request.body) : undefined;
  const { request: name, before, keep } = await keyed(parts, caller, route, request.url, key, request.body);
  if (before) return send(reply.header('idempotent-replayed', 'true'), before);
  const ifMatch = single(request.headers['if-match']) ?? null;
  if (route.match && ifMatch === null)
    throw new MdrError('MDR_STALE', 'If-Match is missing.', 'Read it first, and send its ETag as If-Match.');
  const context = await contextFor(parts, caller, tenant!, route.scope, name);
  const { _id: id, name: who } = caller.person;
  const actor = { id, name: who, where: 'api', what: route.id };
  const made = await runAs(actor, () => route.run({ context, params, query, body, ifMatch }));
  if (made.file)
    return reply
      .type('application/octet-stream')
      .header('x-content-type-options', 'nosniff')
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(made.file.name)}`)
      .send(made.file.stream);
  const answer = { status: made.status ?? 200, body: made.body, ...(made.etag !== undefined && { etag: made.etag }) };
  if (key !== undefined) await keep(answer);
  if (!isChange && made.etag !== undefined && single(request.headers['if-none-match']) === made.etag)
    return reply.header('etag', made.etag).code(304).send();
  return send(reply, answer);
}

function send(reply: FastifyReply, { status, body, etag }: { status: number; body: unknown; etag?: string }) {
  if (etag !== undefined) reply.header('etag', etag);
  return reply.code(status).type('application/json').send(JSON.stringify(body));
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** @throws MdrError MDR_REQUEST_BAD naming the faults */
function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`);
  throw new MdrError('MDR_REQUEST_BAD', faults.join('; ').slice(0, 500), 'Correct it and send it again.');
}

function answerError(error: FastifyError | MdrError, request: FastifyRequest, reply: FastifyReply, log: Log) {
  if (error instanceof TooMany) reply.header('retry-after', String(error.seconds));
  if (error instanceof MdrError && error.code !== 'MDR_INTERNAL') {
    if (error.code === 'MDR_TOKEN_BAD') reply.header('www-authenticate', 'Bearer');
    const status =
      error.code === 'MDR_STALE' && request.headers['if-match'] === undefined ? 428 : (STATUS[error.code] ?? 400);
    return reply.code(status).send({ code: error.code, message: error.message, hint: error.hint });
  }
  const { statusCode } = error as FastifyError;
  if (statusCode === 413)
    return reply.code(413).send({ code: 'MDR_BODY_TOO_LARGE', message: 'The body is too large.', hint: 'Send less.' });
  if (statusCode !== undefined && statusCode < 500)
    return reply.code(statusCode).send({
      code: 'MDR_REQUEST_BAD',
      message: 'The request cannot be read.',
      hint: 'Send JSON as application/json.',
    });
  log.error({ reference: request.id, url: request.routeOptions.url, error: error.message }, 'API request failed');
  return reply.code(500).send({
    ...{ code: 'MDR_INTERNAL', message: `Something failed inside (reference ${request.id}).` },
    hint: 'Send it again with the same Idempotency-Key, or look into the bot log.',
  });
}
