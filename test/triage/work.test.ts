import { beforeAll, describe, expect, it } from 'vitest';
import type { Store, TenantStore } from '../../engine/store/index.js';
import { acknowledge, assign, close, MAX_TEXT, note, reopen } from '../../engine/triage/work.js';
import { addTenant, alertRecord, NOW } from '../commands/world.js';
import { testStore } from '../support/services.js';

const ana = { id: 'ana', name: 'Ana' };
const bo = { id: 'bo', name: 'Bo' };
const clock = () => NOW + 5000;

let store: Store;
let tenant: TenantStore;
let number = 0;
const fresh = async (more: Parameters<typeof alertRecord>[1] = {}) => {
  number++;
  await tenant.alerts.insert(alertRecord(number, { log: [], ...more }));
  return number;
};
const stored = async (n: number) => (await tenant.alerts.findOne({ number: n }))!;

beforeAll(async () => {
  ({ store } = await testStore());
  tenant = await addTenant(store, 'acme', 'Acme');
});

describe('transitions of an alert', () => {
  it('goes through its life, each step written down once with who and when', async () => {
    const n = await fresh();
    await acknowledge(tenant, n, ana, clock);
    await assign(tenant, n, ana, clock, bo);
    await note(tenant, n, bo, clock, 'asked the owner');
    const closed = await close(tenant, n, bo, clock, 'benign', 'backup job');
    expect(closed).toMatchObject({ changed: true, alert: { state: 'closed', reason: 'benign', closed: NOW + 5000 } });
    expect(closed.alert).toEqual(await stored(n));
    const reopened = await reopen(tenant, n, ana, clock);
    expect(reopened.alert).toEqual(await stored(n));
    expect(reopened.alert).toMatchObject({
      state: 'acknowledged',
      assignee: bo,
      acknowledged: NOW + 5000,
      revision: 6,
    });
    expect(reopened.alert).not.toHaveProperty('reason');
    expect(reopened.alert).not.toHaveProperty('closed');
    expect(reopened.alert.log.map(({ kind, actor, text }) => [kind, actor, text])).toEqual([
      ['acknowledged', 'ana', 'Acknowledged'],
      ['assigned', 'ana', 'Assigned to Bo'],
      ['note', 'bo', 'asked the owner'],
      ['closed', 'bo', 'Closed as benign: backup job'],
      ['reopened', 'ana', 'Reopened'],
    ]);
    expect(new Set(reopened.alert.log.map(({ id }) => id)).size).toBe(5);
  });

  it('goes back to new when it was closed without having been acknowledged', async () => {
    const n = await fresh();
    await close(tenant, n, ana, clock, 'test');
    expect((await reopen(tenant, n, ana, clock)).alert.state).toBe('new');
  });

  it.each([
    ['acknowledged', (n: number) => acknowledge(tenant, n, ana, clock)],
    ['assigned', (n: number) => assign(tenant, n, ana, clock, bo)],
    ['closed as benign', (n: number) => close(tenant, n, ana, clock, 'benign')],
  ])('refuses what a closed alert does not allow, naming both states: %s', async (wanted, attempt) => {
    const n = await fresh({ state: 'closed', reason: 'test' });
    await expect(attempt(n)).rejects.toMatchObject({
      code: 'MDR_ALERT_STATE',
      message: `alert ${n} is closed; it cannot be ${wanted}.`,
    });
    expect((await stored(n)).revision).toBe(1);
  });

  it('refuses to reopen what is open', async () => {
    const n = await fresh();
    await expect(reopen(tenant, n, ana, clock)).rejects.toMatchObject({
      code: 'MDR_ALERT_STATE',
      message: `alert ${n} is new; it cannot be reopened.`,
    });
  });

  it('refuses a number that this tenant does not have', async () => {
    await expect(acknowledge(tenant, 9999, ana, clock)).rejects.toMatchObject({ code: 'MDR_ALERT_UNKNOWN' });
  });

  it.each([
    ['acknowledge', (n: number) => acknowledge(tenant, n, ana, clock)],
    ['assign', (n: number) => assign(tenant, n, ana, clock, ana)],
    ['close', (n: number) => close(tenant, n, ana, clock, 'benign', 'known')],
    ['note', (n: number) => note(tenant, n, ana, clock, 'same words')],
  ])('does nothing when the same is done twice, and says who did it: %s', async (_name, act) => {
    const n = await fresh();
    const first = await act(n);
    const second = await act(n);
    expect(second).toMatchObject({ changed: false, entry: first.entry });
    expect(await stored(n)).toEqual(first.alert);
  });

  it('does nothing when an alert is reopened twice', async () => {
    const n = await fresh();
    await close(tenant, n, bo, clock, 'benign');
    const first = await reopen(tenant, n, ana, clock);
    expect(await reopen(tenant, n, ana, clock)).toMatchObject({ changed: false, entry: first.entry });
  });

  it('does not drop the words of somebody who closes it a second time with other words', async () => {
    const n = await fresh();
    await close(tenant, n, ana, clock, 'benign', 'known');
    await expect(close(tenant, n, bo, clock, 'benign', 'seen twice')).rejects.toMatchObject({
      code: 'MDR_ALERT_STATE',
    });
    await expect(close(tenant, n, bo, clock, 'test')).rejects.toMatchObject({ code: 'MDR_ALERT_STATE' });
  });

  it('bounds what is written down', async () => {
    const n = await fresh();
    const { entry } = await note(tenant, n, ana, clock, 'x'.repeat(MAX_TEXT * 2));
    expect(entry.text).toHaveLength(MAX_TEXT);
  });
});

