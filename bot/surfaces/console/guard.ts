import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../../../engine/config.js';
import { MdrError } from '../../../engine/errors.js';

/** On every answer. Nothing but our own files is loaded, nothing inline runs, nobody frames us. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Sent by our own pages with every change. Another site's form cannot send it, and its script would have to ask first. */
export const OWN_HEADER = 'x-mdr-console';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/**
 * Whether the Host header is one of ours. A page that rebinds its own name to our address is found out by that name.
 * Bound to every address of the machine, the console answers to addresses too: a name can be rebound, an address cannot.
 */
export function isOwnHost(host: string | undefined, config: Config): boolean {
  const url = readUrl(`http://${host ?? ''}`);
  if (!url || url.username || url.password || url.pathname !== '/') return false;
  const name = url.hostname;
  if (LOOPBACK.has(name) || name === config.MDR_CONSOLE_HOST.toLowerCase()) return true;
  if (config.MDR_CONSOLE_URL && new URL(config.MDR_CONSOLE_URL).hostname === name) return true;
  return ANY_ADDRESS.has(config.MDR_CONSOLE_HOST) && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

/** @throws MdrError MDR_ORIGIN unless the request was made by our own page */
export function checkOrigin(request: FastifyRequest): void {
  const origin = readUrl(request.headers.origin ?? '');
  if (origin?.host === request.headers.host?.toLowerCase() && request.headers[OWN_HEADER] !== undefined) return;
  throw new MdrError(
    'MDR_ORIGIN',
    'This request did not come from a page of the console.',
    'Open the console in a browser and do it there.',
  );
}

function readUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
