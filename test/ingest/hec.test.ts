import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BODY_LIMITS } from '../../engine/ingest/doors/body.js';
import { hecAcks } from '../../engine/ingest/doors/hec/acks.js';
import { createToken } from '../../engine/ingest/tokens.js';
import { freshDoor, MIB } from './httpdoor.js';
import { addTenant, countsOf, lettersOf, queued } from './parts.js';
import * as sight from './sight.js';

const door = freshDoor();

async function hec(body: string | Buffer | undefined, headers: Record<string, string> = {}, path = 'event') {
  const response = await fetch(`${door.url}/services/collector${path && `/${path}`}`, {
    method: body === undefined ? 'GET' : 'POST',
    body: body as never,
    headers: { authorization: `Splunk ${door.token}`, ...headers },
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
const seen = () => sight.seen(door.parts);
const OK = { status: 200, body: { text: 'Success', code: 0 } };

describe('the Splunk HEC door takes', () => {
  it('events on end, with and without white space, as lines and as JSON records, with host and time', async () => {
    const windows = { EventID: 4625, Channel: 'Security', EventTime: '2026-03-04T08:00:00Z', Hostname: 'dc01' };
    const body =
      `{"event":"type=SYSCALL msg=audit(1772611200.123:77): arch=c000003e syscall=59 comm=\\"id\\" exe=\\"/usr/bin/id\\"","host":"db-01"}` +
      `{"event":${JSON.stringify(windows)},"host":"fwd","time":1}\n\n` +
      `{"time":"1772611200.5","host":"app-1","sourcetype":"billing","source":"/var/log/b.log","index":"main","fields":{"env":"prod","roles":["a","b"]},"event":{"msg":"invoice sent"}} ` +
      `{"event":"free text\\nof an application","time":1772611201,"host":"app-2"}`;
    expect(await hec(body)).toMatchObject(OK);
    const events = await seen();
    expect(events.map(({ format, source }) => [format, source])).toEqual([
      ['auditd', 'fw'],
      ['windows', 'fw'],
      ['generic', 'fw'],
      ['generic', 'fw'],
    ]);
    expect(events[0]).toMatchObject({
      ecs: { 'host.name': 'db-01' },
      original: expect.stringMatching(/^type=SYSCALL/),
    });
    expect(events[1]).toMatchObject({
      time: Date.UTC(2026, 2, 4, 8),
      ecs: { 'host.name': 'dc01' },
      original: JSON.stringify(windows),
    });
    expect(events[2]).toMatchObject({
      time: 1772611200500,
      ecs: { 'host.name': 'app-1', message: 'invoice sent' },
      fields: {
        msg: 'invoice sent',
        sourcetype: 'billing',
        source: '/var/log/b.log',
        index: 'main',
        env: 'prod',
        roles: ['a', 'b'],
      },
    });
    expect(events[3]).toMatchObject({
      time: 1772611201000,
      ecs: { 'host.name': 'app-2', message: 'free text of an application' },
    });
    expect(await countsOf(door.parts)).toEqual({ accepted: 4, refused: 0 });
  });

  it('raw lines with the metadata of the address, on every path that clients use', async () => {
    for (const path of ['raw', 'raw/1.0']) {
      const body = `<86>Mar  4 08:15:02 web sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2\nplain ${path}\n`;
      expect(await hec(body, {}, `${path}?host=h1&sourcetype=syslog`)).toMatchObject(OK);
    }
    for (const path of ['', 'event', 'event/1.0'])
      expect(await hec(`{"event":"to ${path}"}`, {}, path)).toMatchObject(OK);
    const events = await seen();
    expect(events.filter(({ format }) => format === 'linux')).toMatchObject([
      { ecs: { 'host.name': 'web', 'user.name': 'root' } },
      { ecs: { 'host.name': 'web' } },
    ]);
    expect(events.filter(({ fields }) => String(fields.message).startsWith('plain'))).toMatchObject([
      { ecs: { 'host.name': 'h1' } },
      { ecs: { 'host.name': 'h1' } },
    ]);
    expect(events).toHaveLength(7);
  });

  it('syslog lines that have lost their time and host, and takes no other text for one', async () => {
    const ssh = 'Failed password for root from 203.0.113.9 port 4182 ssh2';
    const events = [
      { event: `sshd[21]: ${ssh}`, host: 'web-7', time: 1772611200 },
      { event: `sshd[21]: ${ssh}` },
      { event: `Error: ${ssh}`, host: 'web-7' },
      { event: { message: `sshd[21]: ${ssh}` }, host: 'web-7' },
    ];
    expect(await hec(events.map((event) => JSON.stringify(event)).join('\n'))).toMatchObject(OK);
    const found = await seen();
    expect(found.map(({ format }) => format)).toEqual(['linux', 'generic', 'generic', 'generic']);
    expect(found[0]).toMatchObject({
      time: 1772611200000,
      ecs: { 'host.name': 'web-7', 'user.name': 'root', 'process.pid': 21 },
      original: `<13>1 2026-03-04T08:00:00.000Z web-7 sshd 21 - - ${ssh}`,
    });
  });

  it('gzip, Basic authorization, and the same request again without doing anything twice', async () => {
    const headers = {
      'content-encoding': 'gzip',
      authorization: `Basic ${Buffer.from(`x:${door.token}`).toString('base64')}`,
    };
    const body = gzipSync('{"event":{"a":1},"time":1772611200}'.repeat(2500));
    for (let i = 0; i < 2; i++) expect(await hec(body, headers)).toMatchObject(OK);
    expect((await queued(door.parts.queues)).map(({ count }) => count).sort()).toEqual([1000, 1000, 500]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2500, refused: 0 });
  });

  it('a token for all sources, and names sources by what Splunk calls types, a bounded number of them', async () => {
    door.token = await createToken(door.parts.store, { tenant: 'acme', source: '*' });
    const types = [
      'WinEventLog:Security',
      'linux_secure',
      '\u0000odd/\nname',
      'x'.repeat(200),
      '../../etc',
      '__proto__',
    ];
    await hec(types.map((sourcetype) => JSON.stringify({ event: 'a', sourcetype, index: 'Main' })).join(''));
    await hec(Array.from({ length: 40 }, (_, i) => JSON.stringify({ event: `b${i}`, sourcetype: `t${i}` })).join(''));
    const sources = (await queued(door.parts.queues)).map(({ source }) => source);
    expect(sources.slice(0, 3).sort()).toEqual(['linux_secure', 'main', 'wineventlog-security']);
    expect(new Set(sources.slice(3)).size).toBeLessThanOrEqual(17);
    expect(await countsOf(door.parts)).toEqual({ accepted: 46, refused: 0 });
  });
});

describe('the Splunk HEC door acknowledges', () => {
  const ask = async (acks: unknown, channel?: string) =>
    hec(JSON.stringify({ acks }), channel ? { 'x-splunk-request-channel': channel } : {}, 'ack');

  it('per channel what is stored in the queue, and nothing else', async () => {
    const [one, two] = [randomUUID(), randomUUID().toUpperCase()];
    for (let i = 0; i < 3; i++)
      expect(await hec(`{"event":"e${i}"}`, { 'x-splunk-request-channel': one })).toMatchObject({
        body: { code: 0, ackId: i },
      });
    expect(await hec('{"event":"f"}', {}, `event?channel=${two}`)).toMatchObject({ body: { ackId: 0 } });
    expect(await ask([0, 2, 3], one)).toMatchObject({ status: 200, body: { acks: { 0: true, 2: true, 3: false } } });
    expect(await ask([0, 2], one)).toMatchObject({ body: { acks: { 0: true, 2: true } } });
    expect(await ask([0, 1], two.toLowerCase())).toMatchObject({ body: { acks: { 0: true, 1: false } } });
    expect((await hec('{"event":"no channel"}')).body).toEqual({ text: 'Success', code: 0 });
  });

  it('never across tokens, and forgets in time', async () => {
    const channel = randomUUID();
    await hec('{"event":"e"}', { 'x-splunk-request-channel': channel });
    await addTenant(door.parts.store, 'other');
    door.token = await createToken(door.parts.store, { tenant: 'other', source: '*' });
    expect(await ask([0], channel)).toMatchObject({ body: { acks: { 0: false } } });
    const { redis, prefix } = door.parts.queues;
    const keys = await redis.keys(`${prefix}:{acme}:hec:*`);
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(0);
  });

  it('keeps a bounded number of channels, those used last', async () => {
    const acks = hecAcks(door.parts.queues);
    const grant = { id: 'a'.repeat(64), tenant: 'acme', source: '*', simulated: false, quota: null };
    for (let n = 0; n < 1010; n++) await acks.give(grant, `c${n}`, n);
    expect(await acks.ask(grant, 'c9', [0])).toEqual({ 0: false });
    expect(await acks.ask(grant, 'c10', [0, 1])).toEqual({ 0: true, 1: false });
    expect(await acks.give(grant, 'c10', 2000)).toBe(1);
  });

  it('not without a channel, with an odd one, or when asked for too much', async () => {
    expect(await ask([0])).toMatchObject({ status: 400, body: { code: 10, text: 'Data channel is missing' } });
    for (const channel of ['a b', '../x', 'x'.repeat(65), '{mdr}:*', 'caf\u00e9'])
      expect(await ask([0], channel)).toMatchObject({ status: 400, body: { code: 11, text: 'Invalid data channel' } });
    for (const acks of [[-1], ['0'], [0.5], 'all', null, Array(1001).fill(0)])
      expect(await ask(acks, randomUUID())).toMatchObject({ status: 400, body: { code: 6 } });
    expect((await hec('x'.repeat(MIB), { 'x-splunk-request-channel': randomUUID() }, 'ack')).status).toBe(413);
  });
});

describe('the Splunk HEC door refuses in the words of HEC:', () => {
  const refused = async (body: string | Buffer, answer: object, headers: Record<string, string> = {}, path = 'event') =>
    expect(await hec(body, headers, path)).toMatchObject(answer);

  it('tokens that are missing, malformed, unknown or in the address', async () => {
    await refused('{"event":1}', { status: 401, body: { code: 2, text: 'Token is required' } }, { authorization: '' });
    await refused(
      '{"event":1}',
      { status: 400, body: { code: 16 } },
      { authorization: '' },
      `event?token=${door.token}`,
    );
    for (const authorization of ['Splunk', 'Digest x', `Token ${door.token}`, door.token])
      await refused(
        '{"event":1}',
        { status: 401, body: { code: 3, text: 'Invalid authorization' } },
        { authorization },
      );
    const wrong = `mdr_${'x'.repeat(32)}`;
    for (const authorization of [
      `Splunk ${wrong}`,
      `Splunk abc`,
      `Basic ${Buffer.from(`x:${wrong}`).toString('base64')}`,
    ])
      await refused('{"event":1}', { status: 403, body: { code: 4, text: 'Invalid token' } }, { authorization });
    expect(await queued(door.parts.queues)).toEqual([]);
  });

  it('bodies without data, without events, with blank ones', async () => {
    await refused('', { status: 400, body: { text: 'No data', code: 5 } });
    await refused(' \n ', { status: 400, body: { code: 5 } });
    await refused('{"host":"a"}', {
      status: 400,
      body: { text: 'Event field is required', code: 12, 'invalid-event-number': 0 },
    });
    await refused('{"event":null}', { status: 400, body: { code: 12 } });
    await refused('{"event":""}', { status: 400, body: { text: 'Event field cannot be blank', code: 13 } });
    await refused('{"event":"a"}{"event":" "}{"event":"c"}', {
      status: 400,
      body: { code: 13, 'invalid-event-number': 1 },
    });
    expect((await seen()).map(({ fields }) => fields.message)).toEqual(['a', 'c']);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2, refused: 4 });
  });

  it('objects that are not closed, closed too often, or no objects', async () => {
    for (const [body, at, good] of [
      ['{"event":"a"}{"event":"b"', 1, 1],
      ['{"event":"c"}}{"event":"d"}', 1, 1],
      ['["event"]', 0, 0],
      ['{"event":"e"} nonsense {"event":"f"}', 1, 1],
      ['{"event":"g"]{"event":"h"}', 0, 1],
      ['{"event":"i}', 0, 0],
      ['{'.repeat(500_000), 0, 0],
    ] as const) {
      const before = (await countsOf(door.parts)).accepted;
      await refused(body, { status: 400, body: { code: 6, text: 'Invalid data format', 'invalid-event-number': at } });
      expect({ body: body.slice(0, 40), good: (await countsOf(door.parts)).accepted - before }).toEqual({
        body: body.slice(0, 40),
        good,
      });
    }
  });

  it('events nested a hundred thousand deep, of 20 MB, and not of UTF-8, letting good ones through', async () => {
    const deep = `{"event":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    await refused(`${deep}{"event":"good 1"}`, { status: 400, body: { code: 6, 'invalid-event-number': 0 } });
    await refused(`{"event":"${'y'.repeat(20 * MIB)}"}{"event":"good 2"}`, { status: 400, body: { code: 6 } });
    await refused(Buffer.from('{"event":"\xff"}{"event":"good 3"}', 'latin1'), { status: 400, body: { code: 6 } });
    expect((await seen()).map(({ fields }) => fields.message)).toEqual(['good 1', 'good 2', 'good 3']);
    expect((await lettersOf(door.parts)).map(({ code }) => code).sort()).toEqual([
      'MDR_LINE_TOO_DEEP',
      'MDR_LINE_TOO_LONG',
      'MDR_LINE_UTF8',
    ]);
  });

  it('a gzip bomb, and an encoding that is not known', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"event":"a"}'), Buffer.alloc(300 * MIB, ' ')]));
    await refused(bomb, { status: 413, body: { code: 6 } }, { 'content-encoding': 'gzip' });
    await refused('x', { status: 415, body: { code: 6 } }, { 'content-encoding': 'zstd' });
    expect(await queued(door.parts.queues)).toEqual([]);
  });

  it('metadata that would make every line long', async () => {
    await door.reopen({ ...BODY_LIMITS, inHandBytes: 8 * MIB });
    const body = 'a\n'.repeat(100_000);
    const answer = await hec(body, {}, `raw?host=${'h'.repeat(1000)}&source=${'s'.repeat(1000)}`);
    expect(answer).toMatchObject({ status: 429, body: { code: 9, text: 'Server is busy' } });
    expect(await queued(door.parts.queues)).toEqual([]);
  });
});

describe('the Splunk HEC door before a full queue', () => {
  const small = freshDoor({ MDR_MAX_WAITING: '1' });

  it('says that it is busy, with Retry-After, and is unhealthy', async () => {
    const post = (event: string) =>
      fetch(`${small.url}/services/collector`, {
        method: 'POST',
        body: JSON.stringify({ event }),
        headers: { authorization: `Splunk ${small.token}` },
      });
    const health = async () => {
      const answer = await fetch(`${small.url}/services/collector/health/1.0`);
      return [answer.status, ((await answer.json()) as { code: number }).code];
    };
    expect(await health()).toEqual([200, 17]);
    for (const event of ['a', 'b']) expect((await post(event)).status).toBe(200);
    const answer = await post('c');
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toMatchObject({ code: 9, text: 'Server is busy' });
    expect(await health()).toEqual([503, 18]);
  });
});
