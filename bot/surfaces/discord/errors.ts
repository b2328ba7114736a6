import { wasNeverSent } from '../shared/unsent.js';
import { DeliveryError } from '../types.js';

/** Discord's codes that the product decides by. Their names are those of Discord's documentation. */
export const CODE = {
  unknownChannel: 10003,
  unknownMessage: 10008,
  unknownUser: 10013,
  unknownWebhook: 10015,
  unknownInteraction: 10062,
  editsOfOldMessages: 30046,
  interactionAcknowledged: 40060,
  resourceRateLimited: 40062,
  cannotMessageUser: 50007,
  invalidWebhookToken: 50027,
  threadArchived: 50083,
  slowMode: 20016,
  threadExists: 160004,
} as const;

/** The channel, the message, its thread or the interaction's address does not exist any more, or takes nothing any more. */
const GONE = new Set<number>([
  CODE.unknownChannel,
  CODE.unknownMessage,
  CODE.unknownUser,
  CODE.unknownWebhook,
  CODE.unknownInteraction,
  CODE.invalidWebhookToken,
  CODE.threadArchived,
]);
const RATE_LIMITED = new Set<number>([CODE.editsOfOldMessages, CODE.resourceRateLimited, CODE.slowMode]);
/** An operator has to do something first; what waits until then is not lost. */
const TO_FIX: Record<number, string> = {
  50001: 'Give the bot "View Channel" there, or take the channel away from the tenant.',
  50013:
    'Give the bot "Send Messages", "Send Messages in Threads", "Create Public Threads", "Embed Links" and "Attach Files" there.',
  160006: 'Archive threads of this server: it has as many active ones as Discord allows.',
};
const RETRY_AFTER_MS = 5000;

/** What the library throws, as far as we look at it. */
interface Thrown {
  name?: string;
  code?: number | string;
  status?: number;
  message?: string;
  retryAfter?: number;
  cause?: unknown;
}

/** Discord's own code of a failed call; null when the failure was none of its answers. */
export function codeOf(error: unknown): number | null {
  const thrown = (error instanceof DeliveryError ? error.cause : error) as Thrown | undefined;
  return typeof thrown?.code === 'number' ? thrown.code : null;
}

/**
 * What a failed call of the REST API means for the outbox.
 * @param repeatable whether doing it again does no harm (an edit, a read): then an unknown outcome is just a failure to try again
 */
export function deliveryError(error: unknown, repeatable: boolean): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as Thrown;
  const made = (kind: DeliveryError['kind'], what: string, ms = 0) =>
    new DeliveryError(kind, `Discord: ${what}`, ms, { cause: error });
  if (thrown.name?.startsWith('RateLimitError'))
    return made('rate-limited', 'rate limit', thrown.retryAfter ?? RETRY_AFTER_MS);
  const { status } = thrown;
  if (typeof status !== 'number') {
    if (wasNeverSent(error)) return made('unavailable', 'cannot be reached');
    return made(repeatable ? 'unavailable' : 'unknown', 'the connection ended without an answer');
  }
  const code = codeOf(error) ?? 0;
  const words = `${(thrown.message ?? '').slice(0, 300)} (${code || `HTTP ${status}`})`;
  if (status === 429 || RATE_LIMITED.has(code)) return made('rate-limited', words, RETRY_AFTER_MS);
  if (status >= 500) return made(repeatable ? 'unavailable' : 'unknown', `HTTP ${status}`);
  if (status === 401) return made('unavailable', 'it does not know the token. Check DISCORD_TOKEN.');
  if (GONE.has(code)) return made('gone', words);
  const hint = TO_FIX[code];
  return hint ? made('unavailable', `${words}. ${hint}`) : made('refused', words);
}
