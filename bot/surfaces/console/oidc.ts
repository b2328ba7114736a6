import * as client from 'openid-client';
import { z } from 'zod';
import type { Config } from '../../../engine/config.js';
import { MdrError } from '../../../engine/errors.js';
import { idOf } from '../../../engine/ids.js';

/** How long somebody may take to sign in at the provider. */
export const FLOW_SECONDS = 600;
const TIMEOUT_SECONDS = 10;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const secret = z.string().regex(/^[\w.~-]{20,200}$/);
/** What a sign-in under way is known by. It stays in the browser that began it, so that no other browser can end it. */
const flowSchema = z.strictObject({
  state: secret,
  nonce: secret,
  verifier: secret,
  /** Where to go afterwards: the part of our own address after `#`, or nothing. */
  to: z.string().max(300),
});
export type Flow = z.infer<typeof flowSchema>;

/**
 * Sign-in at an OpenID Connect provider: authorization code with PKCE, state and nonce.
 * @param redirectUri where the provider sends the browser back to; asked for when needed
 * @returns null when it is not configured
 * @throws MdrError MDR_CONFIG
 */
export function openOidc(config: Config, redirectUri: () => string) {
  const { MDR_OIDC_ISSUER, MDR_OIDC_CLIENT_ID: clientId, MDR_OIDC_CLIENT_SECRET: clientSecret } = config;
  if (!MDR_OIDC_ISSUER) return null;
  const issuer = new URL(MDR_OIDC_ISSUER);
  const isLocal = LOOPBACK.has(issuer.hostname);
  if (!clientId)
    throw new MdrError('MDR_CONFIG', 'MDR_OIDC_ISSUER needs MDR_OIDC_CLIENT_ID.', 'Set it, or take both away.');
  if (issuer.protocol !== 'https:' && !isLocal)
    throw new MdrError(
      'MDR_CONFIG',
      'MDR_OIDC_ISSUER must begin with https://.',
      'Only on this machine http is enough.',
    );
  let found: Promise<client.Configuration> | null = null;

  /** What the provider says of itself; asked for once it is needed, and again after a failure. */
  function provider(): Promise<client.Configuration> {
    found ??= client
      .discovery(issuer, clientId!, undefined, clientSecret ? secretAuth(clientSecret) : client.None(), {
        timeout: TIMEOUT_SECONDS,
        ...(isLocal && { execute: [client.allowInsecureRequests] }),
      })
      .catch((cause) => {
        found = null;
        throw new MdrError(
          'MDR_SERVICE_DOWN',
          'The sign-in provider does not answer.',
          'Try again in a moment; an administrator of this service looks at MDR_OIDC_ISSUER.',
          { cause },
        );
      });
    return found;
  }

  return {
    /** @param to where to go afterwards @returns the provider's address to send the browser to */
    async begin(to: string): Promise<{ url: string; flow: Flow }> {
      const configuration = await provider();
      const flow = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
        to,
      };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri(),
        scope: 'openid',
        response_type: 'code',
        code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
        state: flow.state,
        nonce: flow.nonce,
      });
      return { url: url.href, flow };
    },

    /**
     * @param search the query with which the browser came back
     * @returns the identity that people are known by: made of issuer and subject, never of a name or an e-mail address
     * @throws MdrError MDR_SIGN_IN when the answer is not the one to this flow, or says no
     */
    async finish(search: string, flow: Flow): Promise<string> {
      const configuration = await provider();
      const url = new URL(redirectUri());
      url.search = search;
      try {
        const tokens = await client.authorizationCodeGrant(configuration, url, {
          pkceCodeVerifier: flow.verifier,
          expectedState: flow.state,
          expectedNonce: flow.nonce,
          idTokenExpected: true,
        });
        const { iss, sub } = tokens.claims()!;
        return `oidc:${idOf(iss, sub)}`;
      } catch (cause) {
        throw new MdrError('MDR_SIGN_IN', 'The sign-in did not succeed.', 'Begin again.', { cause });
      }
    },
  };
}
export type Oidc = NonNullable<ReturnType<typeof openOidc>>;

/** As the standard has it when nothing else is agreed: in the Authorization header; in the body where the provider takes only that. */
function secretAuth(secret: string): client.ClientAuth {
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const auth = methods.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost;
    return auth(secret)(server, ...rest);
  };
}

export const writeFlow = (flow: Flow): string => Buffer.from(JSON.stringify(flow)).toString('base64url');

/** @returns null for what is no flow of ours */
export function readFlow(text: string | undefined): Flow | null {
  try {
    const parsed = flowSchema.safeParse(JSON.parse(Buffer.from((text ?? '').slice(0, 2000), 'base64url').toString()));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Only a place within the console: everything else is left out, so that a link to our sign-in never leads elsewhere. */
export function placeWithin(to: unknown): string {
  return typeof to === 'string' && /^#[\w/?&=.:%+-]{1,299}$/.test(to) ? to : '';
}
