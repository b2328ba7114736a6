import type { FastifyInstance, FastifyReply } from 'fastify';
import { OPERATOR, type openLinks } from './sign-in.js';
import type { ServerParts } from './types.js';
import type { Viewers } from './viewers.js';

/** The console's pages: the app for whoever is signed in, and the door for everybody else. */
export function registerPages(
  app: FastifyInstance,
  { config }: ServerParts,
  viewers: Viewers,
  links: ReturnType<typeof openLinks>,
): void {
  const isOidc = config.MDR_OIDC_ISSUER !== undefined;
  const howTo = isOidc
    ? `${SIGN_IN}<details><summary>For the operator</summary>${HOW_TO_SIGN_IN}</details>`
    : HOW_TO_SIGN_IN;
  app.get('/', async (request, reply) => {
    if (await viewers.find(request)) return reply.sendFile('app.html');
    return page(reply, 401, 'Sign in to mdr', howTo);
  });

  app.get<{ Querystring: { token?: unknown } }>('/sign-in', async (request, reply) => {
    // A browser that fetches ahead of a click must not use the link up.
    if (request.headers['sec-purpose'] !== undefined) return reply.code(503).send();
    const { token } = request.query;
    if (typeof token === 'string' && token.length <= 256 && links.use(token)) await viewers.signIn(reply, OPERATOR);
    else if (!(await viewers.find(request))) {
      const body = config.MDR_CONSOLE_TOKEN ? WRONG_TOKEN : USED_UP + howTo;
      return page(reply, 401, 'This link does not sign you in', body);
    }
    // Not a redirect: what a browser remembers of this address must not lead to a link that is used up.
    return page(reply, 200, 'You are signed in', '<p><a href="/">Open the console</a></p>', '0;url=/');
  });
}

/** For those who have an account with the provider. The page's script adds where they wanted to go. */
export const SIGN_IN =
  '<p><a class="sign-in" id="sign-in" href="/oidc/start">Sign in with your organisation’s account</a></p>';
const HOW_TO_SIGN_IN = `
  <ol>
    <li>Look at the terminal where <code>mdr</code> was started.</li>
    <li>Open the address it printed after <em>Console</em>. It ends in <code>/sign-in?token=…</code> and works once.</li>
  </ol>
  <p class="note">Somebody who is signed in can make a link for another browser in the menu at the bottom left.
  To have a link that works again and again, set <code>MDR_CONSOLE_TOKEN</code> in <code>.env</code> and start mdr again.</p>`;
const USED_UP = '<p>It was used before, or it is from an earlier start of mdr.</p>';
const WRONG_TOKEN =
  '<p>Its token is not the one that <code>MDR_CONSOLE_TOKEN</code> sets. Copy the link again from the terminal.</p>';

/** A page of our own words only: nothing that a request brought is ever put into it. */
export function page(reply: FastifyReply, status: number, title: string, body: string, refresh?: string): FastifyReply {
  const html = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  ${refresh ? `<meta http-equiv="refresh" content="${refresh}">` : ''}
  <title>${title}</title>
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/theme.css">
  <link rel="stylesheet" href="/door.css">
  <script type="module" src="/door.js"></script>
</head>
<body>
  <main class="door">
    <img src="/icon.svg" alt="" width="40" height="40">
    <h1>${title}</h1>${body}
  </main>
</body>
</html>`;
  return reply.code(status).type('text/html; charset=utf-8').send(html);
}
