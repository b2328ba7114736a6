import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance } from 'fastify';
import { type ErrorCode, MdrError } from '../../errors.js';
import type { Log } from '../../log.js';

const STATUS: Partial<Record<ErrorCode, number>> = {
  MDR_SOURCE_BAD: 400,
  MDR_FORMAT_UNKNOWN: 400,
  MDR_BODY_ENCODING: 400,
  MDR_TOKEN_BAD: 401,
  MDR_FORBIDDEN: 403,
  MDR_TENANT_UNKNOWN: 403,
  MDR_ROUTE_UNKNOWN: 404,
  MDR_BODY_TIMEOUT: 408,
  MDR_BODY_TOO_LARGE: 413,
  MDR_OVERLOADED: 429,
  MDR_SERVICE_DOWN: 503,
};
const RETRY_AFTER_SECONDS = 1;

/** The error that makes a sender wait and come back. */
export function retryLater(why: string): MdrError {
  return new MdrError('MDR_OVERLOADED', why, 'Send the same again after the time in Retry-After.');
}

/** Answer every error as JSON `{code, message, hint}`. What is not ours is logged, and told only by its reference. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((_request, reply) => {
    const hint = 'Send events to POST /v1/events/<source>.';
    const error = new MdrError('MDR_ROUTE_UNKNOWN', 'There is nothing at this address.', hint);
    reply.code(404).send(bodyOf(error));
  });
  app.setErrorHandler((thrown: FastifyError | MdrError, _request, reply) => {
    const error = thrown instanceof MdrError ? thrown : ours(thrown, log);
    if (error.code === 'MDR_SERVICE_DOWN') log.warn({ cause: (error.cause as Error)?.message }, error.message);
    if (error.code === 'MDR_OVERLOADED' || error.code === 'MDR_SERVICE_DOWN')
      reply.header('retry-after', RETRY_AFTER_SECONDS);
    if (error.code === 'MDR_TOKEN_BAD') reply.header('www-authenticate', 'Bearer');
    if (error.code === 'MDR_BODY_TIMEOUT') reply.header('connection', 'close');
    if (reply.statusCode < 400) reply.code(STATUS[error.code] ?? 500);
    reply.send(bodyOf(error));
  });
}

function ours(thrown: FastifyError, log: Log): MdrError {
  // The framework refuses malformed requests by itself.
  if (thrown.statusCode === 413)
    return new MdrError('MDR_BODY_TOO_LARGE', 'The body is too large.', 'Send it in several requests.');
  if (thrown.statusCode !== undefined && thrown.statusCode < 500)
    return new MdrError('MDR_BODY_ENCODING', thrown.message);
  const reference = randomUUID();
  log.error({ err: thrown, reference }, 'a request failed');
  return new MdrError(
    'MDR_INTERNAL',
    `Something failed inside; reference ${reference}.`,
    'Send the same again: nothing is taken twice.',
  );
}

function bodyOf({ code, message, hint }: MdrError) {
  return { code, message, hint };
}
