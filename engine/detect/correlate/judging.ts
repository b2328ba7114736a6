import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Queues } from '../../queues.js';
import type { Store } from '../../store/index.js';
import type { Tunings } from '../../triage/tune/live.js';
import type { Correlator } from './correlator.js';

const EVERY_MS = 5000;
const MAX_ROUNDS = 50;

export interface JudgingParts {
  store: Store;
  queues: Queues;
  tunings: Tunings;
  readonly correlator: Correlator;
  clock: Clock;
  log: Log;
}

/** Judge every tenant's windows that are over, store what is found and hand it to triage. Doing it twice changes nothing. */
export async function judgeAll(parts: JudgingParts): Promise<void> {
  const { store, queues, tunings, correlator, clock } = parts;
  if (!correlator.correlations.all.some(({ judge }) => judge.deferred)) return;
  for (const { _id: tenant } of await store.tenants.find({}, { _id: 1 }).lean<{ _id: string }[]>()) {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { found, judged, done } = await correlator.judge(tenant);
      if (judged === 0) break;
      if (found.length > 0) {
        const scope = await store.forTenant(tenant);
        const tuned = (await tunings.forTenant(scope)).siftFound(found);
        const now = clock();
        await scope.detections.insertNew(tuned.map((detection) => ({ ...detection, created: now })));
        const ids = tuned.filter(({ suppressed }) => !suppressed).map(({ _id }) => _id);
        if (ids.length > 0) await queues.add('detections', { tenant, ids });
      }
      await done();
    }
  }
}

/** Judge every few seconds, until stopped. Several workers may do so at once. */
export function startJudging(parts: JudgingParts, everyMs = EVERY_MS): { stop(): Promise<void> } {
  const ending = new AbortController();
  const running = (async () => {
    while (!ending.signal.aborted) {
      await judgeAll(parts).catch((error) => parts.log.warn({ error: String(error) }, 'windows could not be judged'));
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}
