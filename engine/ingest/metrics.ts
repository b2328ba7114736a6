import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ErrorCode } from '../errors.js';
import type { Queues } from '../queues.js';
import { within } from './within.js';

/** Sources come from senders: beyond this many pairs of tenant and source, the rest is counted as `other`. */
const MAX_PAIRS = 500;
const QUEUE_MS = 2000;

export interface Metrics {
  readonly registry: Registry;
  accepted(tenant: string, source: string, events: number): void;
  refused(tenant: string, source: string, code: ErrorCode, events: number): void;
  request(door: string, status: number, seconds: number): void;
  /** A request was sent away: over its token's quota, the queue is full, or too much is in hand. */
  throttled(tenant: string, source: string, why: 'quota' | 'queue' | 'hands'): void;
}

/** Prometheus figures of the doors. Each call has its own registry, so that two engines in one process do not meet. */
export function ingestMetrics(queues: Queues): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const events = new Counter({
    name: 'mdr_ingest_events_total',
    help: 'Events at the doors, by outcome: accepted, or the code with which they were refused.',
    labelNames: ['tenant', 'source', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'mdr_ingest_request_seconds',
    help: 'Time to answer a request for events.',
    labelNames: ['door', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const throttled = new Counter({
    name: 'mdr_ingest_throttled_total',
    help: 'Requests answered with 429, by why: the quota of the token, a full queue, or too much in hand.',
    labelNames: ['tenant', 'source', 'why'],
    registers,
  });
  new Gauge({
    name: 'mdr_queue_jobs',
    help: 'Batches in the events queue.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      if (queues.redis.status !== 'ready') return;
      const looked = queues.queue('events').getJobCounts('waiting', 'active', 'delayed', 'failed');
      // The other figures are wanted most when Redis is away.
      const counts = await within('Redis', looked, QUEUE_MS).catch(() => ({}));
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  const pairs = new Set<string>();
  const named = (tenant: string, source: string) => {
    const pair = `${tenant} ${source}`;
    const known = pairs.has(pair) || pairs.size < MAX_PAIRS;
    if (known) pairs.add(pair);
    return known ? { tenant, source } : { tenant: 'other', source: 'other' };
  };
  const count = (tenant: string, source: string, outcome: string, n: number) =>
    events.inc({ ...named(tenant, source), outcome }, n);
  return {
    registry,
    accepted: (tenant, source, n) => n > 0 && count(tenant, source, 'accepted', n),
    refused: (tenant, source, code, n) => count(tenant, source, code, n),
    request: (door, status, took) => seconds.observe({ door, status }, took),
    throttled: (tenant, source, why) => throttled.inc({ ...named(tenant, source), why }),
  };
}
