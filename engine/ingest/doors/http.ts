import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { answerErrors, answerUnknown } from './answers.js';
import { BODY_LIMITS, type BodyLimits } from './body.js';
import { addBulk } from './bulk/index.js';
import { addEvents } from './events.js';
import { addHec } from './hec/index.js';
import { addLists } from './lists.js';
import { addOtlp } from './otlp/index.js';
import { addProbes } from './probes.js';
import { openReception, type Reception } from './reception.js';
import type { DoorParts } from './types.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Name of the door in the metrics. */
    door?: string;
  }
}

/** Connections at once: what each holds in memory is bounded, so that all of them are. */
const MAX_CONNECTIONS = 5000;

/** Adds one protocol's routes to the HTTP door. */
type AddDoor = (app: FastifyInstance, reception: Reception, parts: DoorParts) => void;
const DOORS: readonly AddDoor[] = [addEvents, addHec, addBulk, addOtlp];

/**
 * The HTTP door, not yet listening: each protocol's routes, `GET /healthz`, `GET /metrics`. Every protocol has a scope of its own,
 * in which errors are told in its words.
 */
export function httpDoor(parts: DoorParts, limits: BodyLimits = BODY_LIMITS): FastifyInstance {
  const { metrics, log } = parts;
  const app = fastify({
    requestTimeout: limits.time * 2,
    exposeHeadRoutes: false,
    // A sender that trickles its headers is cut off as well, and looked for often enough.
    http: { headersTimeout: limits.time, connectionsCheckingInterval: Math.min(limits.time, 5000) },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  // Bodies are read as they come, whatever type they claim to be.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  answerErrors(app, log);
  answerUnknown(app);
  const count = (request: FastifyRequest, reply: FastifyReply) => {
    const { door } = request.routeOptions.config;
    if (door) metrics.request(door, reply.statusCode, reply.elapsedTime / 1000);
  };
  app.addHook('onResponse', async (request, reply) => count(request, reply));
  // An answer that is cut off on the way is one too.
  app.addHook('onRequest', async (request, reply) => {
    reply.raw.once('close', () => {
      if (reply.raw.headersSent && !reply.raw.writableFinished) count(request, reply);
    });
  });
  app.addHook('preClose', async () => closeAsTheyEnd(app));
  addProbes(app, parts);
  app.register(async (scope) => addLists(scope, parts));
  const reception = openReception(parts, limits);
  for (const addDoor of DOORS) app.register(async (scope) => addDoor(scope, reception, parts));
  return app;
}

/** A sender whose body is still being thrown away is no idle connection yet when the door closes: look again until all are gone. */
function closeAsTheyEnd({ server }: FastifyInstance): void {
  const timer = setInterval(() => server.closeIdleConnections(), 100);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}
