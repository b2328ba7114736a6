import { readdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import cookie from '@fastify/cookie';
import files from '@fastify/static';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { type ErrorCode, MdrError } from '../../../engine/errors.js';
import { projectRoot } from '../../../engine/root.js';
import { registerApi } from './api.js';
import { registerFiles } from './files.js';
import { checkOrigin, isOwnHost, SECURITY_HEADERS } from './guard.js';
import { openOidc } from './oidc.js';
import { registerOidc } from './oidc-routes.js';
import { registerPages } from './pages.js';
import { loadReads } from './reads/index.js';
import { openSaid } from './said.js';
import { openLinks, openSessions } from './sign-in.js';
import { registerStream } from './stream.js';
import type { ServerParts } from './types.js';
import { openViewers, type Viewers } from './viewers.js';

const BODY_BYTES = 32 * 1024;
const CHANGES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

const STATUS: Partial<Record<ErrorCode, number>> = {
  MDR_SIGN_IN: 401,
  MDR_FORBIDDEN: 403,
  MDR_ORIGIN: 403,
  MDR_REQUEST_BAD: 400,
  MDR_COMMAND_UNKNOWN: 400,
  MDR_TENANT_UNKNOWN: 404,
  MDR_ALERT_UNKNOWN: 404,
  MDR_CONFLICT: 409,
  MDR_BODY_TOO_LARGE: 413,
  MDR_OVERLOADED: 429,
};

/** What the browser gets. A page of the app is one file in its folder `pages`. */
const WEB = join(projectRoot, 'bot/surfaces/console/web');

/** The console's HTTP server: pages, data and the stream of notices. */
export function openServer(parts: ServerParts) {
  const { config, redis, prefix, store, log } = parts;
  const links = openLinks(config.MDR_CONSOLE_TOKEN);
  const viewers = openViewers(store, openSessions(redis, prefix), config);
  const app = fastify({ bodyLimit: BODY_BYTES, exposeHeadRoutes: false });
  const streams = registerStream(parts, viewers);
  const address = () => {
    if (config.MDR_CONSOLE_URL) return config.MDR_CONSOLE_URL.replace(/\/+$/, '');
    const bound = app.server.address() as AddressInfo | null;
    const host = ['0.0.0.0', '::'].includes(config.MDR_CONSOLE_HOST) ? '127.0.0.1' : config.MDR_CONSOLE_HOST;
    return `http://${host.includes(':') ? `[${host}]` : host}:${bound?.port ?? config.MDR_CONSOLE_PORT}`;
  };
  const oidc = openOidc(config, () => `${address()}/oidc/callback`);
  const signInLink = () => `${address()}/sign-in?token=${encodeURIComponent(links.token())}`;

  prepare(app, parts);
  app.register(cookie);
  app.register(files, { root: WEB, index: false, cacheControl: false });
  registerPages(app, parts, viewers, links);
  const { rest } = parts;
  if (rest) app.register(async (api) => rest(api));
  if (oidc) app.register(async (door) => registerOidc(door, parts, viewers, oidc));
  app.register(async (api) => {
    guard(api, viewers);
    const said = openSaid(parts);
    registerApi(api, parts, viewers, said, { reads: await loadReads(), pages: await pagesIn(WEB), signInLink });
    registerFiles(api, parts, viewers);
    api.get('/api/stream', streams.handle);
  });

  return {
    app,
    address,
    signInLink,
    async start() {
      try {
        await app.listen({ host: config.MDR_CONSOLE_HOST, port: config.MDR_CONSOLE_PORT });
      } catch (cause) {
        const where = `${config.MDR_CONSOLE_HOST}:${config.MDR_CONSOLE_PORT}`;
        const hint = 'Is it running already? Otherwise choose another MDR_CONSOLE_PORT.';
        throw new MdrError('MDR_CONFIG', `The console cannot listen on ${where}.`, hint, { cause });
      }
      log.debug('console server started');
    },
    async stop() {
      streams.stop();
      await app.close();
    },
  };
}

/** Names of the app's pages. */
async function pagesIn(folder: string): Promise<string[]> {
  const files = await readdir(join(folder, 'pages'));
  return files
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** What holds for every request: our own host name, our headers, errors as `{code, message, hint}`. */
function prepare(app: FastifyInstance, { config, log }: ServerParts): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS).header('cache-control', 'no-store');
    if (!isOwnHost(request.headers.host, config))
      throw new MdrError('MDR_ORIGIN', 'The console is not called by this name.', 'Set MDR_CONSOLE_URL to use a name.');
  });
  app.setErrorHandler((error: FastifyError | MdrError, request, reply) => {
    const known = asMdrError(error);
    if (known) {
      if (known.code === 'MDR_OVERLOADED') reply.header('retry-after', '2');
      return reply.code(STATUS[known.code] ?? 400).send(asJson(known));
    }
    log.error({ reference: request.id, url: request.routeOptions.url, error: error.message }, 'console request failed');
    const message = `Something failed inside (reference ${request.id}).`;
    return reply.code(500).send(asJson(new MdrError('MDR_INTERNAL', message, 'Try again, or look into the bot log.')));
  });
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .send(asJson(new MdrError('MDR_REQUEST_BAD', 'There is nothing at this address.', 'Open the console at /.'))),
  );
}

/** Data is for people who are signed in; changes come from our own pages. */
function guard(api: FastifyInstance, viewers: Viewers): void {
  api.addHook('onRequest', async (request) => {
    await viewers.admit(request);
    if (CHANGES.has(request.method)) checkOrigin(request);
  });
}

const asJson = ({ code, message, hint }: MdrError) => ({ code, message, hint });

function asMdrError(error: FastifyError | MdrError): MdrError | null {
  if (error instanceof MdrError) return error;
  if (error.statusCode === 413)
    return new MdrError('MDR_BODY_TOO_LARGE', `A request may have ${BODY_BYTES / 1024} KiB.`, 'Send less.');
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new MdrError('MDR_REQUEST_BAD', 'The request could not be read.', 'Reload the page and try again.');
  return null;
}
