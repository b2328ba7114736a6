import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../bot/outbox/attempt.js';
import { entryKey, rootKey } from '../../bot/outbox/keys.js';
import { Later } from '../../bot/outbox/later.js';
import { bringUp } from '../../bot/outbox/thread.js';
import { alertCard } from '../../commands/cards/alert.js';
import { log } from '../../engine/log.js';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { acknowledge, close, note } from '../../engine/triage/work.js';
import { addTenant, alertRecord, NOW } from '../commands/world.js';
import { testStore } from '../support/services.js';
import { FakeSurface } from './fakesurface.js';

const ana = { id: 'ana', name: 'Ana' };
const thread = { tenant: 'acme', surface: 'fake', channel: 'C1', number: 1 };
const EXPECTED = ['Opened', 'Acknowledged by Ana', 'Note by Ana', 'Closed by Ana'];

let store: Store;
let tenant: TenantStore;
let surface: FakeSurface;
let now = NOW;
const clock = () => now;

beforeAll(async () => {
  ({ store } = await testStore());
  tenant = await addTenant(store, 'acme', 'Acme');
});
beforeEach(async () => {
  now = NOW;
  surface = new FakeSurface('fake');
  await tenant.posts.deleteMany({});
  await tenant.alerts.deleteMany({});
  await tenant.alerts.insert(alertRecord(1));
});

function delivery(more: Partial<Delivery> = {}): Delivery {
  const hold = {
    check: async () => {},
    set: async (ms: number): Promise<never> => {
      throw new Later(ms);
    },
  };
  return { store: tenant, surface, thread, hold, held: async () => true, clock, log, debounceMs: 2000, ...more };
}

const live = async () => {
  await acknowledge(tenant, 1, ana, clock);
  await note(tenant, 1, ana, clock, 'looked at it');
  await close(tenant, 1, ana, clock, 'benign');
};
const current = async () => alertCard((await tenant.alerts.findOne({ number: 1 }))!, tenant.tenant);
const root = () => tenant.posts.findOne({ _id: rootKey(thread) });

/** As the queue does: again after every failure, with time going by. */
async function untilDone(make: () => Delivery): Promise<number> {
  for (let attempts = 1; attempts < 60; attempts++) {
    try {
      await bringUp(make());
      return attempts;
    } catch (error) {
      now += error instanceof Later ? error.ms : 1000;
    }
  }
  throw new Error('never done');
}

describe('a thread follows its record', () => {
  it('posts the alert and its entries in order, and does nothing when nothing changed', async () => {
    await live();
    await bringUp(delivery());
    expect(surface.thread('C1').slice(1)).toEqual(EXPECTED);
    expect(surface.messages[0]!.card).toEqual(await current());
    const calls = surface.calls.length;
    await bringUp(delivery());
    expect(surface.calls).toHaveLength(calls);
    expect(await root()).toMatchObject({ state: 'sent', revision: 4, message: 'm1' });
  });

  it('edits the first message at most once in the debounce time, and the last state arrives', async () => {
    await bringUp(delivery());
    now += 100;
    await acknowledge(tenant, 1, ana, clock);
    await expect(bringUp(delivery())).rejects.toMatchObject({ ms: 1900 });
    expect(surface.thread('C1')).toHaveLength(3);
    await close(tenant, 1, ana, clock, 'benign');
    now += 1900;
    await bringUp(delivery());
    expect(surface.messages[0]).toMatchObject({ edits: 1, card: await current() });
    expect((await root())!.revision).toBe(3);
  });

  it('looks for a message whose fate is unknown, and does not post it twice', async () => {
    surface.fault = (operation, _card, count) => (operation === 'post' && count <= 2 ? 'lost' : null);
    await live();
    await untilDone(delivery);
    expect(surface.thread('C1').slice(1)).toEqual(EXPECTED);
    expect(surface.messages).toHaveLength(5);
    expect(surface.messages[0]!.card).toEqual(await current());
  });

  it('does not look again after a failure that certainly stored nothing', async () => {
    surface.fault = (operation, _card, count) =>
      operation === 'post' && count === 1 ? 'unavailable' : operation === 'post' && count === 2 ? 700 : null;
    await untilDone(delivery);
    expect(surface.calls.map(({ operation }) => operation)).toEqual(['post', 'post', 'post', 'post']);
    expect(surface.thread('C1')).toHaveLength(2);
  });

  it('brings the first message up to date when it was found after a change', async () => {
    surface.fault = (_operation, _card, count) => (count === 1 ? 'lost' : null);
    await expect(bringUp(delivery())).rejects.toMatchObject({ kind: 'unknown' });
    await acknowledge(tenant, 1, ana, clock);
    surface.fault = () => null;
    await untilDone(delivery);
    expect(surface.messages[0]!.card).toEqual(await current());
  });

  it.each(['post', 'edit'] as const)('stops for good when channel or message is gone (%s)', async (when) => {
    if (when === 'edit') await bringUp(delivery());
    surface.fault = (operation) => (operation === when ? 'gone' : null);
    await acknowledge(tenant, 1, ana, clock);
    await untilDone(delivery);
    const calls = surface.calls.length;
    surface.fault = () => null;
    await close(tenant, 1, ana, clock, 'benign');
    await bringUp(delivery());
    expect(surface.calls).toHaveLength(calls);
    expect((await root())!.state).toBe('gone');
  });

  it('stops when the thread is gone for a reply', async () => {
    surface.fault = (operation, _card, count) => (operation === 'post' && count === 2 ? 'gone' : null);
    await live();
    await bringUp(delivery());
    expect(surface.messages).toHaveLength(1);
    expect((await root())!.state).toBe('gone');
  });

  it('sends a plain form once when a card is refused, and goes on', async () => {
    surface.fault = (operation, card) =>
      operation === 'post' && JSON.stringify(card).includes('looked at it') ? 'refused' : null;
    await live();
    await bringUp(delivery());
    expect(surface.thread('C1').slice(1)).toEqual(EXPECTED);
    expect(JSON.stringify(surface.messages[3]!.card)).toContain('cannot be shown in full');
    expect(await tenant.posts.count({ state: 'refused' })).toBe(0);
  });

  it('keeps record of what is refused even in its plain form, posts the rest, and does not try it again', async () => {
    const noteText = (card: unknown) => JSON.stringify(card).includes('Note by Ana');
    surface.fault = (operation, card) => (operation === 'post' && noteText(card) ? 'refused' : null);
    await live();
    await bringUp(delivery());
    await bringUp(delivery());
    expect(surface.thread('C1').slice(1)).toEqual(['Opened', 'Acknowledged by Ana', 'Closed by Ana']);
    expect(await tenant.posts.count({ state: 'refused' })).toBe(1);
    expect(surface.calls.filter(({ operation }) => operation === 'post')).toHaveLength(6);
  });

  it('sends nothing once another has taken over the thread', async () => {
    await expect(bringUp(delivery({ held: async () => false }))).rejects.toBeInstanceOf(Later);
    expect(surface.calls).toEqual([]);
  });

  it('keeps the same alert apart in other channels and other tenants', async () => {
    const other = await addTenant(store, 'zeta', 'Zeta');
    await other.alerts.insert(alertRecord(1, { title: 'another' }));
    await bringUp(delivery());
    await bringUp(delivery({ store: other, thread: { ...thread, tenant: 'zeta' } }));
    await bringUp(delivery({ thread: { ...thread, channel: 'C2' } }));
    expect(surface.messages.filter((m) => m.thread === null)).toHaveLength(3);
    expect(entryKey(thread, 'x')).not.toBe(entryKey({ ...thread, tenant: 'zeta' }, 'x'));
  });
});

