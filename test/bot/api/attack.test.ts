import { beforeAll, describe, expect, it } from 'vitest';
import { loadRoutes } from '../../../bot/api/routes/index.js';
import { caseOf } from '../../../engine/respond/case/join.js';
import { note } from '../../../engine/triage/work.js';
import { NOW } from '../../commands/world.js';
import { apiWorld } from './world.js';

let world: Awaited<ReturnType<typeof apiWorld>>;
let number: number;
const opening = { title: 'Secret title', type: 'intrusion', severity: 'high' };
beforeAll(async () => {
  world = await apiWorld();
  await world.add(12);

  number = (await world.call('POST', '/cases', 'ana', { alert: 12 })).json.number;
  await world.acme.cases.update({ number }, { $set: { title: 'What the customer may read' } });
  await world.call('POST', `/cases/${number}/notes`, 'ana', { text: 'secret-note' });
});
const call = (...args: Parameters<typeof world.call>) => world.call(...args);
const code = async (...args: Parameters<typeof world.call>) => {
  const { status, json } = await call(...args);
  return `${status} ${json?.code}`;
};
const tagOf = async (who = 'ana') => (await call('GET', `/cases/${number}`, who)).etag;

describe('who may not', () => {
  it('gets nothing from any route: without token, with a bad one, of another tenant, without the scope', async () => {
    const routes = (await loadRoutes()).flatMap((group) => group.routes);
    expect(routes.length).toBeGreaterThan(12);
    const before = JSON.stringify(await caseOf(world.acme, number));
    for (const { method, path, scope } of routes) {
      const at = path.replace('{number}', String(number)).replace('{task}', 'T1').replace('{id}', 'ab'.repeat(16));
      const body = method === 'GET' ? undefined : {};
      const headers = { 'if-match': '"x"', 'idempotency-key': 'attack-key-1' };
      for (const who of [null, 'mdrapi_x', `mdrapi_${'a'.repeat(43)}`, ''])
        expect(await code(method, at, who, body, headers), `${method} ${path}`).toMatch(
          /^(401 MDR_TOKEN_BAD|429 MDR_QUOTA)$/,
        );
      expect(await code(method, at, 'zed', body, headers)).toBe('403 MDR_SCOPE');
      for (const tenant of ['nowhere', '*', 'ACME', 'acme%00', '__proto__'])
        expect(await code(method, `/api/v1/tenants/${tenant}${at}`, 'ana', body, headers), tenant).toMatch(
          /^403 MDR_SCOPE$/,
        );
      if (scope !== 'cases:read') expect(await code(method, at, 'reader', body, headers)).toBe('403 MDR_SCOPE');
    }
    expect(JSON.stringify(await caseOf(world.acme, number))).toBe(before);
  });

  it('is somebody whose role is less: by person, by the role of now', async () => {
    expect(await code('POST', '/cases', 'vic', opening)).toBe('403 MDR_FORBIDDEN');
    expect(
      await code('PATCH', `/cases/${number}`, 'vic', { severity: 'low', reason: 'r' }, { 'if-match': await tagOf() }),
    ).toBe('403 MDR_FORBIDDEN');
    expect(await code('POST', `/cases/${number}/tasks`, 'vic', { title: 'T' })).toBe('403 MDR_FORBIDDEN');
    expect(await code('POST', `/cases/${number}/notes`, 'vic', { text: 'T' })).toBe('403 MDR_FORBIDDEN');
    await world.store.people.updateOne({ _id: 'vic' }, { $set: { grants: [] } });
    expect(await code('GET', '/cases', 'vic')).toBe('403 MDR_FORBIDDEN');
  });

  it('is a token that was revoked or has expired, at once', async () => {
    const { record } = await world.give('gone', { side: 'provider', role: 'viewer' });
    await world.give('short', { side: 'provider', role: 'viewer', expires: NOW + 1000 });
    expect([(await call('GET', '/cases', 'gone')).status, (await call('GET', '/cases', 'short')).status]).toEqual([
      200, 200,
    ]);
    await world.store.apiTokens.updateOne({ _id: record._id }, { $set: { revoked: NOW } });
    world.clock.now = NOW + 61_000;
    expect(await code('GET', '/cases', 'gone')).toBe('401 MDR_TOKEN_BAD');
    expect(await code('GET', '/cases', 'short')).toBe('401 MDR_TOKEN_BAD');
    expect(JSON.stringify(await world.store.apiTokens.find().lean())).not.toContain(world.tokens.gone!.slice(7));
  });
});

