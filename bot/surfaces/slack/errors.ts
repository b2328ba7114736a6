import { wasNeverSent } from '../shared/unsent.js';
import { DeliveryError } from '../types.js';

/** The channel, the message or its thread does not exist any more. */
const GONE = new Set([
  ...['channel_not_found', 'is_archived', 'message_not_found', 'thread_not_found'],
  // A dialog that was closed, and a click that is too long ago to open one.
  ...['not_found', 'expired_trigger_id', 'exchanged_trigger_id', 'invalid_trigger_id'],
]);
/** Slack itself failed half-way: its documentation says that the call may have taken effect. */
const HALF_WAY = new Set(['fatal_error', 'internal_error', 'request_timeout', 'service_unavailable']);
/** An operator has to do something first; what waits until then is not lost. */
const TO_FIX: Record<string, string> = {
  account_inactive: 'Install the app again: its token was withdrawn.',
  invalid_auth: 'Check SLACK_BOT_TOKEN.',
  missing_scope: 'Install the app again with the scopes of manifest.yaml.',
  not_authed: 'Check SLACK_BOT_TOKEN.',
  not_in_channel: 'Invite the bot to the channel with /invite.',
  token_expired: 'Install the app again: its token expired.',
  token_revoked: 'Install the app again: its token was withdrawn.',
};
const RETRY_AFTER_MS = 5000;

/** What the SDK throws, as far as we look at it. */
interface Thrown {
  code?: string;
  retryAfter?: number;
  statusCode?: number;
  headers?: Record<string, string>;
  data?: { error?: string; response_metadata?: { messages?: string[] } };
  cause?: unknown;
}

/** Whether a call was refused with this name of Slack's. */
export function isSlackError(error: unknown, name: string): boolean {
  return error instanceof DeliveryError && (error.cause as Thrown | undefined)?.data?.error === name;
}

/**
 * What a failed Web API call means for the outbox.
 * @param repeatable whether doing it again does no harm (an edit, a read): then an unknown outcome is just a failure to try again
 */
export function deliveryError(error: unknown, repeatable: boolean): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as Thrown;
  const options = { cause: error };
  const lost = (what: string) =>
    new DeliveryError(repeatable ? 'unavailable' : 'unknown', `Slack: ${what}`, 0, options);
  if (thrown.code === 'slack_webapi_rate_limited_error')
    return new DeliveryError('rate-limited', 'Slack: rate limit', (thrown.retryAfter ?? 0) * 1000, options);
  if (thrown.code === 'slack_webapi_platform_error') {
    const name = thrown.data?.error ?? '';
    const hint = TO_FIX[name];
    if (name === 'ratelimited') return new DeliveryError('rate-limited', 'Slack: rate limit', RETRY_AFTER_MS, options);
    if (GONE.has(name)) return new DeliveryError('gone', `Slack: ${name}`, 0, options);
    if (hint) return new DeliveryError('unavailable', `Slack: ${name}. ${hint}`, 0, options);
    // Slack's error names are single words: anything else is a body that was not an answer at all.
    if (HALF_WAY.has(name) || !/^[a-z_]{1,60}$/.test(name))
      return lost(/^[a-z_]{1,60}$/.test(name) ? name : 'no answer');
    const detail = thrown.data?.response_metadata?.messages?.[0]?.slice(0, 300) ?? '';
    return new DeliveryError('refused', `Slack: ${name}${detail ? ` (${detail})` : ''}`, 0, options);
  }
  if (thrown.code === 'slack_webapi_http_error') return httpError(thrown.statusCode ?? 0, null, repeatable, options);
  if (wasNeverSent(error)) return new DeliveryError('unavailable', 'Slack: cannot be reached', 0, options);
  return lost('the connection ended without an answer');
}

/**
 * What an HTTP status other than 200 means.
 * @param retryAfter the header of that name, in seconds
 */
export function httpError(
  status: number,
  retryAfter: string | null,
  repeatable: boolean,
  options?: ErrorOptions,
): DeliveryError {
  if (status === 429) {
    const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : RETRY_AFTER_MS / 1000;
    return new DeliveryError('rate-limited', 'Slack: rate limit', seconds * 1000, options);
  }
  if (status === 404 || status === 410) return new DeliveryError('gone', `Slack: HTTP ${status}`, 0, options);
  if (status >= 500)
    return new DeliveryError(repeatable ? 'unavailable' : 'unknown', `Slack: HTTP ${status}`, 0, options);
  return new DeliveryError('refused', `Slack: HTTP ${status}`, 0, options);
}
