import { once } from 'node:events';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BODY_LIMITS, type BodyLimits } from '../../engine/ingest/doors/body.js';
import { httpDoor } from '../../engine/ingest/doors/http.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { addTenant, countsOf, doorParts, lettersOf, queued, queuedLines } from './parts.js';

const MIB = 1024 * 1024;
let parts: Awaited<ReturnType<typeof doorParts>>;
let app: FastifyInstance;
let url: string;
let token: string;

async function open(limits?: BodyLimits) {
  app = httpDoor(parts, limits);
  url = await app.listen({ host: '127.0.0.1', port: 0 });
}
beforeEach(async () => {
  parts = await doorParts({ MDR_MAX_WAITING: '1000' });
  token = await createToken(parts.store, { tenant: 'acme', source: 'fw' });
  await open();
});
afterEach(async () => {
  await app.close();
  await parts.close();
});

async function post(body: string | Buffer, headers: Record<string, string> = {}, path = 'fw') {
  const response = await fetch(`${url}/v1/events/${path}`, {
    method: 'POST',
    body: body as never,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', ...headers },
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
const gzipped = { 'content-encoding': 'gzip' };
const json = { 'content-type': 'application/json' };
const text = { 'content-type': 'text/plain' };

describe('the HTTP door takes', () => {
  it('NDJSON, and answers once it is in the queue', async () => {
    const answer = await post('{"a":1}\n{"b":"ü"}\n');
    expect(answer).toMatchObject({ status: 202, body: { accepted: 2, refused: 0, errors: [], batches: 1 } });
    expect(await queued(parts.queues)).toMatchObject([
      { tenant: 'acme', source: 'fw', format: null, simulated: false, count: 2, lines: ['{"a":1}', '{"b":"ü"}'] },
    ]);
    expect(await countsOf(parts)).toEqual({ accepted: 2, refused: 0 });
  });

  it('a JSON array, a CloudTrail document and text lines, told apart with or without a content type', async () => {
    await post('[{"a":1},\n {"b":\n2}]', json);
    await post('{"Records":[{"c":3}]}', json);
    await post('[{"d":4}]', { 'content-type': 'application/x-www-form-urlencoded' });
    await post('<34>Oct 11 22:14:15 web su: e\n[not json] f\n', text);
    await post('<34>Oct 11 22:14:15 web su: g\n', { 'content-type': 'application/octet-stream' });
    expect(await queuedLines(parts.queues)).toEqual(
      [
        '{"a":1}',
        '{"b": 2}',
        '{"c":3}',
        '{"d":4}',
        '<34>Oct 11 22:14:15 web su: e',
        '[not json] f',
        '<34>Oct 11 22:14:15 web su: g',
      ].sort(),
    );
  });

  it('gzip, deflate and brotli', async () => {
    await post(gzipSync('{"a":1}'), gzipped);
    await post(deflateSync('{"b":1}'), { 'content-encoding': 'deflate' });
    await post(brotliCompressSync('{"c":1}'), { 'content-encoding': 'br' });
    expect(await queuedLines(parts.queues)).toEqual(['{"a":1}', '{"b":1}', '{"c":1}']);
  });

  it('a named format, a token for every source, and marks what a simulation sends', async () => {
    token = await createToken(parts.store, { tenant: 'acme', source: '*', simulated: true });
    expect(await post('{"EventID":1}', {}, 'dc01.eu?format=windows')).toMatchObject({ status: 202 });
    expect(await queued(parts.queues)).toMatchObject([{ source: 'dc01.eu', format: 'windows', simulated: true }]);
  });

  it('many events in batches of at most 1,000', async () => {
    const body = Array.from({ length: 2500 }, (_, i) => `{"n":${i}}`).join('\n');
    expect(await post(gzipSync(body), gzipped)).toMatchObject({ body: { accepted: 2500, batches: 3 } });
    expect((await queued(parts.queues)).map((job) => job.count).sort()).toEqual([1000, 1000, 500]);
  });

  it('the same request again without queueing or counting it twice', async () => {
    const body = '{"a":1}\nbroken\n{"b":2}';
    const first = await post(body);
    const second = await post(body);
    expect(second.body).toEqual(first.body);
    expect(await queued(parts.queues)).toHaveLength(1);
    expect(await countsOf(parts)).toEqual({ accepted: 2, refused: 1 });
    expect(await lettersOf(parts)).toHaveLength(1);
  });

  it('an empty body as nothing', async () => {
    expect(await post('')).toMatchObject({ status: 202, body: { accepted: 0, refused: 0, batches: 0 } });
    expect(await queued(parts.queues)).toEqual([]);
  });
});

describe('the HTTP door refuses, keeps, counts, and lets the good lines through:', () => {
  it('broken JSON lines', async () => {
    const answer = await post('{"a":1}\n{"broken":\n{"b":2}\n42\n["x"]\nnull\n');
    expect(answer).toMatchObject({ status: 202, body: { accepted: 2, refused: 4, batches: 1 } });
    expect(answer.body.errors).toMatchObject([
      { line: 2, code: 'MDR_LINE_JSON' },
      { line: 4, code: 'MDR_LINE_JSON', message: 'A record must be a JSON object, not a number.' },
      { line: 5, code: 'MDR_LINE_JSON', message: 'A record must be a JSON object, not an array.' },
      { line: 6, code: 'MDR_LINE_JSON', message: 'A record must be a JSON object, not null.' },
    ]);
    expect(await queuedLines(parts.queues)).toEqual(['{"a":1}', '{"b":2}']);
    expect(await countsOf(parts)).toEqual({ accepted: 2, refused: 4 });
    expect((await lettersOf(parts)).map((letter) => letter.sample).sort()).toEqual([
      '42',
      '["x"]',
      'null',
      '{"broken":',
    ]);
  });

  it('a line of 20 MB', async () => {
    const huge = `{"x":"${'y'.repeat(20 * MIB)}"}`;
    const answer = await post(`{"a":1}\n${huge}\n{"b":2}\n`);
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 2, refused: 1, errors: [{ line: 2, code: 'MDR_LINE_TOO_LONG' }] },
    });
    expect(await queuedLines(parts.queues)).toEqual(['{"a":1}', '{"b":2}']);
    expect(await lettersOf(parts)).toEqual([
      { source: 'fw', code: 'MDR_LINE_TOO_LONG', sample: huge.slice(0, 8192), bytes: huge.length },
    ]);
    expect(await countsOf(parts)).toEqual({ accepted: 2, refused: 1 });
  });

  it('invalid UTF-8', async () => {
    const answer = await post(Buffer.from('{"a":1}\n{"b":"\xff\xfe"}\n{"c":3}\n', 'latin1'));
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 2, refused: 1, errors: [{ line: 2, code: 'MDR_LINE_UTF8' }] },
    });
    expect(await queuedLines(parts.queues)).toEqual(['{"a":1}', '{"c":3}']);
    expect(await lettersOf(parts)).toMatchObject([
      { code: 'MDR_LINE_UTF8', sample: '{"b":"\ufffd\ufffd"}', bytes: 10 },
    ]);
  });

  it('elements of an array that are no objects', async () => {
    const answer = await post('[{"a":1},2,"three",null,[4],{"b":}]', json);
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, refused: 5 } });
    expect((answer.body.errors as { line: number }[]).map((error) => error.line)).toEqual([2, 3, 4, 5, 6]);
    expect(await queuedLines(parts.queues)).toEqual(['{"a":1}']);
    expect(await lettersOf(parts)).toHaveLength(5);
  });

  it('a body without one good line: 400, and nothing is queued', async () => {
    const body = Array.from({ length: 30 }, (_, i) => `bad ${i}`).join('\n');
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { accepted: 0, refused: 30, batches: 0 } });
    expect(answer.body.errors).toHaveLength(20);
    expect(await queued(parts.queues)).toEqual([]);
    expect(await countsOf(parts)).toEqual({ accepted: 0, refused: 30 });
    expect(await lettersOf(parts)).toHaveLength(30);
  });
});

