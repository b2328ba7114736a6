import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../clock.js';
import { loadFormats } from '../../ingest/formats/index.js';
import { openLake } from '../../lake/index.js';
import { log } from '../../log.js';
import { openQueues } from '../../queues.js';
import { openStore } from '../../store/index.js';
import { liveVerdicts } from '../../triage/trust.js';
import { liveTunings } from '../../triage/tune/live.js';
import { loadModels } from '../models/index.js';
import { startHunting } from './loop.js';

/** What runs in the thread that hunts: it has its own connections, and ends when it is told anything. */
export interface ThreadData {
  mongo: { uri: string; database: string };
  redis: { url: string; prefix: string };
  lake: string;
  everyMs: number;
}

const { mongo, redis, lake: root, everyMs } = workerData as ThreadData;
try {
  // Detection and people come first. Only Linux knows threads by number.
  setPriority(Number(basename(readlinkSync('/proc/thread-self'))), constants.priority.PRIORITY_LOW);
} catch {}

const store = await openStore(mongo.uri, mongo.database);
const queues = openQueues(redis.url, redis.prefix);
const lake = openLake(root);
const shared = { redis: queues.redis, prefix: queues.prefix, clock: systemClock, log };
const hunting = startHunting(
  {
    ...{ store, queues, lake, clock: systemClock, log },
    formats: await loadFormats(),
    models: await loadModels(),
    tunings: liveTunings(shared),
    verdicts: liveVerdicts(systemClock),
  },
  everyMs,
);
parentPort!.once('message', async () => {
  lake.close();
  await hunting.stop();
  await queues.close();
  await store.close();
  parentPort!.close();
});
