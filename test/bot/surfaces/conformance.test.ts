import { describe, expect, test } from 'vitest';
import type { Action } from '../../../commands/cards/card.js';
import { RATE_LIMIT_MS } from './conformance/types.js';
import { action, can, failure, SURFACES, starter } from './conformance.harness.js';
import { card } from './slack.harness.js';

describe.each(SURFACES)('%s', (_name, make) => {
  const start = starter(make);

  test('a post is there with its words, and a reply stands in its thread, or after it where there are none', async () => {
    const kit = await start();
    const root = await kit.surface.post(
      kit.channel,
      card('Alert 17', [{ kind: 'text', text: 'on host WS-1' }]),
      'k1',
      null,
    );
    expect(await kit.see(root)).toMatchObject({
      text: expect.stringMatching(/Alert 17.*on host WS-1/s),
      thread: null,
      invalid: null,
    });
    const reply = await kit.surface.post(kit.channel, card('Acknowledged'), 'k2', root.message);
    const seen = await kit.see(reply);
    expect(seen?.text).toContain('Acknowledged');
    expect(seen?.thread).toBe(can(kit, 'thread') ? root.message : null);
    expect(await kit.count()).toBe(2);
  });

  test('an edit replaces what was there, a reply’s too; where that cannot be it is shown again', async () => {
    const kit = await start();
    const root = await kit.surface.post(kit.channel, card('Alert 17'), 'k1', null);
    const reply = await kit.surface.post(kit.channel, card('Working on it'), 'k2', root.message);
    await kit.surface.edit(root, card('Alert 17, closed'));
    expect((await kit.see(root))?.text).toContain('closed');
    await kit.surface.edit(reply, card('Done'));
    expect((await kit.see(reply))?.text).toContain('Done');
    expect(await kit.count()).toBe(can(kit, 'edit') ? 2 : 4);
    if (can(kit, 'edit')) expect((await kit.see(root))?.edits).toBe(1);
  });

  test('the same key twice is one message: by itself, or because find sees the first', async () => {
    const kit = await start();
    const root = await kit.surface.post(kit.channel, card('root'), 'root', null);
    for (const thread of [null, root.message]) {
      const key = `key of ${thread}`;
      const first = await kit.surface.post(kit.channel, card('once'), key, thread);
      expect(await kit.surface.find(kit.channel, key, thread)).toEqual(first);
      if (can(kit, 'once')) expect(await kit.surface.post(kit.channel, card('once'), key, thread)).toEqual(first);
    }
    expect(await kit.count()).toBe(3);
    expect(await kit.surface.find(kit.channel, 'another key', null)).toBeNull();
    expect(await kit.surface.find(kit.channel, 'another key', root.message)).toBeNull();
  });

  test('a post whose answer was lost is unknown, and find sees whether it was stored; an edit is tried again', async () => {
    const kit = await start();
    const root = await kit.surface.post(kit.channel, card('root'), 'root', null);
    // Where nothing stands between, no answer can be lost, and the same key is the same message anyway.
    if (!kit.trouble) return expect(can(kit, 'once')).toBe(true);
    await kit.surface.post(kit.channel, card('first reply'), 'first', root.message);
    for (const thread of [null, root.message]) {
      kit.trouble('post', 'lost');
      expect(await failure(kit.surface.post(kit.channel, card('x'), `lost ${thread}`, thread))).toMatchObject({
        kind: 'unknown',
      });
      const found = await kit.surface.find(kit.channel, `lost ${thread}`, thread);
      expect((await kit.see(found!))?.text).toContain('x');
      kit.trouble('post', 'not stored');
      expect(await failure(kit.surface.post(kit.channel, card('y'), `not ${thread}`, thread))).toMatchObject({
        kind: 'unknown',
      });
      expect(await kit.surface.find(kit.channel, `not ${thread}`, thread)).toBeNull();
    }
    kit.trouble('edit', 'not stored');
    expect(await failure(kit.surface.edit(root, card('z')))).toMatchObject({ kind: 'unavailable' });
  });

  test('a rate limit says how long to wait, and nothing was tried again behind the back of the outbox', async () => {
    const kit = await start();
    if (!kit.trouble) return expect(can(kit, 'once')).toBe(true);
    const root = await kit.surface.post(kit.channel, card('root'), 'root', null);
    for (const [operation, attempt] of [
      ['post', () => kit.surface.post(kit.channel, card('x'), 'k', null)],
      ['edit', () => kit.surface.edit(root, card('x'))],
    ] as const) {
      kit.trouble(operation, 'rate-limited');
      const error = await failure(attempt());
      expect(error.kind).toBe('rate-limited');
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(RATE_LIMIT_MS);
      expect(error.retryAfterMs).toBeLessThan(RATE_LIMIT_MS + 1000);
    }
    expect(await kit.count()).toBe(1);
    await kit.surface.post(kit.channel, card('x'), 'k', null);
  });

  test('what the server will never take is refused', async () => {
    const kit = await start();
    if (!kit.trouble) return expect(can(kit, 'once')).toBe(true);
    kit.trouble('post', 'refused');
    expect(await failure(kit.surface.post(kit.channel, card('x'), 'k', null))).toMatchObject({ kind: 'refused' });
  });

  test('a channel, a message or a thread that is not there is gone', async () => {
    const kit = await start();
    expect(await failure(kit.surface.post(kit.noChannel, card('x'), 'k', null))).toMatchObject({ kind: 'gone' });
    expect(await failure(kit.surface.find(kit.noChannel, 'k', null))).toMatchObject({ kind: 'gone' });
    expect(await failure(kit.surface.edit(kit.noMessage, card('x')))).toMatchObject({ kind: 'gone' });
  });

  test('a command is asked by the right person in the right channel, and answered to them', async () => {
    const kit = await start();
    await kit.type('alerts high+');
    expect(kit.asks).toMatchObject([
      { surface: kit.surface.name, user: kit.person.id, channel: kit.channel, thread: null, text: 'alerts high+' },
    ]);
    const [answer] = await kit.answers();
    expect(answer?.text).toMatch(/alerts high\+/);
    expect(answer?.user).toBe(can(kit, 'ephemeral') ? kit.person.id : null);
  });

  test('a click carries command, record and tenant, and nothing else', async () => {
    const kit = await start();
    const post = (rest: Partial<Action>, key: string) =>
      kit.surface.post(kit.channel, card('Alert 17', [{ kind: 'actions', actions: [action(rest)] }]), key, null);
    const button = await post({}, 'k1');
    const choices = [{ value: 'benign', label: 'Benign' }];
    const select = await post({ command: 'close', choices }, 'k2');
    // Without buttons the card says what to type.
    if (!kit.click) return expect((await kit.see(button))?.text).toMatch(/--tenant acme "close 17 <benign>"/);
    await kit.click(button);
    await kit.click(select, 'benign');
    expect(kit.asks).toMatchObject([
      { user: kit.person.id, channel: kit.channel, thread: button.message, text: 'ack 17', tenant: 'acme' },
      { user: kit.person.id, channel: kit.channel, thread: select.message, text: 'close 17 benign', tenant: 'acme' },
    ]);
    expect((await kit.see(button))?.edits).toBe(0);
  });

  test('the same command arriving twice is handled and answered once', async () => {
    const kit = await start();
    await kit.type('alerts');
    if (!kit.again) return;
    await kit.again();
    await kit.type('status');
    expect(kit.asks.map(({ text }) => text)).toEqual(['alerts', 'status']);
    expect(await kit.answers()).toHaveLength(2);
  });
});
