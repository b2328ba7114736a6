import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import { dispatchCard } from '../../commands/cards/digest.js';
import { LEVELS } from '../../engine/detect/types.js';
import { makeDigests } from '../../engine/notify/digest.js';
import { judge } from '../../engine/notify/judge.js';
import type { Digest } from '../../engine/store/dispatches.js';
import { HOUR, openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld(Date.parse('2026-11-24T12:00Z'));
  await world.setPolicy({
    rules: [{ levels: [...LEVELS], send: 'digest', digest: ['18:00'], to: ['slack:C0SOC'] }],
  });
});
afterAll(() => world.pager.stop());
beforeEach(async () => {
  world.now = Date.parse('2026-11-24T12:00Z');
  const tenant = await world.tenant();
  for (const each of [tenant.alerts, tenant.notifications, tenant.dispatches]) await each.deleteMany({});
});

async function held(number: number, level: (typeof LEVELS)[number], more = {}) {
  await world.open(number, level, more);
  const store = await world.tenant();
  const { redis, prefix } = world.queues;
  await judge({ store, redis, prefix, clock: world.clock }, (await store.alerts.findOne({ number }))!);
}
const make = async () => makeDigests(await world.tenant(), world.now);
const digests = async (): Promise<Digest[]> =>
  (await (await world.tenant()).dispatches.find({}, { sort: { created: 1 } })).flatMap(({ content }) =>
    content.kind === 'digest' ? [content.digest] : [],
  );

describe('a digest', () => {
  it('comes at its time, not before, and once', async () => {
    await held(1, 'low');
    expect(await make()).toEqual([]);
    world.now += 6 * HOUR - 1;
    expect(await make()).toEqual([]);
    world.now += 1;
    expect(await make()).toHaveLength(1);
    expect(await make()).toEqual([]);
    expect(await digests()).toMatchObject([{ numbers: [1], counts: { low: 1 } }]);
  });

  it('comes late rather than never when nobody was there at its time', async () => {
    await held(1, 'low');
    world.now += 30 * HOUR;
    expect(await make()).toHaveLength(1);
  });

  it('counts by level, shows the gravest ten first, and what was closed', async () => {
    for (let number = 1; number <= 30; number++) await held(number, number % 10 === 0 ? 'high' : 'low');
    await held(31, 'medium', { state: 'acknowledged' });
    await held(32, 'critical', { state: 'closed', reason: 'benign' });
    world.now += 6 * HOUR;
    await make();
    const [digest] = await digests();
    expect(digest).toMatchObject({ counts: { high: 3, medium: 1, low: 27 }, closed: 1 });
    expect(digest!.top.map(({ number }) => number)).toEqual([10, 20, 30, 31, 1, 2, 3, 4, 5, 6]);
    const [dispatch] = await (await world.tenant()).dispatches.find();
    const text = renderText(dispatchCard(dispatch!, (await world.tenant()).tenant)!, { width: 200 });
    for (const part of [
      '31 open alerts',
      '3 high, 1 medium, 27 low',
      '… and 21 more alerts',
      '1 alert was closed',
      '/mdr alert 10',
    ])
      expect(text).toContain(part);
  });

  it('stays small whatever the alerts hold', async () => {
    const long = `<!channel> ${'x'.repeat(5000)}`;
    for (let number = 1; number <= 60; number++)
      await held(number, 'low', { title: long, entity: { kind: 'host', value: long } });
    world.now += 6 * HOUR;
    await make();
    const [dispatch] = await (await world.tenant()).dispatches.find();
    const card = dispatchCard(dispatch!, (await world.tenant()).tenant);
    expect(JSON.stringify(card).length).toBeLessThan(6000);
    expect(JSON.stringify(dispatch).length).toBeLessThan(10_000);
  });

  it('leaves out nobody who came late for it: they get another one of the same time', async () => {
    await held(1, 'low');
    await held(2, 'low');
    const late = (await (await world.tenant()).notifications.findOne({ number: 2 }))!;
    await (await world.tenant()).notifications.deleteMany({ number: 2 });
    world.now += 6 * HOUR;
    await make();
    world.now += 1000;
    // Judged before, written after: a process that was paused in between.
    await (await world.tenant()).notifications.insert(late);
    expect(await make()).toHaveLength(1);
    expect((await digests()).map(({ numbers }) => numbers)).toEqual([[1], [2]]);
    expect(await (await world.tenant()).notifications.count({ told: null })).toBe(0);
  });

  it('is one for each channel, also when several make it at once', async () => {
    for (let number = 1; number <= 20; number++) await held(number, 'low');
    world.now += 6 * HOUR;
    await Promise.all([make(), make(), make()]);
    const found = await digests();
    expect(found.flatMap(({ numbers }) => numbers).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });
});
