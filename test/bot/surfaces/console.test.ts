import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OPERATOR } from '../../../bot/surfaces/console/index.js';
import type { Card } from '../../../commands/cards/card.js';
import { alertLike, type ConsoleHarness, consoleHarness, newKey } from './console.harness.js';

let at: ConsoleHarness;
beforeEach(async () => {
  at = await consoleHarness();
});
afterEach(() => at.stop());

const card = (title: string): Card => ({ title, tone: 'neutral', blocks: [] });
const MESSAGES = '/api/channels/acme/alerts/messages';
const SHARED = '/api/channels/acme/shared/messages';
const rooms = (tenant: string) => [
  { channel: `${tenant}/alerts`, lane: 'provider' },
  { channel: `${tenant}/shared`, lane: 'customer' },
];
const list = async (query = '') => (await at.ask(`${MESSAGES}${query}`)).json;
const grant = (grants: { tenant: string; role: string }[], side = 'provider') =>
  at.store.people.updateOne({ identities: OPERATOR }, { $set: { grants, side } });

describe('the console as a surface', () => {
  it('posts a key once, however often and from wherever it is tried', async () => {
    const other = at.another();
    const refs = await Promise.all(
      [at.surface, other, at.surface, other].map((surface) => surface.post('acme/alerts', card('A'), 'key-1', null)),
    );
    expect(new Set(refs.map((ref) => ref.message)).size).toBe(1);
    await at.surface.post('acme/alerts', card('B'), 'key-2', null);
    await at.surface.post('zeta/alerts', card('A'), 'key-1', null);
    expect((await list()).messages.map((line: { card: Card }) => line.card.title)).toEqual(['A', 'B']);
  });

  it('finds a post by its key, and nothing under another key or channel', async () => {
    const ref = await at.surface.post('acme/alerts', card('A'), 'key-1', null);
    expect(await at.surface.find('acme/alerts', 'key-1', null)).toEqual(ref);
    expect(await at.surface.find('acme/alerts', 'key-2', null)).toBeNull();
    expect(await at.surface.find('zeta/alerts', 'key-1', null)).toBeNull();
  });

  it('edits in place, and says when', async () => {
    const ref = await at.surface.post('acme/alerts', card('A'), 'key-1', null);
    await at.surface.edit(ref, card('A2'));
    await at.surface.post('acme/alerts', card('A'), 'key-1', null);
    const { messages } = await list();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ card: { title: 'A2' }, edited: expect.any(Number) });
  });

  it('says that a channel or message is gone', async () => {
    const gone = { name: 'DeliveryError', kind: 'gone' };
    for (const channel of ['nobody/alerts', 'acme/other', '../alerts', ''])
      await expect(at.surface.post(channel, card('A'), 'k', null), channel).rejects.toMatchObject(gone);
    await expect(at.surface.edit({ channel: 'acme/alerts', message: 'none' }, card('A'))).rejects.toMatchObject(gone);
    const ref = await at.surface.post('acme/alerts', card('A'), 'key-1', null);
    await expect(at.surface.edit({ ...ref, channel: 'zeta/alerts' }, card('A'))).rejects.toMatchObject(gone);
  });

  it('says that the store is unavailable', async () => {
    const other = await consoleHarness();
    await other.store.close();
    await expect(other.surface.post('acme/alerts', card('A'), 'k', null)).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await other.surface.stop();
    await other.queues.close();
  });

  it('keeps the order of a thread that is written quickly, and counts its replies', async () => {
    const head = await at.surface.post('acme/alerts', card('head'), 'head', null);
    for (let n = 0; n < 20; n++) await at.surface.post('acme/alerts', card(`r${n}`), `r${n}`, head.message);
    const thread = await list(`?thread=${head.message}`);
    expect(thread.messages.map((line: { card: Card }) => line.card.title)).toEqual(
      [...Array(20).keys()].map((n) => `r${n}`),
    );
    expect(thread.head.card.title).toBe('head');
    const { messages } = await list();
    expect(messages).toHaveLength(1);
    expect(messages[0].replies).toEqual({ count: 20, last: thread.messages[19].at });
  });
});

