import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { MdrError } from '../errors.js';
import { type ApiToken, SCOPES, type Scope } from '../store/apitokens.js';
import type { Store } from '../store/index.js';
import { type Person, ROLES, type Role, roleOf } from '../store/people.js';

const TOKEN = /^Bearer +(mdrapi_[A-Za-z0-9_-]{43})$/i;
const MAX_TENANTS = 100;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
const bad = (message: string, hint: string) => new MdrError('MDR_CONFIG', message, hint);

/**
 * Make a token: for a person, whose roles it has; or for an integration, with a side and a role. It is shown once.
 * @param expires epoch ms
 * @throws MdrError MDR_CONFIG, MDR_TENANT_UNKNOWN, MDR_PERSON_UNKNOWN
 */
export async function createApiToken(
  store: Store,
  what: { name: string; tenants: readonly string[]; scopes: readonly string[]; expires: number | null } & (
    | { person: string }
    | { side: ApiToken['side']; role: string }
  ),
  clock: Clock,
): Promise<{ token: string; record: ApiToken }> {
  const { name, tenants, scopes, expires } = what;
  const unknown = scopes.find((scope) => !SCOPES.includes(scope as Scope));
  if (scopes.length === 0 || unknown !== undefined)
    throw bad(`"${unknown ?? ''}" is no scope.`, `There are ${SCOPES.join(', ')}.`);
  if (tenants.length === 0 || tenants.length > MAX_TENANTS)
    throw bad('a token is for 1 to 100 tenants.', 'Name each: no token is for all of them.');
  for (const id of tenants) await store.forTenant(id);
  let owner: Pick<ApiToken, 'person' | 'side' | 'role'>;
  if ('person' in what) {
    const person = await store.people.findById(what.person).lean<Person>();
    if (!person)
      throw new MdrError('MDR_PERSON_UNKNOWN', `nobody has the id "${what.person}".`, 'See mdr people list.');
    const without = tenants.find((id) => roleOf(person, id) === null);
    if (without) throw bad(`${person.name} has no role for ${without}.`, 'Give them one first: mdr people.');
    owner = { person: person._id, side: person.side, role: 'viewer' };
  } else {
    if (!ROLES.includes(what.role as Role)) throw bad(`"${what.role}" is no role.`, `There are ${ROLES.join(', ')}.`);
    owner = { person: null, side: what.side, role: what.role as Role };
  }
  const token = `mdrapi_${randomBytes(32).toString('base64url')}`;
  const record: ApiToken = {
    ...{ _id: hashOf(token), name: name.slice(0, 100), ...owner, tenants: [...new Set(tenants)] },
    ...{ scopes: [...new Set(scopes)] as Scope[], created: clock(), expires, revoked: null },
  };
  await store.apiTokens.create(record);
  return { token, record };
}

/** Who uses the API, as the person whose roles hold: an integration is a person of its own kind, whom nobody can sign in as. */
export interface Caller {
  token: ApiToken;
  person: Person;
}

/**
 * Whose token a header holds, by its hash, so that the time it takes tells nothing; looked up at each request, so that what is revoked ends
 * at once.
 * @throws MdrError MDR_TOKEN_BAD
 */
export async function callerOf(store: Store, authorization: string | undefined, clock: Clock): Promise<Caller> {
  const given = TOKEN.exec(authorization ?? '')?.[1];
  const token = given ? await store.apiTokens.findById(hashOf(given)).lean<ApiToken>() : null;
  const isGood = token && token.revoked === null && (token.expires === null || token.expires > clock());
  const person = isGood ? await personOf(store, token) : null;
  if (token && person) return { token, person };
  throw new MdrError(
    'MDR_TOKEN_BAD',
    'The token is missing, unknown, revoked or expired.',
    'Send `Authorization: Bearer mdrapi_…`, from: mdr api token.',
  );
}

async function personOf(store: Store, { _id, name, person, side, role, tenants }: ApiToken): Promise<Person | null> {
  if (person !== null) return store.people.findById(person).lean<Person>();
  const id = `api:${_id.slice(0, 12)}`;
  return { _id: id, name: `${name} (API)`, side, identities: [], grants: tenants.map((tenant) => ({ tenant, role })) };
}
