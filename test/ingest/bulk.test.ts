import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createToken } from '../../engine/ingest/tokens.js';
import { freshDoor, gzipped, MIB } from './httpdoor.js';
import { addTenant, countsOf, lettersOf, queued, queuedLines } from './parts.js';
import * as sight from './sight.js';

const door = freshDoor();
const seen = () => sight.seen(door.parts);

async function ask(method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`${door.url}${path}`, {
    method,
    body: body as never,
    headers: { authorization: `ApiKey ${door.token}`, 'content-type': 'application/x-ndjson', ...headers },
  });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  const answer: any = text.startsWith('{') ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: answer };
}
const bulk = (body: string | Buffer, headers: Record<string, string> = {}, path = '/_bulk') =>
  ask('POST', path, body, headers);
const lines = (...items: unknown[]) =>
  `${items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join('\n')}\n`;
const create = (document: unknown, index = 'logs', id?: string) =>
  lines({ create: { _index: index, ...(id ? { _id: id } : {}) } }, document);
const statuses = (answer: { body: { items: Record<string, { status: number }>[] } }) =>
  answer.body.items.map((item) => Object.values(item)[0]!.status);

describe('the Elasticsearch door takes', () => {
  it('index and create, with the index in the item or in the address, and answers each item in its order', async () => {
    const body =
      create({ '@timestamp': '2026-03-04T08:00:00Z', a: 1 }, 'one', 'my-id') +
      lines({ index: { _index: 'two', _id: '__proto__' } }, { '@timestamp': '2026-03-04T08:00:00Z', b: 1 });
    const answer = await bulk(body);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect(answer.body).toMatchObject({
      errors: false,
      items: [
        { create: { _index: 'one', _id: 'my-id', status: 201, result: 'created', _shards: { failed: 0 } } },
        { index: { _index: 'two', _id: '__proto__', status: 201 } },
      ],
    });
    const nameless = await bulk(lines({ create: {} }, { d: 1 }), {}, '/logs/_doc/_bulk');
    expect(nameless.body.items).toMatchObject([{ create: { _index: 'logs', status: 201 } }]);
    expect((await bulk(lines({ create: {} }, { e: 1 }))).body.items).toMatchObject([
      { create: { _index: 'fw', status: 201 } },
    ]);
    await door.parts.queues.queue('events').drain();
    await bulk(body);
    const named = await ask('PUT', '/logs-2026.03.04/_bulk', lines({ create: {} }, { c: 1 }));
    expect(named.body.items).toMatchObject([
      { create: { _index: 'logs-2026.03.04', _id: expect.any(String), status: 201 } },
    ]);
    expect(
      (await queued(door.parts.queues)).map(({ source, carrier, lines }) => [source, carrier, lines.length]),
    ).toEqual(
      expect.arrayContaining([
        ['fw', 'document', 2],
        ['fw', 'document', 1],
      ]),
    );
  });

  it('gzip, Basic and Bearer authorization, filter_path, and the same again without doing anything twice', async () => {
    const body = gzipSync(Array.from({ length: 1500 }, (_, n) => create({ n })).join(''));
    for (const authorization of [
      `Basic ${Buffer.from(`elastic:${door.token}`).toString('base64')}`,
      `Bearer ${door.token}`,
    ]) {
      const answer = await bulk(
        body,
        { ...gzipped, authorization },
        '/_bulk?filter_path=errors,items.*.error,items.*.status',
      );
      expect(answer.body).toEqual({ errors: false, items: Array(1500).fill({ create: { status: 201 } }) });
    }
    expect((await queued(door.parts.queues)).map(({ count }) => count).sort()).toEqual([1000, 500]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 1500, refused: 0 });
    const short = await bulk(create({ n: 1 }), {}, '/_bulk?filter_path=items.*.error');
    expect(short.body).toEqual({});
    expect((await bulk(create({ n: 1 }), {}, '/_bulk?filter_path=-took')).body).toHaveProperty('took');
  });

  it('single documents, as rsyslog sends them unless it is told otherwise', async () => {
    for (const path of ['/system/_doc?timeout=1m', '/system/events', '/system/_create/7']) {
      const answer = await ask(path.includes('7') ? 'PUT' : 'POST', path, `{"p":\n"${path}"}`);
      expect(answer).toMatchObject({ status: 201, body: { _index: 'system', result: 'created' } });
    }
    expect(await queuedLines(door.parts.queues)).toHaveLength(3);
    expect(await ask('POST', '/system/_doc', '{"a":1')).toMatchObject({ status: 400, body: { status: 400 } });
    expect(await ask('POST', '/system/_doc', '')).toMatchObject({ status: 400 });
  });

  it("documents of shippers, and sees the log's own line in them", async () => {
    const ssh = 'Failed password for root from 203.0.113.9 port 4182 ssh2';
    const time = '2026-03-04T08:15:02.000Z';
    const documents = [
      {
        '@timestamp': time,
        agent: { type: 'filebeat' },
        log: { offset: 1, file: { path: '/var/log/auth.log' } },
        host: { name: 'fb' },
        message: `Mar  4 08:15:02 web sshd[21]: ${ssh}`,
      },
      {
        '@timestamp': time,
        '@version': '1',
        host: { name: 'ls' },
        message: 'type=SYSCALL msg=audit(1772611200.123:77): arch=c000003e syscall=59 comm="id" exe="/usr/bin/id"',
      },
      { '@timestamp': time, log: `<86>Mar  4 08:15:02 fluent sshd[21]: ${ssh}`, stream: 'stdout' },
      { '@timestamp': time, host: 'rs', programname: 'sshd', procid: '21', message: ssh },
      { '@timestamp': time, host: 'rs2', syslogtag: 'sshd[22]:', message: ssh },
      {
        timestamp: time,
        source_type: 'syslog',
        appname: 'sshd',
        hostname: 'vec',
        host: 'vec',
        facility: 'auth',
        message: ssh,
      },
      {
        '@timestamp': time,
        host: { name: 'win' },
        winlog: { channel: 'Security', event_id: 4625, computer_name: 'win', event_data: { TargetUserName: 'root' } },
        message: 'An account failed to log on.',
      },
      {
        '@timestamp': time,
        host: { name: 'app' },
        message: `Mar  4 08:15:02 forged sshd[21]: ${ssh}`,
        service: { name: 'shop' },
      },
      { message: 'no time at all', host: { name: 'app2' } },
    ];
    expect(statuses(await bulk(documents.map((document) => create(document)).join('')))).toEqual(Array(9).fill(201));
    expect((await seen()).map(({ format, ecs }) => [format, ecs['host.name'], ecs['user.name']])).toEqual([
      ['linux', 'web', 'root'],
      ['auditd', 'ls', undefined],
      ['linux', 'fluent', 'root'],
      ['linux', 'rs', 'root'],
      ['linux', 'rs2', 'root'],
      ['linux', 'vec', 'root'],
      ['windows', 'win', 'root'],
      ['generic', 'app', undefined],
      ['generic', 'app2', undefined],
    ]);
    expect((await seen()).slice(3, 6).map(({ time }) => time)).toEqual(Array(3).fill(Date.parse(time)));
  });

  it('a token for all sources, and names sources by the index without version and date', async () => {
    door.token = await createToken(door.parts.store, { tenant: 'acme', source: '*' });
    const indices = [
      'winlogbeat-8.11.0-2026.11.24-000001',
      '.ds-logs-system.auth-default-2026.11.24',
      'Main',
      'caf\u00e9',
      '-8.0',
    ];
    await bulk(indices.map((index, n) => create({ n }, index)).join(''));
    expect((await queued(door.parts.queues)).map(({ source }) => source).sort()).toEqual([
      'elasticsearch',
      'logs-system.auth-default',
      'main',
      'winlogbeat',
    ]);
  });
});

