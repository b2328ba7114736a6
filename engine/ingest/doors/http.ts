import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { MdrError } from '../../errors.js';
import type { Origin } from '../batch.js';
import { sampleOf } from '../records.js';
import { Refusals } from '../refusals.js';
import { tokenChecker } from '../tokens.js';
import { answerErrors, retryLater } from './answers.js';
import { BODY_LIMITS, type BodyLimits, ENCODINGS, knowsEncoding, readBody } from './body.js';
import { addProbes } from './probes.js';
import { kindOf, RequestRecords } from './request.js';
import { type DoorParts, SOURCE } from './types.js';

const SHOWN_ERRORS = 20;

/** What a sender is told about its records. */
export interface EventsAnswer {
  accepted: number;
  refused: number;
  /** The first twenty refused. */
  errors: { line: number; code: string; message: string }[];
  batches: number;
}

/**
 * The HTTP door, not yet listening: `POST /v1/events/:source`, `GET /healthz`, `GET /metrics`.
 * A 202 means that every accepted record is stored in the queue; a 4xx or 5xx that none is.
 */
export function httpDoor(parts: DoorParts, limits: BodyLimits = BODY_LIMITS): FastifyInstance {
  const { store, formats, metrics, intake, clock, log } = parts;
  const checkToken = tokenChecker(store, clock);
  const app = fastify({ requestTimeout: limits.time * 2, exposeHeadRoutes: false });
  // Bodies are read as they come, whatever type they claim to be.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  answerErrors(app, log);
  addProbes(app, parts);
  let inHand = 0;

  async function originOf(request: FastifyRequest): Promise<Origin & { kind: ReturnType<typeof kindOf> }> {
    const { source } = request.params as { source: string };
    if (!SOURCE.test(source)) {
      const hint = 'Use 1 to 64 of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit.';
      throw new MdrError('MDR_SOURCE_BAD', 'The source in the address is malformed.', hint);
    }
    const { tenant, simulated } = await checkToken(request.headers.authorization, source);
    const { format: name } = request.query as { format?: unknown };
    const format = name === undefined || name === '' ? null : formats.byName(String(name));
    const kind = kindOf(request.headers['content-type'] ?? '', format);
    return { tenant, source, format: format?.name ?? null, simulated, kind };
  }

  /** Take in the whole body. A body that is refused as a whole is kept and counted as one refusal. */
  async function read(
    request: FastifyRequest,
    origin: Origin,
    records: RequestRecords,
    encoding: string,
  ): Promise<void> {
    const take = (chunk: Buffer) => {
      if (inHand + chunk.length > limits.inHandBytes) throw retryLater('The engine has its hands full.');
      inHand += chunk.length;
      records.push(chunk);
    };
    try {
      await readBody(request.raw, encoding, take, limits);
      records.end();
    } catch (error) {
      const ours = error instanceof MdrError && error.code !== 'MDR_OVERLOADED' ? error : null;
      if (!ours || request.raw.socket.destroyed) throw error;
      const refused = new Refusals();
      const sample = sampleOf(records.head);
      refused.add({ code: ours.code, message: ours.message, number: 0, sample, bytes: records.bytes });
      await intake
        .take(origin, { batches: [], refused })
        .catch((cause) => log.error({ err: cause }, 'dead letter lost'));
      throw error;
    }
  }

  app.post('/v1/events/:source', async (request, reply) => {
    const { kind, ...origin } = await originOf(request);
    const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    if (!knowsEncoding(encoding)) {
      reply.code(415).header('accept-encoding', ENCODINGS.join(', '));
      throw new MdrError(
        'MDR_BODY_ENCODING',
        'This Content-Encoding is not known.',
        `Use one of ${ENCODINGS.join(', ')}.`,
      );
    }
    if (await intake.full()) throw retryLater('The queue is full.');
    const records = new RequestRecords(kind);
    try {
      await read(request, origin, records, encoding);
      const { batches, refused, accepted } = records;
      if (accepted + refused.count > 0) await intake.take(origin, { batches, refused });
      const errors = refused.kept
        .slice(0, SHOWN_ERRORS)
        .map(({ number, code, message }) => ({ line: number, code, message }));
      const answer: EventsAnswer = { accepted, refused: refused.count, errors, batches: batches.length };
      return reply.code(accepted === 0 && refused.count > 0 ? 400 : 202).send(answer);
    } finally {
      inHand -= records.bytes;
    }
  });

  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.url === '/v1/events/:source') metrics.request(reply.statusCode, reply.elapsedTime / 1000);
  });
  return app;
}