describe('the HTTP door refuses a whole request, and queues nothing of it:', () => {
  const refusedWhole = async (code: string) => {
    expect(await queued(parts.queues)).toEqual([]);
    expect(await countsOf(parts)).toEqual({ accepted: 0, refused: 1 });
    expect(await lettersOf(parts)).toMatchObject([{ source: 'fw', code }]);
  };

  it('a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"good":1}\n'), Buffer.alloc(500 * MIB, 'a')]));
    const answer = await post(bomb, gzipped);
    expect(answer).toMatchObject({
      status: 413,
      body: { code: 'MDR_BODY_TOO_LARGE', hint: 'Send it in several requests.' },
    });
    await refusedWhole('MDR_BODY_TOO_LARGE');
  });

  it('a body of more than 64 MiB once decompressed', async () => {
    const noise = Buffer.from(Array.from({ length: 40_000 }, () => Math.random().toString(36)).join(''));
    const body = gzipSync(Buffer.concat(Array.from({ length: Math.ceil((65 * MIB) / noise.length) }, () => noise)), {
      level: 1,
    });
    await app.close();
    await open({ ...BODY_LIMITS, wireBytes: 64 * MIB });
    expect(await post(body, gzipped)).toMatchObject({ status: 413, body: { code: 'MDR_BODY_TOO_LARGE' } });
    await refusedWhole('MDR_BODY_TOO_LARGE');
  });

  it('a body of more than 32 MiB as sent', async () => {
    const body = '{"padding":"'.concat('x'.repeat(1000), '"}\n').repeat(33 * 1024);
    expect(await post(body)).toMatchObject({ status: 413, body: { code: 'MDR_BODY_TOO_LARGE' } });
    await refusedWhole('MDR_BODY_TOO_LARGE');
  });

  it.each(['gzip', 'br', 'deflate'])('a %s body that is cut short', async (encoding) => {
    const pack = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync }[encoding]!;
    const body = pack(Array.from({ length: 5000 }, (_, i) => `{"n":${i},"r":${Math.random()}}`).join('\n'));
    const answer = await post(body.subarray(0, body.length - 20), { 'content-encoding': encoding });
    expect(answer).toMatchObject({ status: 400, body: { code: 'MDR_BODY_ENCODING' } });
    await refusedWhole('MDR_BODY_ENCODING');
  });

  it('a body that is not gzip although it says so', async () => {
    expect(await post('{"a":1}', gzipped)).toMatchObject({ status: 400, body: { code: 'MDR_BODY_ENCODING' } });
    await refusedWhole('MDR_BODY_ENCODING');
  });

  it('a body that does not arrive in time', async () => {
    await app.close();
    await open({ ...BODY_LIMITS, time: 300 });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      `POST /v1/events/fw HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n{"a":1}\n`,
    );
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('MDR_BODY_TIMEOUT');
    await refusedWhole('MDR_BODY_TIMEOUT');
  });

  it('a sender that hangs up', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      `POST /v1/events/fw HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n{"a":1}\n`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await queued(parts.queues)).toEqual([]);
    expect(await post('{"b":1}')).toMatchObject({ status: 202 });
  });

  it('an encoding that is not known', async () => {
    const answer = await post('{"a":1}', { 'content-encoding': 'zstd' });
    expect(answer).toMatchObject({ status: 415, body: { code: 'MDR_BODY_ENCODING' } });
    expect(answer.headers.get('accept-encoding')).toBe('identity, gzip, deflate, br');
  });

  it('a token that is missing, wrong, expired, or of another source', async () => {
    await addTenant(parts.store, 'other');
    const tokens = [
      '',
      'mdr_'.padEnd(36, 'x'),
      await createToken(parts.store, { tenant: 'acme', source: 'dns' }),
      await createToken(parts.store, { tenant: 'acme', source: 'fw', expires: Date.now() - 1 }),
    ];
    for (token of tokens) {
      const answer = await post('{"a":1}');
      expect(answer).toMatchObject({ status: 401, body: { code: 'MDR_TOKEN_BAD' } });
      expect(JSON.stringify(answer.body)).not.toContain(token || 'mdr_x');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(await queued(parts.queues)).toEqual([]);
  });

  it('an unknown format, naming those there are', async () => {
    const answer = await post('{"a":1}', {}, 'fw?format=nope');
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'MDR_FORMAT_UNKNOWN', hint: expect.stringContaining('windows') },
    });
    expect(await queued(parts.queues)).toEqual([]);
  });

  it('a malformed source, and an address that does not exist', async () => {
    expect(await post('{"a":1}', {}, 'Fire%20Wall')).toMatchObject({ status: 400, body: { code: 'MDR_SOURCE_BAD' } });
    const response = await fetch(`${url}/v2/events`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'MDR_ROUTE_UNKNOWN',
      hint: expect.stringContaining('/v1/events/'),
    });
  });
});

