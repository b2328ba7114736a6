import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAnswer } from '../../../bot/answer.js';
import { rootKey } from '../../../bot/outbox/keys.js';
import { CONSOLE } from '../../../bot/surfaces/console/index.js';
import { loadCommands } from '../../../commands/index.js';
import { log } from '../../../engine/log.js';
import { addPerson, alertRecord, detectionRecord, NOW } from '../../commands/world.js';
import { type ConsoleHarness, consoleHarness, newKey } from './console.harness.js';

let at: ConsoleHarness;
/** Cookies: an analyst of acme, one of everything, a customer of acme. */
let ana: string;
let all: string;
let carla: string;

const note = { id: 'n1', at: NOW, actor: 'ana', actorName: 'Ana', kind: 'note' as const, text: 'a secret suspicion' };
const ack = { id: 'a1', at: NOW, actor: 'ana', actorName: 'Ana', kind: 'acknowledged' as const, text: 'Acknowledged' };

beforeAll(async () => {
  at = await consoleHarness();
  await addPerson(at.store, 'ana', 'Ana', [{ tenant: 'acme', role: 'analyst' }]);
  await addPerson(at.store, 'otto', 'Otto', [{ tenant: '*', role: 'lead' }]);
  await addPerson(at.store, 'carla', 'Carla', [{ tenant: 'acme', role: 'responder' }], 'customer');
  [ana, all, carla] = (await Promise.all(['ana', 'otto', 'carla'].map((id) => at.signedIn(`console:${id}`)))) as [
    string,
    string,
    string,
  ];
  const acme = await at.store.forTenant('acme');
  const zeta = await at.store.forTenant('zeta');
  await acme.alerts.insert(alertRecord(1, { score: 40, level: 'medium', title: 'A (strange) sign-in', last: NOW + 5 }));
  const published = { at: NOW, by: { id: 'ana', name: 'Ana' } };
  const log = [...alertRecord(2).log, ack, note];
  await acme.alerts.insert(
    alertRecord(2, {
      score: 90,
      level: 'critical',
      state: 'acknowledged',
      assignee: { id: 'ana', name: 'Ana' },
      log,
      published,
    }),
  );
  await acme.alerts.insert(alertRecord(3, { score: 10, level: 'low', state: 'closed', reason: 'benign', published }));
  await zeta.alerts.insert(alertRecord(1, { score: 60, title: 'Of zeta' }));
  for (const number of [1, 2]) await acme.detections.insert(detectionRecord(number, `of ${number}`));
  for (const channel of ['acme/alerts', 'acme/shared']) {
    const { message } = await at.surface.post(channel, { title: 'Alert 2', tone: 'high', blocks: [] }, 'k', null);
    const thread = { tenant: 'acme', surface: CONSOLE, channel, number: 2 };
    const post = { surface: CONSOLE, channel, thread: null, message, digest: '', state: 'sent' as const };
    await acme.posts.insert({ _id: rootKey(thread), ...post, revision: 1, updated: NOW });
  }
});
afterAll(() => at.stop());

const alerts = async (cookie: string, query = '') => (await at.askAs(cookie, `/api/read/alerts${query}`)).json;
const numbers = async (cookie: string, query = '') =>
  (await alerts(cookie, query)).rows.map((row: { tenant: string; number: number }) => `${row.tenant} ${row.number}`);

describe('the list of alerts', () => {
  it('is of the open ones of every tenant one has, the gravest first', async () => {
    expect(await numbers(all)).toEqual(['acme 2', 'zeta 1', 'acme 1']);
    expect(await numbers(ana)).toEqual(['acme 2', 'acme 1']);
    expect((await alerts(ana)).rows[0]).toMatchObject({ title: 'Credentials read from LSASS', level: 'critical' });
  });

  it.each([
    ['?state=all', [2, 1, 3]],
    ['?state=closed', [3]],
    ['?state=new', [1]],
    ['?level=high', [2]],
    ['?owner=me', [2]],
    ['?owner=ana', [2]],
    ['?owner=nobody', [1]],
    ['?sort=last', [1, 2]],
    ['?text=(strange', [1]],
    ['?text=JANE%20lsass', [2, 1]],
    ['?text=%232', [2]],
    ['?text=.*', []],
    ['?limit=1', [2]],
  ])('answers %s', async (query, wanted) => {
    expect(await numbers(ana, query)).toEqual(wanted.map((number) => `acme ${number}`));
  });

  it('counts what it does not show, and tells who may be given them', async () => {
    const { total, people } = await alerts(ana, '?limit=1');
    expect(total).toBe(2);
    expect(people.map(({ id }: { id: string }) => id)).toEqual(['ana', 'carla', 'operator', 'otto']);
  });

  it('refuses another tenant and malformed questions', async () => {
    expect((await at.askAs(ana, '/api/read/alerts?tenant=zeta')).status).toBe(403);
    expect((await at.askAs(ana, '/api/read/alerts?tenant=nobody')).json.code).toBe('MDR_FORBIDDEN');
    for (const query of [
      '?sort=$where',
      '?limit=0',
      '?limit=9999',
      '?x=1',
      '?state=any',
      '?text[$ne]=1',
      '?tenant=../a',
    ])
      expect([400, 403], query).toContain((await at.askAs(ana, `/api/read/alerts${query}`)).status);
    expect((await at.call('/api/read/alerts')).status).toBe(401);
  });

  it('shows a customer what commands would show them, and nobody of the provider', async () => {
    expect(await numbers(carla, '?state=all')).toEqual(['acme 2', 'acme 3']);
    expect((await alerts(carla)).people).toEqual([{ id: 'carla', name: 'Carla' }]);
  });
});

