import { afterAll } from 'vitest';
import type { Config } from '../../../engine/config.js';
import { readConfig } from '../../../engine/config.js';
import { httpDoor } from '../../../engine/ingest/doors/http.js';
import { loadFormats } from '../../../engine/ingest/formats/index.js';
import { openIntake } from '../../../engine/ingest/intake.js';
import { ingestMetrics } from '../../../engine/ingest/metrics.js';
import type { Queues } from '../../../engine/queues.js';
import type { Store } from '../../../engine/store/index.js';
import { log } from './world.js';

export interface Door {
  url: string;
}

/** The HTTP door of the engine, listening, until this file's tests are over. */
export async function httpDoorOn(store: Store, queues: Queues, clock: () => number): Promise<Door> {
  const config: Config = readConfig({});
  const given = { config, store, queues, formats: await loadFormats(), clock, log, metrics: ingestMetrics(queues) };
  const app = httpDoor({ ...given, intake: openIntake(given) });
  afterAll(() => app.close());
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}
