import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ERRORS, type ErrorCode, MdrError } from '../errors.js';

const compressed = promisify(gzip);
const ATTEMPTS = 10;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const ANSWER_MS = 60_000;

export interface ClientOptions {
  url: string;
  token: string;
  source: string;
  format?: string;
  signal?: AbortSignal;
}

export interface Counted {
  accepted: number;
  refused: number;
}

/**
 * A client of the HTTP door. Obeys 429 for as long as it takes; repeats after 5xx and broken connections with growing waits,
 * ten times in a row.
 * @returns sends records (all JSON or all text) in one request, and gives what the door made of them
 */
export function eventsClient(options: ClientOptions): (lines: readonly string[]) => Promise<Counted> {
  const { url, token, source, format, signal } = options;
  const address = new URL(`/v1/events/${encodeURIComponent(source)}`, url);
  if (format) address.searchParams.set('format', format);

  return async (lines) => {
    const body = await compressed(lines.join('\n'), { level: 1 });
    const headers = {
      authorization: `Bearer ${token}`,
      'content-encoding': 'gzip',
      'content-type': lines[0]?.startsWith('{') ? 'application/x-ndjson' : 'text/plain',
    };
    let why: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; ) {
      signal?.throwIfAborted();
      const timeout = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(address, {
        method: 'POST',
        headers,
        body,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
        .then(async (response) => ({
          status: response.status,
          retryAfter: response.headers.get('retry-after'),
          text: await response.text(),
        }))
        .catch((error: unknown) => ({ error }));
      signal?.throwIfAborted();
      if ('error' in answer) {
        why = answer.error;
      } else if (answer.status !== 429 && answer.status < 500) {
        return countedIn(answer.status, answer.text);
      } else {
        why = new Error(`status ${answer.status}`);
      }
      const asked = 'error' in answer ? 0 : Math.min(Number(answer.retryAfter ?? 0) * 1000 || 0, 60_000);
      const overloaded = !('error' in answer) && answer.status === 429;
      const backOff = overloaded ? FIRST_WAIT_MS : Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
      if (!overloaded) attempt += 1;
      await wait(Math.max(asked, backOff), undefined, { signal });
    }
    const hint = 'Check that it runs: `npx mdr doctor`.';
    throw new MdrError('MDR_SERVICE_DOWN', `The engine at ${address.origin} does not take events.`, hint, {
      cause: why,
    });
  };
}

/** @throws MdrError with the code that the door gave */
function countedIn(status: number, text: string): Counted {
  const answer = parsed(text);
  if (typeof answer.accepted === 'number' && typeof answer.refused === 'number')
    return { accepted: answer.accepted, refused: answer.refused };
  const code = typeof answer.code === 'string' && answer.code in ERRORS ? (answer.code as ErrorCode) : 'MDR_INTERNAL';
  const message = typeof answer.message === 'string' ? answer.message : `The engine answered ${status}.`;
  throw new MdrError(code, message, typeof answer.hint === 'string' ? answer.hint : '');
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
