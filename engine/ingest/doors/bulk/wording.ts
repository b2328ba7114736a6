import { Readable } from 'node:stream';
import { type ErrorCode, MdrError } from '../../../errors.js';
import type { Wording } from '../answers.js';

/** What Elasticsearch calls an error: one of a whole request, or of one item. */
export interface Fault {
  type: string;
  reason: string;
}

const TYPES: Partial<Record<ErrorCode, string>> = {
  MDR_TOKEN_BAD: 'security_exception',
  MDR_OVERLOADED: 'es_rejected_execution_exception',
  MDR_QUOTA: 'es_rejected_execution_exception',
  MDR_SERVICE_DOWN: 'no_shard_available_action_exception',
  MDR_INTERNAL: 'exception',
};

/** With these a sender should send the same again: when there is room, or once its token is put right. */
const AGAIN = new Set([401, 408, 429, 500, 503]);

/**
 * Our errors as Elasticsearch says them. rsyslog's omelasticsearch knows no status: records whose answer is an error are thrown
 * away, and are only sent again when the answer does not arrive whole. It is also the one client that does not say its name. So a
 * sender without a name that should send again gets its answer cut off, behind status and Retry-After.
 */
export const bulkWording: Wording = (error, reply) => {
  if (error.code === 'MDR_TOKEN_BAD')
    reply.header('www-authenticate', 'Basic realm="security" charset="UTF-8", Bearer realm="security", ApiKey');
  const type = TYPES[error.code] ?? 'illegal_argument_exception';
  const fault: Fault = { type, reason: error.toLine() };
  const body = { error: { root_cause: [fault], ...fault }, status: reply.statusCode };
  if (reply.request.headers['user-agent'] !== undefined || !AGAIN.has(reply.statusCode)) return body;
  reply.type('application/json');
  return cutOff(JSON.stringify(body));
};

/** A text whose end never comes: the connection is closed instead. */
function cutOff(text: string): Readable {
  async function* pieces() {
    yield text;
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error('cut off');
  }
  return Readable.from(pieces());
}

/** The error that refuses a bulk request as a whole, as Elasticsearch does when it loses count of lines. */
export function malformed(line: number, why: string): MdrError {
  const hint = 'Nothing of the request was taken.';
  return new MdrError('MDR_BULK_ITEM', `Malformed action/metadata line [${line}]: ${why}.`, hint);
}
