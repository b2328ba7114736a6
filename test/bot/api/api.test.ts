import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRoutes } from '../../../bot/api/routes/index.js';
import { caseShape } from '../../../bot/api/shapes.js';
import { faultsOf } from '../../../engine/respond/case/check.js';
import { caseOf } from '../../../engine/respond/case/join.js';
import { NOW } from '../../commands/world.js';
import { apiWorld } from './world.js';

let world: Awaited<ReturnType<typeof apiWorld>>;
let alerts = 100;
beforeAll(async () => {
  world = await apiWorld();
});
const call = (...args: Parameters<typeof world.call>) => world.call(...args);
const opening = { title: 'Stolen account', type: 'account-compromise', severity: 'high' };
async function opened(who = 'ana') {
  const made = await call('POST', '/cases', who, opening);
  expect(made.status, made.text).toBe(201);
  return { number: made.json.number as number, etag: made.etag };
}
const code = async (...args: Parameters<typeof world.call>) => {
  const { status, json } = await call(...args);
  return `${status} ${json?.code}`;
};

describe('the document of the API', () => {
  it('is valid OpenAPI 3.1, served to everybody, and has every route', async () => {
    const { json, status } = await call('GET', '/api/v1/openapi.json', null);
    expect(status).toBe(200);
    const checked = await new Validator().validate(structuredClone(json));
    expect(checked.errors ?? []).toEqual([]);
    expect(checked.valid).toBe(true);
    const ids = Object.values(json.paths as Record<string, Record<string, { operationId: string }>>).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    const routes = (await loadRoutes()).flatMap((group) => group.routes);
    expect(ids.sort()).toEqual(routes.map(({ id }) => id).sort());
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a case over the API', () => {
  it('is opened, worked on and closed, with everything on the record as commands put it there', async () => {
    const { number, etag } = await opened();
    const read = await call('GET', `/cases/${number}`, 'ana');
    expect(caseShape.parse(read.json)).toMatchObject({ number, state: 'new', people: [{ role: 'lead', id: 'ana' }] });
    expect(read.etag).toBe(etag);
    expect((await call('GET', `/cases/${number}`, 'ana', undefined, { 'if-none-match': etag })).status).toBe(304);
    const task = await call('POST', `/cases/${number}/tasks`, 'ana', {
      title: 'Image ws01',
      owner: 'ana',
      due: new Date(NOW + 3_600_000).toISOString(),
      checklist: ['memory'],
    });
    expect(task.json).toMatchObject({ id: 'T1', owner: { name: 'Ana Silva' }, state: 'open' });
    const change = async (path: string, body: object, tag?: string) => {
      const now = tag ?? (await call('GET', `/cases/${number}`, 'ana')).etag;
      const answer = await call('PATCH', path, 'ana', body, { 'if-match': now });
      expect(answer.status, answer.text).toBe(200);
      return answer;
    };
    await change(`/cases/${number}`, { state: 'triage', reason: 'looking' });
    await change(`/cases/${number}/tasks/T1`, { item: 1, done: true });
    await change(`/cases/${number}/tasks/T1`, { state: 'done' });
    await change(`/cases/${number}`, { severity: 'critical', reason: 'a domain controller' });
    await call('POST', `/cases/${number}/notes`, 'ana', { text: 'the owner is on leave' });
    const closed = await change(`/cases/${number}`, { close: 'benign', reason: 'a drill' });
    expect(closed.json).toMatchObject({ state: 'closed', outcome: 'benign' });
    const record = await caseOf(world.acme, number);
    expect(faultsOf(record)).toEqual([]);
    expect(record.log.filter(({ kind }) => kind === 'state')[0]).toMatchObject({
      actor: 'ana',
      actorName: 'Ana Silva',
      reason: 'looking',
    });
    const timeline = await call('GET', `/cases/${number}/timeline`, 'ana');
    expect(timeline.json.items.map(({ text }: { text: string }) => text)).toContain('the owner is on leave');
    expect(
      await code('PATCH', `/cases/${number}`, 'ana', { state: 'contain', reason: 'r' }, { 'if-match': closed.etag }),
    ).toBe('409 MDR_CASE_STATE');
  });

  it('is what was read, or the change is refused', async () => {
    const { number, etag } = await opened();
    const both = await Promise.all(
      ['high', 'critical'].map((_, i) =>
        call(
          'PATCH',
          `/cases/${number}`,
          'ana',
          { severity: ['low', 'critical'][i], reason: 'r' },
          { 'if-match': etag },
        ),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(both.find(({ status }) => status === 412)!.json.code).toBe('MDR_STALE');
    expect(await code('PATCH', `/cases/${number}`, 'ana', { severity: 'low', reason: 'r' })).toBe('428 MDR_STALE');
    expect(await code('PATCH', `/cases/${number}`, 'ana', { severity: 'low', reason: 'r' }, { 'if-match': '*' })).toBe(
      '412 MDR_STALE',
    );
  });

  it('changes once by the same key, also when the answer was lost', async () => {
    const key = { 'idempotency-key': 'open-0001-abcd' };
    const first = await call('POST', '/cases', 'ana', opening, key);
    const again = await call('POST', '/cases', 'ana', opening, key);
    expect([again.status, again.json.number, again.headers['idempotent-replayed']]).toEqual([
      201,
      first.json.number,
      'true',
    ]);
    expect(await code('POST', '/cases', 'ana', { ...opening, title: 'Another' }, key)).toBe('422 MDR_KEY_REUSED');
    // Another token's key is another key.
    expect((await call('POST', '/cases', 'soar', opening, key)).json.number).not.toBe(first.json.number);
    // The answer that was kept is gone, as after a crash: the engine knows the request by its name.
    for (const name of await world.queues.redis.keys(`${world.queues.prefix}:api:key:*`))
      await world.queues.redis.del(name);
    expect((await call('POST', '/cases', 'ana', opening, key)).json.number).toBe(first.json.number);
    const { number, etag } = await opened();
    const change = () =>
      call(
        'PATCH',
        `/cases/${number}`,
        'ana',
        { severity: 'low', reason: 'r' },
        { 'if-match': etag, 'idempotency-key': 'severity-1' },
      );
    await change();
    for (const name of await world.queues.redis.keys(`${world.queues.prefix}:api:key:*`))
      await world.queues.redis.del(name);
    expect((await change()).status).toBe(200);
    expect((await caseOf(world.acme, number)).log.filter(({ kind }) => kind === 'severity')).toHaveLength(1);
    expect(await code('POST', '/cases', 'ana', opening, { 'idempotency-key': 'short' })).toBe('400 MDR_REQUEST_BAD');
  });

  it('of an alert takes the alert along, once', async () => {
    const alert = ++alerts;
    await world.add(alert);
    const [one, two] = await Promise.all([
      call('POST', '/cases', 'ana', { alert }),
      call('POST', '/cases', 'soar', { alert }),
    ]);
    expect(one.json.number).toBe(two.json.number);
    expect(one.json.alerts).toEqual([alert]);
    expect((await call('GET', `/alerts/${alert}`, 'ana')).json.case).toBe(one.json.number);
  });
});

describe('lists', () => {
  it('come in pages that miss none and have none twice', async () => {
    for (let i = 0; i < 7; i++) {
      world.clock.now = NOW + Math.floor(i / 3) * 1000;
      await opened();
    }
    world.clock.now = NOW;
    const seen: number[] = [];
    for (let cursor = ''; ; ) {
      const { json } = await call('GET', `/cases?state=all&limit=2${cursor}`, 'ana');
      seen.push(...json.items.map(({ number }: { number: number }) => number));
      if (json.next === null) break;
      cursor = `&cursor=${json.next}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(await world.acme.cases.count());
    expect(await code('GET', '/cases?cursor=nonsense', 'ana')).toBe('400 MDR_REQUEST_BAD');
    expect(await code('GET', '/cases?limit=1000', 'ana')).toBe('400 MDR_REQUEST_BAD');
    expect(await code('GET', '/cases?colour=red', 'ana')).toBe('400 MDR_REQUEST_BAD');
  });
});

describe('alerts over the API', () => {
  it('are acknowledged and closed as by command, by those who may, as they were read', async () => {
    const number = ++alerts;
    await world.add(number);
    const read = await call('GET', `/alerts/${number}`, 'soar');
    expect(read.json).toMatchObject({ number, state: 'new', level: 'high', entity: { kind: 'host', value: 'ws01' } });
    expect(await code('PATCH', `/alerts/${number}`, 'vic', { state: 'acknowledged' }, { 'if-match': read.etag })).toBe(
      '403 MDR_FORBIDDEN',
    );
    const acked = await call(
      'PATCH',
      `/alerts/${number}`,
      'soar',
      { state: 'acknowledged' },
      { 'if-match': read.etag },
    );
    expect(acked.json.state).toBe('acknowledged');
    expect(
      await code(
        'PATCH',
        `/alerts/${number}`,
        'soar',
        { state: 'closed', reason: 'benign' },
        { 'if-match': read.etag },
      ),
    ).toBe('412 MDR_STALE');
    const closed = await call(
      'PATCH',
      `/alerts/${number}`,
      'soar',
      { state: 'closed', reason: 'benign', text: 'backup' },
      { 'if-match': acked.etag },
    );
    expect(closed.json).toMatchObject({ state: 'closed', reason: 'benign' });
    const record = (await world.acme.alerts.findOne({ number }))!;
    expect(record.log.slice(-2).map(({ actorName, text }) => `${actorName}: ${text}`)).toEqual([
      'soar (API): Acknowledged',
      'soar (API): Closed as benign: backup',
    ]);
    expect(
      (await call('GET', '/alerts?state=closed', 'soar')).json.items.map(({ number: of }: { number: number }) => of),
    ).toContain(number);
  });
});

describe('evidence over the API', () => {
  it('is listed with its case and handed out as bytes, to the provider', async () => {
    const alert = ++alerts;
    await world.add(alert);
    const _id = 'ab'.repeat(16);
    const bytes = Buffer.from('<script>alert(1)</script>');
    const { size, sha256 } = await world.acme.blobs.put(
      _id,
      (async function* () {
        yield bytes;
      })(),
      1000,
    );
    const said = {
      surface: 'slack',
      channel: 'C',
      thread: null,
      user: 'U',
      at: NOW,
      text: '',
      internal: true,
    } as never;
    await world.acme.evidence.insert({
      _id,
      alert,
      name: 'mäil.html',
      type: 'text/html',
      size,
      sha256,
      by: 'ana',
      byName: 'Ana',
      said,
      kept: NOW,
    });
    const { json } = await call('POST', '/cases', 'ana', { alert });
    const list = await call('GET', `/cases/${json.number}/evidence`, 'ana');
    expect(list.json.items).toMatchObject([{ id: _id, name: 'mäil.html', sha256, size }]);
    const file = await call('GET', `/evidence/${_id}`, 'ana');
    expect(file.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'content-disposition': expect.stringContaining('attachment'),
    });
    expect(file.text).toBe(bytes.toString());
    expect(await code('GET', `/evidence/${_id}`, 'cus')).toBe('403 MDR_FORBIDDEN');
    expect(await code('GET', `/api/v1/tenants/zeta/evidence/${_id}`, 'zed')).toBe('404 MDR_EVIDENCE_UNKNOWN');
    expect(await code('GET', '/evidence/..%2f..%2fetc', 'ana')).toBe('400 MDR_REQUEST_BAD');
  });
});
