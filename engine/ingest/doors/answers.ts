import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { type ErrorCode, MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import { ENCODINGS, UnknownEncoding } from './body.js';

const STATUS: Partial<Record<ErrorCode, number>> = {
  MDR_SOURCE_BAD: 400,
  MDR_FORMAT_UNKNOWN: 400,
  MDR_BODY_ENCODING: 400,
  MDR_LINE_JSON: 400,
  MDR_LINE_TOO_DEEP: 400,
  MDR_REQUEST_BAD: 400,
  MDR_BULK_ITEM: 400,
  MDR_TOKEN_BAD: 401,
  MDR_FORBIDDEN: 403,
  MDR_TENANT_UNKNOWN: 403,
  MDR_ROUTE_UNKNOWN: 404,
  MDR_BODY_TIMEOUT: 408,
  MDR_BODY_TOO_LARGE: 413,
  MDR_OVERLOADED: 429,
  MDR_QUOTA: 429,
  MDR_SERVICE_DOWN: 503,
};

/** The error that makes a sender wait and come back. */
export class RetryLater extends MdrError {
  /** @param seconds what Retry-After says */
  constructor(
    code: 'MDR_OVERLOADED' | 'MDR_QUOTA',
    why: string,
    readonly seconds = 1,
  ) {
    super(code, why, 'Send the same again after the time in Retry-After.');
  }
}

/** How a door words an error: the body of its answer. */
export type Wording = (error: MdrError, reply: FastifyReply) => unknown;

const plainly: Wording = ({ code, message, hint }) => ({ code, message, hint });

/**
 * Answer every error in a door's own words; without any, as JSON `{code, message, hint}`. Status, Retry-After and the like are set
 * before, and the wording may set others. What is not ours is logged, and told only by its reference.
 */
export function answerErrors(app: FastifyInstance, log: Log, wording: Wording = plainly): void {
  app.setErrorHandler((thrown: FastifyError | MdrError, _request, reply) => {
    const error = thrown instanceof MdrError ? thrown : ours(thrown, log);
    if (error.code === 'MDR_SERVICE_DOWN') log.warn({ cause: (error.cause as Error)?.message }, error.message);
    if (error instanceof RetryLater) reply.header('retry-after', error.seconds);
    else if (error.code === 'MDR_SERVICE_DOWN') reply.header('retry-after', 1);
    if (error instanceof UnknownEncoding) reply.code(415).header('accept-encoding', ENCODINGS.join(', '));
    if (error.code === 'MDR_TOKEN_BAD') reply.header('www-authenticate', 'Bearer');
    if (error.code === 'MDR_BODY_TIMEOUT') reply.header('connection', 'close');
    if (reply.statusCode < 400) reply.code(STATUS[error.code] ?? 500);
    reply.send(wording(error, reply));
  });
}

/** Answer addresses that do not exist. */
export function answerUnknown(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => {
    const hint = 'Send events to POST /v1/events/<source>.';
    const error = new MdrError('MDR_ROUTE_UNKNOWN', 'There is nothing at this address.', hint);
    reply.code(404).send(plainly(error, reply));
  });
}

function ours(thrown: FastifyError, log: Log): MdrError {
  // The framework refuses malformed requests by itself.
  if (thrown.statusCode === 413)
    return new MdrError('MDR_BODY_TOO_LARGE', 'The body is too large.', 'Send it in several requests.');
  if (thrown.statusCode !== undefined && thrown.statusCode < 500)
    return new MdrError('MDR_BODY_ENCODING', thrown.message, 'Correct the request and send it again.');
  const reference = randomUUID();
  log.error({ err: thrown, reference }, 'a request failed');
  return new MdrError(
    'MDR_INTERNAL',
    `Something failed inside; reference ${reference}.`,
    'Send the same again: nothing is taken twice.',
  );
}
