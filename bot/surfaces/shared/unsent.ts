/** The connection was never made, so nothing was stored. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const DEEPEST = 5;

/** Whether a failed call certainly never reached its server, by the error or what caused it. */
export function wasNeverSent(error: unknown): boolean {
  let at = error as { code?: unknown; cause?: unknown } | null | undefined;
  for (let depth = 0; at && depth < DEEPEST; depth += 1) {
    if (NEVER_SENT.has(String(at.code ?? ''))) return true;
    at = at.cause as typeof at;
  }
  return false;
}
