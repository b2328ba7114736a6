import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockKey } from '../../bot/outbox/keys.js';
import { type Outbox, startOutbox } from '../../bot/outbox.js';
import { alertCard } from '../../commands/cards/alert.js';
import { systemClock } from '../../engine/clock.js';
import { log } from '../../engine/log.js';
import type { Queues } from '../../engine/queues.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { acknowledge, assign, close, note, reopen } from '../../engine/triage/work.js';
import { addTenant, alertRecord } from '../commands/world.js';
import { testQueues, testStore } from '../support/services.js';
import { FakeSurface } from './fakesurface.js';

const ana = { id: 'ana', name: 'Ana' };
let store: Store;
let queues: Queues;
let tenant: TenantStore;
let slack: FakeSurface;
let running: Outbox[];

beforeEach(async () => {
  ({ store } = await testStore());
  ({ queues } = await testQueues());
  tenant = await addTenant(store, 'acme', 'Acme', [
    { surface: 'slack', channel: 'C1', lane: 'provider' },
    { surface: 'slack', channel: 'C9', lane: 'customer' },
    { surface: 'discord', channel: 'D1', lane: 'provider' },
  ]);
  slack = new FakeSurface('slack', 5);
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((outbox) => outbox.stop()));
});

function start(more: Partial<Parameters<typeof startOutbox>[0]> = {}): Outbox {
  const outbox = startOutbox({ store, queues, surfaces: [slack], clock: systemClock, log, debounceMs: 100, ...more });
  running.push(outbox);
  return outbox;
}
const add = async (number = 1) => {
  await tenant.alerts.insert(alertRecord(number, { updated: Date.now() }));
};
const tell = (number = 1) => queues.add('changes', { tenant: 'acme', kind: 'alert', number });
const alertNow = async (number = 1) => (await tenant.alerts.findOne({ number }))!;
/** Until the thread shows the record as it is. */
const settled = (surface = slack, channel = 'C1', number = 1) =>
  vi.waitFor(
    async () => {
      const alert = await alertNow(number);
      const root = surface.messages.find((m) => m.channel === channel && m.key.endsWith(`:alert:${number}:root`));
      expect(root?.card).toEqual(alertCard(alert, tenant.tenant));
      expect(surface.thread(channel, number)).toHaveLength(1 + alert.log.length);
    },
    { timeout: 30_000, interval: 25 },
  );