describe('a customer', () => {
  it('sees what is published, of it what is theirs, and does their own tasks', async () => {
    const quiet = await call('GET', `/cases/${number}`, 'cus');
    expect(quiet.json.code).toBe('MDR_CASE_UNKNOWN');
    expect((await call('GET', '/cases?state=all', 'cus')).json.items).toEqual([]);
    expect(await code('GET', '/alerts/12', 'cus')).toBe('404 MDR_ALERT_UNKNOWN');
    await call('POST', `/cases/${number}/tasks`, 'ana', { title: 'ours' });
    await call('POST', `/cases/${number}/tasks`, 'ana', { title: 'yours', lane: 'customer' });
    await world.acme.cases.update({ number }, { $set: { published: { at: NOW, by: { id: 'ana', name: 'Ana' } } } });
    const read = await call('GET', `/cases/${number}`, 'cus');
    expect(read.json).toMatchObject({
      alerts: [],
      observables: [],
      related: [],
      tasks: [{ id: 'T2', title: 'yours' }],
    });
    for (const path of [`/cases/${number}`, `/cases/${number}/timeline`, `/cases/${number}/tasks`, '/cases?state=all'])
      expect((await call('GET', path, 'cus')).text).not.toMatch(/secret-note|"ours"|LSASS|ws01/);
    // What they do not see does not change their tag.
    await call('POST', `/cases/${number}/notes`, 'ana', { text: 'more' });
    const tag = { 'if-match': read.etag };
    for (const [path, body] of [
      [`/cases/${number}`, { severity: 'low', reason: 'r' }],
      [`/cases/${number}/tasks/T2`, { owner: 'cus' }],
      [`/cases/${number}/tasks/T2`, { state: 'dropped' }],
    ] as const)
      expect(await code('PATCH', path, 'cus', body, tag)).toBe('403 MDR_FORBIDDEN');
    expect(await code('PATCH', `/cases/${number}/tasks/T1`, 'cus', { state: 'done' }, tag)).toBe('422 MDR_CASE_BAD');
    expect(await code('POST', `/cases/${number}/notes`, 'cus', { text: 'hi', lane: 'customer' })).toBe(
      '403 MDR_FORBIDDEN',
    );
    expect(await code('POST', '/cases', 'cus', opening)).toBe('403 MDR_FORBIDDEN');
    const done = await call(
      'PATCH',
      `/cases/${number}/tasks/T2`,
      'cus',
      { state: 'done' },
      { 'if-match': (await call('GET', `/cases/${number}`, 'cus')).etag },
    );
    expect(done.json, done.text).toMatchObject({ id: 'T2', state: 'done' });
  });
});

describe('work that a customer is not shown', () => {
  it('moves nothing that they read: no time, no tag, no place in a list', async () => {
    const published = { at: NOW, by: { id: 'ana', name: 'Ana' } };
    const made: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { json } = await call('POST', '/cases', 'ana', opening);
      made.push(json.number);
      await world.acme.cases.update({ number: json.number }, { $set: { published } });
      await world.add(700 + i, { published });
    }
    const paths = [`/cases/${made[0]}`, `/cases/${made[0]}/tasks`, '/alerts/700'];
    paths.push('/cases?state=all&limit=1', '/cases?state=all', '/alerts?state=all&limit=1', '/alerts?state=all');
    const read = () =>
      Promise.all(
        paths.map(async (path) => {
          const { text, etag, status } = await call('GET', path, 'cus');
          return { path, text, etag, status };
        }),
      );
    const before = await read();
    expect(before.map(({ status }) => status)).toEqual(paths.map(() => 200));
    world.clock.now += 5000;
    await call('POST', `/cases/${made[0]}/notes`, 'ana', { text: 'secret-note' });
    await note(world.acme, 700, published.by, () => world.clock.now, 'secret-note');
    expect((await call('GET', '/alerts/700', 'ana')).json.updated).toBe(new Date(world.clock.now).toISOString());
    expect(await read()).toEqual(before);
    // All of them, page by page.
    for (const [path, all] of [
      ['/cases?state=all', await world.acme.cases.count({ published: { $exists: true } })],
      ['/alerts?state=all', await world.acme.alerts.count({ published: { $exists: true } })],
    ] as const) {
      const seen: number[] = [];
      for (let cursor = ''; ; ) {
        const { json } = await call('GET', `${path}&limit=1${cursor}`, 'cus');
        seen.push(...json.items.map(({ number: of }: { number: number }) => of));
        if (json.next === null) break;
        cursor = `&cursor=${json.next}`;
      }
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a));
      expect(seen).toHaveLength(all);
    }
  });
});

