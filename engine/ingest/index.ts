import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import { MdrError } from '../errors.js';
import { outboxMetrics } from '../lateness.js';
import type { Log } from '../log.js';
import type { Queues } from '../queues.js';
import type { Store } from '../store/index.js';
import { httpDoor } from './doors/http.js';
import type { Listener } from './doors/listeners.js';
import { syslogDoor } from './doors/syslog.js';
import type { KnownFormats } from './doors/types.js';
import { watchDoor } from './doors/watch.js';
import { openIntake } from './intake.js';
import { ingestMetrics } from './metrics.js';
import { within } from './within.js';

/** Doors that are open. */
export interface Doors {
  /** Port of the HTTP door. */
  port: number;
  /** Syslog listeners with the ports they have. */
  syslog: Listener[];
  /** Take no more, store what was taken, close. */
  stop(): Promise<void>;
}

/**
 * Open every door that the configuration names: HTTP always, syslog and watched folders when set.
 * @throws MdrError MDR_CONFIG (also a port in use), MDR_TENANT_UNKNOWN, MDR_SERVICE_DOWN; then none is left open
 */
export async function startDoors(given: {
  config: Config;
  store: Store;
  queues: Queues;
  formats: KnownFormats;
  clock: Clock;
  log: Log;
}): Promise<Doors> {
  const { config } = given;
  // A door that opens before Redis answers would send its first callers away.
  await within('Redis', given.queues.redis.ping());
  const metrics = ingestMetrics(given.queues);
  outboxMetrics(metrics.registry, given.queues.redis, given.queues.prefix, given.clock);
  const intake = openIntake({ ...given, metrics });
  const parts = { ...given, metrics, intake };
  const open: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(open.map((door) => door.stop()));
  };
  try {
    const syslog = await syslogDoor(parts);
    open.push(syslog);
    open.push(await watchDoor(parts));
    const http = httpDoor(parts);
    open.push({ stop: () => http.close() });
    await http.listen({ host: config.MDR_ENGINE_HOST, port: config.MDR_ENGINE_PORT }).catch((cause: Error) => {
      const hint = 'Set MDR_ENGINE_PORT to a free one, or stop what uses it.';
      throw new MdrError('MDR_CONFIG', `The engine cannot listen: ${cause.message}.`, hint, { cause });
    });
    const { port } = http.server.address() as AddressInfo;
    return { port, syslog: syslog.listeners, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
