import { pino } from 'pino';
import { type Config, readConfig } from '../../engine/config.js';
import { counters } from '../../engine/counters.js';
import { decodeLines } from '../../engine/ingest/batch.js';
import type { DoorParts } from '../../engine/ingest/doors/types.js';
import { loadFormats } from '../../engine/ingest/formats/index.js';
import { openIntake } from '../../engine/ingest/intake.js';
import { ingestMetrics } from '../../engine/ingest/metrics.js';
import type { Queues } from '../../engine/queues.js';
import type { Store } from '../../engine/store/index.js';
import { profileSchema } from '../../engine/store/tenants.js';
import { testQueues, testStore } from '../support/services.js';

export const quiet = pino({ level: 'silent' });

export async function addTenant(store: Store, id: string): Promise<void> {
  await store.tenants.create({ _id: id, name: id, profile: profileSchema.parse({}), channels: [], created: 0 });
}

/** What a door needs, on a fresh database and a fresh part of Redis, with a tenant `acme`. */
export async function doorParts(
  settings: Record<string, string> = {},
): Promise<DoorParts & { close(): Promise<void> }> {
  const config: Config = readConfig({ MDR_ENGINE_PORT: '0', ...settings });
  const { store } = await testStore();
  const { queues } = await testQueues();
  await addTenant(store, 'acme');
  await queues.redis.ping();
  const metrics = ingestMetrics(queues);
  const given = { store, queues, config, metrics, clock: Date.now, log: quiet };
  const close = async () => {
    await queues.close();
    await store.close();
  };
  return { ...given, formats: await loadFormats(), intake: openIntake(given), close };
}

/** Everything in the events queue. */
export async function queued(queues: Queues) {
  const jobs = await queues.queue('events').getJobs(['waiting', 'delayed'], 0, -1, true);
  return jobs.map((job) => ({ id: job.id, ...job.data, lines: decodeLines(job.data.lines) }));
}

/** All lines in the queue, in any order of batches. */
export async function queuedLines(queues: Queues): Promise<string[]> {
  return (await queued(queues)).flatMap((job) => job.lines).sort();
}

export async function countsOf({ queues }: { queues: Queues }, tenant = 'acme') {
  const { accepted, refused } = await counters(queues.redis, queues.prefix, tenant).read();
  return { accepted, refused };
}

export async function lettersOf({ store }: { store: Store }, tenant = 'acme') {
  const letters = await (await store.forTenant(tenant)).deadletters.find({}, { sort: { code: 1, bytes: 1 } });
  return letters.map(({ source, code, sample, bytes }) => ({ source, code, sample, bytes }));
}
