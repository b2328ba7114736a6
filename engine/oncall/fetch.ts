import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { MdrError } from '../errors.js';
import { checkUrl, publicLookup } from '../notify/address.js';
import { MAX_CALENDAR } from './calendar.js';

const TIMEOUT_MS = 10_000;

/** Reads a calendar. @throws MdrError MDR_NOTIFY_URL, MDR_ROTA */
export type ReadCalendar = (url: string) => Promise<string>;

/** `webcal://` is what calendars call https. */
export const addressOf = (text: string): string => text.replace(/^webcals?:\/\//i, 'https://');

/**
 * GET with a limit of time and size for the whole, without following redirects, from addresses on the internet only.
 * @param allowed see `checkUrl`
 */
export function calendarReader(allowed: readonly string[], timeoutMs = TIMEOUT_MS): ReadCalendar {
  return async (text) => {
    const { url, exempt } = checkUrl(addressOf(text), allowed);
    const fault = (what: string) =>
      new MdrError('MDR_ROTA', `the calendar ${what}.`, 'Open its address in a browser, and give the one it ends at.');
    return new Promise<string>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, {
        headers: { accept: 'text/calendar' },
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
        ...(exempt ? {} : { lookup: publicLookup }),
      });
      request.once('error', (error) => reject(error instanceof MdrError ? error : fault('does not answer')));
      request.once('response', (response) => {
        if (response.statusCode !== 200) {
          response.destroy();
          return reject(fault(`answers HTTP ${response.statusCode}`));
        }
        const parts: Buffer[] = [];
        let size = 0;
        response.on('data', (part: Buffer) => {
          size += part.length;
          if (size > MAX_CALENDAR) {
            response.destroy();
            return reject(fault('is too large'));
          }
          parts.push(part);
        });
        response.once('error', () => reject(fault('broke off')));
        response.once('end', () => resolve(Buffer.concat(parts).toString('utf8')));
      });
      request.end();
    });
  };
}
