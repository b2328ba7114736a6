import { once } from 'node:events';
import type { Server } from 'node:http';
import Provider from 'oidc-provider';
import { freePort } from './console.harness.js';

export const CLIENT = 'mdr-console';
export const SECRET = 'a-secret-of-the-test-client-32-characters';

/** An OpenID Connect provider on this machine, with its development pages: whoever signs in there is whom they say. */
export async function localProvider() {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  let server: Server | null = null;
  return {
    issuer,
    settings: { MDR_OIDC_ISSUER: issuer, MDR_OIDC_CLIENT_ID: CLIENT, MDR_OIDC_CLIENT_SECRET: SECRET },
    /** @param consoleAddress where it may send browsers back to */
    async start(consoleAddress: string) {
      const provider = new Provider(issuer, {
        clients: [{ client_id: CLIENT, client_secret: SECRET, redirect_uris: [`${consoleAddress}/oidc/callback`] }],
        pkce: { required: () => true },
        features: { devInteractions: { enabled: true } },
        cookies: { keys: ['a key of the test'] },
      });
      server = provider.listen(port, '127.0.0.1') as Server;
      await once(server, 'listening');
    },
    async stop() {
      server?.closeAllConnections();
      server?.close();
    },
  };
}