describe('outbox', () => {
  it("posts into the provider's channels of the surfaces that run, and into the console's without a binding", async () => {
    const webConsole = new FakeSurface('console');
    start({ surfaces: [slack, webConsole] });
    await add();
    await tell();
    await settled();
    await settled(webConsole, 'acme/alerts');
    expect(new Set(slack.messages.map(({ channel }) => channel))).toEqual(new Set(['C1']));
  });

  it('loses no change of many at once, posts nothing twice, and works on a thread one at a time', async () => {
    start();
    start();
    await add();
    const work = async (i: number) => {
      await note(tenant, 1, { id: `p${i % 5}`, name: `P${i % 5}` }, systemClock, `note ${i}`);
      await tell();
    };
    for (let i = 0; i < 15; i += 5) await Promise.all([0, 1, 2, 3, 4].map((j) => work(i + j)));
    await acknowledge(tenant, 1, ana, systemClock);
    await tell();
    await settled();
    const keys = slack.messages.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    const order = (await alertNow()).log.map(({ id }) => id);
    expect(slack.messages.slice(1).map(({ key }) => key.split(':').at(-1))).toEqual(order);
    expect(slack.mostAtOnce).toBe(1);
  });

  it('debounces edits, and the last state arrives', async () => {
    start({ debounceMs: 400 });
    await add();
    await tell();
    await settled();
    for (let i = 0; i < 4; i++) {
      await acknowledge(tenant, 1, ana, systemClock);
      await tell();
      await close(tenant, 1, ana, systemClock, 'benign');
      await tell();
      await reopen(tenant, 1, ana, systemClock);
      await tell();
    }
    await assign(tenant, 1, ana, systemClock, ana);
    await tell();
    await settled();
    expect(slack.messages[0]!.edits).toBeLessThanOrEqual(3);
  });

  it("waits for the server's time after a rate limit, and holds the whole channel meanwhile", async () => {
    let limited = 0;
    slack.fault = (operation) => {
      if (operation !== 'post' || limited > 0) return null;
      limited = Date.now();
      return 700;
    };
    await Promise.all([1, 2, 3, 4].map(add));
    start();
    await Promise.all([1, 2, 3, 4].map(tell));
    for (const number of [1, 2, 3, 4]) await settled(slack, 'C1', number);
    const early = slack.calls.filter(({ at }) => at > limited + 20 && at < limited + 650);
    expect(early).toEqual([]);
    expect(slack.messages).toHaveLength(8);
    expect(await queues.queue('outbox').getJobCounts('failed')).toEqual({ failed: 0 });
  });

  it('tries again after the surface was away or its answer was lost', async () => {
    slack.fault = (operation, _card, count) => {
      if (operation !== 'post') return null;
      return count === 1 ? 'unavailable' : count === 3 ? 'lost' : null;
    };
    // Its first sweep is over before there is anything to find.
    await start().sweep();
    await add();
    await tell();
    await settled();
    expect(slack.messages).toHaveLength(2);
  });

  it('waits while somebody else works on the thread, and takes over when they died', async () => {
    await add();
    const key = lockKey(queues.prefix, { tenant: 'acme', surface: 'slack', channel: 'C1', number: 1 });
    await queues.redis.set(key, 'a process that was killed', 'PX', 800);
    const since = Date.now();
    start();
    await tell();
    await sleep(300);
    expect(slack.calls).toEqual([]);
    await settled();
    expect(Date.now() - since).toBeGreaterThanOrEqual(750);
  });

  it('finds a change that nobody told it of: at its start, and while it runs', async () => {
    await add(1);
    const outbox = start();
    await settled();
    await acknowledge(tenant, 1, ana, systemClock);
    expect(await outbox.sweep()).toBe(1);
    await settled();
    await vi.waitFor(async () => expect(await outbox.sweep()).toBe(0), { timeout: 30_000 });
  });

  it('sweeps by itself, and again after a delivery that failed', async () => {
    slack.fault = (operation, _card, count) => (operation === 'post' && count <= 2 ? 'unavailable' : null);
    await add(1);
    start({ sweepMs: 150 });
    await settled();
    expect(slack.messages).toHaveLength(2);
  });

  it('does not let one broken channel hold up another', async () => {
    const webConsole = new FakeSurface('console');
    slack.fault = () => 'gone';
    start({ surfaces: [slack, webConsole] });
    await add();
    await tell();
    await settled(webConsole, 'acme/alerts');
    await vi.waitFor(async () => expect(await tenant.posts.count({ state: 'gone' })).toBe(1), { timeout: 30_000 });
  });

  it('drops a change of a tenant or alert that does not exist', async () => {
    start();
    await queues.add('changes', { tenant: 'nobody', kind: 'alert', number: 1 });
    await tell(77);
    await add();
    await tell();
    await settled();
    expect(await queues.queue('changes').getJobCounts('failed', 'delayed')).toEqual({ failed: 0, delayed: 0 });
  });

  it('finishes what is in hand when it stops, and takes no more', async () => {
    const outbox = start();
    await add();
    await tell();
    await vi.waitFor(() => expect(slack.calls.length).toBeGreaterThan(0), { timeout: 30_000 });
    await outbox.stop();
    expect(slack.thread('C1')).toHaveLength(2);
    await acknowledge(tenant, 1, ana, systemClock);
    await tell();
    await sleep(200);
    expect(slack.thread('C1')).toHaveLength(2);
    start();
    await settled();
  });
});
