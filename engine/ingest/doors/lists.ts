import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { MdrError } from '../../errors.js';
import { listText, mayFetch, zoneText } from '../../respond/actions/blocks.js';
import { TENANT_ID } from '../../store/tenants.js';
import { tokenIn } from '../authorization.js';
import { within } from '../within.js';
import { RetryLater } from './answers.js';
import type { DoorParts } from './types.js';

/** Fetches a minute for each tenant, and refused ones for each address. */
const PER_MINUTE = 120;
const REFUSED_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const MAX_COUNTED = 10_000;

/** Counts within a minute, of a bounded number of names. */
function counter(clock: () => number): (name: string, most: number) => boolean {
  let minute = 0;
  let counts = new Map<string, number>();
  return (name, most) => {
    const now = Math.floor(clock() / MINUTE_MS);
    if (now !== minute || counts.size >= MAX_COUNTED) [minute, counts] = [now, new Map()];
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count <= most;
  };
}

/**
 * `GET /lists/<tenant>/<ip|domain|url>.txt` and `rpz.zone`: what is blocked, for firewalls (external dynamic lists), proxies and
 * resolvers. With a list token, as bearer or as the password of basic authentication.
 */
export function addLists(app: FastifyInstance, { store, clock }: DoorParts): void {
  const fetches = counter(clock);
  const refusals = counter(clock);

  app.get<{ Params: { tenant: string; file: string } }>(
    '/lists/:tenant/:file',
    { config: { door: 'lists' } },
    async (request, reply) => {
      const { tenant, file } = request.params;
      const token = tokenIn(request.headers.authorization);
      const record = TENANT_ID.test(tenant)
        ? await within('MongoDB', store.tenants.findById(tenant).lean().exec())
        : null;
      if (!mayFetch(record, token ?? '')) {
        if (!refusals(request.ip, REFUSED_PER_MINUTE))
          throw new RetryLater('MDR_QUOTA', 'Too many requests with a wrong token.', 60);
        throw new MdrError(
          'MDR_TOKEN_BAD',
          'The token is missing, unknown or not for the lists of this tenant.',
          'Send `Authorization: Bearer mdr_…`, or the token as password, from: mdr actions list-token <tenant>.',
        );
      }
      if (!fetches(tenant, PER_MINUTE)) throw new RetryLater('MDR_QUOTA', 'The lists are fetched too often.', 60);
      const scope = await within('MongoDB', store.forTenant(tenant));
      const list = /^(ip|domain|url)\.txt$/.exec(file)?.[1] as 'ip' | 'domain' | 'url' | undefined;
      if (!list && file !== 'rpz.zone')
        throw new MdrError(
          'MDR_ROUTE_UNKNOWN',
          'There is no such list.',
          'There are ip.txt, domain.txt, url.txt and rpz.zone.',
        );
      const text = await within('MongoDB', list ? listText(scope, list, clock()) : zoneText(scope, clock()));
      const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
      reply.header('etag', etag).header('cache-control', 'private, max-age=30, must-revalidate');
      reply.header('x-content-type-options', 'nosniff');
      const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
      if (known.includes(etag) || known.includes('*')) return reply.code(304).send();
      return reply.type('text/plain; charset=utf-8').send(text);
    },
  );
}
