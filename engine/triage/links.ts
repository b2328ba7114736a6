import type { Ecs } from '../event.js';
import type { Link } from '../store/alerts.js';

export type { Link };

const MAX_VALUE = 256;
const MAX_LINKS = 16;

/** Values that name nobody: they would join what does not belong together. */
const NOBODY = new Set([
  ...['', '-', 'n/a', 'null', 'localhost', '127.0.0.1', '::1', '0.0.0.0', '::', '0:0:0:0:0:0:0:1'],
  // What cloud services, proxies and web servers write for somebody whom they do not know.
  ...['unknown', '<unknown>', 'none', 'anonymous', '(null)', 'not available', 'not applicable', 'private'],
]);
/** Accounts that every machine has: they say nothing beyond their host. */
const EVERYWHERE =
  /^(system|localsystem|local service|network service|anonymous logon|root|administrator|everyone|(dwm|umfd)-\d+|iusr|defaultapppool|healthmailbox.*|s-1-5-(18|19|20))$/;

/** Whether a value is what logs write for somebody whom they do not know. */
export const isNobody = (value: string): boolean => NOBODY.has(value.trim().toLowerCase());

/** A value in the form in which it is compared, or empty when it names nobody. */
export const known = (value: string | undefined): string => {
  const text = value?.trim().slice(0, MAX_VALUE).toLowerCase() ?? '';
  return NOBODY.has(text) ? '' : text;
};

/** A host by the first label of its name; an address stays whole. */
export const hostName = (value: string | undefined): string => {
  const host = known(value);
  return /^[\d.]+$|:/.test(host) ? host : (host.split('.')[0] ?? host);
};

/** An account without its domain: `CORP\ann`, `ann@corp.example` and `ann` are one. */
export function accountName(value: string | undefined): string {
  const name = known(value);
  const bare = name.split('\\').at(-1) ?? name;
  return known(/^[^@]+@[^@]+$/.test(bare) ? bare.split('@')[0] : bare);
}

/** Whether an account is one that every machine has, and so links nothing. */
export const isEverywhere = (account: string): boolean => EVERYWHERE.test(account);

/** Whether an account is somebody's or a service's: no machine's, and not one that every machine has. */
export const isSomebody = (account: string): boolean =>
  account !== '' && !account.endsWith('$') && !isEverywhere(account);

const IPV4 = /^(\d+)\.(\d+)\.\d+\.\d+$/;
/** Addresses that lead nowhere: link-local, multicast, broadcast. */
function leadsNowhere(ip: string): boolean {
  const [, a, b] = IPV4.exec(ip) ?? [];
  if (a !== undefined) return Number(a) >= 224 || (a === '169' && b === '254') || a === '127' || a === '0';
  return /^(fe[89ab]|ff)/.test(ip);
}

/** An address in the form in which it is compared; empty when it is nobody's or leads nowhere. */
export function addressName(value: string | undefined): string {
  const ip = known(value).replace(/^::ffff:(?=\d+\.)/, '');
  return leadsNowhere(ip) ? '' : ip;
}

/** A domain in the form in which it is compared; empty when it is an address, or no domain. */
export function domainName(value: string | undefined): string {
  const domain = known(value).replace(/:\d+$/, '');
  return domain.includes('.') && !/^[\d.]+$/.test(domain) ? domain : '';
}

const INSTALLED = /^(?:[a-z]:)?[\\/](?:windows|program files(?: \(x86\))?|usr|bin|sbin|system|library)[\\/]/i;

/** What an event shares with others, each once, sorted: host first. Machine accounts (`WS-7$`) stand for their host. */
export function linksOf(ecs: Ecs): Link[] {
  const found = new Map<string, Link>();
  const add = (kind: Link['kind'], value: string) => {
    if (value !== '' && found.size < MAX_LINKS) found.set(`${kind}:${value}`, { kind, value });
  };
  add('host', hostName(ecs['host.name']));
  for (const field of ['user.name', 'user.target.name'] as const) {
    const account = accountName(ecs[field]);
    if (account.endsWith('$')) add('host', hostName(account.slice(0, -1)));
    else if (!isEverywhere(account)) add('user', account);
  }
  for (const field of ['source.ip', 'destination.ip'] as const) add('ip', addressName(ecs[field]));
  for (const field of ['destination.domain', 'dns.question.name'] as const) add('domain', domainName(ecs[field]));
  // The system's own programs are everybody's, however few have run them.
  if (!INSTALLED.test(ecs['process.executable'] ?? ''))
    add('hash', known(ecs['process.hash.sha256'] ?? ecs['process.hash.md5']));
  add('process', known(ecs['process.entity_id']));
  return [...found.values()];
}

export const keyOf = ({ kind, value }: Link): string => `${kind}:${value}`;
