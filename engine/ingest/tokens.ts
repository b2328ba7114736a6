import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import type { Store } from '../store/index.js';
import type { Token } from '../store/tokens.js';
import { within } from './within.js';

const SHAPE = /^Bearer (mdr_[A-Za-z0-9_-]{32})$/i;
const CACHE_MS = 30_000;
const CACHE_SIZE = 5000;

/** What a token allows. */
export interface Grant {
  tenant: string;
  simulated: boolean;
}

/** @returns whose token it is. @throws MdrError MDR_TOKEN_BAD, MDR_SERVICE_DOWN */
export type CheckToken = (authorization: string | undefined, source: string) => Promise<Grant>;

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');

/**
 * Make a token for one source of a tenant, or for all of them (`*`). It is shown once: only its hash is stored.
 * @param what.expires epoch ms; never, when not given
 * @throws MdrError MDR_TENANT_UNKNOWN
 */
export async function createToken(
  store: Store,
  what: { tenant: string; source: string; expires?: number; simulated?: boolean },
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
  });
  return token;
}

/**
 * Checks bearer tokens against the store. Known and unknown ones are remembered for 30 s (a bounded number of each, apart, so that
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

  return async (authorization, source) => {
    const token = SHAPE.exec(authorization ?? '')?.[1];
    const found = token ? await find(hashOf(token)) : null;
    const expired = found?.expires != null && found.expires <= clock();
    if (!found || expired || (found.source !== '*' && found.source !== source)) {
      throw new MdrError(
        'MDR_TOKEN_BAD',
        `The bearer token is missing, unknown, expired or not for the source "${source}".`,
        'Send `Authorization: Bearer mdr_…` with a token made for this source.',
      );
    }
    return { tenant: found.tenant, simulated: found.simulated };
  };
}

function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  const oldest = cache.size >= CACHE_SIZE ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(key, value);
}
