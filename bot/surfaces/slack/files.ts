import { DeliveryError } from '../types.js';
import { httpError } from './errors.js';

/** Longest that a whole download may take, ms. */
const WHOLE_MS = 120_000;

/**
 * The bytes of a file in Slack. The bot's token goes with the request, so it goes to Slack's own servers and nowhere else.
 * @param api base address of the Web API, when it is not Slack's
 * @throws DeliveryError
 */
export async function download(
  url: string,
  token: string,
  api: string | undefined,
  timeout: number,
): Promise<AsyncIterable<Uint8Array>> {
  if (!isSlacks(url, api)) throw new DeliveryError('refused', 'Slack: the address of a file is not one of Slack’s');
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  let answer: Response;
  try {
    answer = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(WHOLE_MS)]),
    });
  } catch (cause) {
    throw new DeliveryError('unavailable', 'Slack: a file cannot be fetched', 0, { cause });
  } finally {
    clearTimeout(timer);
  }
  if (!answer.ok || !answer.body) throw httpError(answer.status, answer.headers.get('retry-after'), true);
  // Without the right to the file, Slack answers with its sign-in page.
  if (answer.headers.get('content-type')?.startsWith('text/html') && !/\.html?$/i.test(new URL(url).pathname))
    throw new DeliveryError('refused', 'Slack: a file may not be read: is the scope files:read granted?');
  return answer.body;
}

function isSlacks(url: string, api: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (api) return origin === new URL(api).origin;
  return protocol === 'https:' && /(^|\.)slack(-files)?\.com$/.test(hostname);
}
