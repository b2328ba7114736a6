import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpDoor } from '../../engine/ingest/doors/http.js';
import { quotas, quotaText, readQuota } from '../../engine/ingest/quota.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { testQueues } from '../support/services.js';
import { freshDoor } from './httpdoor.js';
import { lettersOf, queuedLines } from './parts.js';

const DAY = 86_400_000;
const START = Math.floor(Date.UTC(2026, 10, 24) / DAY) * DAY + DAY / 2;

describe('a quota', () => {
  it('is read and written as people say it', () => {
    expect(readQuota('500/s')).toEqual({ eventsPerSecond: 500, bytesPerDay: null });
    expect(readQuota('2GiB/day')).toEqual({ eventsPerSecond: null, bytesPerDay: 2 * 1024 ** 3 });
    expect(readQuota('1.5kB/day, 10/s')).toEqual({ eventsPerSecond: 10, bytesPerDay: 1500 });
    expect(readQuota('none')).toBeNull();
    for (const text of ['500/s', '1024B/day', '10/s,2048B/day', 'none']) expect(quotaText(readQuota(text))).toBe(text);
    expect(quotaText(undefined)).toBe('none');
    for (const bad of ['', '500', '0/s', '-1/s', '5/day', '5GB/s', 'x/s', '1e9/s', '500/s,', '9'.repeat(30)])
      expect(() => readQuota(bad)).toThrow(expect.objectContaining({ code: 'MDR_CONFIG' }));
  });

  const grant = (quota: Parameters<typeof quotaText>[0]) => ({
    id: 'f'.repeat(64),
    tenant: 'acme',
    source: 'fw',
    simulated: false,
    quota: quota ?? null,
  });

  it('of events fills at its pace up to ten seconds, and what was too much is waited for', async () => {
    const { queues } = await testQueues();
    let now = START;
    const [one, other] = [quotas(queues, () => now), quotas(queues, () => now)];
    const token = grant({ eventsPerSecond: 100, bytesPerDay: null });
    expect(await one.wait(token)).toBe(0);
    await one.charge(token, 1000, 0);
    expect(await other.wait(token)).toBe(0);
    await other.charge(token, 500, 0);
    expect(await one.wait(token)).toBe(5000);
    now += 4999;
    expect(await one.wait(token)).toBeGreaterThan(0);
    now += 2;
    expect(await one.wait(token)).toBe(0);
    now += 3600_000;
    await one.charge(token, 1001, 0);
    expect(await one.wait(token)).toBe(10);
    // A clock behind the others' gives nothing twice.
    now -= 5000;
    expect(await one.wait(token)).toBeGreaterThan(0);
    now += 5000;
    await one.charge(token, 10_000_000, 0);
    expect(await one.wait(token)).toBe(300_000);
    expect(await one.wait({ ...token, id: 'e'.repeat(64) })).toBe(0);
    expect(await one.wait({ ...token, tenant: 'other' })).toBe(0);
  });

  it('of bytes lasts until the day ends', async () => {
    const { queues } = await testQueues();
    let now = START;
    const both = quotas(queues, () => now);
    const token = grant({ eventsPerSecond: null, bytesPerDay: 1000 });
    await both.charge(token, 1, 999);
    expect(await both.wait(token)).toBe(0);
    await both.charge(token, 1, 500);
    expect(await both.wait(token)).toBe(DAY / 2);
    now = START + DAY / 2;
    expect(await both.wait(token)).toBe(0);
    for (const key of await queues.redis.keys(`${queues.prefix}:*`))
      expect(await queues.redis.ttl(key)).toBeGreaterThan(0);
  });

  it('of a token that has none asks Redis nothing', async () => {
    const { queues } = await testQueues();
    const none = quotas(queues, Date.now);
    await none.charge(grant(null), 1000, 1000);
    expect(await none.wait(grant(null))).toBe(0);
    expect(await queues.redis.keys(`${queues.prefix}:*`)).toEqual([]);
  });
});

describe('over its quota, a token is told to come back', () => {
  const door = freshDoor();
  const lines = (n: number, what: string) => Array.from({ length: n }, (_, i) => `{"${what}":${i}}`);

  it("in every protocol's words, by every engine, and nothing of it is taken or lost", async () => {
    door.token = await createToken(door.parts.store, {
      tenant: 'acme',
      source: 'fw',
      quota: { eventsPerSecond: 1, bytesPerDay: null },
    });
    // A request is let in whole while anything is left.
    expect((await door.post(lines(50, 'a').join('\n'))).status).toBe(202);
    const answer = await door.post('{"b":1}');
    expect(answer).toMatchObject({ status: 429, body: { code: 'MDR_QUOTA' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(38);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(40);

    const second = httpDoor(door.parts);
    const url = await second.listen({ host: '127.0.0.1', port: 0 });
    const post = async (path: string, body: string, type: string) => {
      const headers = { authorization: `Bearer ${door.token}`, 'content-type': type };
      const response = await fetch(`${url}${path}`, { method: 'POST', body, headers });
      expect(response.status).toBe(429);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(30);
      return response.json();
    };
    expect(await post('/services/collector', '{"event":"b"}', 'text/plain')).toMatchObject({
      code: 9,
      text: 'Server is busy',
    });
    expect(await post('/_bulk', '{"create":{}}\n{"b":1}\n', 'application/x-ndjson')).toMatchObject({
      status: 429,
      error: { type: 'es_rejected_execution_exception' },
    });
    expect(await post('/v1/logs', '{}', 'application/json')).toMatchObject({ code: 8 });
    await second.close();

    expect(await queuedLines(door.parts.queues)).toEqual(lines(50, 'a').sort());
    expect(await lettersOf(door.parts)).toEqual([]);
    const metrics = await door.parts.metrics.registry.metrics();
    expect(metrics).toContain('mdr_ingest_throttled_total{tenant="acme",source="fw",why="quota"} 4');
  });

  it('a sender without a name gets status and Retry-After at the Elasticsearch door, and never the end of its answer', async () => {
    const quota = { eventsPerSecond: 1, bytesPerDay: null };
    door.token = await createToken(door.parts.store, { tenant: 'acme', source: 'fw', quota });
    expect((await door.post(lines(50, 'a').join('\n'))).status).toBe(202);
    const ask = async (more: string) => {
      const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
      const head = `POST /_bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${door.token}\r\n${more}Content-Length: 2\r\n`;
      socket.write(`${head}Connection: close\r\n\r\n{}`);
      let answer = '';
      for await (const chunk of socket) answer += chunk;
      return answer;
    };
    const cut = await ask('');
    expect(cut).toMatch(/^HTTP\/1\.1 429 /);
    expect(cut).toMatch(/\r\nretry-after: \d+\r\n/);
    expect(cut).toMatch(/transfer-encoding: chunked/i);
    expect(cut).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(await ask('User-Agent: x\r\n')).toMatch(/^HTTP\/1\.1 429 [\s\S]*"status":429\}$/);
  });

  it('also for bytes that it sent in vain', async () => {
    const quota = { eventsPerSecond: null, bytesPerDay: 100_000 };
    door.token = await createToken(door.parts.store, { tenant: 'acme', source: 'fw', quota });
    const broken = Buffer.concat([Buffer.from('{"a":1}\n'.repeat(20_000))]);
    const headers = { 'content-encoding': 'gzip' };
    expect((await door.post(broken, headers)).status).toBe(400);
    expect((await door.post(broken)).status).toBe(202);
    const answer = await door.post('{"b":1}');
    expect(answer).toMatchObject({ status: 429, body: { code: 'MDR_QUOTA' } });
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
  });
});
