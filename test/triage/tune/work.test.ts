import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Level } from '../../../engine/detect/types.js';
import type { MdrError } from '../../../engine/errors.js';
import type { Condition } from '../../../engine/store/exceptions.js';
import type { Store, TenantStore } from '../../../engine/store/index.js';
import { expireDue } from '../../../engine/triage/tune/expire.js';
import { tuneRule } from '../../../engine/triage/tune/rules.js';
import { type Acceptance, accept, DAY_MS, extend, propose, revoke } from '../../../engine/triage/tune/work.js';
import { addTenant, NOW } from '../../commands/world.js';
import { testStore } from '../../support/services.js';

let store: Store;
let acme: TenantStore;
const ana = { id: 'ana', name: 'Ana' };
const bo = { id: 'bo', name: 'Bo' };
const clock = () => NOW;
const conditions: Condition[] = [
  { key: 'User', values: ['svc'] },
  { key: 'Image', values: ['x.exe'] },
];
const rules = (level: Level = 'high') => [{ id: 'r1', title: 'Rule 1', level }];
const draft = (more = {}) => ({ rules: rules(), conditions, reason: 'backup job', alert: 12, ...more });
const wanted = (more: Partial<Acceptance> = {}): Acceptance => ({
  as: 'active',
  reason: '',
  days: 90,
  broad: [],
  truePositives: 0,
  anyway: false,
  ...more,
});
const fault = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown: MdrError) => thrown,
  );
  return error?.code ?? null;
};

beforeAll(async () => {
  ({ store } = await testStore());
  acme = await addTenant(store, 'acme', 'Acme');
  await addTenant(store, 'zeta', 'Zeta');
});
beforeEach(async () => {
  await acme.exceptions.deleteMany({});
  await acme.ruleTunings.deleteMany({});
});

describe('an exception', () => {
  it('is proposed, accepted, extended and revoked, each by somebody, with a reason, written down', async () => {
    const { number } = await propose(acme, draft(), ana, clock);
    await accept(acme, number, ana, clock, wanted({ as: 'monitor', days: 7 }));
    await accept(acme, number, ana, clock, wanted());
    await extend(acme, number, bo, clock, 120, 'until the move is done');
    const end = await revoke(acme, number, bo, clock, 'moved');
    expect(end.state).toBe('revoked');
    expect(end.expires).toBe(NOW + 120 * DAY_MS);
    expect(end.log.map(({ actor, kind, text }) => [actor, kind, text])).toEqual([
      ['ana', 'proposed', 'Proposed from alert 12: backup job'],
      ['ana', 'monitor', 'Counts from now on, for 7 days: backup job'],
      ['ana', 'active', 'Hides from now on, for 90 days: backup job'],
      ['bo', 'extended', 'Extended to 120 days from now: until the move is done'],
      ['bo', 'revoked', 'Revoked: moved'],
    ]);
    expect(await acme.exceptions.findOne({ number })).toEqual(end);
  });

  it('is the same one when proposed again, and comes back under its number when it was over', async () => {
    const first = await propose(acme, draft(), ana, clock);
    expect(await propose(acme, draft(), bo, clock)).toEqual(first);
    await revoke(acme, first.number, ana, clock, 'wrong');
    const again = await propose(acme, draft(), bo, clock);
    expect(again).toMatchObject({ number: first.number, state: 'proposed', author: bo });
    expect(again.log).toHaveLength(3);
    const other = await propose(acme, draft({ conditions: conditions.slice(0, 1) }), ana, clock);
    expect(other.number).toBeGreaterThan(first.number);
  });

  it('proposed by many at once is one', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => propose(acme, draft(), ana, clock)));
    expect(new Set(all.map(({ number }) => number)).size).toBe(1);
    expect(await acme.exceptions.count()).toBe(1);
  });

  it('that is broad or for a critical rule needs a second person to hide, not to count', async () => {
    const { number } = await propose(acme, draft({ rules: rules('critical') }), ana, clock);
    const broad = ['the rule is critical'];
    expect(await fault(accept(acme, number, ana, clock, wanted({ broad })))).toBe('MDR_FORBIDDEN');
    expect((await accept(acme, number, ana, clock, wanted({ as: 'monitor', broad }))).state).toBe('monitor');
    expect(await fault(accept(acme, number, ana, clock, wanted({ broad })))).toBe('MDR_FORBIDDEN');
    expect((await accept(acme, number, bo, clock, wanted({ broad }))).state).toBe('active');
  });

  it('that would hide true positives is refused, unless a second person insists', async () => {
    const { number } = await propose(acme, draft(), ana, clock);
    expect(await fault(accept(acme, number, bo, clock, wanted({ truePositives: 2 })))).toBe('MDR_EXCEPTION_BAD');
    expect(await fault(accept(acme, number, ana, clock, wanted({ truePositives: 2, anyway: true })))).toBe(
      'MDR_FORBIDDEN',
    );
    const done = await accept(acme, number, bo, clock, wanted({ truePositives: 2, anyway: true }));
    expect(done.log.at(-1)?.text).toContain('in spite of 2 true positives');
  });

  it('needs a reason, days within bounds, and the right state', async () => {
    const { number } = await propose(acme, draft({ reason: '' }), ana, clock);
    expect(await fault(accept(acme, number, ana, clock, wanted()))).toBe('MDR_EXCEPTION_BAD');
    for (const days of [0, -1, 1.5, 366, Number.NaN])
      expect(await fault(accept(acme, number, ana, clock, wanted({ reason: 'x', days })))).toBe('MDR_EXCEPTION_BAD');
    expect(await fault(extend(acme, number, ana, clock, 10, 'x'))).toBe('MDR_EXCEPTION_STATE');
    expect(await fault(accept(acme, 99, ana, clock, wanted()))).toBe('MDR_EXCEPTION_UNKNOWN');
    await revoke(acme, number, ana, clock, 'x');
    expect(await fault(accept(acme, number, ana, clock, wanted({ reason: 'x' })))).toBe('MDR_EXCEPTION_STATE');
  });

  it('is over at its time, whatever its record says until somebody writes it down', async () => {
    const { number } = await propose(acme, draft(), ana, clock);
    await accept(acme, number, ana, clock, wanted({ days: 1 }));
    const later = () => NOW + DAY_MS;
    expect(await fault(extend(acme, number, ana, later, 10, 'x'))).toBe('MDR_EXCEPTION_STATE');
    expect(await expireDue(acme, NOW + DAY_MS - 1)).toBe(0);
    expect(await expireDue(acme, NOW + DAY_MS)).toBe(1);
    expect(await expireDue(acme, NOW + DAY_MS)).toBe(0);
    const end = await acme.exceptions.findOne({ number });
    expect(end).toMatchObject({ state: 'expired' });
    expect(end!.log.at(-1)).toMatchObject({ actor: 'mdr', kind: 'expired', at: NOW + DAY_MS });
  });

  it('belongs to one tenant: another has its own numbers and does not find it', async () => {
    const zeta = await store.forTenant('zeta');
    const { number } = await propose(acme, draft(), ana, clock);
    expect(await fault(revoke(zeta, number + 50, ana, clock, 'x'))).toBe('MDR_EXCEPTION_UNKNOWN');
    expect((await propose(zeta, draft(), ana, clock)).number).toBe(1);
    expect(await zeta.exceptions.count()).toBe(1);
  });
});

