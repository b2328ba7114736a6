import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MdrError } from '../../engine/errors.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import { httpSender } from '../../engine/notify/send.js';
import { openCase } from '../../engine/respond/case/open.js';
import { changeCase } from '../../engine/respond/case/save.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { collect } from '../../engine/webhooks/collect.js';
import { MAX_ATTEMPTS } from '../../engine/webhooks/deliver.js';
import {
  addWebhook,
  BOTH_MS,
  removeWebhook,
  retryDead,
  rotateSecret,
  switchWebhook,
} from '../../engine/webhooks/hooks.js';
import { startWebhooks, tick } from '../../engine/webhooks/index.js';
import { addTenant, alertRecord, NOW } from '../commands/world.js';
import { testStore } from '../support/services.js';

interface Got {
  headers: IncomingMessage['headers'];
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a receiver reads whatever was sent
  json: any;
}
let store: Store;
let acme: TenantStore;
let server: Server;
let url: string;
let allowed: string[];
let got: Got[] = [];
let answer: (n: number) => { status: number; headers?: Record<string, string> } = () => ({ status: 204 });
let now = NOW;
let tenants = 0;
const clock = () => now;
const secrets = openSecrets('k'.repeat(32));
const log = pino({ level: 'silent' });
const by = { id: 'ana', name: 'Ana Silva' };
let requests = 0;
const asking = () => ({ by, clock, request: `r${++requests}` });
const parts = () => ({ store, secrets, clock, log, send: httpSender(allowed, 3000) });

beforeAll(async () => {
  ({ store } = await testStore());
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body, json: JSON.parse(body) });
      const { status, headers = {} } = answer(got.length);
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  allowed = [`127.0.0.1:${port}`];
  url = `http://127.0.0.1:${port}/hook`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(async () => {
  got = [];
  answer = () => ({ status: 204 });
  now += 24 * 3_600_000;
  await store.webhooks.deleteMany({});
  acme = await addTenant(store, `acme${++tenants}`, 'Acme');
});

const add = (more = {}) =>
  addWebhook(
    acme,
    secrets,
    { name: 'soar', url, events: ['case.*', 'alert.*'], lane: 'provider', ...more },
    allowed,
    clock,
  );
