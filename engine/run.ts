import { join } from 'node:path';
import { openSink } from './audit/forward.js';
import { startAudit } from './audit/run.js';
import { startEvidence } from './breach/evidence/work.js';
import { systemClock } from './clock.js';
import type { Config } from './config.js';
import { createCorrelator } from './detect/correlate/correlator.js';
import { startJudging } from './detect/correlate/judging.js';
import { redisState } from './detect/correlate/redis.js';
import { loadRules, ownRules, ruleCache } from './detect/index.js';
import { liveIndicators } from './detect/indicators/live.js';
import { readPlaceholders } from './detect/placeholders.js';
import { publishFolders } from './detect/rulesets/catalog.js';
import { liveRules } from './detect/rulesets/live.js';
import { startDetect } from './detect/stage.js';
import { startModels } from './hunt/runner/start.js';
import { startPlans } from './hunt/search/plans.js';
import { startHunting } from './hunt/search/work.js';
import { loadFormats } from './ingest/formats/index.js';
import { startDoors } from './ingest/index.js';
import { startInvestigating } from './investigate/work.js';
import { openLake } from './lake/index.js';
import { startKeeper } from './lake/keeper.js';
import { lakeFolder } from './lake/places.js';
import { log } from './log.js';
import { startNotify } from './notify/index.js';
import { openSecrets } from './notify/secrets.js';
import { httpSender } from './notify/send.js';
import { calendarReader } from './oncall/fetch.js';
import { openQueues } from './queues.js';
import { startActions } from './respond/actions/index.js';
import { startRuns } from './respond/playbook/drive/index.js';
import { startUploads } from './respond/uploads/work.js';
import { openYara } from './respond/uploads/yara/index.js';
import { dataDir } from './root.js';
import { openStore } from './store/index.js';
import { startTriage } from './triage/stage.js';
import { liveVerdicts } from './triage/trust.js';
import { liveTunings } from './triage/tune/live.js';
import { startWebhooks } from './webhooks/index.js';

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
    readCalendar: calendarReader(config.MDR_NOTIFY_ALLOW),
    clock: systemClock,
    log,
  });
  const audit = startAudit({
    ...{ store, queues, clock: systemClock, log, send: httpSender(config.MDR_NOTIFY_ALLOW) },
    webhook: config.MDR_AUDIT_WEBHOOK ?? null,
    sink: config.MDR_AUDIT_FORWARD ? openSink(config.MDR_AUDIT_FORWARD) : null,
  });
  const webhooks = startWebhooks({
    ...{ store, clock: systemClock, log, secrets: openSecrets(config.MDR_SECRET_KEY) },
    send: httpSender(config.MDR_NOTIFY_ALLOW),
  });
  return {
    facts: { engine: `http://${config.MDR_ENGINE_HOST}:${doors.port}` },
    async stop() {
      await doors.stop();
      await notify.stop();
      await audit.stop();
      await webhooks.stop();
      await queues.close();
      await store.close();
    },
  };
}

/** The `worker` process: rules, triage, the lake, and hunting models. */
export async function runWorker(config: Config): Promise<Running> {
  const formats = await loadFormats();
  const store = await openStore(config.MONGODB_URI, config.MDR_DATABASE);
  const queues = openQueues(config.REDIS_URL, config.MDR_PREFIX);
  const shared = { redis: queues.redis, prefix: queues.prefix, clock: systemClock, log };
  const rules = await liveRules({
    ...shared,
    store,
    load: async (extra) =>
      loadRules([ownRules, ...config.MDR_RULES], {
        extra,
        cache: ruleCache(),
        placeholders: await readPlaceholders(config.MDR_PLACEHOLDERS ?? null),
      }),
  });
  const published = publishFolders(store.rules, { mdr: [ownRules], local: config.MDR_RULES }, rules.base.problems, log);
  const tunings = liveTunings(shared);
  const indicators = await liveIndicators({
    ...shared,
    store,
    mongo: { uri: config.MONGODB_URI, database: config.MDR_DATABASE },
    max: config.MDR_INDICATORS_MAX,
    text: config.MDR_INDICATORS_TEXT,
  });
  const windows = redisState(queues.redis, queues.prefix);
  const correlators = {
    get correlator() {
      return createCorrelator(rules.base.correlations, windows, systemClock);
    },
  };
  const lake = startKeeper({ ...shared, root: lakeFolder(config), store, most: config.MDR_LAKE_WAITING });
  startDetect({
    ...{ store, queues, formats, tunings, indicators, lake, clock: systemClock, log },
    // Each batch asks for it once: rules change between batches.
    get matcher() {
      return rules.base.matcher;
    },
    get correlator() {
      return correlators.correlator;
    },
  });
  const judging = startJudging({
    ...{ store, queues, tunings, clock: systemClock, log },
    get correlator() {
      return correlators.correlator;
    },
  });
  startTriage({ store, queues, clock: systemClock, verdicts: liveVerdicts(systemClock) });
  const investigating = openLake(lakeFolder(config));
  const files = { mmdb: config.MDR_MMDB, kev: config.MDR_KEV ?? null };
  startInvestigating({ store, queues, lake: investigating, clock: systemClock, log, files });
  const actions = await startActions({
    ...{ store, queues, clock: systemClock, log, allowed: config.MDR_ACTIONS_ALLOW },
    secrets: openSecrets(config.MDR_SECRET_KEY),
  });
  const exports = config.MDR_EXPORTS ?? join(dataDir(), 'exports', config.MDR_DATABASE);
  const evidence = startEvidence({
    ...{ store, queues, clock: systemClock, log, secret: config.MDR_SECRET_KEY, folder: exports },
  });
  const runs = await startRuns({
    ...{ store, queues, clock: systemClock, log, allowed: config.MDR_ACTIONS_ALLOW },
    secrets: openSecrets(config.MDR_SECRET_KEY),
  });
  const uploads = startUploads({
    ...{ store, queues, formats, indicators, clock: systemClock, log, yara: openYara(config.MDR_YARA) },
    custody: config.MDR_SECRET_KEY !== undefined,
    get matcher() {
      return rules.base.matcher;
    },
  });
  const hunting = openLake(lakeFolder(config));
  const hunters = startHunting({ store, queues, lake: hunting, formats, rules, clock: systemClock, log });
  const plans = startPlans({ store, queues, clock: systemClock, log });
  const models = config.MDR_MODELS
    ? startModels(
        {
          mongo: { uri: config.MONGODB_URI, database: config.MDR_DATABASE },
          redis: { url: config.REDIS_URL, prefix: config.MDR_PREFIX },
          lake: lakeFolder(config),
          everyMs: config.MDR_MODELS_EVERY * 1000,
        },
        log,
      )
    : null;
  return {
    facts: { rules: String(rules.base.matcher.rules.length) },
    async stop() {
      await models?.stop();
      await rules.stop();
      await judging.stop();
      await indicators.stop();
      await published;
      await lake.stop();
      await plans.stop();
      await runs.stop();
      await actions.stop();
      await evidence.stop();
      await uploads.stop();
      await hunters.stop();
      await queues.close();
      investigating.close();
      hunting.close();
      await store.close();
    },
  };
}