describe('a rule of a tenant', () => {
  const rule = { id: 'r1', title: 'Rule 1', level: 'high' as Level };
  const off = (now: { level: Level | null }) => ({ ...now, disabled: true });
  it('is switched off and on, and given a level, with who, when and why', async () => {
    expect((await tuneRule(acme, rule, ana, clock, 'noise', off)).outcome).toBe('done');
    expect((await tuneRule(acme, rule, bo, clock, 'again', off)).outcome).toBe('already');
    await tuneRule(acme, rule, bo, clock, 'fixed', (now) => ({ ...now, disabled: false }));
    const { tuning } = await tuneRule(acme, rule, bo, clock, 'minor here', (now) => ({ ...now, level: 'low' }));
    expect(tuning).toMatchObject({ disabled: false, level: 'low' });
    expect(tuning.log.map(({ actor, kind, text }) => [actor, kind, text])).toEqual([
      ['ana', 'disabled', 'Disabled: noise'],
      ['bo', 'enabled', 'Enabled: fixed'],
      ['bo', 'level', 'Level high → low: minor here'],
    ]);
    const back = await tuneRule(acme, rule, bo, clock, 'as it was', (now) => ({ ...now, level: 'high' }));
    expect(back.tuning.level).toBeNull();
  });

  it('that is critical is made quieter by two people only', async () => {
    const critical = { ...rule, level: 'critical' as Level };
    expect((await tuneRule(acme, critical, ana, clock, 'noise', off)).outcome).toBe('asked');
    expect((await tuneRule(acme, critical, ana, clock, 'really', off)).outcome).toBe('asked');
    expect(await acme.ruleTunings.findOne({ rule: 'r1' })).toMatchObject({ disabled: false });
    expect((await tuneRule(acme, critical, bo, clock, 'agreed', (now) => ({ ...now, level: 'low' }))).outcome).toBe(
      'asked',
    );
    expect((await tuneRule(acme, critical, ana, clock, 'ok', (now) => ({ ...now, level: 'low' }))).outcome).toBe(
      'done',
    );
    expect((await tuneRule(acme, critical, ana, clock, 'back', (now) => ({ ...now, level: null }))).outcome).toBe(
      'done',
    );
  });

  it('changed by many at once has every change in its log', async () => {
    const levels: Level[] = ['low', 'medium', 'informational'];
    const work = levels.map((level) => tuneRule(acme, rule, ana, clock, 'x', (now) => ({ ...now, level })));
    await Promise.all(work);
    expect((await acme.ruleTunings.findOne({ rule: 'r1' }))!.log).toHaveLength(3);
  });
});