describe('many people at once', () => {
  it('writes one acknowledgement when twenty people acknowledge, and tells the others who did it', async () => {
    const n = await fresh();
    const people = Array.from({ length: 20 }, (_, i) => ({ id: `p${i}`, name: `P${i}` }));
    const outcomes = await Promise.all(people.map((by) => acknowledge(tenant, n, by, clock)));
    const winners = outcomes.filter(({ changed }) => changed);
    expect(winners).toHaveLength(1);
    expect(new Set(outcomes.map(({ entry }) => entry.id)).size).toBe(1);
    expect((await stored(n)).log).toHaveLength(1);
  });

  it('loses nothing when assigning, noting and closing interleave', async () => {
    const n = await fresh();
    const people = Array.from({ length: 6 }, (_, i) => ({ id: `p${i}`, name: `P${i}` }));
    const results = await Promise.allSettled([
      ...people.map((by) => note(tenant, n, by, clock, `note of ${by.name}`)),
      ...people.slice(0, 3).map((by) => assign(tenant, n, by, clock, by)),
      close(tenant, n, ana, clock, 'benign'),
    ]);
    const alert = await stored(n);
    const changed = results.flatMap((result) =>
      result.status === 'fulfilled' && result.value.changed ? [result.value] : [],
    );
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'MDR_ALERT_STATE' });
    expect(alert.state).toBe('closed');
    expect(alert.revision).toBe(1 + changed.length);
    expect(alert.log.map(({ id }) => id).sort()).toEqual(changed.map(({ entry }) => entry.id).sort());
    expect(alert.log.filter(({ kind }) => kind === 'note')).toHaveLength(6);
    const assigned = alert.log.filter(({ kind }) => kind === 'assigned');
    expect(alert.assignee?.name).toBe(assigned.at(-1)?.actorName);
  });

  it('gives up with a conflict when somebody else writes every time', async () => {
    const n = await fresh();
    const alerts = new Proxy(tenant.alerts, {
      get: (target, name, self) =>
        name === 'update' ? async () => false : Reflect.get(target, name, self).bind?.(target),
    });
    await expect(acknowledge({ ...tenant, alerts }, n, ana, clock)).rejects.toMatchObject({ code: 'MDR_CONFLICT' });
    expect((await stored(n)).state).toBe('new');
  });
});