describe('reading', () => {
  it('gives the newest hundred, then those before', async () => {
    for (let n = 0; n < 130; n++) await at.surface.post('acme/alerts', card(`m${n}`), `m${n}`, null);
    const newest = await list();
    expect(newest.more).toBe(true);
    expect(newest.messages).toHaveLength(100);
    expect(newest.messages[99].card.title).toBe('m129');
    const before = await list(`?before=${newest.messages[0].id}`);
    expect(before.more).toBe(false);
    expect(before.messages.map((line: { card: Card }) => line.card.title)).toEqual(
      [...Array(30).keys()].map((n) => `m${n}`),
    );
    const two = [newest.messages[3].id, before.messages[2].id];
    expect((await list(`?ids=${two.join(',')}`)).messages).toHaveLength(2);
    expect((await at.ask(`/api/channels/acme/alerts/unread?after=${newest.messages[97].at}`)).json).toEqual({
      count: 2,
    });
    expect((await at.ask('/api/channels/acme/alerts/unread?after=0')).json).toEqual({ count: 100 });
  });

  it('tells who one is, which tenants one has, and which commands there are', async () => {
    const { json } = await at.ask('/api/me');
    expect(json.person.name).toBe('Operator');
    expect(json.tenants).toEqual([
      { id: 'acme', name: 'Acme Logistics', role: 'admin', rooms: rooms('acme') },
      { id: 'zeta', name: 'Zeta Robotics', role: 'admin', rooms: rooms('zeta') },
    ]);
    expect(json.commands[0]).toEqual({
      name: 'ack',
      summary: 'Acknowledge an alert',
      usage: '<n>',
      examples: ['ack 3'],
    });
  });

  it('gives hostile strings back as they came, as data', async () => {
    const hostile = '<img src=x onerror=alert(1)> <!channel> ](http://x) \u202eexe.fdp \u0000 $(id) {"$ne":1}';
    await at.surface.post('acme/alerts', { ...card(hostile), blocks: [{ kind: 'code', text: hostile }] }, 'k', null);
    const reply = await at.ask(MESSAGES);
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(reply.json.messages[0].card).toEqual({ ...card(hostile), blocks: [{ kind: 'code', text: hostile }] });
  });
});

