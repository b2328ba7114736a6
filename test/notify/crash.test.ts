import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dispatch } from '../../engine/store/dispatches.js';
import type { Store } from '../../engine/store/index.js';
import { acknowledge } from '../../engine/triage/work.js';
import { HOUR, MINUTE, openWorld, type World, ways } from './world.js';

class Crash extends Error {}

/** Everything the engine does to the world is a step; at one of them it dies, before or after the step took effect. */
function mortal(dieAt: number, when: 'before' | 'after') {
  let step = 0;
  let dead = false;
  const act = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead) throw new Crash();
    step++;
    const dies = step === dieAt;
    if (dies && when === 'before') {
      dead = true;
      throw new Crash();
    }
    const result = await work();
    if (dies) {
      dead = true;
      throw new Crash();
    }
    return result;
  };
  const guard = <T extends object>(target: T, names: readonly string[]): T =>
    new Proxy(target, {
      get(of, name) {
        const value = Reflect.get(of, name);
        if (typeof value !== 'function') return value;
        if (!names.includes(String(name))) return value.bind(of);
        return (...args: unknown[]) => act(() => value.apply(of, args));
      },
    });
  return { act, guard, steps: () => step, isDead: () => dead };
}

let world: World;
beforeAll(async () => {
  world = await openWorld(Date.parse('2026-11-24T12:00Z'));
  await world.setPolicy({
    rules: [
      { levels: ['critical', 'high'], send: 'at once', escalate: 'soc' },
      { levels: ['medium', 'low', 'informational'], send: 'digest', digest: { every: 1 } },
    ],
    chains: {
      soc: {
        steps: [
          { after: 5, people: ['ana'], page: ['main', 'hook'] },
          { after: 10, people: ['bo'] },
        ],
      },
    },
    ways: ways(world.pager),
  });
});
afterAll(() => world.pager.stop());

const WRITES = ['insert', 'insertNew', 'update', 'updateMany', 'upsert'];
const COLLECTIONS = ['alerts', 'notifications', 'escalations', 'dispatches'] as const;

/** An alert that escalates, one that waits for the digest, an acknowledgement; the first engine is mortal, the second is not. */
async function story(dieAt: number, when: 'before' | 'after') {
  const tenant = await world.tenant();
  for (const name of COLLECTIONS) await tenant[name].deleteMany({});
  world.pager.events.length = 0;
  world.pager.hooks.length = 0;
  world.pager.incidents.clear();
  world.now += 48 * HOUR;
  const start = world.now;

  const life = mortal(dieAt, when);
  const store: Store = {
    ...world.store,
    async forTenant(id) {
      const own = await world.store.forTenant(id);
      return { ...own, ...Object.fromEntries(COLLECTIONS.map((name) => [name, life.guard(own[name], WRITES)])) };
    },
  };
  const first = world.engine({ store, queues: life.guard(world.queues, ['addBulk']) });
  let second: typeof first | null = null;
  const at = async (minute: number) => {
    world.now = start + minute * MINUTE;
    await first.tick().catch(() => {});
    if (life.isDead()) {
      second ??= world.engine();
      await second.tick();
    }
  };
  await world.open(1, 'high');
  await world.open(2, 'low');
  await at(0);
  await at(5);
  await at(6);
  await acknowledge(tenant, 1, { id: 'ana', name: 'Ana Silva' }, world.clock);
  await at(7);
  await at(12);
  await at(60);
  await at(61);
  await first.stop();
  await (second as typeof first | null)?.stop();
  return life.steps();
}

describe('an engine that is killed anywhere', () => {
  it('leaves nothing undone for the next one, and nothing done twice', { timeout: 300_000 }, async () => {
    const total = await story(Number.POSITIVE_INFINITY, 'before');
    expect(total).toBeGreaterThan(15);
    for (const when of ['before', 'after'] as const) {
      for (let dieAt = 1; dieAt <= total; dieAt++) {
        await story(dieAt, when);
        const tenant = await world.tenant();
        const log = (await tenant.alerts.findOne({ number: 1 }))!.log;
        const dispatches = await tenant.dispatches.find();
        const digests = dispatches.filter((d): d is Dispatch => d.content.kind === 'digest');
        const found = {
          dieAt,
          when,
          log: log.map(({ kind }) => kind),
          incidents: [...world.pager.incidents.values()].map(({ state }) => state),
          hooks: [...new Set(world.pager.hooks.map(({ id, body }) => `${id} ${body.type}`))].map(
            (h) => h.split(' ')[1],
          ),
          digests: digests.map(({ to, content }) => [
            to.kind === 'channel' && to.surface,
            content.kind === 'digest' && content.digest.numbers.join(),
          ]),
          untold: await tenant.notifications.count({ how: 'digest', told: null }),
        };
        found.digests.sort();
        expect(found).toEqual({
          dieAt,
          when,
          log: ['opened', 'escalated', 'acknowledged'],
          incidents: ['acknowledged'],
          hooks: ['alert.escalated', 'alert.acknowledged'],
          digests: [
            ['console', '2'],
            ['slack', '2'],
          ],
          untold: 0,
        });
      }
    }
  });
});
