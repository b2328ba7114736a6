import type { FastifyInstance, FastifyReply } from 'fastify';
import { MdrError } from '../../../engine/errors.js';
import { FLOW_SECONDS, type Oidc, placeWithin, readFlow, writeFlow } from './oidc.js';
import { page, SIGN_IN } from './pages.js';
import { personOf } from './sign-in.js';
import type { ServerParts } from './types.js';
import type { Viewers } from './viewers.js';

const PATH = '/oidc';

/** Sign-in with an account of elsewhere: out to the provider, and back. */
export function registerOidc(
  app: FastifyInstance,
  { store, log }: Pick<ServerParts, 'store' | 'log'>,
  viewers: Viewers,
  oidc: Oidc,
): void {
  const cookie = { name: `${viewers.cookie.name}_flow`, options: { ...viewers.cookie.options, path: PATH } };

  app.get<{ Querystring: { to?: unknown } }>(`${PATH}/start`, async (request, reply) => {
    try {
      const { url, flow } = await oidc.begin(placeWithin(request.query.to));
      reply.setCookie(cookie.name, writeFlow(flow), { ...cookie.options, maxAge: FLOW_SECONDS });
      return reply.redirect(url);
    } catch (error) {
      return refused(reply, error);
    }
  });

  app.get(`${PATH}/callback`, async (request, reply) => {
    const flow = readFlow(request.cookies[cookie.name]);
    // Good for one attempt, whatever comes of it.
    reply.clearCookie(cookie.name, cookie.options);
    if (!flow) return page(reply, 400, 'This sign-in was not begun here', BEGIN_AGAIN + SIGN_IN);
    let identity: string;
    try {
      const { search } = new URL(request.url, 'http://console');
      identity = await oidc.finish(search, flow);
    } catch (error) {
      return refused(reply, error);
    }
    const person = await personOf(store, identity);
    if (!person) {
      log.info({ identity }, 'somebody unknown signed in to the console');
      return page(reply, 403, 'You are not registered here', howToAsk(identity));
    }
    log.info({ person: person._id }, 'signed in to the console');
    await viewers.signIn(reply, identity);
    return reply.redirect(`/${flow.to}`);
  });

  function refused(reply: FastifyReply, error: unknown): FastifyReply {
    if (!(error instanceof MdrError)) throw error;
    log.warn({ code: error.code, error: causeOf(error) }, 'sign-in with OpenID Connect');
    const isDown = error.code === 'MDR_SERVICE_DOWN';
    const words = isDown ? `<p>${error.message} ${error.hint}</p>` : NOT_SIGNED_IN;
    return page(reply, isDown ? 502 : 401, 'You are not signed in', words + SIGN_IN);
  }
}

/** The provider's own words: for the log, never for the page. */
const causeOf = ({ cause }: MdrError): string => (cause instanceof Error ? `${cause.name}: ${cause.message}` : '');

const BEGIN_AGAIN = `
  <p>It was begun in another browser or under another address of the console, or it took longer than ten minutes.</p>`;
const NOT_SIGNED_IN = `
  <p>Your organisation’s sign-in said no, or its answer did not belong to what was begun here.</p>`;

/** @param identity letters and digits of our own making */
const howToAsk = (identity: string) => `
  <p>Your organisation knows you, this console does not. Ask an administrator of this service for access, and give them this id:</p>
  <p><code>${identity}</code></p>
  <p class="note">They add it with
  <code>npx mdr people add &lt;id&gt; --identity ${identity} --tenant &lt;tenant&gt; --role &lt;role&gt;</code>,
  for a customer’s person with <code>--side customer</code>. Then sign in again.</p>${SIGN_IN}`;
