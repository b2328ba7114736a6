import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { MdrError } from '../../../errors.js';
import { checkUrl, publicLookup } from '../../../notify/address.js';

const MAX_ANSWER = 1024 * 1024;

export interface HttpAnswer {
  status: number;
  /** Read as JSON; null when it is none. */
  json: unknown;
}

export interface Outgoing {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/**
 * One request, without following redirects, to addresses on the internet, or to what the operator allows besides.
 * @throws MdrError MDR_NOTIFY_URL, MDR_ACTION_FAILED when there is no answer, or one that is too long
 */
export async function sendHttp(
  { method, url: text, headers, body }: Outgoing,
  allowed: readonly string[],
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { url, exempt } = checkUrl(text, allowed);
  const failed = (why: string, cause?: unknown) =>
    new MdrError('MDR_ACTION_FAILED', `${url.host}: ${why}.`, 'See whether it answers.', { cause });
  signal.throwIfAborted();
  return new Promise<HttpAnswer>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, {
      method,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      signal,
      agent: false,
      ...(exempt ? {} : { lookup: publicLookup }),
    });
    request.once('error', (cause) =>
      reject(cause instanceof MdrError ? cause : failed(cause.message.slice(0, 150), cause)),
    );
    request.once('response', (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer += chunk;
        if (answer.length <= MAX_ANSWER) return;
        response.destroy();
        reject(failed('its answer is too long'));
      });
      response.once('error', (cause) => reject(failed('its answer was cut off', cause)));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, json: readJson(answer) }));
    });
    request.end(body);
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