const open = async () => {
  now += 1000;
  const { record } = await openCase(acme, asking(), {
    title: 'Stolen account',
    type: 'intrusion',
    severity: 'high',
    priority: 'P2',
    lead: by,
    reason: 'odd',
  });
  return record.number;
};
/** As a receiver checks it: signature, and that it was sent just now. */
function isGenuine({ headers, body }: Got, secret: string, at: number): boolean {
  const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
  if (Math.abs(at / 1000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .map((each) => Buffer.from(each.replace('v1,', ''), 'base64'))
    .some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
}

describe('webhooks', () => {
  it('tell of every change once, signed, with an id that stays', async () => {
    const early = await open();
    now += 1000;
    const secret = await add();
    await changeCase(acme, early, asking(), { kind: 'state', to: 'triage', reason: 'looking' });
    await acme.alerts.insert(
      alertRecord(12, {
        updated: now,
        log: [{ id: 'opened', at: now, actor: 'mdr', actorName: 'mdr', kind: 'opened', text: 'Opened' }],
      }),
    );
    for (let i = 0; i < 3; i++) await tick(parts());
    expect(got.map(({ json }) => json.type).sort()).toEqual(['alert.opened', 'case.state']);
    const state = got.find(({ json }) => json.type === 'case.state')!;
    expect(state.json.data).toMatchObject({
      tenant: { id: acme.id },
      case: { number: early, state: 'triage' },
      entry: { before: 'new', after: 'triage', reason: 'looking', by },
    });
    for (const each of got) expect(isGenuine(each, secret, now)).toBe(true);
    expect(isGenuine({ ...state, body: state.body.replace('high', 'low') }, secret, now)).toBe(false);
    expect(isGenuine(state, secret, now + 301_000)).toBe(false);
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('lose nothing and make nothing twice, whoever else looks at the same time and whenever it is written', async () => {
    await add();
    const numbers = [await open(), await open()];
    await Promise.all([tick(parts()), tick(parts()), tick(parts())]);
    // Written by a process whose clock is two minutes behind.
    now += 300_000;
    await tick(parts());
    const late = { by, request: 'late', clock: () => now - 120_000 };
    await changeCase(acme, numbers[0]!, late, { kind: 'note', text: 'late words', lane: 'provider' });
    await tick(parts());
    await tick(parts());
    const expected = (await acme.cases.find()).flatMap(({ number, log: entries }) =>
      entries.map(({ id }) => `${number} ${id}`),
    );
    const seen = got.map(({ json }) => `${json.data.case.number} ${json.data.entry.id}`);
    expect(seen.sort()).toEqual(expected.sort());
  });

  it('are sent again under the same id until they are taken, and are dead after so many tries', async () => {
    const secret = await add({ events: ['case.opened'] });
    answer = (n) => ({ status: n < 3 ? 503 : 200 });
    await open();
    for (let i = 0; i < 6; i++) {
      await tick(parts());
      now += 16 * 60_000;
    }
    expect(got).toHaveLength(3);
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(got.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
    expect(isGenuine(got[2]!, secret, Number(got[2]!.headers['webhook-timestamp']) * 1000)).toBe(true);
    answer = () => ({ status: 500 });
    await open();
    for (let i = 0; i < MAX_ATTEMPTS + 3; i++) {
      await tick(parts());
      now += 16 * 60_000;
    }
    expect(got).toHaveLength(3 + MAX_ATTEMPTS);
    expect(await acme.webhookDeliveries.find({ state: 'dead' })).toMatchObject([
      { attempts: MAX_ATTEMPTS, error: 'HTTP 500' },
    ]);
    answer = () => ({ status: 200 });
    expect(await retryDead(acme, 'soar', clock)).toBe(1);
    await tick(parts());
    expect(await acme.webhookDeliveries.count({ state: 'dead' })).toBe(0);
  });

  it('wait as long as the receiver says, follow no redirect, and stop where it is gone for good', async () => {
    await add({ events: ['case.opened'] });
    answer = () => ({ status: 429, headers: { 'retry-after': '1200' } });
    await open();
    await tick(parts());
    now += 600_000;
    await tick(parts());
    expect(got).toHaveLength(1);
    answer = () => ({ status: 302, headers: { location: 'http://169.254.169.254/' } });
    now += 700_000;
    await tick(parts());
    expect(got).toHaveLength(2);
    expect((await acme.webhookDeliveries.find())[0]).toMatchObject({ state: 'due', error: 'HTTP 302' });
    answer = () => ({ status: 410 });
    now += 3_600_000;
    await tick(parts());
    expect((await acme.webhookDeliveries.find())[0]).toMatchObject({ state: 'dead', error: 'HTTP 410' });
  });

  it('go to the internet only', async () => {
    for (const bad of [
      'https://127.0.0.1/',
      'https://10.1.2.3/x',
      'https://[::1]/',
      'http://example.com/',
      'https://user:pw@example.com/',
      'https://localhost/',
      'https://metadata.internal/',
      'ftp://example.com/',
      'x',
      'https://[::ffff:10.0.0.1]/',
      'https://0x7f000001/',
    ])
      await expect(add({ url: bad }), bad).rejects.toMatchObject({ code: 'MDR_NOTIFY_URL' });
    // Allowed once, not any more: it is dead at once, and nothing is sent.
    await add({ events: ['case.opened'] });
    await open();
    await tick({ ...parts(), send: httpSender([], 1000) });
    expect(got).toHaveLength(0);
    expect(await acme.webhookDeliveries.find({}, { fields: { state: 1 } })).toMatchObject([{ state: 'dead' }]);
  });

  it('of the customer tell what the customer is shown, from when they are shown it', async () => {
    const number = await open();
    await add({ lane: 'customer', events: ['*'] });
    await changeCase(acme, number, asking(), { kind: 'note', text: 'secret', lane: 'provider' });
    await changeCase(acme, number, asking(), { kind: 'note', text: 'for you, too early', lane: 'customer' });
    await tick(parts());
    expect(got).toHaveLength(0);
    now += 1000;
    await changeCase(acme, number, asking(), { kind: 'state', to: 'triage', reason: 'secret-reason' });
    now += 1000;
    await changeCase(acme, number, asking(), { kind: 'publish' });
    now += 1000;
    await changeCase(acme, number, asking(), { kind: 'state', to: 'contain', reason: 'secret-reason' });
    await changeCase(acme, number, asking(), { kind: 'note', text: 'secret', lane: 'provider' });
    await tick(parts());
    expect(got.map(({ json }) => json.type)).toEqual(['case.state']);
    expect(JSON.stringify(got[0]!.json)).not.toMatch(/secret|"ana"/);
  });

  it('sign with both secrets while one takes the place of the other', async () => {
    const first = await add({ events: ['case.opened'] });
    const second = await rotateSecret(acme, secrets, 'soar', clock);
    await open();
    await tick(parts());
    expect([first, second].map((secret) => isGenuine(got[0]!, secret, now))).toEqual([true, true]);
    now += BOTH_MS + 1000;
    await open();
    await tick(parts());
    expect([first, second].map((secret) => isGenuine(got[1]!, secret, now))).toEqual([false, true]);
  });

  it('wait while they are off, and end when they are taken off', async () => {
    await add({ events: ['case.opened'] });
    await switchWebhook(acme, 'soar', false);
    await open();
    await tick(parts());
    expect(got).toHaveLength(0);
    await switchWebhook(acme, 'soar', true);
    await tick(parts());
    expect(got).toHaveLength(1);
    await removeWebhook(acme, 'soar');
    expect([await acme.webhookDeliveries.count(), await acme.secrets.count()]).toEqual([0, 0]);
    const error = await removeWebhook(acme, 'soar').catch((thrown) => thrown);
    expect(error).toBeInstanceOf(MdrError);
    await expect(add({ name: 'Bad name' })).rejects.toMatchObject({ code: 'MDR_WEBHOOK' });
    await expect(add({ events: ['drop.table'] })).rejects.toMatchObject({ code: 'MDR_WEBHOOK' });
  });

  it('miss none of many when some of them change while they are looked through', async () => {
    await add({ events: ['alert.opened'] });
    now += 1000;
    const all = Array.from({ length: 230 }, (_, i) => i + 1);
    for (const number of all)
      await acme.alerts.insert(
        // Some at the same time: then it goes by number.
        alertRecord(number, {
          updated: now + Math.floor(number / 7),
          log: [{ id: 'opened', at: now, actor: 'mdr', actorName: 'mdr', kind: 'opened', text: 'Opened' }],
        }),
      );
    let pages = 0;
    const alerts = Object.create(acme.alerts, {
      find: {
        async value(...given: Parameters<typeof acme.alerts.find>) {
          const found = await acme.alerts.find(...given);
          pages += 1;
          // Those of the beginning, after they were read.
          for (const number of [1, 2, 3].map((n) => (pages - 1) * 3 + n))
            await acme.alerts.update({ number }, { $set: { updated: now + 1000 + number } });
          return found;
        },
      },
    });
    const moving: TenantStore = Object.create(acme, { alerts: { value: alerts } });
    expect(await collect(moving, await acme.webhooks.find(), clock)).toBe(230);
    expect(pages).toBeGreaterThan(2);
    const kept = await acme.webhookDeliveries.find({}, { limit: 1000 });
    expect(kept.map(({ body }) => JSON.parse(body).data.alert.number).sort((a, b) => a - b)).toEqual(all);
  });

  it('that are off keep none of the others waiting, however much is due to them', async () => {
    await add({ name: 'off', events: ['case.opened'] });
    await switchWebhook(acme, 'off', false);
    const body = '{}';
    const waits = { webhook: 'off', type: 'case.opened', body, state: 'due', attempts: 0, error: '' } as const;
    await acme.webhookDeliveries.insertNew(
      Array.from({ length: 150 }, (_, i) => ({ ...waits, _id: `off-${i}`, due: NOW, created: NOW, ended: null })),
    );
    await add({ name: 'on', events: ['case.opened'] });
    await open();
    await tick(parts());
    expect(got.map(({ json }) => json.type)).toEqual(['case.opened']);
    // All 150, and of the case that was opened meanwhile.
    expect(await acme.webhookDeliveries.count({ webhook: 'off', state: 'due' })).toBe(151);
  });

  it('of other tenants are told while one does not answer', async () => {
    await add({ events: ['case.opened'] });
    await open();
    acme = await addTenant(store, `acme${++tenants}`, 'Acme');
    await add({ events: ['case.opened'] });
    await open();
    let [release, begun, told] = [() => {}, 0, 0];
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const turn = tick({
      ...parts(),
      async send() {
        // Whichever comes first.
        if (++begun === 1) await held;
        else told += 1;
        return { status: 200, retryAfterMs: 0, text: '' };
      },
    });
    await expect
      .poll(() => told, { timeout: 10_000 })
      .toBe(1)
      .finally(release);
    await turn;
  });

  it('that take long are left to later turns, and lose nothing by it', async () => {
    await add({ events: ['case.opened'] });
    for (let i = 0; i < 30; i++) await open();
    let sent = 0;
    const slow = {
      ...parts(),
      async send() {
        now += 5000;
        sent += 1;
        return { status: 200, retryAfterMs: 0, text: '' };
      },
    };
    await tick(slow);
    expect(sent).toBeGreaterThan(0);
    // Four at a time, for twenty seconds.
    expect(sent).toBeLessThan(10);
    for (let i = 0; i < 30; i++) await tick(slow);
    expect(sent).toBe(30);
    expect(await acme.webhookDeliveries.count({ state: 'sent' })).toBe(30);
  });

  it('run by themselves', async () => {
    await add({ events: ['case.opened'] });
    const running = startWebhooks({ ...parts(), everyMs: 20 });
    await open();
    await expect.poll(() => got.length).toBe(1);
    await running.stop();
  });
});
