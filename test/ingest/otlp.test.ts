import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { delimited, numeric } from '../../engine/ingest/doors/otlp/protobuf.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { freshDoor, gzipped, MIB } from './httpdoor.js';
import { countsOf, lettersOf, queued } from './parts.js';
import * as sight from './sight.js';

const door = freshDoor();
const seen = () => sight.seen(door.parts);
const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';

async function send(body: unknown, type = JSON_TYPE, headers: Record<string, string> = {}) {
  const response = await fetch(`${door.url}/v1/logs`, {
    method: 'POST',
    body: (Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body)) as never,
    headers: { authorization: `Bearer ${door.token}`, 'content-type': type, ...headers },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    headers: response.headers,
    bytes,
    // biome-ignore lint/suspicious/noExplicitAny: tests look into it
    body: (bytes.length > 0 && bytes[0] === 0x7b ? JSON.parse(bytes.toString()) : null) as any,
  };
}

const TIME = '1772611200123456789';
const text = (stringValue: string) => ({ stringValue });
const attribute = (key: string, value: unknown) => ({ key, value: typeof value === 'string' ? text(value) : value });
const logs = (
  records: object[],
  attributes: object[] = [attribute('host.name', 'web-1'), attribute('service.name', 'shop')],
) => ({
  resourceLogs: [
    { resource: { attributes }, scopeLogs: [{ scope: { name: 'lib', version: '1.2' }, logRecords: records }] },
  ],
});