describe('hostile requests', () => {
  it('are refused by size, form and value', async () => {
    expect(await code('POST', '/cases', 'ana', { ...opening, title: 'x'.repeat(100_000) })).toBe(
      '413 MDR_BODY_TOO_LARGE',
    );
    const raw = (payload: string, type = 'application/json') =>
      world.app.inject({
        method: 'POST',
        url: '/api/v1/tenants/acme/cases',
        payload,
        headers: { authorization: `Bearer ${world.tokens.ana}`, 'content-type': type },
      });
    for (const payload of [
      '{',
      '[1,2',
      'null',
      '"x"',
      '{"__proto__":{"severity":"high"},"title":"x"}',
      '{"constructor":{"prototype":{"a":1}},"title":"x","severity":"high"}',
      '['.repeat(50_000),
    ])
      expect((await raw(payload)).statusCode, payload.slice(0, 40)).toBe(400);
    expect((await raw('title=x', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
    for (const body of [
      { ...opening, admin: true },
      { ...opening, severity: 'huge' },
      { alert: -1 },
      { alert: { $gt: 0 } },
      { title: '', severity: 'low' },
      { ...opening, type: { $ne: 1 } },
    ])
      expect(await code('POST', '/cases', 'ana', body), JSON.stringify(body)).toBe('400 MDR_REQUEST_BAD');
    for (const of of ['0', '-1', '1e3x', '99999999999', '1;drop', '%00'])
      expect(await code('GET', `/cases/${of}`, 'ana'), of).toBe('400 MDR_REQUEST_BAD');
    expect(
      await code(
        'PATCH',
        `/cases/${number}`,
        'ana',
        { severity: 'low', state: 'triage', reason: 'r' },
        { 'if-match': await tagOf() },
      ),
    ).toBe('400 MDR_REQUEST_BAD');
    expect(await code('POST', `/cases/${number}/tasks`, 'ana', { title: 'x', owner: 'nobody' })).toBe(
      '400 MDR_REQUEST_BAD',
    );
    expect(await code('POST', `/cases/${number}/tasks`, 'ana', { title: 'x', after: ['T99'] })).toBe(
      '422 MDR_CASE_BAD',
    );
  });

  it('are too many after a while, by token and for guesses by address', async () => {
    await world.give('busy', { side: 'provider', role: 'viewer' });
    world.clock.now = NOW + 3_600_000;
    const key = `${world.queues.prefix}:api:rate:`;
    for (let i = 0; i < 29; i++) await call('GET', '/cases', 'mdrapi_guess');
    expect(await code('GET', '/cases', 'mdrapi_guess')).toBe('401 MDR_TOKEN_BAD');
    const over = await call('GET', '/cases', 'mdrapi_guess');
    expect([over.status, over.json.code]).toEqual([429, 'MDR_QUOTA']);
    expect(Number(over.headers['retry-after'])).toBeGreaterThan(0);
    expect((await call('GET', '/cases', 'busy')).status).toBe(200);
    const [mine] = (await world.queues.redis.keys(`${key}*`)).filter(
      (name) => !name.includes(':ip:') && name.endsWith(String((NOW + 3_600_000) / 60_000)),
    );
    await world.queues.redis.set(mine!, 600);
    expect(await code('GET', '/cases', 'busy')).toBe('429 MDR_QUOTA');
    world.clock.now += 60_000;
    expect((await call('GET', '/cases', 'busy')).status).toBe(200);
  });
});
