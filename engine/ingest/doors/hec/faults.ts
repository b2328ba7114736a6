import { MdrError } from '../../../errors.js';
import type { Wording } from '../answers.js';

/** Answers of Splunk's HTTP Event Collector: HTTP status and text, by its code. */
const ANSWERS = {
  0: [200, 'Success'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  8: [500, 'Internal server error'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  16: [400, 'Query string authorization is not enabled'],
  17: [200, 'HEC is healthy'],
  18: [503, 'HEC is unhealthy, queues are full'],
} as const;

export type HecCode = keyof typeof ANSWERS;

/** The body of an answer. */
export const answerOf = (code: HecCode) => ({ text: ANSWERS[code][1], code });

/** An error that HEC's clients know by its number. */
export class HecFault extends MdrError {
  /** @param invalid position of the first bad event, from 0 */
  constructor(
    readonly hec: HecCode,
    readonly invalid?: number,
  ) {
    super('MDR_REQUEST_BAD', ANSWERS[hec][1]);
  }
}

/** Our errors as HEC says them; its statuses, but 429 for senders that must wait, as our other doors. */
export const hecWording: Wording = (error, reply) => {
  const code = hecCodeOf(error);
  if (error instanceof HecFault) reply.code(ANSWERS[code][0]);
  else if (code === 4) reply.code(403);
  const invalid = error instanceof HecFault ? error.invalid : undefined;
  // Clients read text and code; people who look find ours beside them.
  const detail = error instanceof HecFault ? {} : { mdr: error.toLine() };
  return { ...answerOf(code), ...(invalid === undefined ? {} : { 'invalid-event-number': invalid }), ...detail };
};

function hecCodeOf(error: MdrError): HecCode {
  if (error instanceof HecFault) return error.hec;
  if (error.code === 'MDR_TOKEN_BAD') return 4;
  if (error.code === 'MDR_OVERLOADED' || error.code === 'MDR_QUOTA' || error.code === 'MDR_SERVICE_DOWN') return 9;
  return error.code === 'MDR_INTERNAL' ? 8 : 6;
}
