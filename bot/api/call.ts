import type { Context } from '../../commands/types.js';
import { type Caller, callerOf } from '../../engine/api/tokens.js';
import type { Clock } from '../../engine/clock.js';
import { MdrError } from '../../engine/errors.js';
import { canonical, idOf } from '../../engine/ids.js';
import type { Queues } from '../../engine/queues.js';
import type { Store } from '../../engine/store/index.js';
import { TENANT_ID } from '../../engine/store/tenants.js';
import { peopleOf, roleFor } from '../people.js';
import type { Route } from './types.js';

const PER_MINUTE = 600;
const REFUSED_PER_MINUTE = 30;
const KEY_SECONDS = 24 * 3600;
const KEY = /^[\x21-\x7e]{8,128}$/;

export interface ApiParts {
  store: Store;
  queues: Queues;
  clock: Clock;
}

/** Requests a minute are over: the client waits so many seconds. */
export class TooMany extends MdrError {
  constructor(readonly seconds: number) {
    super('MDR_QUOTA', 'Too many requests.', `Wait ${seconds} s and send it again.`);
  }
}

/** Whether one more is too many in this minute. Counted in Redis: all processes count together. */
async function count({ queues, clock }: ApiParts, name: string, most: number): Promise<void> {
  const minute = Math.floor(clock() / 60_000);
  const key = `${queues.prefix}:api:rate:${name}:${minute}`;
  const [[, used]] = (await queues.redis.multi().incr(key).expire(key, 120).exec()) as [[unknown, number]];
  if (used > most) throw new TooMany(60 - Math.floor((clock() / 1000) % 60));
}

/** Who calls. Guesses are counted by address. @throws MdrError MDR_TOKEN_BAD, TooMany */
export async function admit(parts: ApiParts, authorization: string | undefined, ip: string): Promise<Caller> {
  try {
    const caller = await callerOf(parts.store, authorization, parts.clock);
    await count(parts, caller.token._id.slice(0, 16), PER_MINUTE);
    return caller;
  } catch (error) {
    if (!(error instanceof TooMany)) await count(parts, `ip:${idOf(ip)}`, REFUSED_PER_MINUTE);
    throw error;
  }
}

/**
 * What a command of this person would get for the tenant.
 * @throws MdrError MDR_SCOPE for a token that is not for it; the same words whether the tenant exists or not
 */
export async function contextFor(
  { store, queues, clock }: ApiParts,
  { token, person }: Caller,
  tenant: string,
  scope: Route['scope'],
  request: string,
): Promise<Context> {
  if (!TENANT_ID.test(tenant) || !token.tenants.includes(tenant))
    throw new MdrError('MDR_SCOPE', 'The token is not for this tenant.', 'Ask for one: mdr api token.');
  if (!token.scopes.includes(scope))
    throw new MdrError('MDR_SCOPE', `The token lacks the scope ${scope}.`, 'Ask for one that has it: mdr api token.');
  const role = roleFor(person, tenant);
  return {
    ...{ tenant: await store.forTenant(tenant), person, role, queues, clock, request },
    ...{ alert: null, commands: [], internal: person.side === 'provider' },
    people: () => peopleOf(store, tenant),
  };
}

/** What came of a request with the same key before. */
export interface Kept {
  status: number;
  body: unknown;
  etag?: string;
}

/**
 * The request's name, and how the same one again is answered. What the engine writes is named by it, so that even without the answer that is
 * kept here (24 hours) the same request changes nothing twice.
 * @throws MdrError MDR_REQUEST_BAD for a key that is none, MDR_KEY_REUSED
 */
export async function keyed(
  { queues }: ApiParts,
  { token }: Caller,
  route: Route,
  url: string,
  key: string | undefined,
  body: unknown,
): Promise<{ request: string; before: Kept | null; keep(answer: Kept): Promise<void> }> {
  if (key === undefined)
    return { request: idOf('api', token._id, crypto.randomUUID()), before: null, keep: async () => {} };
  if (!KEY.test(key))
    throw new MdrError(
      'MDR_REQUEST_BAD',
      'Idempotency-Key is no key.',
      'Send 8 to 128 visible characters, such as a UUID.',
    );
  const request = idOf('api', token._id, key);
  const digest = idOf(route.id, url, canonical(body ?? null));
  const name = `${queues.prefix}:api:key:${request}`;
  const isNew = (await queues.redis.set(name, digest, 'EX', KEY_SECONDS, 'NX')) !== null;
  if (!isNew && (await queues.redis.get(name)) !== digest)
    throw new MdrError('MDR_KEY_REUSED', 'This Idempotency-Key was used for another request.', 'Send a new one.');
  const kept = isNew ? null : await queues.redis.get(`${name}:answer`);
  return {
    request,
    before: kept === null ? null : (JSON.parse(kept) as Kept),
    keep: async (answer) => void (await queues.redis.set(`${name}:answer`, JSON.stringify(answer), 'EX', KEY_SECONDS)),
  };
}
