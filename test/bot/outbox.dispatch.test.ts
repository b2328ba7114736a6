import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import { plain } from '../../commands/cards/card.js';
import { systemClock } from '../../engine/clock.js';
import { LEVELS } from '../../engine/detect/types.js';
import { log } from '../../engine/log.js';
import { policySchema } from '../../engine/notify/policy.js';
import type { Queues } from '../../engine/queues.js';
import type { Dispatch } from '../../engine/store/dispatches.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { addTenant, alertRecord } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';
import { FakeSurface } from './fakesurface.js';

let store: Store;
let queues: Queues;
let tenant: TenantStore;
let slack: FakeSurface;
let running: Outbox[];

beforeEach(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  tenant = await addTenant(store, 'acme', 'Acme', [{ surface: 'slack', channel: 'C1', lane: 'provider' }]);
  slack = new FakeSurface('slack');
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((outbox) => outbox.stop()));
});

function start(surfaces = [slack]): Outbox {
  const outbox = startOutbox({
    store,
    queues,
    surfaces,
    clock: systemClock,
    log: log.child({}, { level: 'silent' }),
    debounceMs: 50,
  });
  running.push(outbox);
  return outbox;
}
const add = (id = 'd1', more: Partial<Dispatch> = {}) =>
  tenant.dispatches.insert({
    _id: id,
    to: { kind: 'channel', surface: 'slack', channel: 'C1' },
    content: { kind: 'test', by: 'Bo' },
    state: 'due',
    attempts: 0,
    due: Date.now(),
    created: Date.now(),
    ended: null,
    error: '',
    ...more,
  });
const tell = (id = 'd1') => queues.add('dispatches', { tenant: 'acme', id });
const ended = (state: string, id = 'd1') =>
  vi.waitFor(async () => expect((await tenant.dispatches.findOne({ _id: id }))!.state).toBe(state), {
    timeout: 30_000,
  });

describe('a digest or a test on its way to chat', () => {
  it('is posted once, however often it is told', async () => {
    await add();
    start();
    start();
    await Promise.all([tell(), tell(), tell()]);
    await ended('sent');
    await tell();
    await vi.waitFor(
      async () =>
        expect(await queues.queue('dispatches').getJobCounts('waiting', 'active')).toEqual({ waiting: 0, active: 0 }),
      { timeout: 30_000 },
    );
    expect(slack.messages.map(({ card }) => plain(card.title))).toEqual(['Test of notifications for Acme (acme)']);
  });

  it('is found by the sweep when nobody told', async () => {
    await add();
    start();
    await ended('sent');
    expect(slack.messages).toHaveLength(1);
  });

  it('is posted once when its answer was lost, and after the surface was away', async () => {
    slack.fault = (operation, _card, count) =>
      operation !== 'post' ? null : count === 1 ? 'unavailable' : count === 2 ? 'lost' : null;
    await add();
    start();
    await tell();
    await ended('sent');
    expect(slack.messages).toHaveLength(1);
  });

  it('is kept as failed when the channel is gone', async () => {
    slack.fault = () => 'gone';
    await add();
    start();
    await tell();
    await ended('failed');
    expect((await tenant.dispatches.findOne({ _id: 'd1' }))!.error).toContain('gone');
  });

  it('says how to see the rest when the card is refused', async () => {
    slack.fault = (operation, _card, count) => (operation === 'post' && count === 1 ? 'refused' : null);
    await add();
    start();
    await tell();
    await ended('sent');
    expect(JSON.stringify(slack.messages[0]!.card)).toContain('/mdr alerts shows what is open');
  });

  it('waits for a bot that has its surface, and what goes to a way is none of the bot’s', async () => {
    await add('d1');
    await add('d2', { to: { kind: 'way', name: 'main' } });
    start([new FakeSurface('console')]);
    await tell('d1');
    await tell('d2');
    await vi.waitFor(
      async () =>
        expect(await queues.queue('dispatches').getJobCounts('waiting', 'active')).toEqual({ waiting: 0, active: 0 }),
      { timeout: 30_000 },
    );
    expect((await tenant.dispatches.find()).map(({ state }) => state)).toEqual(['due', 'due']);
  });
});

describe('an alert that the policy keeps out of a channel', () => {
  const quiet = async () => {
    const policy = policySchema.parse({
      rules: [
        { levels: ['critical', 'high'], send: 'at once' },
        { levels: ['medium', 'low', 'informational'], send: 'digest', digest: ['07:00'] },
      ],
    });
    await store.tenants.updateOne({ _id: 'acme' }, { $set: { notify: { policy, changed: 1, by: 'test' } } });
  };
  const settled = () => vi.waitFor(() => expect(slack.thread('C1', 2)).toHaveLength(2), { timeout: 30_000 });

  it('has no thread, also not by the sweep, until it becomes graver', async () => {
    await quiet();
    await tenant.alerts.insert(alertRecord(1, { level: 'low', updated: Date.now() }));
    await tenant.alerts.insert(alertRecord(2, { level: 'high', updated: Date.now() }));
    const outbox = start();
    await settled();
    await vi.waitFor(async () => expect(await outbox.sweep()).toBe(0), { timeout: 30_000 });
    expect(slack.thread('C1', 1)).toEqual([]);
    await tenant.alerts.update(
      { number: 1 },
      { $set: { level: 'critical', updated: Date.now() }, $inc: { revision: 1 } },
    );
    await queues.add('changes', { tenant: 'acme', kind: 'alert', number: 1 });
    await vi.waitFor(() => expect(slack.thread('C1', 1)).toHaveLength(2), { timeout: 30_000 });
  });

  it('keeps a thread that is there already true', async () => {
    await tenant.alerts.insert(alertRecord(2, { level: 'low', updated: Date.now() }));
    start();
    await settled();
    // As if it had been posted before there were policies.
    await tenant.notifications.deleteMany({});
    await quiet();
    await tenant.alerts.update(
      { number: 2 },
      { $set: { title: 'Changed', updated: Date.now() }, $inc: { revision: 1 } },
    );
    await queues.add('changes', { tenant: 'acme', kind: 'alert', number: 2 });
    await vi.waitFor(() => expect(slack.thread('C1', 2)[0]).toContain('Changed'), { timeout: 30_000 });
  });

  it('is not looked for in a channel that its rule does not name', async () => {
    const policy = policySchema.parse({ rules: [{ levels: [...LEVELS], send: 'at once', to: ['slack:C1'] }] });
    await store.tenants.updateOne({ _id: 'acme' }, { $set: { notify: { policy, changed: 1, by: 'test' } } });
    await tenant.alerts.insert(alertRecord(2, { updated: Date.now() }));
    const webConsole = new FakeSurface('console');
    const outbox = start([slack, webConsole]);
    await settled();
    await vi.waitFor(async () => expect(await outbox.sweep()).toBe(0), { timeout: 30_000 });
    expect(webConsole.messages).toEqual([]);
  });

  it('is shown in a channel that is bound later', async () => {
    await tenant.alerts.insert(alertRecord(2, { level: 'low', updated: Date.now() }));
    const outbox = start();
    await settled();
    await store.tenants.updateOne(
      { _id: 'acme' },
      { $push: { channels: { surface: 'slack', channel: 'C2', lane: 'provider' } } },
    );
    await outbox.sweep();
    await vi.waitFor(() => expect(slack.thread('C2', 2)).toHaveLength(2), { timeout: 30_000 });
  });
});
