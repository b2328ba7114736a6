import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { checkUrl, publicLookup } from './address.js';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 16 * 1024;

/** What came back. */
export interface Answer {
  status: number;
  /** Milliseconds that the receiver wants us to wait; 0 when it did not say. */
  retryAfterMs: number;
  /** Its beginning. */
  text: string;
}

/** Sends one message. @throws MdrError MDR_NOTIFY_URL; Error when there is no answer */
export type Send = (url: string, body: string, headers: Record<string, string>) => Promise<Answer>;

/**
 * POST with a time limit for the whole exchange, without following redirects, to addresses on the internet only.
 * @param allowed see `checkUrl`
 */
export function httpSender(allowed: readonly string[], timeoutMs = TIMEOUT_MS): Send {
  return async (text, body, headers) => {
    const { url, exempt } = checkUrl(text, allowed);
    return new Promise<Answer>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
        ...(exempt ? {} : { lookup: publicLookup }),
      });
      request.once('error', reject);
      request.once('response', (response) => {
        let answer = '';
        const done = () => {
          const seconds = /^\d{1,6}$/.exec(response.headers['retry-after'] ?? '')?.[0];
          resolve({
            status: response.statusCode ?? 0,
            retryAfterMs: seconds ? Number(seconds) * 1000 : 0,
            text: answer.slice(0, 500),
          });
        };
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          answer += chunk;
          // The status is what counts; nobody waits for an endless answer.
          if (answer.length > MAX_ANSWER) {
            done();
            response.destroy();
          }
        });
        response.once('end', done);
        response.once('error', reject);
      });
      request.end(body);
    });
  };
}