describe('tenants never mix', () => {
  it('refuses another tenant in the same words as one that is not there', async () => {
    const head = await at.surface.post('zeta/alerts', card('secret of zeta'), 'k', null);
    await grant([{ tenant: 'acme', role: 'viewer' }]);
    expect((await at.ask('/api/me')).json.tenants).toEqual([
      { id: 'acme', name: 'Acme Logistics', role: 'viewer', rooms: rooms('acme') },
    ]);
    const say = { text: 'hello', key: newKey() };
    const click = {
      tenant: 'zeta',
      channel: 'zeta/alerts',
      thread: head.message,
      key: newKey(),
      command: 'ack',
      record: '1',
    };
    const tries = [
      await at.ask('/api/channels/zeta/alerts/messages'),
      await at.ask('/api/channels/zeta/alerts/unread?after=0'),
      await at.ask('/api/channels/zeta/alerts/messages', say),
      await at.ask('/api/actions', click),
      await at.ask('/api/channels/nobody/alerts/messages'),
    ];
    for (const reply of tries) {
      expect(reply.status).toBe(403);
      expect(reply.json).toEqual(tries[4]?.json);
    }
    expect(await (await at.store.forTenant('zeta')).messages.count()).toBe(1);
    expect(at.asks).toEqual([]);
  });

  it("finds no message or thread of another tenant under one's own", async () => {
    const head = await at.surface.post('zeta/alerts', card('secret of zeta'), 'k', null);
    expect((await list(`?ids=${head.message}`)).messages).toEqual([]);
    expect(await list(`?thread=${head.message}`)).toMatchObject({ messages: [], head: null });
    expect((await at.ask(`${MESSAGES}?before=${head.message}`)).status).toBe(400);
    const reply = await at.ask(MESSAGES, { text: 'hi', thread: head.message, key: newKey() });
    expect(reply.json.code).toBe('MDR_REQUEST_BAD');
  });

  it("shows the provider's lane to no customer, whatever their role", async () => {
    await grant([{ tenant: 'acme', role: 'admin' }], 'customer');
    const head = await at.surface.post('acme/alerts', card('untriaged'), 'k', null);
    const [, shared] = rooms('acme');
    expect((await at.ask('/api/me')).json.tenants).toMatchObject([{ id: 'acme', rooms: [shared] }]);
    const click = { tenant: 'acme', channel: 'acme/alerts', thread: head.message, key: newKey() };
    for (const reply of [
      await at.ask(MESSAGES),
      await at.ask(`${MESSAGES}?ids=${head.message}`),
      await at.ask(MESSAGES, { text: 'hi', key: newKey() }),
      await at.ask('/api/channels/acme/alerts/unread?after=0'),
      await at.ask('/api/actions', { ...click, command: 'ack', record: '1' }),
    ])
      expect(reply).toMatchObject({ status: 403, json: { code: 'MDR_FORBIDDEN' } });
    // Not by way of the room that is theirs, either.
    expect((await at.ask(`${SHARED}?ids=${head.message}`)).json.messages).toEqual([]);
    expect((await at.ask(`${SHARED}?thread=${head.message}`)).json).toMatchObject({ messages: [], head: null });
    const into = { ...click, channel: 'acme/shared', command: 'ack', record: '1' };
    expect((await at.ask('/api/actions', into)).json.code).toBe('MDR_REQUEST_BAD');
    expect(at.asks).toEqual([]);
  });

  it('has a room that customers read, apart from the provider’s', async () => {
    await at.ask(MESSAGES, { text: 'among ourselves', key: newKey() });
    await at.ask(SHARED, { text: 'to you all', key: newKey() });
    await at.surface.post('acme/shared', card('published'), 'k', null);
    await grant([{ tenant: 'acme', role: 'viewer' }], 'customer');
    const { json } = await at.ask(SHARED);
    expect(json.messages).toMatchObject([{ text: 'to you all' }, { card: { title: 'published' } }]);
    await at.ask(SHARED, { text: '/mdr alerts', key: newKey() });
    expect(at.asks).toMatchObject([{ channel: 'acme/shared', text: 'alerts' }]);
    for (const path of ['/api/channels/zeta/shared/messages', '/api/channels/acme/other/messages'])
      expect((await at.ask(path)).status, path).toBe(403);
  });

  it('signs out whoever is no longer a person', async () => {
    await at.cookie();
    await at.store.people.deleteOne({ identities: OPERATOR });
    expect((await at.ask('/api/me')).status).toBe(401);
  });
});

