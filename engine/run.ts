import { systemClock } from './clock.js';
import type { Config } from './config.js';
import { loadRules, ownRules } from './detect/index.js';
import { startDetect } from './detect/stage.js';
import { loadFormats } from './ingest/formats/index.js';
import { startDoors } from './ingest/index.js';
import { log } from './log.js';
import { startNotify } from './notify/index.js';
import { openSecrets } from './notify/secrets.js';
import { httpSender } from './notify/send.js';
import { openQueues } from './queues.js';
import { openStore } from './store/index.js';
import { startTriage } from './triage/stage.js';
import { liveTunings } from './triage/tune/live.js';

/** A running part of the product. */
export interface Running {
  /** What whoever started it may want to tell people, such as an address. */
  facts: Record<string, string>;
  /** Stop taking, finish or return what is in hand, close. */
  stop(): Promise<void>;
}

/** The `engine` process: the doors, and the scheduler of notification. */
export async function runEngine(config: Config): Promise<Running> {
  const store = await openStore(config.MONGODB_URI, config.MDR_DATABASE);
  const queues = openQueues(config.REDIS_URL, config.MDR_PREFIX);
  const doors = await startDoors({ config, store, queues, formats: await loadFormats(), clock: systemClock, log });
  const notify = startNotify({
    store,
    queues,
    secrets: openSecrets(config.MDR_SECRET_KEY),
    send: httpSender(config.MDR_NOTIFY_ALLOW),
    clock: systemClock,
    log,
  });
  return {
    facts: { engine: `http://${config.MDR_ENGINE_HOST}:${doors.port}` },
    async stop() {
      await doors.stop();
      await notify.stop();
      await queues.close();
      await store.close();
    },
  };
}

/** The `worker` process: rules and triage. */
export async function runWorker(config: Config): Promise<Running> {
  const [formats, { matcher, problems }] = await Promise.all([
    loadFormats(),
    loadRules([ownRules, ...config.MDR_RULES]),
  ]);
  for (const problem of problems) log.warn(problem, 'rule left out');
  log.info({ rules: matcher.rules.length, leftOut: problems.length }, 'rules loaded');
  const store = await openStore(config.MONGODB_URI, config.MDR_DATABASE);
  const queues = openQueues(config.REDIS_URL, config.MDR_PREFIX);
  const tunings = liveTunings({ redis: queues.redis, prefix: queues.prefix, clock: systemClock, log });
  startDetect({ store, queues, formats, matcher, tunings, clock: systemClock, log });
  startTriage({ store, queues, clock: systemClock });
  return {
    facts: { rules: String(matcher.rules.length) },
    async stop() {
      await queues.close();
      await store.close();
    },
  };
}