describe('the HTTP door under stress', () => {
  it('answers 429 with Retry-After when the queue is full, and takes again when it is not', async () => {
    await app.close();
    await parts.close();
    parts = await doorParts({ MDR_MAX_WAITING: '2' });
    token = await createToken(parts.store, { tenant: 'acme', source: 'fw' });
    await open();
    for (let i = 0; i < 3; i++) expect((await post(`{"n":${i}}`)).status).toBe(202);
    const answer = await post('{"n":3}');
    expect(answer).toMatchObject({ status: 429, body: { code: 'MDR_OVERLOADED' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await queued(parts.queues)).toHaveLength(3);
    expect(await countsOf(parts)).toEqual({ accepted: 3, refused: 0 });
    await parts.queues.queue('events').drain();
    await expect.poll(async () => (await post('{"n":3}')).status).toBe(202);
  });

  it('answers 429 while the requests in hand hold too much, and counts that right over and over', async () => {
    await app.close();
    await open({ ...BODY_LIMITS, inHandBytes: MIB });
    const large = gzipSync(`{"a":"${'x'.repeat(900)}"}\n`.repeat(2000));
    for (let i = 0; i < 3; i++) {
      expect(await post(large, gzipped)).toMatchObject({ status: 429, body: { code: 'MDR_OVERLOADED' } });
      expect((await post(`{"small":"${'y'.repeat(900_000)}","n":${i}}`)).status).toBe(202);
    }
    expect(await lettersOf(parts)).toEqual([]);
  });

  it('answers 503 when Redis is away, and nothing is taken', async () => {
    const ended = once(parts.queues.redis, 'end');
    parts.queues.redis.disconnect();
    await ended;
    expect(await post('{"a":1}')).toMatchObject({ status: 503, body: { code: 'MDR_SERVICE_DOWN' } });
    const health = await fetch(`${url}/healthz`);
    expect(health.status).toBe(503);
    expect(await health.json()).toEqual({ ok: false, mongodb: true, redis: false });
    await parts.queues.redis.connect();
    expect(await post('{"a":1}')).toMatchObject({ status: 202 });
  });

  it('answers 503 when MongoDB is away and a refusal cannot be kept; the good lines of it are not queued', async () => {
    expect((await post('{"warm":1}')).status).toBe(202);
    await parts.store.connection.close();
    expect(await post('{"a":1}\nbroken')).toMatchObject({ status: 503, body: { code: 'MDR_SERVICE_DOWN' } });
    expect(await queuedLines(parts.queues)).toEqual(['{"warm":1}']);
  });
});

describe('the probes', () => {
  it('say that all is well, and count by tenant, source and outcome', async () => {
    await post('{"a":1}\n{"b":1}\nbroken');
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true, mongodb: true, redis: true });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('mdr_ingest_events_total{tenant="acme",source="fw",outcome="accepted"} 2');
    expect(metrics).toContain('mdr_ingest_events_total{tenant="acme",source="fw",outcome="MDR_LINE_JSON"} 1');
    expect(metrics).toContain('mdr_queue_jobs{state="waiting"} 1');
    expect(metrics).toContain('mdr_ingest_request_seconds_count{status="202"} 1');
  });

  it('give metrics only to whoever has the token, when one is set', async () => {
    await app.close();
    const secret = 'a-long-metrics-secret';
    app = httpDoor({ ...parts, config: { ...parts.config, MDR_METRICS_TOKEN: secret } });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
    expect((await fetch(`${url}/metrics`)).status).toBe(403);
    expect((await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(200);
  });
});
