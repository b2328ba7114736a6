import { constants } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { Config } from '../../config.js';
import { MdrError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Client } from './listeners.js';

const LOOK_MS = 5000;

type Files = { cert: string; key: string; ca?: string };

/** The certificate that syslog listeners show, and what they ask of their clients. */
export interface Certificates {
  /** For `tls.createServer`. */
  options: SecureContextOptions & { requestCert: boolean; rejectUnauthorized: false };
  /** Whose client this is; null: nobody whom we know. `listener` is the tenant of the port, or `*`. */
  tenantOf(socket: TLSSocket, listener: string): string | null;
  /** Take up new files for these servers whenever they change on the disk, until `stop`. */
  follow(servers: readonly Server[], log: Log, ms?: number): { stop(): void };
}

/**
 * Read `MDR_SYSLOG_TLS_CERT`, `_KEY` and `_CA`. With an authority (`_CA`) every client must show a certificate that it vouches for.
 * TLS 1.2 and later; a session is never resumed, so that a client that was taken off the list is asked again.
 * @throws MdrError MDR_CONFIG: a file is missing, or the key is not the certificate's
 */
export async function readCertificates(
  config: Pick<Config, 'MDR_SYSLOG_TLS_CERT' | 'MDR_SYSLOG_TLS_KEY' | 'MDR_SYSLOG_TLS_CA'>,
  clients: readonly Client[],
): Promise<Certificates> {
  const { MDR_SYSLOG_TLS_CERT: cert, MDR_SYSLOG_TLS_KEY: key, MDR_SYSLOG_TLS_CA: ca } = config;
  if (!cert || !key) {
    const hint = 'Set MDR_SYSLOG_TLS_CERT and MDR_SYSLOG_TLS_KEY to PEM files.';
    throw new MdrError('MDR_CONFIG', 'A syslog listener with tls needs a certificate and its key.', hint);
  }
  const files: Files = ca ? { cert, key, ca } : { cert, key };
  const context = await load(files).catch((cause: Error) => {
    const hint = 'Name PEM files that this user may read; the key must be the certificate’s.';
    throw new MdrError('MDR_CONFIG', `The syslog certificate cannot be used: ${cause.message}.`, hint, { cause });
  });
  const pinned = clients.some((client) => client.fingerprint);
  const requestCert = ca !== undefined || pinned;
  return {
    // We look at the certificate ourselves: what is refused is to be counted, and a pinned one needs no authority.
    options: { ...context, requestCert, rejectUnauthorized: false },
    tenantOf: (socket, listener) => tenantOf(socket, listener, { clients, open: !ca }),
    follow: (servers, log, ms = LOOK_MS) => follow(files, servers, log, ms),
  };
}

async function load(files: Files): Promise<SecureContextOptions> {
  const [cert, key, ca] = await Promise.all([
    readFile(files.cert),
    readFile(files.key),
    files.ca ? readFile(files.ca) : undefined,
  ]);
  const options: SecureContextOptions = {
    cert,
    key,
    ca,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    sessionIdContext: 'mdr-syslog',
  };
  createSecureContext(options);
  return options;
}

function tenantOf(
  socket: TLSSocket,
  listener: string,
  { clients, open }: { clients: readonly Client[]; open: boolean },
): string | null {
  const certificate = socket.getPeerX509Certificate();
  const fingerprint = certificate?.fingerprint256.replaceAll(':', '').toLowerCase();
  // Without an authority to ask, nobody has vouched for the names in a certificate.
  const vouched = socket.authorized && !open;
  const known = clients.find(
    (client) =>
      (client.fingerprint !== undefined && client.fingerprint === fingerprint) ||
      (client.name !== undefined && vouched && certificate?.checkHost(client.name, { wildcards: false })),
  );
  if (listener === '*') return known?.tenant ?? null;
  if (known) return known.tenant === listener ? listener : null;
  return open || vouched ? listener : null;
}

function follow(files: Files, servers: readonly Server[], log: Log, ms: number): { stop(): void } {
  let taken: string | null = null;
  let failed = '';
  let looking = false;
  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      const stats = await Promise.all(Object.values(files).map((file) => stat(file, { bigint: true })));
      const now = stats.map(({ ino, size, mtimeNs }) => `${ino}:${size}:${mtimeNs}`).join(' ');
      if (taken === null) taken = now;
      if (taken === now) return;
      const context = await load(files);
      for (const server of servers) server.setSecureContext(context);
      taken = now;
      failed = '';
      log.info('the syslog certificate was renewed');
    } catch (error) {
      // Told once: a renewal that writes one file after the other is seen half done.
      const { message } = error as Error;
      if (failed !== message) log.warn({ err: error }, 'the new syslog certificate cannot be used: the old one stays');
      failed = message;
    } finally {
      looking = false;
    }
  }
  void look();
  const timer = setInterval(() => void look(), ms);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
