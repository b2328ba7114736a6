import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import type { Counter } from 'prom-client';
import { MdrError } from '../../errors.js';
import { type Certificates, readCertificates } from './certificates.js';
import { counterOf } from './counter.js';
import { type Listener, readClientsSetting, readSyslogSetting } from './listeners.js';
import { Stream } from './stream.js';
import { listenTcp, type Opened, SYSLOG_LIMITS, type SyslogLimits } from './tcp.js';
import type { DoorParts } from './types.js';
import { listenUdp } from './udp.js';

/** Open syslog listeners. */
export interface SyslogDoor {
  /** As opened: ports given as 0 are those the system chose. */
  listeners: Listener[];
  /** Stop listening, then store what was taken. */
  stop(): Promise<void>;
}

/**
 * Syslog over UDP, TCP and TLS, as `MDR_SYSLOG` says. A client certificate that `MDR_SYSLOG_CLIENTS` gives to a tenant reaches that
 * tenant alone: through the tenant's own port, or through one that takes everybody's (`*`).
 * @throws MdrError MDR_CONFIG, MDR_TENANT_UNKNOWN
 */
export async function syslogDoor(parts: DoorParts, limits: SyslogLimits = SYSLOG_LIMITS): Promise<SyslogDoor> {
  const { store, config, log } = parts;
  const listeners = readSyslogSetting(config.MDR_SYSLOG);
  const clients = readClientsSetting(config.MDR_SYSLOG_CLIENTS);
  if (listeners.some(({ tenant }) => tenant === '*') && clients.length === 0)
    throw new MdrError(
      'MDR_CONFIG',
      'MDR_SYSLOG has a listener for every tenant, but no client is known.',
      'List the clients in MDR_SYSLOG_CLIENTS.',
    );
  if (clients.some((client) => client.name) && !config.MDR_SYSLOG_TLS_CA)
    throw new MdrError(
      'MDR_CONFIG',
      'MDR_SYSLOG_CLIENTS lists names, but nobody vouches for them.',
      'Set MDR_SYSLOG_TLS_CA to the authority that signs the clients, or list fingerprints.',
    );
  const named = [...listeners, ...clients].map(({ tenant }) => tenant).filter((tenant) => tenant !== '*');
  for (const tenant of new Set(named)) await store.forTenant(tenant);
  const secure = listeners.some(({ protocol }) => protocol === 'tls');
  const certificates = secure ? await readCertificates(config, clients) : null;

  const open: { listener: Listener; stop(): Promise<void> }[] = [];
  const servers: Server[] = [];
  const help = 'Syslog connections over TCP and TLS, by what became of them.';
  const labels = ['tenant', 'source', 'outcome'];
  const counter = counterOf(parts.metrics.registry, 'mdr_syslog_connections_total', help, labels);
  const stop = async () => {
    await Promise.all(open.map((one) => one.stop()));
  };
  try {
    for (const listener of listeners) {
      const streams = new Streams(parts, listener.source);
      const opened = await openListener(listener, parts, { limits, counter, streams, certificates, servers }).catch(
        (cause: Error) => {
          const hint = 'Choose a port that is free and that this user may open (above 1023).';
          const message = `MDR_SYSLOG: port ${listener.port} cannot be opened: ${cause.message}.`;
          throw new MdrError('MDR_CONFIG', message, hint, { cause });
        },
      );
      open.push({
        listener: { ...listener, port: opened.port },
        stop: () => opened.close().then(() => streams.stop()),
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const following = certificates?.follow(servers, log);
  return {
    listeners: open.map((one) => one.listener),
    async stop() {
      following?.stop();
      await stop();
    },
  };
}

interface ListenerParts {
  limits: SyslogLimits;
  counter: Counter;
  streams: Streams;
  certificates: Certificates | null;
  servers: Server[];
}

async function openListener(
  { tenant, source, protocol, port }: Listener,
  { config, log }: DoorParts,
  { limits, counter, streams, certificates, servers }: ListenerParts,
): Promise<Opened> {
  const where = { host: config.MDR_ENGINE_HOST, port };
  if (protocol === 'udp') return listenUdp(where, streams.of(tenant), log);
  const tls = protocol === 'tls' ? certificates : null;
  const opened = await listenTcp(where, {
    limits,
    log,
    count: (outcome) => counter.inc({ tenant, source, outcome }),
    streamOf(socket: Socket) {
      const owner = tls ? tls.tenantOf(socket as TLSSocket, tenant) : tenant;
      return owner === null ? null : streams.of(owner);
    },
    tls: tls?.options,
  });
  if (tls) servers.push(opened.server as Server);
  return opened;
}

/** One stream for each tenant that sends to a listener. */
class Streams {
  readonly #streams = new Map<string, Stream>();

  constructor(
    private readonly parts: DoorParts,
    private readonly source: string,
  ) {}

  of(tenant: string): Stream {
    const { intake, log } = this.parts;
    const origin = { tenant, source: this.source, format: null, simulated: false };
    const stream = this.#streams.get(tenant) ?? new Stream(intake, origin, log);
    this.#streams.set(tenant, stream);
    return stream;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream.stop()));
  }
}
