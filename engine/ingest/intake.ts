import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import { counters } from '../counters.js';
import { MdrError } from '../errors.js';
import { idOf } from '../ids.js';
import type { Log } from '../log.js';
import type { Queues } from '../queues.js';
import type { Store } from '../store/index.js';
import { type EventsJob, eventsJob, type Origin } from './batch.js';
import { keepDeadLetters } from './deadletters.js';
import type { Metrics } from './metrics.js';
import type { Refusals } from './refusals.js';
import { within } from './within.js';

const LOOK_MS = 250;
/** Batches on their way to a Redis that does not confirm them, in bytes: beyond this, senders must wait. */
const MAX_UNCONFIRMED = 256 * 1024 * 1024;

/** What every door is given. */
export interface IntakeParts {
  store: Store;
  queues: Queues;
  config: Pick<Config, 'MDR_MAX_WAITING'>;
  metrics: Metrics;
  clock: Clock;
  log: Log;
}

/** What the intake itself needs of it. */
export type IntakeNeeds = Omit<IntakeParts, 'store' | 'metrics'> & {
  store: Pick<Store, 'forTenant'>;
  metrics: Pick<Metrics, 'accepted' | 'refused'>;
};

/** What a door has taken and refused, to be stored together. */
export interface Taken {
  batches: readonly (readonly string[])[];
  refused: Refusals;
  /**
   * For doors whose senders never send again (syslog, files): makes equal content be stored and counted anew. Without it,
   * equal content counts once, so that a client's retry changes nothing.
   */
  moment?: string;
  /** Epoch ms when the records came to a door; now, when not given. */
  received?: number;
}

/** The one way from the doors into the queue. */
export interface Intake {
  /** Whether the queue holds as much as it may; looked up every 250 ms. @throws MdrError MDR_SERVICE_DOWN */
  full(): Promise<boolean>;
  /**
   * Keep what was refused, store the batches, count both, in this order: when it returns, everything is stored; when it
   * throws, doing it again with the same content does no harm.
   * @throws MdrError MDR_SERVICE_DOWN
   */
  take(origin: Origin, taken: Taken): Promise<void>;
}

export function openIntake({ store, queues, config, metrics, clock, log }: IntakeNeeds): Intake {
  let looked = Number.NEGATIVE_INFINITY;
  let waiting = 0;
  let unconfirmed = 0;

  // A command given to a Redis that is away would wait in memory, and so would its batch.
  const awake = () => {
    if (queues.redis.status === 'ready' && unconfirmed < MAX_UNCONFIRMED) return;
    throw new MdrError('MDR_SERVICE_DOWN', 'Redis does not answer.', 'Send the same again: nothing is taken twice.');
  };

  async function keep(origin: Origin, refused: Refusals): Promise<void> {
    if (refused.count === 0) return;
    const scope = await store.forTenant(origin.tenant);
    const { source } = origin;
    await keepDeadLetters(
      scope,
      refused.kept.map(({ code, message, sample, bytes }) => ({ source, code, message, sample, bytes })),
      clock(),
    );
  }

  async function enqueue(jobs: readonly EventsJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const size = jobs.reduce((sum, job) => sum + job.data.lines.length, 0);
    unconfirmed += size;
    const stored = queues.addBulk('events', [...jobs]).finally(() => {
      unconfirmed -= size;
    });
    await within('Redis', stored);
    waiting += jobs.length;
  }

  return {
    async full() {
      awake();
      if (clock() - looked >= LOOK_MS) {
        looked = clock();
        const counts = await within('Redis', queues.queue('events').getJobCounts('waiting', 'delayed'));
        waiting = Object.values(counts).reduce((sum, count) => sum + count, 0);
      }
      return waiting > config.MDR_MAX_WAITING;
    },

    async take(origin, { batches, refused, moment, received = clock() }) {
      awake();
      const { tenant, source } = origin;
      await within('MongoDB', keep(origin, refused));
      const jobs = await Promise.all(
        batches.map((lines, place) => eventsJob(origin, lines, received, `${moment ?? ''}:${place}`)),
      );
      await enqueue(jobs);
      const accepted = batches.reduce((sum, lines) => sum + lines.length, 0);
      const parts = [...jobs.map((job) => job.options.jobId), ...refused.kept.map((line) => line.sample)];
      const once = idOf(tenant, source, String(refused.count), moment ?? '', ...parts);
      const counts = counters(queues.redis, queues.prefix, tenant);
      const counted = await within('Redis', counts.add(`door:${once}`, { accepted, refused: refused.count }));
      if (!counted) return;
      metrics.accepted(tenant, source, accepted);
      for (const [code, count] of refused.byCode) metrics.refused(tenant, source, code, count);
      if (refused.count > 0)
        log.warn({ tenant, source, refused: Object.fromEntries(refused.byCode) }, 'refused at a door');
    },
  };
}
