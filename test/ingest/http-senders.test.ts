import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createToken } from '../../engine/ingest/tokens.js';
import { freshDoor, gzipped } from './httpdoor.js';
import { addTenant, countsOf, lettersOf, queued } from './parts.js';

const door = freshDoor();

describe('senders at the HTTP door', () => {
  it('of one tenant never reach another, with what is taken or with what is refused', async () => {
    await addTenant(door.parts.store, 'other');
    const theirs = await createToken(door.parts.store, { tenant: 'other', source: 'fw' });
    const body = '{"a":1}\nbroken\n';
    expect(await door.post(body)).toMatchObject({ status: 202, body: { accepted: 1, refused: 1 } });
    expect(await countsOf(door.parts, 'other')).toEqual({ accepted: 0, refused: 0 });
    door.token = theirs;
    expect(await door.post(body)).toMatchObject({ status: 202, body: { accepted: 1, refused: 1 } });
    expect((await queued(door.parts.queues)).map((job) => job.tenant).sort()).toEqual(['acme', 'other']);
    for (const tenant of ['acme', 'other']) {
      expect(await countsOf(door.parts, tenant)).toEqual({ accepted: 1, refused: 1 });
      expect(await lettersOf(door.parts, tenant)).toHaveLength(1);
    }
  });

  it('may send equal batches in one request, and the whole of it again', async () => {
    const body = gzipSync('{"beat":1}\n'.repeat(2000));
    for (let i = 0; i < 2; i++) {
      const answer = await door.post(body, gzipped);
      expect(answer).toMatchObject({ status: 202, body: { accepted: 2000, batches: 2 } });
    }
    expect((await queued(door.parts.queues)).map((job) => job.count)).toEqual([1000, 1000]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2000, refused: 0 });
  });

  it('may try again at the same time and are taken once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => door.post('{"a":1}\nbroken')));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(202));
    expect(await queued(door.parts.queues)).toHaveLength(1);
    expect(await lettersOf(door.parts)).toHaveLength(1);
    expect(await countsOf(door.parts)).toEqual({ accepted: 1, refused: 1 });
  });

  it('may send a record nested a hundred thousand deep without harm', async () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(await door.post(`${deep}\n{"b":1}`)).toMatchObject({ status: 202, body: { accepted: 2 } });
    expect(await door.post('{"c":1}')).toMatchObject({ status: 202 });
  });

  it('behind a proxy on this machine are not shown the metrics', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const answer = await fetch(`${door.url}/metrics`, { headers });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      code: 'MDR_FORBIDDEN',
      hint: expect.stringContaining('METRICS_TOKEN'),
    });
  });

  it('see the metrics of the doors also when Redis is away', async () => {
    await door.post('{"a":1}');
    const ended = once(door.parts.queues.redis, 'end');
    door.parts.queues.redis.disconnect();
    await ended;
    const metrics = await (await fetch(`${door.url}/metrics`)).text();
    expect(metrics).toContain('mdr_ingest_events_total{tenant="acme",source="fw",outcome="accepted"} 1');
    expect(metrics).not.toContain('mdr_queue_jobs{');
    await door.parts.queues.redis.connect();
  });
});
