import { type ConnectionOptions, type JobsOptions, type Processor, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { EvidenceJob } from './breach/evidence/work.js';
import { log } from './log.js';

/** Every queue: its payload and its policy, in one place. Producer and consumer are named beside each. */
export interface Payloads {
  /** doors -> worker (engine/detect/stage.ts). A batch of raw records, at most 1,000 or 1 MiB. */
  events: {
    tenant: string;
    source: string;
    /** Format named by the sender; otherwise each record is recognised. */
    format: string | null;
    /** Epoch ms at the door. */
    received: number;
    count: number;
    /** Sent with a simulation's token. */
    simulated: boolean;
    /** How each line carries its record (engine/ingest/envelope.ts); nothing: it is the record. */
    carrier?: 'envelope' | 'document';
    /** Records as lines, deflated, base64. A record never contains a raw line break. */
    lines: string;
  };
  /** detect -> worker (engine/triage/stage.ts). Ids of stored detections. */
  detections: { tenant: string; ids: string[] };
  /** triage and commands -> worker (engine/investigate/work.ts): find out what an alert was. */
  investigations: { tenant: string; number: number; by: { id: string; name: string } | null };
  /** commands and scheduler -> worker (engine/hunt/search/work.ts): run one hunt that is kept under this id. */
  hunts: { tenant: string; id: string };
  /** commands and scheduler -> worker (engine/respond/actions/work.ts): carry out, or take back, one action. */
  actions: { tenant: string; number: number };
  /** commands -> worker (engine/breach/evidence/work.ts): check, export or take in evidence. */
  evidence: { tenant: string; job: EvidenceJob };
  /** whoever changes a case or an action, and scheduler -> worker (engine/respond/playbook/drive): go on with the runs of a case. */
  playbooks: { tenant: string; case: number };
  /** bot -> worker (engine/respond/uploads/work.ts): look into one file that was kept. */
  uploads: { tenant: string; id: string };
  /** whoever changes a record -> bot (bot/outbox.ts): "alert 17 changed", "storm 2 is over", "case 4 changed". */
  changes: { tenant: string; kind: 'alert' | 'storm' | 'case'; number: number };
  /** engine and commands -> bot (bot/outbox.ts): post one digest or test message. */
  dispatches: { tenant: string; id: string };
  /** bot -> bot (bot/outbox.ts): bring one thread, or the message of one storm, or the thread of one case, up to date with its record. */
  outbox: { tenant: string; surface: string; channel: string; kind: 'alert' | 'storm' | 'case'; number: number };
}
export type QueueName = keyof Payloads;

const KEEP = { removeOnComplete: true, removeOnFail: { age: 7 * 24 * 3600, count: 5000 } } as const;

export const POLICIES: Record<QueueName, JobsOptions> = {
  events: { ...KEEP, attempts: 10, backoff: { type: 'exponential', delay: 500 } },
  detections: { ...KEEP, attempts: 10, backoff: { type: 'exponential', delay: 500 } },
  investigations: { ...KEEP, attempts: 3, backoff: { type: 'exponential', delay: 2000 } },
  hunts: { ...KEEP, attempts: 3, backoff: { type: 'exponential', delay: 2000 } },
  actions: { ...KEEP, attempts: 3, backoff: { type: 'exponential', delay: 2000 } },
  // Long enough that an upload whose process was killed is given up meanwhile (engine/breach/evidence/sweep.ts), and is taken in again.
  evidence: { ...KEEP, attempts: 8, backoff: { type: 'exponential', delay: 2000 } },
  playbooks: { ...KEEP, attempts: 3, backoff: { type: 'exponential', delay: 1000 } },
  uploads: { ...KEEP, attempts: 3, backoff: { type: 'exponential', delay: 2000 } },
  changes: { ...KEEP, attempts: 10, backoff: { type: 'exponential', delay: 500 } },
  dispatches: { ...KEEP, attempts: 50, backoff: { type: 'exponential', delay: 1000, jitter: 0.5 } },
  outbox: { ...KEEP, attempts: 50, backoff: { type: 'exponential', delay: 1000, jitter: 0.5 } },
};

export interface Queues {
  readonly redis: Redis;
  readonly prefix: string;
  queue<N extends QueueName>(name: N): Queue<Payloads[N]>;
  add<N extends QueueName>(name: N, data: Payloads[N], options?: JobsOptions): Promise<void>;
  addBulk<N extends QueueName>(name: N, jobs: { data: Payloads[N]; options?: JobsOptions }[]): Promise<void>;
  work<N extends QueueName>(name: N, concurrency: number, handle: Processor<Payloads[N]>): Worker<Payloads[N]>;
  /** Workers finish the job in hand, then connections close. */
  close(): Promise<void>;
}

/** @param prefix key prefix; tests pass their own, so that they share one Redis without meeting */
export function openQueues(redisUrl: string, prefix: string): Queues {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', (error) => log.warn({ error: error.message }, 'redis connection'));
  const connection = redis as unknown as ConnectionOptions;
  const queues = new Map<QueueName, Queue>();
  const workers: Worker[] = [];

  function queue<N extends QueueName>(name: N): Queue<Payloads[N]> {
    let found = queues.get(name);
    if (!found) {
      found = new Queue(name, { connection, prefix, defaultJobOptions: POLICIES[name] });
      queues.set(name, found);
    }
    return found as Queue<Payloads[N]>;
  }

  return {
    redis,
    prefix,
    queue,
    async add(name, data, options) {
      await (queue(name) as Queue).add(name, data, options);
    },
    async addBulk(name, jobs) {
      await (queue(name) as Queue).addBulk(jobs.map(({ data, options }) => ({ name, data, opts: options })));
    },
    work(name, concurrency, handle) {
      const worker = new Worker(name, handle as Processor, {
        connection,
        prefix,
        concurrency,
        // A killed worker's batch comes back within seconds, and coming back often is not a fault of the batch.
        lockDuration: 10_000,
        stalledInterval: 5_000,
        maxStalledCount: 20,
      });
      worker.on('error', (error) => log.warn({ queue: name, error: error.message }, 'worker'));
      worker.on('failed', (job, error) =>
        log.warn({ queue: name, job: job?.id, attempts: job?.attemptsMade, error: error.message }, 'job failed'),
      );
      workers.push(worker);
      return worker as Worker<Payloads[typeof name]>;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...queues.values()].map((open) => open.close()));
      redis.disconnect();
    },
  };
}
