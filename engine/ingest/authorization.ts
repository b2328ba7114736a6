const TOKEN = /^mdr_[A-Za-z0-9_-]{32}$/;
const HEADER = /^(bearer|splunk|apikey|basic) +(\S{1,512})$/i;
const ENCODED = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * The token in an Authorization header, whichever scheme the sender's program knows: `Bearer`, `Splunk` and `ApiKey` with the token
 * itself; `Basic` and `ApiKey` with Base64 of `anything:token`, as Elasticsearch's clients send passwords and keys.
 * @returns null when there is nothing that looks like a token
 */
export function tokenIn(authorization: string | undefined): string | null {
  const [, scheme, credentials] = HEADER.exec(authorization ?? '') ?? [];
  if (scheme === undefined || credentials === undefined) return null;
  const basic = scheme.toLowerCase() === 'basic';
  if (!basic && TOKEN.test(credentials)) return credentials;
  if (!basic && scheme.toLowerCase() !== 'apikey') return null;
  if (!ENCODED.test(credentials)) return null;
  const pair = Buffer.from(credentials, 'base64').toString('latin1');
  const secret = pair.slice(pair.indexOf(':') + 1);
  return pair.includes(':') && TOKEN.test(secret) ? secret : null;
}