describe('one alert', () => {
  const one = (cookie: string, tenant: string, number: number) =>
    at.askAs(cookie, `/api/read/alert?tenant=${tenant}&number=${number}`);

  it('has its card, timeline, detections and threads', async () => {
    const { json } = await one(ana, 'acme', 2);
    expect(json.card.title).toContain('Alert 2 · Critical');
    expect(json.timeline.map(({ title, text }: typeof json) => [title, text])).toEqual([
      ['Opened', 'Opened'],
      ['Acknowledged by Ana', 'Acknowledged'],
      ['Note by Ana', 'a secret suspicion'],
    ]);
    expect(json.detections).toMatchObject({ rows: [{ title: 'LSASS memory read', source: 'edr' }] });
    expect(json.threads.map(({ channel }: typeof json) => channel)).toEqual(['acme/alerts', 'acme/shared']);
  });

  it('keeps notes, detections and the provider’s thread from a customer, and an alert that is not theirs to see', async () => {
    const reply = await one(carla, 'acme', 2);
    expect(reply.body).not.toContain('suspicion');
    expect(reply.json.detections).toBeNull();
    expect(reply.json.threads.map(({ channel }: { channel: string }) => channel)).toEqual(['acme/shared']);
    const refused = await one(carla, 'acme', 1);
    expect([refused.status, refused.json.code]).toEqual([404, 'MDR_ALERT_UNKNOWN']);
    expect((await one(carla, 'acme', 99)).json.hint).toEqual(refused.json.hint);
  });

  it('is refused to people of other tenants', async () => {
    expect((await one(ana, 'zeta', 1)).json.code).toBe('MDR_FORBIDDEN');
  });
});

describe('a command on a page', () => {
  it('is asked where the person is at home, and nothing of it is kept', async () => {
    at.asks.length = 0;
    const { json } = await at.askAs(ana, '/api/run', { tenant: 'acme', text: 'ack 2', key: newKey() });
    expect(json.card.title).toBe('You asked: ack 2');
    await at.askAs(carla, '/api/run', { tenant: 'acme', text: 'alerts', key: newKey() });
    const asks = at.asks.map(({ user, identity, channel, tenant }) => [user, identity, channel, tenant]);
    expect(asks).toEqual([
      ['ana', 'console:ana', 'acme/alerts', 'acme'],
      ['carla', 'console:carla', 'acme/shared', 'acme'],
    ]);
    expect(await (await at.store.forTenant('acme')).messages.count({ thread: null })).toBe(2);
  });

  it('needs our own page', async () => {
    const body = JSON.stringify({ tenant: 'acme', text: 'ack 2', key: newKey() });
    const headers = { cookie: ana, 'content-type': 'application/json' };
    expect((await at.call('/api/run', { method: 'POST', headers, body })).json.code).toBe('MDR_ORIGIN');
  });
});

it('knows who signed in elsewhere by that identity, in commands too', async () => {
  await at.store.people.create({
    _id: 'olga',
    name: 'Olga',
    side: 'customer',
    identities: ['oidc:0123456789abcdef'],
    grants: [{ tenant: 'acme', role: 'viewer' }],
  });
  const { store, queues } = at;
  const real = makeAnswer({ store, queues, commands: await loadCommands(), clock: () => NOW, log });
  const asked = {
    surface: CONSOLE,
    user: 'ana',
    channel: 'acme/shared',
    thread: null,
    text: 'alert 2',
    tenant: 'acme',
  };
  const mine = await real({ ...asked, identity: 'oidc:0123456789abcdef' });
  expect(JSON.stringify(mine)).toContain('Alert 2');
  expect(JSON.stringify(mine)).not.toContain('suspicion');
  const stranger = await real({ ...asked, identity: 'oidc:another' });
  expect(stranger).toMatchObject({
    tone: 'error',
    title: expect.stringContaining('Nobody is registered as oidc:another'),
  });
});

it('makes sign-in links for the operator only: they sign in as the operator', async () => {
  for (const cookie of [ana, carla]) {
    expect((await at.askAs(cookie, '/api/links', {})).json.code).toBe('MDR_FORBIDDEN');
    expect((await at.askAs(cookie, '/api/me')).json.person.operator).toBe(false);
  }
  expect((await at.ask('/api/me')).json.person.operator).toBe(true);
});

describe('the chart of the numbers', () => {
  const chart = (cookie: string, query: string) => at.askAs(cookie, `/api/read/numbers.svg${query}`);
  it('is a picture, of tenants that are theirs and of periods that there are', async () => {
    const reply = await chart(ana, '?tenant=acme&period=last%2030d');
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('image/svg+xml');
    expect(reply.body).toMatch(/^<svg /);
    expect((await chart(ana, '?tenant=zeta')).json.code).toBe('MDR_FORBIDDEN');
    expect((await chart(all, '?tenant=zeta')).status).toBe(200);
    expect((await chart(ana, '?tenant=acme&period=never')).json.code).toBe('MDR_PERIOD_BAD');
  });

  it('has another beside it: how right rules were', async () => {
    const precision = (cookie: string, query: string) => at.askAs(cookie, `/api/read/precision.svg${query}`);
    const reply = await precision(ana, '?tenant=acme&period=last%2030d');
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'image/svg+xml']);
    expect(reply.body).toMatch(/^<svg /);
    expect((await precision(ana, '?tenant=zeta')).json.code).toBe('MDR_FORBIDDEN');
  });
});
