import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LEVELS } from '../../engine/detect/types.js';
import { judge } from '../../engine/notify/judge.js';
import { admit } from '../../engine/notify/storm.js';
import { HOUR, MINUTE, openWorld, type World } from './world.js';

const ALL = [...LEVELS];
const T0 = Date.parse('2026-11-24T12:00Z');
let world: World;

beforeAll(async () => {
  world = await openWorld(T0);
});
afterAll(() => world.pager.stop());
beforeEach(async () => {
  world.now += 30 * 24 * HOUR;
  const tenant = await world.tenant();
  for (const each of [tenant.alerts, tenant.notifications, tenant.escalations, tenant.dispatches])
    await each.deleteMany({});
});

async function judged(number: number) {
  const { redis, prefix } = world.queues;
  const store = await world.tenant();
  const alert = (await store.alerts.findOne({ number }))!;
  const { notifications } = await judge({ store, redis, prefix, clock: world.clock }, alert);
  return Object.fromEntries(notifications.map((n) => [`${n.surface}:${n.channel}`, n]));
}
const inSoc = async (number: number) => (await judged(number))['slack:C0SOC'];

describe('the judgement of an alert', () => {
  it('goes to the provider’s channels by default, and never to the customer’s', async () => {
    await world.setPolicy({ rules: [{ levels: ALL, send: 'at once' }] });
    await world.open(1, 'informational');
    const found = await judged(1);
    expect(Object.keys(found).sort()).toEqual(['console:acme/alerts', 'slack:C0SOC']);
    expect(Object.values(found).map(({ how }) => how)).toEqual(['now', 'now']);
  });

  it('goes to the channels that the rule names; to the whole lane when none of them is bound any more', async () => {
    const rules = (to: string[]) => ({ rules: [{ levels: ALL, send: 'at once', to }] });
    await world.open(1, 'low');
    await world.open(2, 'low');
    await world.open(3, 'low');
    await world.setPolicy(rules(['slack:C0SOC']));
    expect(Object.keys(await judged(1))).toEqual(['slack:C0SOC']);
    await world.setPolicy(rules(['console']));
    expect(Object.keys(await judged(2))).toEqual(['console:acme/alerts']);
    await world.setPolicy(rules(['slack:C0GONE', 'slack:C0CUST']));
    expect(Object.keys(await judged(3)).sort()).toEqual(['console:acme/alerts', 'slack:C0SOC']);
  });

  it('holds when it is made again, whatever the policy says by then, unless the alert has become graver', async () => {
    const policy = {
      rules: [
        { levels: ['informational', 'low', 'medium'], send: 'digest', digest: ['07:00'] },
        { levels: ['high', 'critical'], send: 'at once' },
      ],
    };
    await world.setPolicy(policy);
    await world.open(1, 'low');
    const first = await inSoc(1);
    expect(first).toMatchObject({ how: 'digest', why: 'rule' });
    world.now += HOUR;
    await world.setPolicy({ rules: [{ levels: ALL, send: 'at once' }] });
    expect(await inSoc(1)).toEqual(first);

    await world.setPolicy(policy);
    const tenant = await world.tenant();
    await tenant.alerts.update({ number: 1 }, { $set: { level: 'high', score: 70 } });
    expect(await inSoc(1)).toMatchObject({ how: 'now', level: 'high', due: null });
    expect(await tenant.notifications.count()).toBe(2);
  });

  it('is made anew when the score has come to what a rule asks for', async () => {
    await world.setPolicy({
      rules: [
        { score: 90, send: 'at once' },
        { levels: ALL, send: 'digest', digest: ['07:00'] },
      ],
    });
    await world.open(1, 'critical', { score: 85 });
    const first = await inSoc(1);
    const tenant = await world.tenant();
    await tenant.alerts.update({ number: 1 }, { $set: { score: 89 } });
    expect(await inSoc(1)).toEqual(first);
    await tenant.alerts.update({ number: 1 }, { $set: { score: 90 } });
    expect(await inSoc(1)).toMatchObject({ how: 'now', score: 90 });
  });

  it('puts a graver alert into the next digest, after an earlier digest told it', async () => {
    await world.setPolicy({ rules: [{ levels: ALL, send: 'digest', digest: ['07:00'] }] });
    await world.open(1, 'low');
    await judged(1);
    const tenant = await world.tenant();
    await tenant.notifications.updateMany({}, { $set: { told: 'a digest' } });
    world.now += 24 * HOUR;
    await tenant.alerts.update({ number: 1 }, { $set: { level: 'medium' } });
    const again = await inSoc(1);
    expect(again).toMatchObject({ how: 'digest', told: null, level: 'medium' });
    expect(again!.due).toBeGreaterThan(world.now);
  });

  it('is one and the same for several who judge at once', async () => {
    await world.setPolicy({ rules: [{ levels: ALL, send: 'at once' }], storm: { posts: 3, minutes: 10 } });
    for (let number = 1; number <= 6; number++) await world.open(number, 'high');
    const all = await Promise.all(
      [1, 2, 3, 4, 5, 6].flatMap((number) => [inSoc(number), inSoc(number), inSoc(number)]),
    );
    const byNumber = new Map<number, Set<string>>();
    for (const one of all) byNumber.set(one!.number, (byNumber.get(one!.number) ?? new Set()).add(one!.how));
    expect([...byNumber.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1, 1, 1]);
    expect([...byNumber.values()].filter((hows) => hows.has('now'))).toHaveLength(3);
  });
});

