import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Store } from '../store/index.js';
import type { Quota, Token } from '../store/tokens.js';
import { tokenIn } from './authorization.js';
import { within } from './within.js';

const CACHE_MS = 30_000;
const CACHE_SIZE = 5000;

/** What a token allows. */
export interface Grant {
  /** Names the token without giving it away. */
  id: string;
  tenant: string;
  /** The source that it is for, or `*`. */
  source: string;
  simulated: boolean;
  quota: Quota | null;
}

/** @returns whose token an Authorization header holds. @throws MdrError MDR_TOKEN_BAD, MDR_SERVICE_DOWN */
export type CheckToken = (authorization: string | undefined) => Promise<Grant>;

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

/**
 * Make a token for one source of a tenant, or for all of them (`*`). It is shown once: only its hash is stored.
 * @param what.expires epoch ms; never, when not given
 * @throws MdrError MDR_TENANT_UNKNOWN
 */
export async function createToken(
  store: Store,
  what: { tenant: string; source: string; expires?: number; simulated?: boolean; quota?: Quota | null },
  clock: Clock = Date.now,
): Promise<string> {
  const { tokens } = await store.forTenant(what.tenant);
  const token = `mdr_${randomBytes(24).toString('base64url')}`;
  await tokens.insert({
    _id: hashOf(token),
    source: what.source,
    created: clock(),
    expires: what.expires ?? null,
    simulated: what.simulated ?? false,
    quota: what.quota ?? null,
  });
  return token;
}

/** @throws MdrError MDR_TOKEN_BAD when the token is for another source */
export function checkSource(grant: Grant, source: string): void {
  if (grant.source !== '*' && grant.source !== source) throw badToken(` or not for the source "${source}"`);
}

/**
 * Checks tokens against the store. Known and unknown ones are remembered for 30 s (a bounded number of each, apart, so that
 * guesses push no good token out): a revoked token works that much longer. Tokens are looked up by hash, so that
 * the time it takes tells nothing about them.
 */
export function tokenChecker(store: Store, clock: Clock): CheckToken {
  const known = new Map<string, { token: Token; until: number }>();
  const unknown = new Map<string, { token: null; until: number }>();

  async function find(hash: string): Promise<Token | null> {
    const now = clock();
    const cached = known.get(hash) ?? unknown.get(hash);
    if (cached && cached.until > now) return cached.token;
    const token = await within('MongoDB', store.tokens.findById(hash).lean<Token>().exec());
    known.delete(hash);
    unknown.delete(hash);
    if (token) remember(known, hash, { token, until: now + CACHE_MS });
    else remember(unknown, hash, { token, until: now + CACHE_MS });
    return token;
  }

  return async (authorization) => {
    const token = tokenIn(authorization);
    const found = token ? await find(hashOf(token)) : null;
    if (!found || (found.expires != null && found.expires <= clock())) throw badToken();
    const { _id: id, tenant, source, simulated, quota } = found;
    return { id, tenant, source, simulated, quota: quota ?? null };
  };
}

function badToken(or = ''): MdrError {
  const hint = 'Send `Authorization: Bearer mdr_…` with a token made for this source.';
  return new MdrError('MDR_TOKEN_BAD', `The token is missing, unknown, expired${or}.`, hint);
}

function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  const oldest = cache.size >= CACHE_SIZE ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(key, value);
}
