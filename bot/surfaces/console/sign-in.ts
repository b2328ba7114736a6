import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Store } from '../../../engine/store/index.js';
import type { Person } from '../../../engine/store/people.js';
import { isDuplicate } from '../../../engine/store/scoped.js';

/** Chat identity of whoever signs in with the console's link: the operator of this installation. */
export const OPERATOR = 'console:operator';
export const SESSION_SECONDS = 12 * 3600;
const OPEN_LINKS = 20;

const digest = (secret: string) => createHash('sha256').update(secret).digest();

/**
 * Tokens of sign-in links. A fixed token can be used again and again; a random one is used up at its first use.
 * Only digests are kept, and they are compared in constant time.
 */
export function openLinks(fixed: string | undefined) {
  let digests = fixed ? [digest(fixed)] : [];
  return {
    token(): string {
      if (fixed) return fixed;
      const token = randomBytes(24).toString('base64url');
      digests = [...digests.slice(1 - OPEN_LINKS), digest(token)];
      return token;
    },
    /** @returns whether the token was good; a random one is not good a second time */
    use(token: string): boolean {
      const given = digest(token);
      let found: Buffer | null = null;
      for (const known of digests) if (timingSafeEqual(known, given)) found = known;
      if (found && !fixed) digests = digests.filter((known) => known !== found);
      return found !== null;
    },
  };
}

/** Sessions in Redis, so that a restart of the bot keeps people signed in. The id itself is only in the browser. */
export function openSessions(redis: Redis, prefix: string) {
  const key = (id: string) => `${prefix}:console:session:${digest(id).toString('hex')}`;
  return {
    /** @returns the session's id, for the cookie */
    async begin(identity: string): Promise<string> {
      const id = randomBytes(32).toString('base64url');
      await redis.set(key(id), identity, 'EX', SESSION_SECONDS);
      return id;
    },
    /** @returns the chat identity that signed in, or null when the session is unknown or over */
    identity: (id: string): Promise<string | null> => redis.get(key(id)),
    async end(id: string): Promise<void> {
      await redis.del(key(id));
    },
  };
}
export type Sessions = ReturnType<typeof openSessions>;

export function personOf(store: Store, identity: string): Promise<Person | null> {
  return store.people.findOne({ identities: identity }).lean<Person>();
}

/** The operator's person, made at the first start: an admin of every tenant, on the provider's side. */
export async function ensureOperator(store: Store): Promise<void> {
  if (await personOf(store, OPERATOR)) return;
  try {
    await store.people.create({
      _id: 'operator',
      name: 'Operator',
      side: 'provider',
      identities: [OPERATOR],
      grants: [{ tenant: '*', role: 'admin' }],
    });
  } catch (error) {
    // Another bot process was quicker.
    if (!isDuplicate(error)) throw error;
  }
}
