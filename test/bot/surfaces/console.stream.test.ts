import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OPERATOR } from '../../../bot/surfaces/console/index.js';
import type { Card } from '../../../commands/cards/card.js';
import { type ConsoleHarness, consoleHarness } from './console.harness.js';

let at: ConsoleHarness;
beforeEach(async () => {
  at = await consoleHarness();
});
afterEach(() => at.stop());

const card: Card = { title: 'A', tone: 'neutral', blocks: [] };

/** An open stream; events are collected as `[name, data]`. */
async function listen() {
  const headers = { cookie: await at.cookie() };
  const response = await fetch(`${at.surface.address()}/api/stream`, { headers });
  const events: [string, Record<string, unknown>][] = [];
  let ended = false;
  (async () => {
    let text = '';
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString();
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? [];
        if (name !== 'beat') events.push([name, JSON.parse(data)]);
      }
    }
    ended = true;
  })().catch(() => {
    ended = true;
  });
  await until(() => events.length > 0);
  return { events, headers: response.headers, hasEnded: () => ended };
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 3000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('did not happen within 3 s');
    await sleep(5);
  }
}

it('tells of what any bot process wrote, with ids only', async () => {
  const { events, headers } = await listen();
  expect(headers.get('content-type')).toBe('text/event-stream');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  const { message } = await at.another().post('acme/alerts', card, 'k', null);
  await until(() => events.length === 2);
  const reply = await at.surface.post('acme/alerts', card, 'k2', message);
  await at.surface.edit({ channel: 'acme/alerts', message }, card);
  await until(() => events.length === 4);
  const of = (id: string, thread: string | null) => ['notice', { tenant: 'acme', channel: 'acme/alerts', id, thread }];
  expect(events).toEqual([['ready', {}], of(message, null), of(reply.message, message), of(message, null)]);
});

it('is silent about a post that was there already', async () => {
  await at.surface.post('acme/alerts', card, 'k', null);
  const { events } = await listen();
  await at.surface.post('acme/alerts', card, 'k', null);
  await at.surface.post('acme/alerts', card, 'next', null);
  await until(() => events.length === 2);
  expect(events[1]?.[1].id).toBe((await at.surface.find('acme/alerts', 'next', null))?.message);
});

it('tells nobody of a tenant that is not theirs, also when the role was withdrawn meanwhile', async () => {
  const { events } = await listen();
  const grants = [{ tenant: 'acme', role: 'viewer' }];
  await at.store.people.updateOne({ identities: OPERATOR }, { $set: { grants } });
  await sleep(300);
  await at.surface.post('zeta/alerts', card, 'k', null);
  await at.surface.post('acme/alerts', card, 'k', null);
  await until(() => events.length === 2);
  expect(events[1]?.[1].tenant).toBe('acme');
});

it('ends when the session ends', async () => {
  const stream = await listen();
  await at.ask('/api/sign-out', {});
  await until(stream.hasEnded);
  expect(stream.events.at(-1)?.[0]).toBe('over');
});

it('asks browsers to fetch again when notices may have been lost', async () => {
  const { events } = await listen();
  const clients = String(await at.queues.redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
  const own = clients.find((client) => client.includes(`name=${at.queues.prefix}:console `)) ?? '';
  await at.queues.redis.call('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(own)?.[1] ?? '');
  await until(() => events.some(([name]) => name === 'resync'));
  await sleep(100);
  await at.surface.post('acme/alerts', card, 'k', null);
  await until(() => events.some(([name]) => name === 'notice'));
});

it('survives notices that are not ours', async () => {
  const { events } = await listen();
  for (const text of ['{', '[]', '{"tenant":1}', ''])
    await at.queues.redis.publish(`${at.queues.prefix}:console`, text);
  await at.surface.post('acme/alerts', card, 'k', null);
  await until(() => events.length === 2);
});

it('stops at once although browsers are connected', async () => {
  const stream = await listen();
  const begin = Date.now();
  await at.surface.stop();
  expect(Date.now() - begin).toBeLessThan(10_000);
  await until(stream.hasEnded);
});
