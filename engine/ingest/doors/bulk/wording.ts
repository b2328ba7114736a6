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

/** Our errors as Elasticsearch says them. */
export const bulkWording: Wording = (error, reply) => {
  if (error.code === 'MDR_TOKEN_BAD')
    reply.header('www-authenticate', 'Basic realm="security" charset="UTF-8", Bearer realm="security", ApiKey');
  const fault: Fault = { type: TYPES[error.code] ?? 'illegal_argument_exception', reason: error.toLine() };
  return { error: { root_cause: [fault], ...fault }, status: reply.statusCode };
};

/** The error that refuses a bulk request as a whole, as Elasticsearch does when it loses count of lines. */
export function malformed(line: number, why: string): MdrError {
  const hint = 'Nothing of the request was taken.';
  return new MdrError('MDR_BULK_ITEM', `Malformed action/metadata line [${line}]: ${why}.`, hint);
}
