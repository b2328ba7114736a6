import { beforeEach, describe, expect, it } from 'vitest';
import { renderText } from '../../bot/cards/text.js';
import models from '../../commands/models.js';
import type { Context } from '../../commands/types.js';
import { kept, packState } from '../../engine/hunt/runner/keep.js';
import { newRecord } from '../../engine/hunt/runner/types.js';
import type { Queues } from '../../engine/queues.js';
import type { TenantStore } from '../../engine/store/index.js';
import { testQueues, testStore } from '../support/services.js';
import { addPerson, addTenant, alertRecord, NOW } from './world.js';

const DAY = 86_400_000;
let acme: TenantStore;
let queues: Queues;
let context: Context;
beforeEach(async () => {
  const { store } = await testStore();
  ({ queues } = await testQueues());
  acme = await addTenant(store, 'acme', 'Acme');
  const person = await addPerson(store, 'ana', 'Ana Silva', [{ tenant: 'acme', role: 'lead' }]);
  context = {
    ...{ tenant: acme, person, role: 'lead', queues, clock: () => NOW, alert: null, internal: true, commands: [] },
    people: async () => [],
  };
});
const run = async (line: string, more: Partial<Context> = {}) =>
  renderText(await models.run({ ...context, ...more }, line.split(' ').filter(Boolean)), { width: 250 });
const own = () => kept(queues.redis, queues.prefix, 'acme');
const keep = async (name: string, more: object) =>
  own().save(name, { ...newRecord(NOW - 15 * 60_000), at: NOW - 60_000, ...more }, await packState({}));

describe('/mdr models', () => {
  it('lists every model with its state, before and after they ran', async () => {
    expect(await run('')).toMatch(/models: .*waiting/);
    await keep('beacons', { first: NOW - 9 * DAY, last: NOW - 3600_000, events: 1234, findings: 2 });
    await keep('odd-hours', { first: NOW - 5 * DAY, last: NOW - 3600_000, events: 50 });
    await keep('scans', { failed: { at: NOW - 60_000, why: 'no such <thing>', times: 3 } });
    await keep('dns-tunnel', {});
    await keep('exfiltration', {
      position: NOW - 9 * 3600_000,
      first: NOW - 9 * DAY,
      last: NOW - 9 * 3600_000,
      events: 5,
    });
    const text = await run('list');
    expect(text).toMatch(/beacons` +ready +1,234 +2/);
    expect(text).toMatch(/odd-hours` +learning, 4 of 14 days/);
    expect(text).toMatch(/scans.* it failed 3 times in a row, the last time with: no such <thing>/);
    expect(text).toMatch(/exfiltration.* 9 hours behind, and catching up/);
    expect(text).toMatch(/dns-tunnel` +no data/);
  });

  it('shows one: its data, threshold with the reason, precision and drift, and never shows another tenant', async () => {
    await own().saveTenant({ frontier: 0, read: {}, unreadable: 0, late: 3, counted: 0 });
    const days = Array.from({ length: 28 }, (_, i) => ({
      day: Math.floor(NOW / DAY) - 28 + i,
      events: i > 20 ? 10 : 1000,
      findings: 0,
      scores: null,
    }));
    await keep('beacons', {
      first: NOW - 28 * DAY,
      last: NOW - 3600_000,
      events: 21_000,
      fields: { 'source.ip': 21_000 },
      days,
    });
    const rules = [{ ...alertRecord(1).rules[0]!, id: 'model:beacons' }];
    for (const [number, reason] of ['true_positive', 'false_positive', 'false_positive', 'false_positive'].entries())
      await acme.alerts.insert(alertRecord(number + 1, { rules, state: 'closed', reason: reason as never }));
    const text = await run('beacons');
    for (const part of [
      'Acme (acme)',
      'T1071',
      '`source.ip` in 21,000 events',
      '1 of 4 right (25 %)',
      'drifted: it sees 10 events a day, before 1,000',
    ])
      expect(text).toContain(part);
    expect(await run('')).toContain('3 events of the last week landed more than ten minutes after their time');
    expect(await run('', { internal: false })).not.toContain('landed more than');
    await expect(run('becons')).rejects.toMatchObject({ code: 'MDR_MODEL_UNKNOWN' });
    await expect(run('beacons scans')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
  });

  it('switches one off and on for this tenant with a reason, by a lead of the provider', async () => {
    await expect(run('off beacons')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(run('off beacons noisy', { role: 'analyst' })).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    const customer = { ...context.person, side: 'customer' as const };
    await expect(run('off beacons noisy', { person: customer })).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    expect(await run('off beacons our monitor calls by the clock')).toContain('Now off: Beacons');
    expect(await run('beacons')).toMatch(/Ana Silva: Disabled: our monitor calls by the clock/);
    expect(await run('off beacons again')).toContain('It was off');
    expect(await run('')).toMatch(/beacons` +off/);
    expect(await run('on beacons mended')).toContain('Now on');
    await keep('beacons', { events: 5 });
    await expect(run('again beacons')).rejects.toMatchObject({ code: 'MDR_COMMAND_USAGE' });
    await expect(run('again beacons x', { role: 'viewer' })).rejects.toMatchObject({ code: 'MDR_FORBIDDEN' });
    expect(await run('again beacons its month was an attack')).toContain('Learns anew with its next run: Beacons');
    expect(await own().asked()).toEqual(['beacons']);
    expect((await acme.ruleTunings.find()).map(({ rule, disabled }) => [rule, disabled])).toEqual([
      ['model:beacons', false],
    ]);
  });
});