describe('the Elasticsearch door refuses item by item, keeps them, and lets good ones through:', () => {
  it('what is neither index nor create, bad documents and bad index names', async () => {
    const body =
      lines({ delete: { _index: 'logs', _id: '1' } }, { update: { _index: 'logs', _id: '1' } }, { doc: { a: 1 } }) +
      create('{"broken":') +
      create('[1]') +
      create('"text"') +
      create({ ok: 1 }) +
      ['a b', '../x', 'x'.repeat(300), 'a\u0000b', '..', 'a/b', '"'].map((index) => create({ index }, index)).join('') +
      create({ ok: 2 });
    const answer = await bulk(body);
    expect(answer.status).toBe(200);
    expect(answer.body.errors).toBe(true);
    expect(statuses(answer)).toEqual([400, 400, 400, 400, 400, 201, ...Array(7).fill(400), 201]);
    expect(answer.body.items[0].delete.error).toMatchObject({ type: 'illegal_argument_exception' });
    expect(answer.body.items[2].create.error).toMatchObject({ type: 'document_parsing_exception' });
    expect(answer.body.items[6].create.error).toMatchObject({ type: 'invalid_index_name_exception' });
    expect(await queuedLines(door.parts.queues)).toEqual(['{"ok":1}', '{"ok":2}']);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2, refused: 12 });
    expect((await lettersOf(door.parts)).map(({ code }) => code).sort()).toEqual([
      ...Array(9).fill('MDR_BULK_ITEM'),
      ...Array(3).fill('MDR_LINE_JSON'),
    ]);
    const filtered = await bulk(body, {}, '/_bulk?filter_path=errors,items.*.error.type,items.*.status');
    expect(filtered.body.items[6]).toEqual({
      create: { status: 400, error: { type: 'invalid_index_name_exception' } },
    });
  });

  it('documents that are too long or not of UTF-8', async () => {
    const bad = Buffer.concat([Buffer.from('{"create":{}}\n{"b":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    const long = create({ long: 'x'.repeat(2 * MIB) });
    const answer = await bulk(
      Buffer.concat([Buffer.from(create({ ok: 1 })), bad, Buffer.from(long + create({ ok: 2 }))]),
    );
    expect(statuses(answer)).toEqual([201, 400, 400, 201]);
    expect(await countsOf(door.parts)).toEqual({ accepted: 2, refused: 2 });
  });
});

describe('the Elasticsearch door refuses as a whole, and queues nothing of it:', () => {
  const whole = async (body: string | Buffer, status: number, headers: Record<string, string> = {}) => {
    const answer = await bulk(body, headers);
    expect(answer).toMatchObject({
      status,
      body: { status, error: { type: expect.any(String), reason: expect.any(String), root_cause: [{}] } },
    });
    expect(await queued(door.parts.queues)).toEqual([]);
    return answer;
  };

  it('bodies in which lines cannot be told apart', async () => {
    const good = create({ a: 1 });
    for (const bad of [
      'nonsense',
      '{"create":1}',
      '{"create":{},"index":{}}',
      '{}',
      '[]',
      '{"drop":{}}',
      '{"create":{}}',
      '',
    ]) {
      const answer = await whole(`${bad ? good : ''}${bad}\n`, 400);
      expect(answer.body.error.reason).toMatch(/Malformed action\/metadata line \[[03]\]/);
    }
  });

  it('more items than it answers, and gzip bombs', async () => {
    await whole(gzipSync('{"create":{}}\n{}\n'.repeat(1_000_000)), 413, gzipped);
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"create":{}}\n{"a":"'), Buffer.alloc(300 * MIB, 'x')]));
    await whole(bomb, 413, gzipped);
    await whole('{"create":{}}\n{}\n', 400, gzipped);
  });

  it('tokens that are missing or wrong, whatever is asked', async () => {
    for (const authorization of ['', 'ApiKey x', `Basic ${Buffer.from('elastic:changeme').toString('base64')}`]) {
      const answer = await whole(create({ a: 1 }), 401, { authorization });
      expect(answer.body.error.type).toBe('security_exception');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
      for (const path of ['/', '/_license', '/_cluster/health', '/_index_template/x'])
        expect((await ask('GET', path, undefined, { authorization })).status).toBe(401);
      expect((await ask('PUT', '/_index_template/x', '{}', { authorization })).status).toBe(401);
    }
  });
});

describe('the Elasticsearch door tells clients what they ask before they send', () => {
  it('a version, a license, templates, policies, pipelines and itself', async () => {
    const root = await ask('GET', '/');
    expect(root).toMatchObject({
      status: 200,
      body: {
        version: { number: expect.stringMatching(/^8\./), build_flavor: 'default' },
        tagline: 'You Know, for Search',
      },
    });
    expect(root.headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect((await ask('GET', '/_license')).body.license).toMatchObject({ status: 'active', type: 'basic' });
    expect((await ask('GET', '/_xpack?categories=features')).body.features.ilm).toEqual({
      available: true,
      enabled: true,
    });
    expect((await ask('GET', '/_cluster/health')).body.status).toBe('green');
    expect((await ask('GET', '/_cat/health')).body).toContain('green');
    expect(Object.values((await ask('GET', '/_nodes/_all/http')).body.nodes)).toMatchObject([
      { http: { publish_address: door.url.slice('http://'.length) } },
    ]);
    for (const path of [
      '/_index_template/filebeat-8',
      '/_template/x',
      '/_ilm/policy/filebeat',
      '/_ingest/pipeline/__proto__',
      '/_data_stream/x',
      '/_alias/x',
    ])
      for (const method of ['GET', 'HEAD'])
        expect({ path, status: (await ask(method, path)).status }).toEqual({ path, status: 200 });
    for (const path of ['/', '/filebeat-8']) expect((await ask('HEAD', path)).status).toBe(200);
    for (const path of ['/_index_template/x', '/_ilm/policy/x', '/_ingest/pipeline/x', '/filebeat-8-000001'])
      expect(await ask('PUT', path, '{"a":1}')).toMatchObject({ status: 200, body: { acknowledged: true } });
    expect((await ask('PUT', '/_index_template/x', 'x'.repeat(2 * MIB))).status).toBe(413);
    expect((await ask('GET', '/metrics', undefined, { authorization: '' })).status).toBe(200);
  });
});

describe("a token at any door writes to its own tenant's queue only", () => {
  it('whatever index, channel or source it names', async () => {
    await addTenant(door.parts.store, 'other');
    door.token = await createToken(door.parts.store, { tenant: 'other', source: '*' });
    await bulk(create({ a: 1 }, 'acme'));
    await ask('POST', '/acme/_doc', '{"b":1}');
    await ask(
      'POST',
      '/services/collector?index=acme&source=acme',
      '{"event":"c","index":"acme","fields":{"tenant":"acme"}}',
      {
        authorization: `Splunk ${door.token}`,
      },
    );
    expect((await queued(door.parts.queues)).map(({ tenant }) => tenant)).toEqual(['other', 'other', 'other']);
    expect(await countsOf(door.parts, 'acme')).toEqual({ accepted: 0, refused: 0 });
  });
});
