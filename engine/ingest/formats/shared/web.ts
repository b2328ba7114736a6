import type { Fields } from '../../../event.js';
import { text } from './values.js';

const ABSOLUTE = /^[a-z][a-z\d+.-]{1,12}:\/\/(?:[^/?#@]{0,256}@)?(\[[\da-fA-F:.]{2,45}\]|[^/?#:]{1,255})(?::\d{1,5})?/i;
const EXTENSION = /\.([A-Za-z\d]{1,10})$/;

const both = (first: string, second: string): string | string[] => (first === second ? first : [first, second]);

/**
 * What rules for web servers and proxies ask of a request's address, from whatever of `c-uri`, `cs-uri-stem`, `cs-uri-query` and
 * `cs-host` is there. Rules name a part and often mean the whole: most that name `cs-uri-query` look for a path. So `cs-uri-query`
 * holds the query and also the whole target, and a proxy's `c-uri` the address and also what stands behind the host.
 */
export function setRequest(fields: Fields): void {
  const given = text(fields['c-uri'] ?? fields['cs-uri']) ?? joined(fields);
  if (given === undefined) return;
  const absolute = ABSOLUTE.exec(given);
  const target = absolute ? given.slice(absolute[0].length) || '/' : given;
  const cut = target.indexOf('?');
  const stem = cut < 0 ? target : target.slice(0, cut);
  const query = cut < 0 ? '' : target.slice(cut + 1);
  if (absolute && fields['cs-host'] === undefined) fields['cs-host'] = absolute[1]!;
  fields['c-uri'] = both(given, target);
  fields['cs-uri'] = fields['c-uri'];
  fields['cs-uri-stem'] = stem;
  fields['cs-uri-query'] = query === '' ? target : [query, target];
  if (query !== '') fields['c-uri-query'] = query;
  const extension = EXTENSION.exec(stem)?.[1];
  if (extension !== undefined && fields['c-uri-extension'] === undefined) fields['c-uri-extension'] = extension;
  if (fields['c-useragent'] === undefined && fields['cs-user-agent'] !== undefined)
    fields['c-useragent'] = fields['cs-user-agent'];
  if (fields['cs-user-agent'] === undefined && fields['c-useragent'] !== undefined)
    fields['cs-user-agent'] = fields['c-useragent'];
}

/** An address that is logged in parts. */
function joined(fields: Fields): string | undefined {
  const stem = text(fields['cs-uri-stem']);
  if (stem === undefined) return undefined;
  const query = text(fields['cs-uri-query']);
  const target = query === undefined ? stem : `${stem}${query.startsWith('?') ? '' : '?'}${query}`;
  const host = text(fields['cs-host']);
  const scheme = text(fields['cs-uri-scheme']);
  return host !== undefined && scheme !== undefined && scheme.length < 12 ? `${scheme}://${host}${target}` : target;
}