describe('the OTLP door takes', () => {
  it('JSON: lines, records of known formats, and other bodies with what OTLP says about them', async () => {
    const ssh = 'Mar  4 08:15:02 db sshd[21]: Failed password for root from 203.0.113.9 port 4182 ssh2';
    const windows = [
      attribute('EventID', { intValue: '4625' }),
      attribute('Channel', 'Security'),
      attribute('EventTime', '2026-03-04T08:00:00Z'),
      attribute('TargetUserName', 'root'),
    ];
    const answer = await send(
      logs([
        { timeUnixNano: TIME, body: text(ssh) },
        { timeUnixNano: TIME, body: { kvlistValue: { values: windows } } },
        {
          timeUnixNano: TIME,
          severityNumber: 17,
          severityText: 'ERROR',
          body: text('payment\nrefused'),
          attributes: [
            attribute('user.name', 'marta'),
            attribute('n', { intValue: '9007199254740993' }),
            attribute('list', { arrayValue: { values: [{ doubleValue: 1.5 }, { boolValue: true }, {}] } }),
            attribute('__proto__', 'x'),
          ],
          traceId: '5b8efff798038103d269b633813fc60c',
          spanId: 'eee19b7ec3c1b174',
        },
        { observedTimeUnixNano: TIME, eventName: 'login', attributes: [attribute('event.action', 'login')] },
        {
          body: text('type=SYSCALL msg=audit(1772611200.123:77): arch=c000003e syscall=59 comm="id" exe="/usr/bin/id"'),
        },
      ]),
    );
    expect(answer).toMatchObject({
      status: 200,
      type: expect.stringContaining(JSON_TYPE),
      body: { partialSuccess: {} },
    });
    const events = await seen();
    expect(events.map(({ format, ecs }) => [format, ecs['host.name'], ecs['user.name']])).toEqual([
      ['linux', 'db', 'root'],
      ['windows', 'web-1', 'root'],
      ['generic', 'web-1', 'marta'],
      ['generic', 'web-1', undefined],
      ['auditd', 'web-1', undefined],
    ]);
    expect(events[2]).toMatchObject({
      time: 1772611200123,
      ecs: { message: 'payment refused' },
      fields: {
        message: 'payment refused',
        severity_text: 'ERROR',
        severity_number: 17,
        n: '9007199254740993',
        list: [1.5, true, null],
        trace_id: '5b8efff798038103d269b633813fc60c',
        'service.name': 'shop',
        'otel.scope.name': 'lib',
      },
    });
    expect(events[3]).toMatchObject({ time: 1772611200123, ecs: { 'event.action': 'login' } });
    expect(await countsOf(door.parts)).toEqual({ accepted: 5, refused: 0 });
  });

  it('protobuf, and gzip, and the same request again without doing anything twice', async () => {
    const fixed = (number: number, value: bigint) => {
      const bytes = Buffer.alloc(9);
      bytes[0] = number * 8 + 1;
      bytes.writeBigUInt64LE(value, 1);
      return bytes;
    };
    const value = (string: string) => delimited(1, string);
    const pair = (key: string, any: Buffer) => Buffer.concat([delimited(1, key), delimited(2, any)]);
    const negative = Buffer.from([0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    const record = Buffer.concat([
      fixed(1, BigInt(TIME)),
      numeric(2, 9),
      delimited(3, 'INFO'),
      delimited(
        5,
        delimited(6, Buffer.concat([delimited(1, pair('msg', value('grüße'))), delimited(1, pair('n', negative))])),
      ),
      delimited(6, pair('user.name', value('anna'))),
      numeric(7, 0),
      Buffer.from([0x45, 1, 0, 0, 0]),
      delimited(9, Buffer.from('5b8efff798038103d269b633813fc60c', 'hex')),
      delimited(99, 'a field of the future'),
    ]);
    const scope = Buffer.concat([delimited(1, delimited(1, 'lib')), delimited(2, record), delimited(3, 'schema')]);
    const resource = delimited(1, pair('host.name', value('pb-1')));
    const body = delimited(1, Buffer.concat([delimited(1, resource), delimited(2, scope)]));
    for (const headers of [{}, {}, gzipped]) {
      const answer = await send('content-encoding' in headers ? gzipSync(body) : body, PROTOBUF, headers as never);
      expect(answer).toMatchObject({ status: 200, type: PROTOBUF });
      expect(answer.bytes).toHaveLength(0);
    }
    expect(await seen()).toMatchObject([
      {
        format: 'generic',
        time: 1772611200123,
        ecs: { message: 'grüße', 'host.name': 'pb-1', 'user.name': 'anna' },
        fields: { n: -1, severity_text: 'INFO', trace_id: '5b8efff798038103d269b633813fc60c' },
      },
    ]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 1, refused: 0 });
  });

  it('a token for all sources, and names sources by the service', async () => {
    door.token = await createToken(door.parts.store, { tenant: 'acme', source: '*' });
    await send(logs([{ body: text('a') }]));
    await send(logs([{ body: text('b') }], [attribute('service.name', 'unknown_service:node')]));
    await send(logs([{ body: text('c') }], [attribute('service.name', '../\u0000')]));
    expect((await queued(door.parts.queues)).map(({ source }) => source).sort()).toEqual([
      'otlp',
      'shop',
      'unknown_service-node',
    ]);
  });

  it('an empty request as nothing', async () => {
    expect(await send({})).toMatchObject({ status: 200, body: { partialSuccess: {} } });
    expect(await send(Buffer.alloc(0), PROTOBUF)).toMatchObject({ status: 200 });
    expect(await queued(door.parts.queues)).toEqual([]);
  });
});

describe('the OTLP door refuses', () => {
  it('records without content or too long, telling how many, and lets the good ones through', async () => {
    const answer = await send(
      logs([{ timeUnixNano: TIME }, { body: text('good') }, { body: text('x'.repeat(2 * MIB)) }]),
    );
    expect(answer).toMatchObject({
      status: 200,
      body: { partialSuccess: { rejectedLogRecords: '2', errorMessage: expect.stringContaining('neither') } },
    });
    expect((await seen()).map(({ fields }) => fields.message)).toEqual(['good']);
    expect(await countsOf(door.parts)).toEqual({ accepted: 1, refused: 2 });
    expect((await lettersOf(door.parts)).map(({ code }) => code)).toEqual(['MDR_LINE_JSON', 'MDR_LINE_TOO_LONG']);
  });

  const whole = async (
    body: Buffer | string,
    status: number,
    type = PROTOBUF,
    headers: Record<string, string> = {},
  ) => {
    const answer = await send(body, type, headers);
    expect(answer.status).toBe(status);
    expect(await queued(door.parts.queues)).toEqual([]);
    return answer;
  };

  it('bodies that are no protobuf or JSON of logs, whatever bytes they hold', async () => {
    const nested = (depth: number): Buffer =>
      depth === 0 ? delimited(1, 'x') : delimited(5, delimited(1, nested(depth - 1)));
    const deep = delimited(1, delimited(2, delimited(2, delimited(5, nested(5000)))));
    for (const body of [
      Buffer.from([0x0a]),
      Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
      Buffer.from([0x0a, 0x05, 0x01]),
      Buffer.from([0x07]),
      Buffer.from([0x00, 0x00]),
      Buffer.from(Array(20).fill(0xff)),
      delimited(1, delimited(2, delimited(2, numeric(5, 1)))),
      delimited(1, delimited(2, delimited(2, delimited(3, Buffer.from([0xff]))))),
      deep,
    ])
      await whole(body, 400);
    for (const body of ['', '{', '[]', '"x"']) {
      const answer = await whole(body, 400, JSON_TYPE);
      expect(answer.body).toMatchObject({ code: 3, message: expect.stringContaining('MDR_LINE_JSON') });
    }
    // Random bytes: an answer each time, never a crash.
    for (let seed = 1; seed < 200; seed++) {
      const random = Buffer.from(
        Array.from({ length: 64 }, (_, n) => ((seed * 48271 + n * n * 40503) >> (n % 9)) & 0xff),
      );
      expect([200, 400]).toContain((await send(random, PROTOBUF)).status);
    }
  });

  it('bodies that cost far more than their size', async () => {
    await whole(Buffer.concat(Array(200_000).fill(delimited(1, ''))), 413);
    await whole(delimited(1, Buffer.concat(Array(200_000).fill(delimited(2, '')))), 413);
    await whole(`{"resourceLogs":[${'{},'.repeat(200_000)}{}]}`, 413, JSON_TYPE);
    await whole(gzipSync(Buffer.alloc(100 * MIB, ' ')), 413, JSON_TYPE, gzipped);
    // Attributes of a resource are written beside every record of it.
    const shared = [attribute('big', 'x'.repeat(MIB))];
    const answer = await send(
      logs(
        Array.from({ length: 5000 }, (_, n) => ({ body: text(`r${n}`) })),
        shared,
      ),
    );
    expect(answer.status).toBe(200);
    const jobs = await queued(door.parts.queues);
    expect(jobs.reduce((sum, { lines }) => sum + lines.join('').length, 0)).toBeLessThan(MIB);
  });

  it('tokens that are wrong and types that it does not know, in the words of the request', async () => {
    door.token = 'mdr_wrong';
    expect(await send('{}')).toMatchObject({ status: 401, body: { code: 16 } });
    const answer = await whole(Buffer.alloc(0), 401);
    expect(answer.type).toBe(PROTOBUF);
    expect(answer.bytes.subarray(0, 2)).toEqual(numeric(1, 16));
    door.token = await createToken(door.parts.store, { tenant: 'acme', source: '*' });
    expect(await send('x', 'text/plain')).toMatchObject({ status: 415 });
  });
});