describe('killed half-way', () => {
  class Crash extends Error {}
  /** Everything the delivery does outside of itself is a step; at one of them it dies, before or after the step took effect. */
  function crashing(dieAt: number, when: 'before' | 'after') {
    let step = 0;
    let dead = false;
    const guard = <T extends object>(target: T, names: readonly string[]): T =>
      new Proxy(target, {
        get(of, name) {
          const value = Reflect.get(of, name);
          if (typeof value !== 'function') return value;
          if (!names.includes(String(name))) return value.bind(of);
          return async (...args: unknown[]) => {
            step++;
            const dies = step === dieAt;
            if (dead || (dies && when === 'before')) {
              dead = true;
              throw new Crash();
            }
            const result = await value.apply(of, args);
            if (dies) {
              dead = true;
              throw new Crash();
            }
            return result;
          };
        },
      });
    const posts = guard(tenant.posts, ['insert', 'update']);
    return {
      made: delivery({ store: { ...tenant, posts }, surface: guard(surface, ['post', 'edit', 'find']) }),
      steps: () => step,
    };
  }

  it('has nothing missing, nothing twice and the order kept, wherever it dies', async () => {
    const runs = async (
      act: (make: () => Delivery) => Promise<void>,
      die: { at: number; when: 'before' | 'after' },
    ) => {
      await tenant.posts.deleteMany({});
      await tenant.alerts.deleteMany({});
      await tenant.alerts.insert(alertRecord(1));
      surface = new FakeSurface('fake');
      const { made, steps } = crashing(die.at, die.when);
      let first = true;
      await act(() => {
        const next = first ? made : delivery();
        first = false;
        return next;
      });
      return steps();
    };
    const story = async (make: () => Delivery) => {
      // The first message is posted, then the record goes on: the delivery that dies has posts and an edit before it.
      await bringUp(delivery());
      now += 5000;
      await live();
      await untilDone(make);
    };
    const fromStart = async (make: () => Delivery) => {
      await live();
      await untilDone(make);
    };
    for (const act of [story, fromStart]) {
      const total = await runs(act, { at: Number.POSITIVE_INFINITY, when: 'before' });
      expect(total).toBeGreaterThan(8);
      for (const when of ['before', 'after'] as const) {
        for (let at = 1; at <= total; at++) {
          await runs(act, { at, when });
          const shown = { at, when, thread: surface.thread('C1').slice(1), messages: surface.messages.length };
          expect(shown).toEqual({ at, when, thread: EXPECTED, messages: 5 });
          expect(surface.messages[0]!.card).toEqual(await current());
          expect((await root())!.revision).toBe(4);
        }
      }
    }
  });
});
