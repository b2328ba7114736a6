import { MdrError } from '../../errors.js';
import { SOURCE } from './types.js';

const PROTOCOLS = ['udp', 'tcp', 'tls'] as const;

/** One syslog port. */
export interface Listener {
  /** `*`, with TLS only: whose records they are is told by the client's certificate. */
  tenant: string;
  source: string;
  protocol: (typeof PROTOCOLS)[number];
  port: number;
}

/** Whose client a certificate is, by a name in it or by its fingerprint. */
export interface Client {
  tenant: string;
  /** A host name that the certificate carries; counts only when `MDR_SYSLOG_TLS_CA` vouches for the certificate. */
  name?: string;
  /** SHA-256 of the certificate, 64 lower-case hex digits; needs no authority. */
  fingerprint?: string;
}

const FINGERPRINT = /^sha256[:/]?([0-9a-f]{2}(?::?[0-9a-f]{2}){31})$/i;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._ @-]{0,252}[A-Za-z0-9])?$/;

const entriesOf = (setting: string): string[] =>
  setting
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

/** @param setting `<tenant>:<source>:<udp|tcp|tls>:<port>`, separated by commas. @throws MdrError MDR_CONFIG */
export function readSyslogSetting(setting: string): Listener[] {
  return entriesOf(setting).map((entry) => {
    const [tenant = '', source = '', word, port = ''] = entry.split(':');
    const number = /^\d{1,5}$/.test(port) ? Number(port) : 65536;
    const protocol = PROTOCOLS.find((one) => one === word);
    const known = tenant !== '' && (tenant !== '*' || protocol === 'tls');
    if (known && SOURCE.test(source) && protocol && number < 65536) return { tenant, source, protocol, port: number };
    const hint = 'Write <tenant>:<source>:<udp|tcp|tls>:<port>, separated by commas; a tenant of * needs tls.';
    throw new MdrError('MDR_CONFIG', `MDR_SYSLOG has a malformed entry: "${entry}".`, hint);
  });
}

/**
 * @param setting `<tenant>:<host name>` or `<tenant>:sha256:<fingerprint>`, separated by commas
 * @throws MdrError MDR_CONFIG, also for one client of two tenants
 */
export function readClientsSetting(setting: string): Client[] {
  const owners = new Map<string, string>();
  return entriesOf(setting).map((entry) => {
    const cut = entry.indexOf(':');
    const tenant = entry.slice(0, Math.max(cut, 0));
    const given = entry.slice(cut + 1);
    const fingerprint = FINGERPRINT.exec(given)?.[1]?.replaceAll(':', '').toLowerCase();
    if (!tenant || tenant === '*' || !(fingerprint || NAME.test(given))) {
      const hint = 'Write <tenant>:<name in the certificate> or <tenant>:sha256:<fingerprint>, separated by commas.';
      throw new MdrError('MDR_CONFIG', `MDR_SYSLOG_CLIENTS has a malformed entry: "${entry}".`, hint);
    }
    const key = fingerprint ?? given.toLowerCase();
    const owner = owners.get(key) ?? tenant;
    owners.set(key, owner);
    if (owner !== tenant)
      throw new MdrError('MDR_CONFIG', `MDR_SYSLOG_CLIENTS gives "${given}" to two tenants.`, 'Keep one of them.');
    return fingerprint ? { tenant, fingerprint } : { tenant, name: given };
  });
}
