import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BODY_LIMITS } from '../../engine/ingest/doors/body.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { freshDoor, gzipped, MIB } from './httpdoor.js';
import { addTenant, countsOf, lettersOf, queued } from './parts.js';

const door = freshDoor();

describe('the HTTP door refuses a whole request, and queues nothing of it:', () => {
  const refusedWhole = async (code: string) => {
    expect(await queued(door.parts.queues)).toEqual([]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 0, refused: 1 });
    expect(await lettersOf(door.parts)).toMatchObject([{ source: 'fw', code }]);
  };

  it('a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"good":1}\n'), Buffer.alloc(500 * MIB, 'a')]));
    const answer = await door.post(bomb, gzipped);
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
    await door.reopen({ ...BODY_LIMITS, wireBytes: 64 * MIB });
    expect(await door.post(body, gzipped)).toMatchObject({ status: 413, body: { code: 'MDR_BODY_TOO_LARGE' } });
    await refusedWhole('MDR_BODY_TOO_LARGE');
  });

  it('a body of more than 32 MiB as sent', async () => {
    const body = '{"padding":"'.concat('x'.repeat(1000), '"}\n').repeat(33 * 1024);
    expect(await door.post(body)).toMatchObject({ status: 413, body: { code: 'MDR_BODY_TOO_LARGE' } });
    await refusedWhole('MDR_BODY_TOO_LARGE');
  });

  it.each(['gzip', 'br', 'deflate'])('a %s body that is cut short', async (encoding) => {
    const pack = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync }[encoding]!;
    const body = pack(Array.from({ length: 5000 }, (_, i) => `{"n":${i},"r":${Math.random()}}`).join('\n'));
    const answer = await door.post(body.subarray(0, body.length - 20), { 'content-encoding': encoding });
    expect(answer).toMatchObject({ status: 400, body: { code: 'MDR_BODY_ENCODING' } });
    await refusedWhole('MDR_BODY_ENCODING');
  });

  it('a body that is not gzip although it says so', async () => {
    expect(await door.post('{"a":1}', gzipped)).toMatchObject({ status: 400, body: { code: 'MDR_BODY_ENCODING' } });
    await refusedWhole('MDR_BODY_ENCODING');
  });

  it('a body that does not arrive in time', async () => {
    await door.reopen({ ...BODY_LIMITS, time: 300 });
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    socket.write(
      `POST /v1/events/fw HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${door.token}\r\nContent-Length: 100\r\n\r\n{"a":1}\n`,
    );
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('MDR_BODY_TIMEOUT');
    await refusedWhole('MDR_BODY_TIMEOUT');
  });

  it('a sender that hangs up', async () => {
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    socket.write(
      `POST /v1/events/fw HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${door.token}\r\nContent-Length: 100\r\n\r\n{"a":1}\n`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await queued(door.parts.queues)).toEqual([]);
    expect(await door.post('{"b":1}')).toMatchObject({ status: 202 });
  });

  it('an encoding that is not known', async () => {
    const answer = await door.post('{"a":1}', { 'content-encoding': 'zstd' });
    expect(answer).toMatchObject({ status: 415, body: { code: 'MDR_BODY_ENCODING' } });
    expect(answer.headers.get('accept-encoding')).toBe('identity, gzip, deflate, br');
  });

  it('a token that is missing, wrong, expired, or of another source', async () => {
    await addTenant(door.parts.store, 'other');
    const tokens = [
      '',
      'mdr_'.padEnd(36, 'x'),
      await createToken(door.parts.store, { tenant: 'acme', source: 'dns' }),
      await createToken(door.parts.store, { tenant: 'acme', source: 'fw', expires: Date.now() - 1 }),
    ];
    for (const token of tokens) {
      door.token = token;
      const answer = await door.post('{"a":1}');
      expect(answer).toMatchObject({ status: 401, body: { code: 'MDR_TOKEN_BAD' } });
      expect(JSON.stringify(answer.body)).not.toContain(token || 'mdr_x');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(await queued(door.parts.queues)).toEqual([]);
  });

  it('an unknown format, naming those there are', async () => {
    const answer = await door.post('{"a":1}', {}, 'fw?format=nope');
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'MDR_FORMAT_UNKNOWN', hint: expect.stringContaining('windows') },
    });
    expect(await queued(door.parts.queues)).toEqual([]);
  });

  it('a malformed source, and an address that does not exist', async () => {
    expect(await door.post('{"a":1}', {}, 'Fire%20Wall')).toMatchObject({
      status: 400,
      body: { code: 'MDR_SOURCE_BAD' },
    });
    const response = await fetch(`${door.url}/v2/events`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'MDR_ROUTE_UNKNOWN',
      hint: expect.stringContaining('/v1/events/'),
    });
  });
});
