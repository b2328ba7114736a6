import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BODY_LIMITS } from '../../engine/ingest/doors/body.js';
import { freshDoor, gzipped, MIB } from './httpdoor.js';
import { countsOf, lettersOf, queued, queuedLines } from './parts.js';

describe('the HTTP door under stress', () => {
  const door = freshDoor();

  it('answers 429 while the requests in hand hold too much, and counts that right over and over', async () => {
    await door.reopen({ ...BODY_LIMITS, inHandBytes: MIB });
    const large = gzipSync(`{"a":"${'x'.repeat(900)}"}\n`.repeat(2000));
    for (let i = 0; i < 3; i++) {
      expect(await door.post(large, gzipped)).toMatchObject({ status: 429, body: { code: 'MDR_OVERLOADED' } });
      expect((await door.post(`{"small":"${'y'.repeat(900_000)}","n":${i}}`)).status).toBe(202);
    }
    expect(await lettersOf(door.parts)).toEqual([]);
  });

  it('answers 503 when Redis is away, and nothing is taken', async () => {
    const ended = once(door.parts.queues.redis, 'end');
    door.parts.queues.redis.disconnect();
    await ended;
    expect(await door.post('{"a":1}')).toMatchObject({ status: 503, body: { code: 'MDR_SERVICE_DOWN' } });
    const health = await fetch(`${door.url}/healthz`);
    expect(health.status).toBe(503);
    expect(await health.json()).toEqual({ ok: false, mongodb: true, redis: false });
    await door.parts.queues.redis.connect();
    expect(await door.post('{"a":1}')).toMatchObject({ status: 202 });
  });

  it('answers 503 when MongoDB is away and a refusal cannot be kept; the good lines of it are not queued', async () => {
    expect((await door.post('{"warm":1}')).status).toBe(202);
    await door.parts.store.connection.close();
    expect(await door.post('{"a":1}\nbroken')).toMatchObject({ status: 503, body: { code: 'MDR_SERVICE_DOWN' } });
    expect(await queuedLines(door.parts.queues)).toEqual(['{"warm":1}']);
  });
});

describe('the HTTP door before a queue that holds two batches', () => {
  const door = freshDoor({ MDR_MAX_WAITING: '2' });

  it('answers 429 with Retry-After when the queue is full, and takes again when it is not', async () => {
    for (let i = 0; i < 3; i++) expect((await door.post(`{"n":${i}}`)).status).toBe(202);
    const answer = await door.post('{"n":3}');
    expect(answer).toMatchObject({ status: 429, body: { code: 'MDR_OVERLOADED' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await queued(door.parts.queues)).toHaveLength(3);
    expect(await countsOf(door.parts)).toEqual({ accepted: 3, refused: 0 });
    await door.parts.queues.queue('events').drain();
    await expect.poll(async () => (await door.post('{"n":3}')).status).toBe(202);
  });
});

describe('the probes', () => {
  const door = freshDoor();

  it('say that all is well, and count by tenant, source and outcome', async () => {
    await door.post('{"a":1}\n{"b":1}\nbroken');
    expect(await (await fetch(`${door.url}/healthz`)).json()).toEqual({ ok: true, mongodb: true, redis: true });
    const metrics = await (await fetch(`${door.url}/metrics`)).text();
    expect(metrics).toContain('mdr_ingest_events_total{tenant="acme",source="fw",outcome="accepted"} 2');
    expect(metrics).toContain('mdr_ingest_events_total{tenant="acme",source="fw",outcome="MDR_LINE_JSON"} 1');
    expect(metrics).toContain('mdr_queue_jobs{state="waiting"} 1');
    expect(metrics).toContain('mdr_ingest_request_seconds_count{door="events",status="202"} 1');
  });

  it('give metrics only to whoever has the token, when one is set', async () => {
    const secret = 'a-long-metrics-secret';
    await door.reopen(undefined, { ...door.parts.config, MDR_METRICS_TOKEN: secret });
    expect((await fetch(`${door.url}/metrics`)).status).toBe(403);
    expect((await fetch(`${door.url}/metrics`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(200);
  });
});
