import type { Worker } from 'bullmq';
import { UnrecoverableError } from 'bullmq';
import { activity, BatchActivity } from '../activity.js';
import type { Clock } from '../clock.js';
import { counters } from '../counters.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import { decodeLines } from '../ingest/batch.js';
import { keepDeadLetters, type Refused } from '../ingest/deadletters.js';
import { lineReader } from '../ingest/envelope.js';
import type { Formats } from '../ingest/formats/index.js';
import type { Keeper } from '../lake/keeper.js';
import type { Log } from '../log.js';
import type { Payloads, Queues } from '../queues.js';
import type { Store } from '../store/index.js';
import { Addresses } from '../triage/addresses.js';
import type { Tunings } from '../triage/tune/live.js';
import { mark } from '../triage/tune/tuning.js';
import type { Correlator } from './correlate/correlator.js';
import { growStored } from './correlate/keep.js';
import { detectionsOf, type Found, type Seen } from './found.js';
import { Sightings } from './indicators/hits/sightings.js';
import { type LiveIndicators, NO_INDICATORS } from './indicators/live.js';
import type { Matcher, RuleInfo } from './types.js';

const TRIAGE_BATCH = 500;

export interface DetectParts {
  store: Store;
  queues: Queues;
  formats: Formats;
  matcher: Matcher;
  tunings: Tunings;
  /** Without it, no correlations run. */
  correlator?: Correlator;
  /** Without them, none are looked for. */
  indicators?: Pick<LiveIndicators, 'forTenant'>;
  /** Keeps every batch for the lake; without it, events are gone once rules have run. */
  lake?: Pick<Keeper, 'keep'>;
  clock: Clock;
  log: Log;
}

/** Consumer of the `events` queue: raw records become events, rules run, detections are stored and handed to triage. */
export function startDetect(parts: DetectParts): Worker<Payloads['events']> {
  return parts.queues.work('events', 4, async (job) => {
    await detect(parts, job.data, job.id ?? idOf(job.data.tenant, job.data.lines));
  });
}

/**
 * Run one batch. Idempotent: ids depend on content alone, and counts are kept once per batch.
 * @param batch id of the batch
 */
export async function detect(parts: DetectParts, data: Payloads['events'], batch: string): Promise<void> {
  const { store, queues, formats, matcher, correlator, clock } = parts;
  const { tenant, source, simulated } = data;
  const scope = await store.forTenant(tenant).catch((error) => {
    if (error instanceof MdrError && error.code === 'MDR_TENANT_UNKNOWN') throw new UnrecoverableError(error.toLine());
    throw error;
  });
  // Beside detection, which does not wait for the disk; a batch is done when both are.
  const kept = parts.lake?.keep(batch, data);
  kept?.catch(() => {});
  const tuning = await parts.tunings.forTenant(scope);
  const lookout = (parts.indicators ?? NO_INDICATORS).forTenant(tenant);
  const sightings = new Sightings(tenant);
  const watch = correlator?.watch(tenant);
  const named = data.format ? formats.byName(data.format) : null;
  const read = lineReader(formats, data, named);
  const detections: Found[] = [];
  const refused: Refused[] = [];
  const kinds = new BatchActivity(data.received);
  const addresses = new Addresses();

  for (const line of decodeLines(data.lines)) {
    try {
      const found = read(line);
      const { format, parsed } = found;
      kinds.note(parsed);
      addresses.note(parsed);
      // Rules first, then indicators (they add hits), then tuning (it takes hits away); correlations see what nobody hid.
      const hits: RuleInfo[] = [...matcher.match(parsed), ...lookout.match(parsed)];
      if (hits.length === 0) continue;
      const { original } = found;
      const record: Seen = { tenant, source, format: format.name, line, original, parsed, simulated };
      const { kept, heard, marks } = tuning.sift(hits, parsed.fields);
      watch?.observe(record, heard);
      // Rules that only feed correlations make no detections of their own.
      const loud = correlator ? kept.filter(({ id }) => !correlator.silent.has(id)) : kept;
      detections.push(...sightings.once(mark(detectionsOf(record, loud), marks)));
    } catch (error) {
      if (!(error instanceof MdrError)) throw error;
      refused.push({
        source,
        code: error.code,
        message: error.message,
        sample: line,
        bytes: Buffer.byteLength(line),
        record: { format: data.format, carrier: data.carrier ?? null, simulated, received: data.received },
      });
    }
  }

  const correlating = await watch?.settle();
  const correlated = tuning.siftFound(correlating?.found ?? []);
  detections.push(...correlated);

  const now = clock();
  const fresh = await scope.detections.insertNew(detections.map((detection) => ({ ...detection, created: now })));
  if (fresh < detections.length) await growStored(scope, correlated);
  await keepDeadLetters(scope, refused, now);
  await kept;
  await counters(queues.redis, queues.prefix, tenant).add(`batch:${batch}`, {
    processed: data.count,
    unrecognised: refused.length,
    detections: new Set(detections.map((detection) => detection._id)).size,
    late: correlating?.late ?? 0,
    cut: correlating?.cut ?? 0,
  });
  await addresses.keep(queues.redis, queues.prefix, tenant);
  await activity(queues.redis, queues.prefix, tenant).add(batch, source, kinds);
  // What is hidden is not handed on. A batch that was here before may have been tuned otherwise then: the records decide, in triage.
  const told = fresh < detections.length ? detections : detections.filter(({ suppressed }) => !suppressed);
  const ids = told.map((detection) => detection._id);
  for (let from = 0; from < ids.length; from += TRIAGE_BATCH)
    await queues.add('detections', { tenant, ids: ids.slice(from, from + TRIAGE_BATCH) });
}
