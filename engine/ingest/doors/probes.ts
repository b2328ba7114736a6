import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MdrError } from '../../errors.js';
import { within } from '../within.js';
import type { DoorParts } from './types.js';

const PROBE_MS = 2000;

/**
 * `GET /healthz` for orchestrators: 200 when MongoDB and Redis answer, else 503. `GET /metrics` for Prometheus: it names tenants, so
 * it answers this machine only, or whoever has `MDR_METRICS_TOKEN` when that is set.
 */
export function addProbes(app: FastifyInstance, { store, queues, metrics, config }: DoorParts): void {
  const answers = async (probe: () => Promise<unknown>) =>
    within('service', probe(), PROBE_MS).then(
      () => true,
      () => false,
    );

  app.get('/healthz', async (_request, reply) => {
    const [mongodb, redis] = await Promise.all([
      answers(async () => store.connection.db!.command({ ping: 1 })),
      queues.redis.status === 'ready' && answers(async () => queues.redis.ping()),
    ]);
    return reply.code(mongodb && redis ? 200 : 503).send({ ok: mongodb && redis, mongodb, redis });
  });

  app.get('/metrics', async (request, reply) => {
    if (!mayScrape(request, config.MDR_METRICS_TOKEN))
      throw new MdrError(
        'MDR_FORBIDDEN',
        'Metrics are not for this address.',
        'Set MDR_METRICS_TOKEN and send it as a bearer token.',
      );
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

function mayScrape(request: FastifyRequest, token: string | undefined): boolean {
  // What a proxy on this machine passes on comes from somewhere else.
  const passedOn = 'x-forwarded-for' in request.headers || 'forwarded' in request.headers;
  if (token === undefined) return !passedOn && isLoopback(request.socket.remoteAddress ?? '');
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${token}`));
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}