describe('a storm', () => {
  it('posts so many in so many minutes, counts the rest in one storm, and lets the gravest through', async () => {
    await world.setPolicy({ rules: [{ levels: ALL, send: 'at once' }], storm: { posts: 2, minutes: 10 } });
    for (const number of [1, 2, 3, 4]) await world.open(number, 'high');
    await world.open(5, 'critical');
    const hows = [];
    for (const number of [1, 2, 3, 4, 5]) hows.push((await inSoc(number))!);
    expect(hows.map(({ how }) => how)).toEqual(['now', 'now', 'storm', 'storm', 'now']);
    expect(hows[2]).toMatchObject({ why: 'storm', due: null, storm: { rule: 'LSASS memory read' } });
    // The same alert again takes no place of another.
    expect((await inSoc(1))!.how).toBe('now');
    world.now += 10 * MINUTE + 1;
    await world.open(6, 'high');
    expect((await inSoc(6))!.how).toBe('now');
  });
});

describe('the bound of a storm', () => {
  it('is asked about the same alert any number of times without using up places', async () => {
    const { redis, prefix } = world.queues;
    const ask = (number: number) =>
      admit(
        redis,
        prefix,
        { posts: 1, minutes: 10, through: [] },
        { tenant: 'acme', channel: 'x', number, now: world.now },
      );
    expect([await ask(1), await ask(1), await ask(2), await ask(1)]).toEqual([true, true, false, true]);
  });
});

describe('a repeat', () => {
  const like = { entity: { kind: 'host', value: 'WS-042' }, rules: [] as never[] } as const;
  const policy = (into: string) => ({
    rules: [{ levels: ALL, send: 'at once' }],
    repeats: { hours: 24, into, upTo: 'high', digest: ['08:00'] },
  });

  it('becomes a reply in the thread of the first, which counts', async () => {
    await world.setPolicy(policy('thread'));
    for (const number of [1, 2, 3]) {
      await world.open(number, 'high', like);
      await judged(number);
      await judged(number);
      world.now += HOUR;
    }
    expect(await inSoc(2)).toMatchObject({ how: 'repeat', of: 1 });
    const { log } = (await (await world.tenant()).alerts.findOne({ number: 1 }))!;
    expect(log.map(({ kind }) => kind)).toEqual(['opened', 'repeated', 'repeated']);
    expect(log[2]!.text).toContain('Alert 3 is the same again');
    expect(log[2]!.text).toContain('Repeat 2');
  });

  it('is counted in a digest when the policy says so', async () => {
    await world.setPolicy(policy('digest'));
    await world.open(1, 'high', like);
    await world.open(2, 'high', like);
    await judged(1);
    expect(await inSoc(2)).toMatchObject({ how: 'digest', why: 'repeat', of: 1 });
  });

  it.each([
    ['on another entity', 'high', { ...like, entity: { kind: 'host', value: 'WS-043' } }, 0, 'high'],
    ['by another rule', 'high', { entity: like.entity }, 0, 'high'],
    ['that is graver than the first', 'high', like, 0, 'medium'],
    ['that is too grave to be held back', 'critical', like, 0, 'critical'],
    ['after the time', 'high', like, 25, 'high'],
  ] as const)('is none %s', async (_name, level, more, hours, first) => {
    await world.setPolicy(policy('thread'));
    await world.open(1, first, like);
    await judged(1);
    world.now += hours * HOUR;
    await world.open(2, level, more as never);
    expect(await inSoc(2)).toMatchObject({ how: 'now' });
  });

  it('keeps a thread readable when something comes again hundreds of times', async () => {
    await world.setPolicy(policy('thread'));
    for (let number = 1; number <= 41; number++) {
      await world.open(number, 'low', like);
      await judged(number);
    }
    const { log } = (await (await world.tenant()).alerts.findOne({ number: 1 }))!;
    expect(log.filter(({ kind }) => kind === 'repeated')).toHaveLength(13);
    expect(log.at(-1)!.text).toContain('Repeat 40');
  });
});
