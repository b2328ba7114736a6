import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { log } from '../../engine/log.js';
import { deliver } from '../../engine/notify/deliver.js';
import type { Notify } from '../../engine/notify/index.js';
import { openSecrets } from '../../engine/notify/secrets.js';
import { httpSender } from '../../engine/notify/send.js';
import { takeSteps } from '../../engine/notify/steps.js';
import { acknowledge } from '../../engine/triage/work.js';
import { MINUTE, openWorld, paging, type World, ways } from './world.js';

const T0 = Date.parse('2026-11-24T12:00Z');
const ana = { id: 'ana', name: 'Ana Silva' };
let world: World;
let engine: Notify;

beforeEach(async () => {
  world = await openWorld(T0);
  await world.setPolicy(paging(world.pager, [{ after: 1, page: ['main'] }]));
  engine = world.engine();
  await world.open(1, 'high');
  await engine.tick();
});
afterEach(async () => {
  await engine.stop();
  await world.pager.stop();
});

async function pass(minutes: number) {
  for (let i = 0; i < minutes; i++) {
    world.now += MINUTE;
    await engine.tick();
  }
}
const dispatches = async () => (await world.tenant()).dispatches.find({}, { sort: { created: 1 } });
const lastEntry = async () => (await (await world.tenant()).alerts.findOne({ number: 1 }))!.log.at(-1)!;

describe('a page', () => {
  it('is tried again, later and later, until it is taken', async () => {
    world.pager.fault({ status: 503 }, 'reset', 'silent', { status: 500 });
    await pass(20);
    expect(world.pager.events).toHaveLength(1);
    expect(world.pager.requests).toBe(5);
    expect(await dispatches()).toMatchObject([{ state: 'sent', attempts: 5 }]);
  });

  it('waits as long as the receiver says', async () => {
    world.pager.fault({ status: 429, retryAfter: 600 });
    await pass(10);
    expect(world.pager.requests).toBe(1);
    await pass(2);
    expect(world.pager.events).toHaveLength(1);
  });

  it('whose answer was lost is sent again under the same key, so that it is one incident', async () => {
    world.pager.fault('lost');
    await pass(5);
    expect(world.pager.events).toHaveLength(2);
    expect(world.pager.incidents.size).toBe(1);
  });

  it('that is refused is not tried again; the thread says that somebody has to be called', async () => {
    await world.secrets.keep(await world.tenant(), 'pd-key', 'a wrong routing key', world.clock);
    await pass(30);
    expect(world.pager.requests).toBe(1);
    expect(await dispatches()).toMatchObject([{ state: 'failed', error: 'HTTP 400' }]);
    expect((await lastEntry()).text).toContain('Paging by main failed: HTTP 400');
  });

  it('that fails for hours is given up, and the thread says so', async () => {
    world.pager.fault(...Array.from({ length: 100 }, () => ({ status: 503 })));
    await pass(240);
    expect(await dispatches()).toMatchObject([{ state: 'failed', attempts: 16 }]);
    expect((await lastEntry()).text).toContain('Paging by main failed: HTTP 503');
  });

  it('does not leave when somebody acknowledges before it could', async () => {
    world.pager.fault({ status: 503 });
    await pass(1);
    await acknowledge(await world.tenant(), 1, ana, world.clock);
    await pass(10);
    // What was tried may have arrived, so that they are told; it is not tried again.
    expect(world.pager.events.map(({ event_action }) => event_action)).toEqual(['acknowledge']);
    expect((await dispatches())[0]).toMatchObject({ state: 'dropped' });
  });

  it('never gets ahead of the one before it about the same alert', async () => {
    await pass(1);
    world.pager.fault({ status: 503 }, { status: 503 });
    await acknowledge(await world.tenant(), 1, ana, world.clock);
    await pass(1);
    const { close } = await import('../../engine/triage/work.js');
    await close(await world.tenant(), 1, ana, world.clock, 'benign');
    await pass(10);
    expect(world.pager.events.map(({ event_action }) => event_action)).toEqual(['trigger', 'acknowledge', 'resolve']);
  });

  it('is not held up by hundreds of others that wait to be tried again', async () => {
    const tenant = await world.tenant();
    const waiting = Array.from({ length: 300 }, (_, i) => ({
      _id: `waiting-${i}`,
      to: { kind: 'way' as const, name: 'hook' },
      content: { kind: 'test' as const, by: 'x' },
      state: 'due' as const,
      attempts: 3,
      due: T0 + 600 * MINUTE,
      created: T0 - MINUTE,
      ended: null,
      error: 'HTTP 503',
    }));
    await tenant.dispatches.insertNew(waiting);
    await pass(1);
    expect(world.pager.events).toHaveLength(1);
  });

  it('that only follows says nothing in the thread when it fails', async () => {
    await pass(1);
    await acknowledge(await world.tenant(), 1, ana, world.clock);
    world.pager.fault({ status: 400 });
    await pass(1);
    expect((await dispatches()).map(({ state }) => state).sort()).toEqual(['failed', 'sent']);
    expect(await lastEntry()).toMatchObject({ kind: 'acknowledged' });
  });

  it('is sent once by however many engines find it at the same moment', async () => {
    world.now += MINUTE;
    const tenant = await world.tenant();
    await takeSteps(world.store, tenant, world.now);
    const parts = {
      store: tenant,
      secrets: world.secrets,
      send: httpSender([world.pager.host]),
      clock: world.clock,
      log: log.child({}, { level: 'silent' }),
    };
    await Promise.all([deliver(parts), deliver(parts), deliver(parts), deliver(parts)]);
    expect(world.pager.requests).toBe(1);
    expect(await dispatches()).toMatchObject([{ state: 'sent', attempts: 1 }]);
  });

  it.each([
    ['its secret is missing', { main: { kind: 'pagerduty', secret: 'nothing' } }, /no secret "nothing"/],
    [
      'its address is inside',
      { main: { kind: 'webhook', url: 'https://10.0.0.1/', secret: 'hook-key' } },
      /not on the internet/,
    ],
  ])('fails, and says why, when %s', async (_name, more, expected) => {
    await world.setPolicy({
      ...paging(world.pager, [{ after: 1, page: ['main'] }]),
      ways: { ...ways(world.pager), ...more },
    });
    await pass(1);
    expect(await dispatches()).toMatchObject([{ state: 'failed', error: expect.stringMatching(expected) }]);
  });

  it('shows its secret to nobody: not in records, not in threads', async () => {
    world.pager.fault({ status: 400 });
    await pass(3);
    const tenant = await world.tenant();
    const all = JSON.stringify([
      tenant.tenant,
      await dispatches(),
      await tenant.alerts.find(),
      await tenant.escalations.find(),
    ]);
    expect(all).toContain('failed');
    expect(all).not.toContain(world.pager.routingKey);
  });

  it('fails while the engine has no key, and the alert says so', async () => {
    await engine.stop();
    engine = world.engine({ secrets: openSecrets(undefined) });
    await pass(1);
    expect((await lastEntry()).text).toContain('no key to keep secrets with');
  });
});