describe('what people say', () => {
  it('answers a command in the same place', async () => {
    const head = await at.surface.post('acme/alerts', alertLike(1), 'k', null);
    const { json } = await at.ask(MESSAGES, { text: '/mdr  alert 1 ', thread: head.message, key: newKey() });
    expect(json.message).toMatchObject({ text: '/mdr  alert 1', author: { name: 'Operator' }, thread: head.message });
    expect(json.answer).toMatchObject({
      card: { title: 'You asked: alert 1' },
      author: { id: 'mdr' },
      thread: head.message,
    });
    expect(at.asks).toEqual([
      {
        surface: 'console',
        user: 'operator',
        identity: 'console:operator',
        channel: 'acme/alerts',
        thread: head.message,
        text: 'alert 1',
        tenant: 'acme',
        request: expect.stringMatching(/^operator:a-/),
      },
    ]);
    expect((await list(`?thread=${head.message}`)).messages).toHaveLength(2);
  });

  it('leaves other text alone, as a note for people', async () => {
    for (const text of ['what is this?', '/mdrx', 'please /mdr alerts']) {
      const { json } = await at.ask(MESSAGES, { text, key: newKey() });
      expect(json).toMatchObject({ message: { text }, answer: null });
    }
    expect(at.asks).toEqual([]);
  });

  it('stores and answers a key once, also when it is sent again while the first is under way', async () => {
    at.answerWith(async () => {
      await sleep(80);
      return card('done');
    });
    const body = { text: '/mdr ack 1', key: newKey() };
    const [one, two] = await Promise.all([at.ask(MESSAGES, body), at.ask(MESSAGES, body)]);
    const three = await at.ask(MESSAGES, body);
    expect(two?.json).toEqual(one?.json);
    expect(three.json).toEqual(one?.json);
    expect(at.asks).toHaveLength(1);
    expect((await list()).messages).toHaveLength(2);
    expect((await at.ask(MESSAGES, { ...body, text: '/mdr close 1' })).status).toBe(409);
  });

  it('runs what was clicked, and answers in the thread', async () => {
    const head = await at.surface.post('acme/alerts', alertLike(7), 'k', null);
    const click = { tenant: 'acme', channel: 'acme/alerts', thread: head.message, command: 'close', record: '7' };
    const { json } = await at.ask('/api/actions', { ...click, key: newKey(), choice: 'benign' });
    expect(json.answer).toMatchObject({ card: { title: 'You asked: close 7 benign' }, thread: head.message });
    await at.ask('/api/actions', { ...click, key: newKey() });
    expect(at.asks.map((ask) => ask.text)).toEqual(['close 7 benign', 'close 7']);
    const unknown = await at.ask('/api/actions', { ...click, key: newKey(), command: 'shutdown' });
    expect(unknown.json.code).toBe('MDR_COMMAND_UNKNOWN');
    for (const bad of [{ record: '7 benign' }, { choice: '--tenant zeta' }, { thread: 'none' }, { command: 'a\nb' }])
      expect((await at.ask('/api/actions', { ...click, key: newKey(), ...bad })).json.code).toBe('MDR_REQUEST_BAD');
  });

  it('bounds what is sent', async () => {
    const bad = async (body: unknown) => (await at.ask(MESSAGES, body)).json;
    expect(await bad({ text: 'x'.repeat(4001), key: newKey() })).toMatchObject({ code: 'MDR_REQUEST_BAD' });
    expect(await bad({ text: '   ', key: newKey() })).toMatchObject({ code: 'MDR_REQUEST_BAD' });
    expect(await bad({ text: 'x', key: 'short' })).toMatchObject({ code: 'MDR_REQUEST_BAD' });
    expect(await bad({ text: { $ne: 1 }, key: newKey() })).toMatchObject({ code: 'MDR_REQUEST_BAD' });
    expect(await bad({ text: 'x', key: newKey(), author: 'mdr' })).toMatchObject({ code: 'MDR_REQUEST_BAD' });
    const huge = await at.ask(MESSAGES, { text: 'x'.repeat(40_000), key: newKey() });
    expect([huge.status, huge.json.code]).toEqual([413, 'MDR_BODY_TOO_LARGE']);
    const headers = { cookie: await at.cookie(), origin: at.surface.address(), 'x-mdr-console': '1' };
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const reply = await at.call(MESSAGES, {
        method: 'POST',
        headers: { ...headers, 'content-type': type },
        body: '{"',
      });
      expect(reply.json, type).toMatchObject({ code: 'MDR_REQUEST_BAD', hint: expect.any(String) });
    }
    expect((await at.ask(`${MESSAGES}?thread[$ne]=1`)).status).toBe(400);
    expect((await list()).messages).toEqual([]);
  });

  it('runs a bounded number of commands of one person at a time', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    at.answerWith(async () => {
      await held;
      return card('done');
    });
    await at.cookie();
    const running = [...Array(8)].map(() => at.ask(MESSAGES, { text: '/mdr ack 1', key: newKey() }));
    while (at.asks.length < 8) await sleep(5);
    const ninth = await at.ask(MESSAGES, { text: '/mdr ack 1', key: newKey() });
    expect(ninth).toMatchObject({ status: 429, json: { code: 'MDR_OVERLOADED' } });
    expect(ninth.headers['retry-after']).toBe('2');
    release();
    for (const { status } of await Promise.all(running)) expect(status).toBe(200);
  });

  it('gives a reference, not the inside, when something fails', async () => {
    at.answerWith(async () => {
      throw new Error('password is hunter2');
    });
    const reply = await at.ask(MESSAGES, { text: '/mdr ack 1', key: newKey() });
    expect(reply).toMatchObject({ status: 500, json: { code: 'MDR_INTERNAL' } });
    expect(reply.body).not.toContain('hunter2');
  });
});
