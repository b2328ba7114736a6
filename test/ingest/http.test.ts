import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createToken } from '../../engine/ingest/tokens.js';
import { freshDoor, gzipped, json, MIB, text } from './httpdoor.js';
import { countsOf, lettersOf, queued, queuedLines } from './parts.js';

const door = freshDoor();

describe('the HTTP door takes', () => {
  it('NDJSON, and answers once it is in the queue', async () => {
    const answer = await door.post('{"a":1}\n{"b":"ü"}\n');
    expect(answer).toMatchObject({ status: 202, body: { accepted: 2, refused: 0, errors: [], batches: 1 } });
    expect(await queued(door.parts.queues)).toMatchObject([
      { tenant: 'acme', source: 'fw', format: null, simulated: false, count: 2, lines: ['{"a":1}', '{"b":"ü"}'] },
    ]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2, refused: 0 });
  });

  it('a JSON array, a CloudTrail document and text lines, told apart with or without a content type', async () => {
    await door.post('[{"a":1},\n {"b":\n2}]', json);
    await door.post('{"Records":[{"c":3}]}', json);
    await door.post('[{"d":4}]', { 'content-type': 'application/x-www-form-urlencoded' });
    await door.post('<34>Oct 11 22:14:15 web su: e\n[not json] f\n', text);
    await door.post('<34>Oct 11 22:14:15 web su: g\n', { 'content-type': 'application/octet-stream' });
    expect(await queuedLines(door.parts.queues)).toEqual(
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
    await door.post(gzipSync('{"a":1}'), gzipped);
    await door.post(deflateSync('{"b":1}'), { 'content-encoding': 'deflate' });
    await door.post(brotliCompressSync('{"c":1}'), { 'content-encoding': 'br' });
    expect(await queuedLines(door.parts.queues)).toEqual(['{"a":1}', '{"b":1}', '{"c":1}']);
  });

  it('a named format, a token for every source, and marks what a simulation sends', async () => {
    door.token = await createToken(door.parts.store, { tenant: 'acme', source: '*', simulated: true });
    expect(await door.post('{"EventID":1}', {}, 'dc01.eu?format=windows')).toMatchObject({ status: 202 });
    expect(await queued(door.parts.queues)).toMatchObject([{ source: 'dc01.eu', format: 'windows', simulated: true }]);
  });

  it('many events in batches of at most 1,000', async () => {
    const body = Array.from({ length: 2500 }, (_, i) => `{"n":${i}}`).join('\n');
    expect(await door.post(gzipSync(body), gzipped)).toMatchObject({ body: { accepted: 2500, batches: 3 } });
    expect((await queued(door.parts.queues)).map((job) => job.count).sort()).toEqual([1000, 1000, 500]);
  });

  it('the same request again without queueing or counting it twice', async () => {
    const body = '{"a":1}\nbroken\n{"b":2}';
    const first = await door.post(body);
    const second = await door.post(body);
    expect(second.body).toEqual(first.body);
    expect(await queued(door.parts.queues)).toHaveLength(1);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2, refused: 1 });
    expect(await lettersOf(door.parts)).toHaveLength(1);
  });

  it('an empty body as nothing', async () => {
    expect(await door.post('')).toMatchObject({ status: 202, body: { accepted: 0, refused: 0, batches: 0 } });
    expect(await queued(door.parts.queues)).toEqual([]);
  });
});

describe('the HTTP door refuses, keeps, counts, and lets the good lines through:', () => {
  it('broken JSON lines', async () => {
    const answer = await door.post('{"a":1}\n{"broken":\n{"b":2}\n42\n["x"]\nnull\n');
    expect(answer).toMatchObject({ status: 202, body: { accepted: 2, refused: 4, batches: 1 } });
    expect(answer.body.errors).toMatchObject([
      { line: 2, code: 'MDR_LINE_JSON' },
      { line: 4, code: 'MDR_LINE_JSON', message: 'A record must be a JSON object, not a number.' },
      { line: 5, code: 'MDR_LINE_JSON', message: 'A record must be a JSON object, not an array.' },
      { line: 6, code: 'MDR_LINE_JSON', message: 'A record must be a JSON object, not null.' },
    ]);
    expect(await queuedLines(door.parts.queues)).toEqual(['{"a":1}', '{"b":2}']);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2, refused: 4 });
    expect((await lettersOf(door.parts)).map((letter) => letter.sample).sort()).toEqual([
      '42',
      '["x"]',
      'null',
      '{"broken":',
    ]);
  });

  it('a line of 20 MB', async () => {
    const huge = `{"x":"${'y'.repeat(20 * MIB)}"}`;
    const answer = await door.post(`{"a":1}\n${huge}\n{"b":2}\n`);
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 2, refused: 1, errors: [{ line: 2, code: 'MDR_LINE_TOO_LONG' }] },
    });
    expect(await queuedLines(door.parts.queues)).toEqual(['{"a":1}', '{"b":2}']);
    expect(await lettersOf(door.parts)).toEqual([
      { source: 'fw', code: 'MDR_LINE_TOO_LONG', sample: huge.slice(0, 8192), bytes: huge.length },
    ]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2, refused: 1 });
  });

  it('invalid UTF-8', async () => {
    const answer = await door.post(Buffer.from('{"a":1}\n{"b":"\xff\xfe"}\n{"c":3}\n', 'latin1'));
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 2, refused: 1, errors: [{ line: 2, code: 'MDR_LINE_UTF8' }] },
    });
    expect(await queuedLines(door.parts.queues)).toEqual(['{"a":1}', '{"c":3}']);
    expect(await lettersOf(door.parts)).toMatchObject([
      { code: 'MDR_LINE_UTF8', sample: '{"b":"\ufffd\ufffd"}', bytes: 10 },
    ]);
  });

  it('elements of an array that are no objects', async () => {
    const answer = await door.post('[{"a":1},2,"three",null,[4],{"b":}]', json);
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, refused: 5 } });
    expect((answer.body.errors as { line: number }[]).map((error) => error.line)).toEqual([2, 3, 4, 5, 6]);
    expect(await queuedLines(door.parts.queues)).toEqual(['{"a":1}']);
    expect(await lettersOf(door.parts)).toHaveLength(5);
  });

  it('a body without one good line: 400, and nothing is queued', async () => {
    const body = Array.from({ length: 30 }, (_, i) => `bad ${i}`).join('\n');
    const answer = await door.post(body);
    expect(answer).toMatchObject({ status: 400, body: { accepted: 0, refused: 30, batches: 0 } });
    expect(answer.body.errors).toHaveLength(20);
    expect(await queued(door.parts.queues)).toEqual([]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 0, refused: 30 });
    expect(await lettersOf(door.parts)).toHaveLength(30);
  });
});
